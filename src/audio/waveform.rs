//! Audio as the rest of the crate takes it: one channel, `f32`, with its sample rate.

use super::downmix::{mix_interleaved, mix_planar};
use super::limits::{check_sample_rate, check_samples};
use crate::error::Result;

/// Mono audio with its sample rate.
///
/// Samples are finite and nominally in `[-1, 1]`; float recordings that overshoot are kept as
/// they are. The rate is 8,000 to 192,000 Hz. Several channels become one by their mean, here
/// and in [`WavDecoder`](super::WavDecoder) alike.
///
/// ```
/// use emotionai_voice::Waveform;
///
/// let stereo = [0.5, 0.0, -0.5, 0.0];
/// let wave = Waveform::from_interleaved(&stereo, 2, 16_000)?;
/// assert_eq!(wave.samples(), [0.25, -0.25]);
/// assert_eq!(wave.duration_ms(), 0.125);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    samples: Vec<f32>,
    sample_rate: u32,
}

impl Waveform {
    /// Takes samples of one channel at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`](crate::Error::SampleRate) outside 8,000 to 192,000 Hz;
    /// [`Error::InvalidAudio`](crate::Error::InvalidAudio) where a sample is NaN, infinite, or more than
    /// 100 times full scale.
    pub fn from_mono(samples: Vec<f32>, sample_rate: u32) -> Result<Self> {
        check_sample_rate(sample_rate)?;
        check_samples(&samples, 0)?;
        Ok(Self::from_checked(samples, sample_rate))
    }

    /// [`from_mono`](Self::from_mono) for a rate and samples that a decoder has checked.
    pub(super) fn from_checked(samples: Vec<f32>, sample_rate: u32) -> Self {
        Self {
            samples,
            sample_rate,
        }
    }

    /// Mixes interleaved samples (`L R L R ...`) of `channels` channels down by their mean.
    ///
    /// # Errors
    /// As [`Waveform::from_mono`], and [`Error::InvalidAudio`](crate::Error::InvalidAudio) where there
    /// is no channel or the last frame is not whole.
    pub fn from_interleaved(samples: &[f32], channels: usize, sample_rate: u32) -> Result<Self> {
        let mut mono = Vec::new();
        mix_interleaved(samples, channels, &mut mono)?;
        Self::from_mono(mono, sample_rate)
    }

    /// Mixes one slice per channel, as an `AudioBuffer` holds them, down by their mean.
    ///
    /// # Errors
    /// As [`Waveform::from_mono`], and [`Error::InvalidAudio`](crate::Error::InvalidAudio) where there
    /// is no channel or the channels differ in length.
    pub fn from_planar(channels: &[&[f32]], sample_rate: u32) -> Result<Self> {
        let mut mono = Vec::new();
        mix_planar(channels, &mut mono)?;
        Self::from_mono(mono, sample_rate)
    }

    /// The samples, nominally in `[-1, 1]`.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The sample rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// The length in milliseconds.
    pub fn duration_ms(&self) -> f64 {
        self.samples.len() as f64 * 1000.0 / f64::from(self.sample_rate)
    }
}
