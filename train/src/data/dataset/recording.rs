//! A recording with its variants, each read from the cache or computed and put there.

use anyhow::{Result, bail};
use emotionai_voice::FeatureConfig;
use emotionai_voice::training::{FrameStream, WindowConfig};
use rand::Rng;
use rand::rngs::StdRng;
use serde::Serialize;

use super::analysis::analyse;
use super::entry::EntryFile;
use super::talkers::Talkers;
use super::variant::Variant;
use super::{DatasetConfig, WindowFunctionals};
use crate::data::augment::Augment;
use crate::data::cache::{Cache, Key};
use crate::data::corpus::Sha256Digest as Digest;
use crate::data::corpus::{Clip, Speaker};
use crate::data::decode::read_waveform;
use crate::data::seeded;
use crate::data::simulate::{Distortion, babble, resample};
use crate::data::spectrogram;
use crate::io::hex::hex;

/// Raised whenever the same recording gives another entry than before: with the front end, the functionals, the
/// voice activity detector or the distortions. A test holds numbers of an entry against it.
pub const PREPARATION: u32 = 2;

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
}

/// Everything that an entry depends on.
#[derive(Serialize)]
struct Dependencies<'a> {
    preparation: u32,
    recording: String,
    features: &'a FeatureConfig,
    windows: &'a WindowConfig,
    gate: &'a emotionai_voice::training::VadConfig,
    range_db: f32,
    subtraction: f32,
    prosody: bool,
    kind: Kind,
}

/// Which variant of the recording it is.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// Of log-mel frames.
    Spectrogram,
    /// At this speed.
    Speed(f64),
    /// The distorted copy of this number, of this speed, with these recordings for its babble; `None` where
    /// nobody could talk behind it.
    Distortion(usize, f64, Option<Vec<String>>),
}

impl Recording {
    /// The variants of a clip: every speed, then the distorted copies. A spectrogram has no samples, so it has
    /// one variant.
    ///
    /// # Errors
    /// Where the clip cannot be read or holds no speech; [`Unwritable`](crate::data::cache::Unwritable) where the
    /// cache fails.
    pub fn prepare(
        clip: &Clip,
        digest: Digest,
        talkers: &Talkers,
        config: &DatasetConfig,
        cache: &Cache,
    ) -> Result<Recording> {
        let mut preparation = Preparation {
            clip,
            digest,
            config,
            cache,
            source: None,
            played: Vec::new(),
        };
        let mut recording = Recording {
            label: clip.label,
            speaker: clip.speaker.clone(),
            variants: Vec::new(),
            distorted: Vec::new(),
        };
        let (augment, shares) = (&config.augment, Shares::of(&config.augment));
        let own = match clip.is_spectrogram() {
            true => preparation.spectrogram()?,
            false => preparation.at_speed(1.0, shares.own)?,
        };
        let Some(own) = own else {
            bail!("it holds no speech");
        };
        recording.variants.push(own);
        if clip.is_spectrogram() {
            return Ok(recording);
        }
        // One for each variant.
        let mut speeds = vec![1.0];
        for &speed in &augment.speeds {
            let variant = preparation.at_speed(speed, shares.speed)?;
            speeds.extend(variant.is_some().then_some(speed));
            recording.variants.extend(variant);
        }
        for number in 0..augment.distortions {
            let mut rng = seeded::of_digest(&digest, "speed", number);
            let of = draw_variant(augment, speeds.len(), &mut rng);
            let variant = preparation.distorted(number, speeds[of], talkers, shares.copy)?;
            recording.distorted.extend(variant.map(|it| (of, it)));
        }
        Ok(recording)
    }

    /// Hands the functionals of each variant's and each copy's windows to `each`; their weights sum up to 1, where
    /// every variant holds speech enough.
    pub fn functionals(
        &self,
        config: &DatasetConfig,
        cache: &Cache,
    ) -> Result<Vec<WindowFunctionals>> {
        let shares = Shares::of(&config.augment);
        let (own, speeds) = self.variants.split_at(1);
        let own = own.iter().map(|variant| (variant, shares.own));
        let speeds = speeds.iter().map(|variant| (variant, shares.speed));
        let copies = (self.distorted.iter()).map(|(_, variant)| (variant, shares.copy));
        let mut found = Vec::new();
        for (variant, share) in own.chain(speeds).chain(copies) {
            if !config.prosody || share == 0.0 {
                continue;
            }
            let windows = variant.functionals(cache)?;
            let all: f64 = windows.iter().map(|it| f64::from(it.speech)).sum();
            found.extend(windows.into_iter().map(|window| WindowFunctionals {
                values: window.values,
                weight: f64::from(window.speech) * share / all,
            }));
        }
        Ok(found)
    }
}

