//! Audio as the rest of the crate takes it: one channel, `f32`, with its sample rate.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::wav::WavDecoder;

/// The sample rates that are taken, in Hz: telephone band to the fastest studio converters.
const SAMPLE_RATES: RangeInclusive<u32> = 8_000..=192_000;

/// The largest magnitude that passes as audio, 40 dB over full scale. Float recordings do
/// exceed 1.0 a little; 16-bit integers that nobody divided by 32768 exceed this at once.
const MAX_MAGNITUDE: f32 = 100.0;

/// Mono audio with its sample rate.
///
/// Samples are finite and nominally in `[-1, 1]`; float recordings that overshoot are kept as
/// they are. The rate is 8,000 to 192,000 Hz. Several channels become one by their mean, here
/// and in [`WavDecoder`] alike.
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
        Ok(Self {
            samples,
            sample_rate,
        })
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

    /// Decodes a whole WAV file; [`WavDecoder`] says which kinds.
    ///
    /// # Errors
    /// As [`WavDecoder::push`] and [`WavDecoder::finish`].
    pub fn from_wav(bytes: &[u8]) -> Result<Self> {
        let mut decoder = WavDecoder::new();
        let mut samples = Vec::new();
        decoder.push(bytes, &mut samples)?;
        decoder.finish(&mut samples)?;
        // `finish` fails where no header was seen, so the rate is there.
        let sample_rate = decoder.sample_rate().unwrap_or_default();
        Self::from_mono(samples, sample_rate)
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

/// The one down-mix rule: the mean of all channels. The sum is taken in `f64` so that the
/// order of a sum never shows in the result.
pub(crate) fn mix_down(frame: impl Iterator<Item = f64>, channels: usize) -> f32 {
    (frame.sum::<f64>() / channels as f64) as f32
}

/// Fails unless `sample_rate` is one that this crate takes.
pub(crate) fn check_sample_rate(sample_rate: u32) -> Result<()> {
    if SAMPLE_RATES.contains(&sample_rate) {
        Ok(())
    } else {
        Err(Error::SampleRate {
            actual: sample_rate,
        })
    }
}

/// Fails at the first sample that is not audio. `offset` is the place of `samples[0]` in the
/// whole input, so that the error names a sample that the caller can find.
pub(crate) fn check_samples(samples: &[f32], offset: u64) -> Result<()> {
    let bad = |s: &f32| s.is_nan() || s.abs() > MAX_MAGNITUDE;
    let Some(i) = samples.iter().position(bad) else {
        return Ok(());
    };
    Err(Error::InvalidAudio {
        expected: "finite samples scaled to [-1, 1]".into(),
        actual: format!("{} at sample {}", samples[i], offset + i as u64),
    })
}
