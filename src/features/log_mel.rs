//! From samples to log-mel frames, as `librosa.feature.melspectrogram` and
//! `librosa.power_to_db` compute them.

use super::config::FeatureConfig;
use super::framing::Framing;
use super::maths::power_db;
use super::mel::MelFilterbank;
use super::spectrogram::MelSpectrogram;
use super::stft::Stft;
use crate::audio::check_samples;
use crate::error::Result;

/// The lowest power, -100 dB, to which smaller ones are raised, so that digital silence has a logarithm.
const AMIN: f64 = 1e-10;

/// Computes log-mel frames of a stream.
///
/// The framing rule is librosa's `center=True, pad_mode="constant"`: frame `i` is centred on
/// sample `i * hop_length`, with `n_fft / 2` zeros before the first and after the last sample,
/// so `n` samples make `1 + n / hop_length` frames, and an input without samples makes no frame. A frame comes out
/// as soon as its last sample is in. Each band is `10 log10(max(power, 1e-10))` dB. Chunking
/// changes nothing, not a bit; memory is that of one frame.
///
/// ```
/// use emotionai_voice::{FeatureConfig, LogMelExtractor, MelSpectrogram};
///
/// let config = FeatureConfig::default();
/// let mut extractor = LogMelExtractor::new(&config)?;
/// let mut mel = MelSpectrogram::new(config.n_mels);
/// for chunk in vec![0.0; 16_000].chunks(128) {
///     extractor.push(chunk, &mut mel)?;
/// }
/// extractor.flush(&mut mel);
/// assert_eq!(mel.n_frames(), 1 + 16_000 / config.hop_length);
/// assert_eq!(mel.frame(0), [-100.0; 64]);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LogMelExtractor {
    config: FeatureConfig,
    framing: Framing,
    bands: LogMelBands,
    n_samples: u64,
}

impl LogMelExtractor {
    /// Plans the transform and the filterbank.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`](crate::Error::InvalidConfig) that names the first field out of its range.
    pub fn new(config: &FeatureConfig) -> Result<Self> {
        Ok(Self {
            bands: LogMelBands::new(config)?,
            framing: Framing::new(config.n_fft, config.hop_length),
            config: config.clone(),
            n_samples: 0,
        })
    }

    /// The configuration that this was made from.
    pub fn config(&self) -> &FeatureConfig {
        &self.config
    }

    /// Takes the next samples at the configuration's rate and appends the frames that they
    /// complete to `out`.
    ///
    /// # Errors
    /// [`Error::InvalidAudio`](crate::Error::InvalidAudio) for a sample that is NaN, infinite, or more
    /// than 100 times full scale; the chunk is then left out whole.
    ///
    /// # Panics
    /// Where `out` was made for another number of bands.
    pub fn push(&mut self, samples: &[f32], out: &mut MelSpectrogram) -> Result<()> {
        check_samples(samples, self.n_samples)?;
        self.n_samples += samples.len() as u64;
        let Self { framing, bands, .. } = self;
        framing.push(samples, |frame| out.push_frame(bands.apply(frame)));
        Ok(())
    }

    /// Ends this input: appends the frames that the zeros after its last sample complete, and
    /// [resets](Self::reset).
    ///
    /// # Panics
    /// As [`LogMelExtractor::push`].
    pub fn flush(&mut self, out: &mut MelSpectrogram) {
        let Self { framing, bands, .. } = self;
        framing.flush(|frame| out.push_frame(bands.apply(frame)));
        self.n_samples = 0;
    }

    /// Forgets this input; the next sample is the first of a new one.
    pub fn reset(&mut self) {
        self.framing.reset();
        self.n_samples = 0;
    }
}

/// The log-mel bands of one frame of samples, with the transform's plan and buffers.
#[derive(Debug, Clone)]
pub(crate) struct LogMelBands {
    stft: Stft,
    bank: MelFilterbank,
    mel: Vec<f64>,
    db: Vec<f32>,
}

impl LogMelBands {
    /// Plans the transform and the filterbank.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`](crate::Error::InvalidConfig) that names the first field out of its range.
    pub(crate) fn new(config: &FeatureConfig) -> Result<LogMelBands> {
        config.validate()?;
        Ok(LogMelBands {
            stft: Stft::new(config.n_fft, config.win_length)?,
            bank: MelFilterbank::new(
                config.sample_rate,
                config.n_fft,
                config.n_mels,
                config.f_min,
                config.f_max,
            )?,
            mel: vec![0.0; config.n_mels],
            db: vec![0.0; config.n_mels],
        })
    }

    /// The bands of a frame of `n_fft` samples, in dB.
    pub(crate) fn apply(&mut self, frame: &[f32]) -> &[f32] {
        let bands = self
            .stft
            .power(frame)
            .and_then(|power| self.bank.apply(power, &mut self.mel));
        // Both fail only on slices of another length than `new` gave these.
        if let Err(error) = bands {
            unreachable!("a frame did not fit its own transform: {error}");
        }
        for (db, &power) in self.db.iter_mut().zip(&self.mel) {
            *db = decibels(power);
        }
        &self.db
    }
}

/// Power in decibels, `10 log10(max(power, 1e-10))`; `librosa.power_to_db` with `ref=1.0`.
///
/// With `top_db`, values more than that many dB below the loudest of the slice are raised to
/// that floor. It depends on the whole slice, so a stream cannot have it.
///
/// ```
/// use emotionai_voice::training::power_to_db;
///
/// assert_eq!(power_to_db(&[1.0, 0.1, 0.0], None), [0.0, -10.0, -100.0]);
/// assert_eq!(power_to_db(&[1.0, 0.1, 0.0], Some(80.0)), [0.0, -10.0, -80.0]);
/// ```
pub fn power_to_db(power: &[f64], top_db: Option<f32>) -> Vec<f32> {
    let mut db: Vec<f32> = power.iter().map(|&p| decibels(p)).collect();
    if let Some(top_db) = top_db {
        let peak = db.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for value in &mut db {
            *value = value.max(peak - top_db);
        }
    }
    db
}

fn decibels(power: f64) -> f32 {
    power_db(power.max(AMIN)) as f32
}
