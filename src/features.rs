//! From samples to log-mel frames, as `librosa.feature.melspectrogram` and
//! `librosa.power_to_db` compute them.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::framing::Framing;
use crate::mel::{MelFilterbank, edges};
use crate::stft::Stft;
use crate::waveform::check_sample_rate;

/// Power below this counts as this: -100 dB, so that digital silence has a logarithm.
const AMIN: f64 = 1e-10;

/// How frames are cut and which bands they hold. It travels in the model file, since a model
/// understands only the features that it was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureConfig {
    /// Rate of the samples, in Hz; 8,000 to 192,000.
    pub sample_rate: u32,
    /// Samples in a transform; even, at most 16,384.
    pub n_fft: usize,
    /// Samples under the Hann window, centred in the transform; at most `n_fft`.
    pub win_length: usize,
    /// Samples from one frame to the next; at most `n_fft`.
    pub hop_length: usize,
    /// Mel bands; at most the `n_fft / 2 + 1` bins of the transform.
    pub n_mels: usize,
    /// Lower edge of the first band, in Hz.
    pub f_min: f32,
    /// Upper edge of the last band, in Hz; at most half the sample rate.
    pub f_max: f32,
}

impl Default for FeatureConfig {
    /// 64 ms windows every 16 ms, 64 bands up to 8 kHz, at 16 kHz.
    fn default() -> Self {
        Self {
            sample_rate: 16_000,
            n_fft: 1024,
            win_length: 1024,
            hop_length: 256,
            n_mels: 64,
            f_min: 0.0,
            f_max: 8_000.0,
        }
    }
}

impl FeatureConfig {
    /// Checks every value against its range.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] that names the first field out of its range.
    pub fn validate(&self) -> Result<()> {
        LogMelExtractor::new(self).map(drop)
    }

    /// Centre of each band, in Hz, lowest first.
    ///
    /// ```
    /// let centres = emotionai_voice::FeatureConfig::default().band_centres_hz();
    /// assert_eq!(centres.len(), 64);
    /// assert!(centres.is_sorted() && centres[63] < 8_000.0);
    /// ```
    pub fn band_centres_hz(&self) -> Vec<f64> {
        let edge = edges(self.n_mels, f64::from(self.f_min), f64::from(self.f_max));
        (1..=self.n_mels).map(edge).collect()
    }

    /// Time that `frames` hops take, in milliseconds.
    pub fn frames_to_ms(&self, frames: usize) -> f64 {
        // In samples it would overflow the 32 bits that wasm has, after three days of listening.
        frames as f64 * self.hop_length as f64 * 1000.0 / f64::from(self.sample_rate)
    }
}

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

/// Log-mel frames, one after the other: frame-major, in dB.
///
/// ```
/// let mut mel = emotionai_voice::MelSpectrogram::new(2);
/// mel.push_frame(&[-10.0, -20.0]);
/// mel.push_frame(&[-30.0, -40.0]);
/// mel.drain_front(1);
/// assert_eq!(mel.n_frames(), 1);
/// assert_eq!(mel.frame(0), [-30.0, -40.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MelSpectrogram {
    n_mels: usize,
    data: Vec<f32>,
}

impl MelSpectrogram {
    /// No frames yet, of `n_mels` bands each.
    ///
    /// # Panics
    /// Where `n_mels` is 0.
    pub fn new(n_mels: usize) -> Self {
        assert!(n_mels > 0, "a frame needs at least one band");
        Self {
            n_mels,
            data: Vec::new(),
        }
    }

    /// Bands in a frame.
    pub fn n_mels(&self) -> usize {
        self.n_mels
    }

    /// Frames held.
    pub fn n_frames(&self) -> usize {
        self.data.len() / self.n_mels
    }

    /// Whether no frame is held.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The bands of frame `i`, lowest first.
    ///
    /// # Panics
    /// Where `i` is not below [`n_frames`](Self::n_frames), as with a slice.
    pub fn frame(&self, i: usize) -> &[f32] {
        &self.data[i * self.n_mels..][..self.n_mels]
    }

    /// All frames, first to last.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.data.chunks_exact(self.n_mels)
    }

    /// All values, `[n_frames, n_mels]`.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    /// All values, `[n_frames, n_mels]`, without a copy.
    pub fn into_vec(self) -> Vec<f32> {
        self.data
    }

    /// Appends a frame.
    ///
    /// # Panics
    /// Where `frame` does not hold `n_mels` bands.
    pub fn push_frame(&mut self, frame: &[f32]) {
        assert_eq!(frame.len(), self.n_mels, "bands in a frame");
        self.data.extend_from_slice(frame);
    }

    /// Drops the first `n` frames, or all where there are fewer.
    pub fn drain_front(&mut self, n: usize) {
        self.data.drain(..n.min(self.n_frames()) * self.n_mels);
    }

    /// Drops all frames and keeps the memory.
    pub fn clear(&mut self) {
        self.data.clear();
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
