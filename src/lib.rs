//! Speech emotion recognition that runs on the user's own device.
//!
//! PCM goes in, one of eight emotions comes out, in the browser (as WebAssembly, through the npm
//! package of the same name) and on the host alike:
//!
//! ```text
//! bytes/PCM -> Waveform -> Resampler -> LogMelExtractor -> Normalization -> EmotionNet -> Prediction
//! ```
//!
//! - [`Classifier`] answers for a whole [`Waveform`]; [`StreamClassifier`] for chunks as they come.
//!   Both run the same code on the same windows.
//! - [`Model`] is a network with all that belongs to it, read from and written to a model file;
//!   [`DEFAULT_MODEL`] holds the shipped one.
//! - [`VoiceProfile`] is what a voice's own neutral speech says about it; with one the same model
//!   hears that voice better.
//! - [`Explainer`] says which bands and frames spoke for an emotion: a [`Saliency`] map.
//! - [`WavDecoder`], [`Resampler`] and [`LogMelExtractor`] are the streaming parts below, for those
//!   who bring their own plumbing; [`MelStream`] joins the last two. [`FrameStream`] cuts the windows,
//!   for the trainer too.
//!
//! ```no_run
//! use emotionai_voice::{Classifier, DEFAULT_MODEL, Waveform};
//!
//! let classifier = Classifier::from_bytes(DEFAULT_MODEL)?;
//! let voice = Waveform::from_wav(&std::fs::read("voice.wav")?)?;
//! let prediction = classifier.classify(&voice)?;
//! println!("{:?} {:?}", prediction.state, prediction.label);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod classifier;
mod emotion;
mod error;
mod features;
mod framing;
mod gate;
mod mel;
mod mel_stream;
mod model;
mod normalization;
mod profile;
mod prosody;
mod resample;
mod saliency;
mod smoothing;
mod stft;
mod stream;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod wasm;
mod wav;
mod wav_stream;
mod waveform;
mod weights;
mod windows;

pub use classifier::{Backend, Classifier, DEFAULT_MODEL, Prediction, State};
pub use emotion::{Emotion, Probabilities};
pub use error::{Error, Result};
pub use features::{FeatureConfig, LogMelExtractor, MelSpectrogram, power_to_db};
pub use gate::{Gate, N_FIGURES, VoiceNet};
pub use mel::{MelFilterbank, hz_to_mel, mel_to_hz};
pub use mel_stream::MelStream;
pub use model::{
    Architecture, EmotionCnn, EmotionCnnConfig, EmotionCnnGru, EmotionCnnGruConfig,
    EmotionCommittee, EmotionCommitteeConfig, EmotionNet, PlainCnn, PlainCnnConfig, TensorInfo,
};
pub use normalization::Normalization;
pub use profile::{VoiceProfile, VoiceSample};
pub use prosody::{N_MELODY, N_PROSODY, ProsodyHead};
pub use resample::Resampler;
pub use saliency::{Explainer, Saliency};
pub use stft::Stft;
pub use stream::{StreamClassifier, StreamEnd};
pub use wav::WavDecoder;
pub use wav_stream::WavStreamClassifier;
pub use waveform::Waveform;
pub use weights::{Calibration, Model, ModelHeader, ModelInfo, ParameterType};
pub use windows::{FrameStream, Padding, Window, WindowConfig};
