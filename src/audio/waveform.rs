//! Audio as the rest of the crate takes it: one channel, `f32`, with its sample rate.

use super::limits::{check_sample_rate, check_samples, mix_down};
use crate::error::{Error, Result};

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
    /// [`Error::SampleRate`] outside 8,000 to 192,000 Hz; [`Error::InvalidAudio`] where a sample
    /// is NaN, infinite, or more than 100 times full scale.
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
    /// As [`Waveform::from_mono`], and [`Error::InvalidAudio`] where there is no channel or the
    /// last frame is not whole.
    pub fn from_interleaved(samples: &[f32], channels: usize, sample_rate: u32) -> Result<Self> {
        if channels == 0 || !samples.len().is_multiple_of(channels) {
            return Err(Error::InvalidAudio {
                expected: "at least one channel and a whole number of frames".into(),
                actual: format!("{} samples for {channels} channels", samples.len()),
            });
        }
        let mono = samples
            .chunks_exact(channels)
            .map(|frame| mix_down(frame.iter().map(|&s| f64::from(s)), channels))
            .collect();
        Self::from_mono(mono, sample_rate)
    }

    /// Mixes one slice per channel, as an `AudioBuffer` holds them, down by their mean.
    ///
    /// # Errors
    /// As [`Waveform::from_mono`], and [`Error::InvalidAudio`] where there is no channel or the
    /// channels differ in length.
    pub fn from_planar(channels: &[&[f32]], sample_rate: u32) -> Result<Self> {
        let Some(first) = channels.first() else {
            return Err(Error::InvalidAudio {
                expected: "at least one channel".into(),
                actual: "0 channels".into(),
            });
        };
        if let Some(other) = channels.iter().find(|c| c.len() != first.len()) {
            return Err(Error::InvalidAudio {
                expected: format!("{} samples in every channel", first.len()),
                actual: format!("a channel of {}", other.len()),
            });
        }
        let mono = (0..first.len())
            .map(|i| mix_down(channels.iter().map(|c| f64::from(c[i])), channels.len()))
            .collect();
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