/// A recording that is being prepared. It is decoded once, and only where an entry is missing; each speed is
/// resampled once for its variant and the distorted copies.
struct Preparation<'a> {
    clip: &'a Clip,
    digest: Digest,
    config: &'a DatasetConfig,
    cache: &'a Cache,
    /// The samples and the rate at which they are the recording's own speed.
    source: Option<(Vec<f32>, u32)>,
    /// Samples at the rate of the features, by speed.
    played: Vec<(f64, Vec<f32>)>,
}

impl Preparation<'_> {
    fn spectrogram(&mut self) -> Result<Option<Variant>> {
        self.variant(Kind::Spectrogram, 0.0, |this, _| {
            let features = &this.config.features;
            let mel = spectrogram::read(this.clip, features)?;
            Ok(FrameStream::from_mel(features, &mel)?)
        })
    }

    fn at_speed(&mut self, speed: f64, share: f64) -> Result<Option<Variant>> {
        self.variant(Kind::Speed(speed), share, |this, prosody| {
            let at = this.play(speed)?;
            this.frames(&this.played[at].1, prosody)
        })
    }

    fn distorted(
        &mut self,
        number: usize,
        speed: f64,
        talkers: &Talkers,
        share: f64,
    ) -> Result<Option<Variant>> {
        let speaker = self.clip.speaker.as_ref();
        let has_voices = talkers.has_others(speaker);
        let mut rng = seeded::of_digest(&self.digest, "distortion", number);
        let distortion = Distortion::random(has_voices, &mut rng);
        let others = match distortion.has_babble() {
            true => talkers.others(speaker, rng.random()),
            false => Vec::new(),
        };
        let names = || others.iter().map(|(_, digest)| hex(digest)).collect();
        let kind = Kind::Distortion(number, speed, has_voices.then(names));
        self.variant(kind, share, |this, prosody| {
            let rate = this.config.features.sample_rate;
            // Those that cannot be read are reported as recordings of their own.
            let voices: Vec<Vec<f32>> = (others.iter())
                .filter_map(|(clip, _)| babble::voice(&read_waveform(&clip.path).ok()?, rate).ok())
                .collect();
            let voices: Vec<&[f32]> = voices.iter().map(Vec::as_slice).collect();
            let at = this.play(speed)?;
            let samples = distortion.apply(&this.played[at].1, rate, &voices, &mut rng);
            this.frames(&samples, prosody)
        })
    }

    /// The variant of this kind, from the cache, else of the frames that `make` computes, with prosody or
    /// without.
    fn variant(
        &mut self,
        kind: Kind,
        share: f64,
        make: impl FnOnce(&mut Self, bool) -> Result<FrameStream>,
    ) -> Result<Option<Variant>> {
        let config = self.config;
        let prosody = config.prosody && share > 0.0;
        let key = Key::of(&Dependencies {
            preparation: PREPARATION,
            recording: hex(&self.digest),
            features: &config.features,
            windows: &config.windows,
            gate: &config.gate,
            range_db: config.range_db,
            subtraction: config.subtraction,
            prosody,
            kind,
        })?;
        let cached = EntryFile::open(&self.cache.path(key)).and_then(|mut file| file.summary());
        if let Ok(summary) = cached {
            return Ok(Variant::new(key, &summary));
        }
        let entry = analyse(make(self, prosody)?, config);
        self.cache.write(key, &entry.to_bytes())?;
        Ok(Variant::new(key, &entry.summary))
    }

    /// The index of the samples of this speed among those that were played.
    fn play(&mut self, speed: f64) -> Result<usize> {
        if let Some(at) = self.played.iter().position(|(played, _)| *played == speed) {
            return Ok(at);
        }
        let (samples, native) = match &mut self.source {
            Some(source) => source,
            none => none.insert(decode(self.clip)?),
        };
        let rate = faster(*native, speed);
        let played = resample(samples, rate, self.config.features.sample_rate)?;
        self.played.push((speed, played));
        Ok(self.played.len() - 1)
    }

    /// The frames of samples at the rate of the features.
    fn frames(&self, samples: &[f32], prosody: bool) -> Result<FrameStream> {
        let features = &self.config.features;
        let mut frames = FrameStream::new(features, features.sample_rate)?;
        if prosody {
            frames = frames.with_prosody();
        }
        frames.push(samples);
        frames.flush();
        Ok(frames)
    }
}

/// The samples of a clip, with their rate.
fn decode(clip: &Clip) -> Result<(Vec<f32>, u32)> {
    let waveform = read_waveform(&clip.path)?;
    let native = waveform.sample_rate().clamp(PLAYED_HZ.0, PLAYED_HZ.1);
    let samples = resample(waveform.samples(), waveform.sample_rate(), native)?;
    Ok((samples, native))
}

/// The rate that plays samples at another speed: at a higher rate they take less time.
fn faster(rate: u32, speed: f64) -> u32 {
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
