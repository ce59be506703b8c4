//! The limits of audio input (rates, magnitudes, lengths) and the down-mix of several channels to one.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// The supported sample rates in Hz: telephone band to the fastest studio converters.
const SAMPLE_RATES: RangeInclusive<u32> = 8_000..=192_000;

/// The largest magnitude of a valid sample, 40 dB over full scale. Float recordings do
/// exceed 1.0 a little; 16-bit integers that nobody divided by 32768 exceed this at once.
const MAX_MAGNITUDE: f32 = 100.0;

/// The shortest input that gets a prediction, in milliseconds.
const MIN_MS: u32 = 100;

/// The one down-mix rule: the mean of all channels. The sum is taken in `f64` so that the
/// order of a sum never shows in the result.
pub(crate) fn mix_down(frame: impl Iterator<Item = f64>, channels: usize) -> f32 {
    (frame.sum::<f64>() / channels as f64) as f32
}

/// Fails unless `sample_rate` is supported.
pub(crate) fn check_sample_rate(sample_rate: u32) -> Result<()> {
    if SAMPLE_RATES.contains(&sample_rate) {
        Ok(())
    } else {
        Err(Error::SampleRate {
            actual: sample_rate,
        })
    }
}

/// Fails at the first sample that is NaN, infinite or too large. `offset` is the index of
/// `samples[0]` in the whole input, so that the error names a sample that the caller can find.
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

/// Fails for an input below 100 ms.
pub(crate) fn check_long_enough(n_samples: u64, sample_rate: u32) -> Result<()> {
    let actual_ms = n_samples * 1000 / u64::from(sample_rate);
    if actual_ms >= u64::from(MIN_MS) {
        return Ok(());
    }
    Err(Error::TooShort {
        expected_ms: MIN_MS,
        actual_ms: actual_ms as u32,
    })
}
