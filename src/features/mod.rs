//! From samples to normalised log-mel frames.

mod config;
mod framing;
mod front_end;
mod log_mel;
pub(crate) mod maths;
mod mel;
mod mel_stream;
mod normalization;
mod spectrogram;
mod stft;
mod window_levels;

pub use config::{FeatureConfig, Padding, WindowConfig};
pub use log_mel::{LogMelExtractor, power_to_db};
pub use mel::{MelFilterbank, hz_to_mel, mel_to_hz};
pub use mel_stream::MelStream;
pub use normalization::Normalization;
pub use spectrogram::MelSpectrogram;
pub use stft::Stft;
pub use window_levels::WindowLevels;

pub(crate) use front_end::FrontEnd;
pub(crate) use log_mel::LogMelBands;
pub(crate) use stft::centred_hann;
