//! A recording with its variants.

use anyhow::{Result, bail};
use emotionai_voice::FrameStream;
use rand::Rng;
use rand::rngs::StdRng;

use super::DatasetConfig;
use super::functionals::WindowFunctionals;
use super::variant::Variant;
use crate::data::augment::Augment;
use crate::data::corpus::{Clip, Speaker};
use crate::data::decode::read_waveform;
use crate::data::seeded;
use crate::data::simulate::babble::Voices;
use crate::data::simulate::{distort, resample};
use crate::data::spectrogram;

/// Samples are converted to a rate in this range, in Hz, so that they remain at a supported rate when they are
/// played at a speed from 0.5 to 2.
const PLAYED_HZ: (u32, u32) = (16_000, 96_000);

/// One recording of a dataset.
pub struct Recording {
    pub(super) label: usize,
    pub(super) speaker: Option<Speaker>,
    /// At its own speed, then at each of the other speeds.
    pub(super) variants: Vec<Variant>,
    /// Distorted copies, each with the index of the variant that it is a copy of.
    pub(super) distorted: Vec<(usize, Variant)>,
    /// Prosody functionals of all variants and copies.
    pub(super) functionals: Vec<WindowFunctionals>,
}

impl Recording {
    fn new(
        clip: &Clip,
        own: Option<Variant>,
        functionals: Vec<WindowFunctionals>,
    ) -> Result<Recording> {
        let Some(own) = own else {
            bail!("it holds no speech");
        };
        Ok(Recording {
            label: clip.label,
            speaker: clip.speaker.clone(),
            variants: vec![own],
            distorted: Vec::new(),
            functionals,
        })
    }

    /// Reads a clip and computes its variants: every speed, then the distorted copies with `background`
    /// speakers behind them. A spectrogram has no samples, so it has one variant.
    ///
    /// # Errors
    /// Where the clip cannot be read or holds no speech.
    pub fn read(
        clip: &Clip,
        seed: u64,
        background: Option<&Voices>,
        config: &DatasetConfig,
    ) -> Result<Recording> {
        if clip.is_spectrogram() {
            let mel = spectrogram::read(clip, &config.features)?;
            let frames = FrameStream::from_mel(&config.features, &mel)?;
            return Recording::new(clip, Variant::of(frames, config), Vec::new());
        }
        let augment = &config.augment;
        let waveform = read_waveform(&clip.path)?;
        let native = waveform.sample_rate().clamp(PLAYED_HZ.0, PLAYED_HZ.1);
        let samples = &resample(waveform.samples(), waveform.sample_rate(), native)?;
        let shares = Shares::of(augment);
        let (own, functionals) = Variant::new(samples, native, shares.own, config)?;
        let mut recording = Recording::new(clip, own, functionals)?;
        // One rate for each variant.
        let mut rates = vec![native];
        for &speed in &augment.speeds {
            let rate = faster(native, speed);
            let (variant, functionals) = Variant::new(samples, rate, shares.speed, config)?;
            rates.extend(variant.is_some().then_some(rate));
            recording.variants.extend(variant);
            recording.functionals.extend(functionals);
        }
        let Some(background) = background else {
            return Ok(recording);
        };
        let rate = config.features.sample_rate;
        let others = background.others(clip.speaker.as_ref());
        let mut rng = seeded::of_clip(seed, "distortions", clip);
        for _ in 0..augment.distortions {
            let of = draw_variant(augment, rates.len(), &mut rng);
            let played = resample(samples, rates[of], rate)?;
            let distorted = distort(&played, rate, &others, &mut rng);
            let (variant, functionals) = Variant::new(&distorted, rate, shares.copy, config)?;
            recording
                .distorted
                .extend(variant.map(|variant| (of, variant)));
            recording.functionals.extend(functionals);
        }
        Ok(recording)
    }
}

/// The rate that plays samples at another speed: at a higher rate they take less time.
pub(super) fn faster(rate: u32, speed: f64) -> u32 {
    (f64::from(rate) * speed).round() as u32
}

/// Draws the index of a variant: the own speed, or any of the speeds.
pub(super) fn draw_variant(augment: &Augment, n_variants: usize, rng: &mut StdRng) -> usize {
    match rng.random_bool(augment.speed_share) {
        true => rng.random_range(0..n_variants),
        false => 0,
    }
}

/// Probability that a window is drawn from the own speed, from one of the other speeds, and from one
/// distorted copy.
struct Shares {
    own: f64,
    speed: f64,
    copy: f64,
}

impl Shares {
    fn of(augment: &Augment) -> Shares {
        let (speeds, copies) = (augment.speeds.len() as f64, augment.distortions as f64);
        let copied = match augment.distortions {
            0 => 0.0,
            _ => augment.distorted_share,
        };
        let any_speed = (1.0 - copied) * augment.speed_share / (speeds + 1.0);
        Shares {
            own: (1.0 - copied) * (1.0 - augment.speed_share) + any_speed,
            speed: any_speed,
            copy: copied / copies.max(1.0),
        }
    }
}
