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

mod audio;
mod error;
mod features;
mod model;
mod model_file;
mod prosody;
mod recognize;
mod vad;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod wasm;

pub use audio::{Resampler, WavDecoder, Waveform};
pub use error::{Error, Result};
pub use features::{
    FeatureConfig, LogMelExtractor, MelFilterbank, MelSpectrogram, MelStream, Normalization,
    Padding, Stft, WindowConfig, WindowLevels, hz_to_mel, mel_to_hz, power_to_db,
};
pub use model::{
    Architecture, EmotionCnn, EmotionCnnConfig, EmotionCnnGru, EmotionCnnGruConfig,
    EmotionEnsemble, EmotionEnsembleConfig, EmotionNet, PlainCnn, PlainCnnConfig, TensorInfo,
};
pub use model_file::{
    Calibration, CorpusUse, Model, ModelHeader, ModelInfo, ParameterType, Parent, Provenance,
    Speaker, Speakers, Step,
};
pub use prosody::{N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS, ProsodyHead};
pub use recognize::{
    Backend, Classifier, DEFAULT_MODEL, Emotion, Explainer, FrameStream, Prediction, Probabilities,
    Saliency, State, StreamClassifier, StreamEnd, VoiceProfile, VoiceSample, WavStreamClassifier,
    Window, WindowView,
};
pub use vad::{N_VAD_FEATURES, VadConfig, VadNetwork};

// Old names, until the trainer follows.
pub use prosody::{N_PITCH_FUNCTIONALS as N_MELODY, N_PROSODY_FUNCTIONALS as N_PROSODY};
pub use vad::{N_VAD_FEATURES as N_FIGURES, VadConfig as Gate, VadNetwork as VoiceNet};
