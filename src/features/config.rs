//! The sizes of frames and of windows, as a model file stores them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::mel::{MelFilterbank, band_edges_hz};
use super::stft::Stft;
use crate::audio::check_sample_rate;
use crate::error::{Error, Result};

/// The size of a frame and its mel bands. A model file holds one, since a network understands only
/// the features that it was trained on.
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
        check_sample_rate(self.sample_rate).map_err(|_| Error::InvalidConfig {
            expected: "a sample_rate from 8000 to 192000 Hz".into(),
            actual: self.sample_rate.to_string(),
        })?;
        Stft::check_sizes(self.n_fft, self.win_length)?;
        // A longer hop would skip samples.
        if !(1..=self.n_fft).contains(&self.hop_length) {
            return Err(Error::InvalidConfig {
                expected: format!("a hop_length from 1 to n_fft = {}", self.n_fft),
                actual: self.hop_length.to_string(),
            });
        }
        MelFilterbank::check_bands(
            self.sample_rate,
            self.n_fft,
            self.n_mels,
            self.f_min,
            self.f_max,
        )
    }

    /// Centre of each band, in Hz, lowest first.
    ///
    /// ```
    /// let centres = emotionai_voice::FeatureConfig::default().band_centres_hz();
    /// assert_eq!(centres.len(), 64);
    /// assert!(centres.is_sorted() && centres[63] < 8_000.0);
    /// ```
    pub fn band_centres_hz(&self) -> Vec<f64> {
        let edge = band_edges_hz(self.n_mels, f64::from(self.f_min), f64::from(self.f_max));
        (1..=self.n_mels).map(edge).collect()
    }

    /// Time that `frames` hops take, in milliseconds.
    pub fn frames_to_ms(&self, frames: usize) -> f64 {
        // In samples it would overflow the 32 bits that wasm has, after three days of listening.
        frames as f64 * self.hop_length as f64 * 1000.0 / f64::from(self.sample_rate)
    }
}

/// The size and spacing of windows, in frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowConfig {
    /// Frames that the network sees at once.
    pub n_frames: usize,
    /// Frames up to the window's end, those of the window included, from which its reference level
    /// and noise floor are measured; at least `n_frames`.
    pub context_frames: usize,
    /// Frames after which the first, provisional window ends.
    pub provisional_frames: usize,
    /// Frames from one window to the next where the caller does not say.
    pub hop_frames: usize,
    /// The side that is padded with the floor while the input is shorter than a window.
    #[serde(default, skip_serializing_if = "Padding::is_default")]
    pub padding: Padding,
}

/// The side on which a window is padded with the floor while the input is shorter than it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// Before the input, as if silence had preceded it: a sound keeps its distance from the end of
    /// the window as the input grows.
    #[default]
    Start,
    /// After the input, as recognisers of whole files pad short recordings.
    End,
}

impl Padding {
    fn is_default(&self) -> bool {
        *self == Padding::default()
    }
}

impl Default for WindowConfig {
    /// With the default features: 2.05 s windows in 4 s of context, the first after 1 s, then
    /// one each half second.
    fn default() -> WindowConfig {
        WindowConfig {
            n_frames: 128,
            context_frames: 250,
            provisional_frames: 63,
            hop_frames: 31,
            padding: Padding::Start,
        }
    }
}

impl WindowConfig {
    /// Checks the values.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`].
    pub fn validate(&self) -> Result<()> {
        let ok = (1..=4096).contains(&self.n_frames)
            && (self.n_frames..=65_536).contains(&self.context_frames)
            && (1..=self.n_frames).contains(&self.provisional_frames)
            && (1..=65_536).contains(&self.hop_frames);
        if ok {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: "windows of 1 to 4096 frames, context of that to 65536, a first window of 1 frame to a whole one, a hop of 1 to 65536".into(),
            actual: format!("{self:?}"),
        })
    }

    /// The frames of the input in the window that ends before frame `end`.
    pub(crate) fn frames_before(&self, end: usize) -> Range<usize> {
        end.saturating_sub(self.n_frames)..end
    }

    /// The frames of the input in the context of the window that ends before frame `end`. A window
    /// always lies in its own context, even with a `context_frames` below `n_frames`.
    pub(crate) fn context_before(&self, end: usize) -> Range<usize> {
        end.saturating_sub(self.context_frames.max(self.n_frames))..end
    }

    /// The columns of a window that hold the `n` frames of the input in it; the others are padding.
    /// `n` is at most `n_frames`.
    pub(crate) fn input_columns(&self, n: usize) -> Range<usize> {
        match self.padding {
            Padding::Start => self.n_frames - n..self.n_frames,
            Padding::End => 0..n,
        }
    }
}
