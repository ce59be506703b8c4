//! From samples to log-mel frames, as `librosa.feature.melspectrogram` and
//! `librosa.power_to_db` compute them.

use super::framing::Framing;
use super::{FeatureConfig, MelFilterbank, MelSpectrogram, Stft};
use crate::audio::check_sample_rate;
use crate::error::{Error, Result};

/// Power below this counts as this: -100 dB, so that digital silence has a logarithm.
const AMIN: f64 = 1e-10;

/// Computes log-mel frames of a stream.
///
/// The framing rule is librosa's `center=True, pad_mode="constant"`: frame `i` is centred on
/// sample `i * hop_length`, with `n_fft / 2` zeros before the first and after the last sample,
/// so `n` samples make `1 + n / hop_length` frames, and no sample makes none. A frame comes out
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
///     extractor.push(chunk, &mut mel);
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
    bands: Bands,
}

impl LogMelExtractor {
    /// Plans the transform and the filterbank.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] that names the first field out of its range.
    pub fn new(config: &FeatureConfig) -> Result<Self> {
        check_sample_rate(config.sample_rate).map_err(|_| Error::InvalidConfig {
            expected: "a sample_rate from 8000 to 192000 Hz".into(),
            actual: config.sample_rate.to_string(),
        })?;
        let stft = Stft::new(config.n_fft, config.win_length)?;
        // A longer hop would skip samples, and no model wants to miss what was said.
        if !(1..=config.n_fft).contains(&config.hop_length) {
            return Err(Error::InvalidConfig {
                expected: format!("a hop_length from 1 to n_fft = {}", config.n_fft),
                actual: config.hop_length.to_string(),
            });
        }
        let bank = MelFilterbank::new(
            config.sample_rate,
            config.n_fft,
            config.n_mels,
            config.f_min,
            config.f_max,
        )?;
        Ok(Self {
            config: config.clone(),
            framing: Framing::new(config.n_fft, config.hop_length),
            bands: Bands {
                stft,
                bank,
                mel: vec![0.0; config.n_mels],
                db: vec![0.0; config.n_mels],
            },
        })
    }

    /// The configuration that this was made from.
    pub fn config(&self) -> &FeatureConfig {
        &self.config
    }

    /// Takes the next samples at the configuration's rate and appends the frames that they
    /// complete to `out`. Samples must be finite.
    ///
    /// # Panics
    /// Where `out` was made for another number of bands.
    pub fn push(&mut self, samples: &[f32], out: &mut MelSpectrogram) {
        let Self { framing, bands, .. } = self;
        framing.push(samples, |frame| bands.hear(frame, out));
    }

    /// Ends this input: appends the frames that the zeros after its last sample complete, and
    /// [resets](Self::reset).
    ///
    /// # Panics
    /// As [`LogMelExtractor::push`].
    pub fn flush(&mut self, out: &mut MelSpectrogram) {
        let Self { framing, bands, .. } = self;
        framing.flush(|frame| bands.hear(frame, out));
    }

    /// Forgets this input; the next sample is the first of a new one.
    pub fn reset(&mut self) {
        self.framing.reset();
    }
}

/// From a frame of samples to its bands.
#[derive(Debug, Clone)]
struct Bands {
    stft: Stft,
    bank: MelFilterbank,
    mel: Vec<f64>,
    db: Vec<f32>,
}

impl Bands {
    fn hear(&mut self, frame: &[f32], out: &mut MelSpectrogram) {
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
        out.push_frame(&self.db);
    }
}

/// Power in decibels, `10 log10(max(power, 1e-10))`; `librosa.power_to_db` with `ref=1.0`.
///
/// With `top_db`, values more than that many dB below the loudest of the slice are raised to
/// that floor. It depends on the whole slice, so a stream cannot have it.
///
/// ```
/// use emotionai_voice::power_to_db;
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
    (10.0 * power.max(AMIN).log10()) as f32
}
