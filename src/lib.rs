//! Speech emotion recognition that runs on the user's own device.
//!
//! Audio goes in, one of eight emotions comes out: in the browser (as WebAssembly, through the npm
//! package of the same name) and on the host alike.
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
//!
//! # The types
//!
//! **Input.** A [`Waveform`] is a whole recording: mono samples with their rate, from PCM of any
//! layout or from a WAV file. A [`Chunk`] is a piece of one that comes in pieces.
//!
//! **Answers.** A [`Classifier`] holds a model. [`Classifier::classify`] answers for a `Waveform`;
//! [`Classifier::stream`] and [`Classifier::wav_stream`] open a [`StreamClassifier`], which answers
//! for each window as the chunks come in and for the whole input at its [`StreamEnd`]. Both run the
//! same code on the same windows. Each answer is a [`Prediction`]: a [`PredictionState`], a label,
//! and [`Probabilities`] over the model's labels, by default those of [`Emotion`].
//!
//! **Models.** A [`Model`] is the content of a model file: a network with its features, labels and
//! calibration; [`ModelInfo`] is the part that users ask for. [`DEFAULT_MODEL`] holds the shipped
//! weights. A [`Backend`] runs the network.
//!
//! **Speakers.** A [`SpeakerProfile`] adapts a classifier to one speaker. [`Classifier::enroll`]
//! makes it from a few seconds of neutral speech, or from the [`EnrollmentSample`]s of streams.
//!
//! **Explanations.** An [`Explainer`] makes a [`Saliency`] map: the frequency bands and moments
//! that speak for an emotion.
//!
//! **Features.** A [`LogMelExtractor`] computes the frames of a [`MelSpectrogram`] as a
//! [`FeatureConfig`] says; they equal librosa's.
//!
//! **Errors.** Every failure is an [`Error`] that names what was expected and what was found.
//!
//! The parts under these types, which the trainer builds on, are in [`training`].

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

pub use audio::Waveform;
pub use error::{Error, Result};
pub use features::{FeatureConfig, LogMelExtractor, MelSpectrogram};
pub use model_file::{Model, ModelInfo};
pub use recognize::{
    Backend, Chunk, Classifier, DEFAULT_MODEL, Emotion, EnrollmentSample, Explainer, Prediction,
    PredictionState, Probabilities, Saliency, SpeakerProfile, StreamClassifier, StreamEnd,
};

/// The parts of the signal path, for the trainer and for tests.
///
/// The trainer computes features, windows and voice activity with the code that answers in the
/// browser, so the two cannot drift apart. These items follow the trainer's needs and may change in
/// any release.
pub mod training {
    pub use crate::audio::{Resampler, WavDecoder};
    pub use crate::features::{
        MelFilterbank, MelStream, Normalization, Padding, Stft, WindowConfig, WindowLevels,
        hz_to_mel, mel_to_hz, power_to_db,
    };
    #[cfg(feature = "train")]
    pub use crate::model::recurrence;
    pub use crate::model::{
        Architecture, EmotionCnn, EmotionCnnConfig, EmotionCnnGru, EmotionCnnGruConfig,
        EmotionEnsemble, EmotionEnsembleConfig, EmotionNet, PlainCnn, PlainCnnConfig, TensorInfo,
    };
    pub use crate::model_file::{
        Calibration, CorpusUse, ModelHeader, ParameterType, Parent, Provenance, Speaker, Speakers,
        Step,
    };
    pub use crate::prosody::{N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS, ProsodyHead};
    pub use crate::recognize::{Analysis, FrameStream, MelReader, Window, WindowView};
    pub use crate::vad::{N_VAD_INPUTS, VadConfig, VadNetwork, VoiceHysteresis, vad_inputs};
}
