//! From audio to an answer.
//!
//! A `reader` makes mono samples of PCM or WAV chunks; `windows` cuts them into the network's
//! inputs; `window_stream` answers for each window through the `classifier` (network) and the
//! `decision` (all that follows the network). `stream`, `enrollment` and `explainer` use it;
//! `mel_reader` stops at the frames.

mod analysis;
mod backend;
mod chunk;
mod classifier;
mod combine;
mod decision;
mod emotion;
mod enrollment;
mod explainer;
mod frame_stream;
mod mel_reader;
mod postponed;
mod prediction;
mod probabilities;
mod profile;
mod reader;
mod saliency;
mod settings;
mod stream;
mod window_stream;
mod windows;

pub use analysis::Analysis;
pub use backend::Backend;
pub use chunk::Chunk;
pub use classifier::{Classifier, DEFAULT_MODEL};
pub use emotion::Emotion;
pub use explainer::Explainer;
pub use frame_stream::FrameStream;
pub use mel_reader::MelReader;
pub use prediction::{Prediction, PredictionState};
pub use probabilities::Probabilities;
pub use profile::{EnrollmentSample, SpeakerProfile};
pub use saliency::Saliency;
pub use stream::{StreamClassifier, StreamEnd};
pub use windows::{Window, WindowView};
