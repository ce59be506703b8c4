//! Simulated acoustics: rooms, noises, microphones and lines between a speaker and the model.
//!
//! All of it is generated from a seed, so that nothing has to be fetched: [`rooms`], what a
//! [`channel`] and a [`codec`] do, other voices ([`babble`]), the [`environment`] and other
//! [`sounds`], a synthetic [`voice`], and the [`mixing`] of them at a level that is measured on the speech.

pub mod babble;
pub mod channel;
pub mod codec;
mod distortion;
pub mod environment;
pub mod mixing;
pub mod rooms;
pub mod sounds;
pub mod spectrum;
pub mod voice;

use emotionai_voice::training::Resampler;

pub use distortion::{Distortion, distort};

/// All of `samples` at another rate, by the resampler that ships.
///
/// # Errors
/// [`emotionai_voice::Error::SampleRate`].
pub fn resample(samples: &[f32], from: u32, to: u32) -> emotionai_voice::Result<Vec<f32>> {
    let mut resampler = Resampler::new(from, to)?;
    let mut out = Vec::new();
    resampler.push(samples, &mut out);
    resampler.flush(&mut out);
    Ok(out)
}
