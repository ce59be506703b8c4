//! From samples to normalised log-mel frames.

mod config;
mod framing;
mod log_mel;
mod mel;
mod mel_stream;
mod normalization;
mod spectrogram;
mod stft;

pub use config::{FeatureConfig, Padding, WindowConfig};
pub use log_mel::{LogMelExtractor, power_to_db};
pub use mel::{MelFilterbank, hz_to_mel, mel_to_hz};
pub use mel_stream::MelStream;
pub use normalization::Normalization;
pub use spectrogram::MelSpectrogram;
pub use stft::Stft;

pub(crate) use framing::Framing;
pub(crate) use stft::centred_hann;
