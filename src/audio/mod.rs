//! Audio as it comes in: samples with their rate, WAV files, resampling.

mod downmix;
mod limits;
mod resample;
mod wav;
mod waveform;

pub use resample::Resampler;
pub use wav::WavDecoder;
pub use waveform::Waveform;

pub(crate) use downmix::{mix_interleaved, mix_planar};
pub(crate) use limits::{check_long_enough, check_sample_rate, check_samples};
