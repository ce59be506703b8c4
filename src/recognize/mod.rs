//! From audio to an answer.

mod classifier;
mod emotion;
mod frame_stream;
mod profile;
mod saliency;
mod smoothing;
mod stream;
mod wav_stream;
mod windows;

pub use classifier::{Backend, Classifier, DEFAULT_MODEL, Prediction, State};
pub use emotion::{Emotion, Probabilities};
pub use frame_stream::FrameStream;
pub use profile::{VoiceProfile, VoiceSample};
pub use saliency::{Explainer, Saliency};
pub use stream::{StreamClassifier, StreamEnd};
pub use wav_stream::WavStreamClassifier;
pub use windows::{Window, WindowView};
