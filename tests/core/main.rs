//! The signal path against its definitions, against librosa, and against bad input. Everything
//! here runs on the host and, where no file is read, in wasm too.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot unwrap has failed.

mod classifier;
mod features;
mod mel;
mod mel_stream;
mod model_file;
mod profile;
mod prosody;
mod resample;
mod saliency;
mod stft;
mod support;
mod vad;
mod wav;
mod waveform;
mod windows;
