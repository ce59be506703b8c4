//! The answer for a window or a clip.

use serde::Serialize;

use super::probabilities::Probabilities;

/// Whether a window or a clip holds speech, and whether one label is likely enough to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictionState {
    /// Speech, and one label is likely enough.
    Speech,
    /// Too little speech for an answer.
    NoSpeech,
    /// Speech, but no label reaches the model's threshold.
    Uncertain,
}

/// The answer for a window or a clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prediction {
    /// Whether there was speech and a label.
    pub state: PredictionState,
    /// The likeliest label; `None` unless the state is [`PredictionState::Speech`].
    pub label: Option<String>,
    /// The calibrated probability of the likeliest label; `None` without speech.
    pub confidence: Option<f32>,
    /// The calibrated probability of each label; `None` without speech.
    pub probabilities: Option<Probabilities>,
    /// The logits under the probabilities, one a label: `probabilities` is the softmax of `logits`
    /// over the model's temperature. `None` without speech. They are not serialised.
    #[serde(skip)]
    pub logits: Option<Vec<f32>>,
    /// Whether the input was still shorter than a window.
    pub provisional: bool,
    /// Start of the window or clip in the input, in milliseconds.
    pub start_ms: f64,
    /// End of the window or clip in the input, in milliseconds.
    pub end_ms: f64,
    /// Speech between start and end, in milliseconds.
    pub speech_ms: f64,
}
