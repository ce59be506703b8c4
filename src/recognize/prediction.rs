//! The answer for a window or a clip.

use serde::{Deserialize, Serialize};

use super::probabilities::Probabilities;

/// Whether a window or a clip holds speech, and whether one label is likely enough to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl Prediction {
    /// The answer without its place in the input: state, label and confidence follow from the
    /// probabilities (`None` without speech). A top probability below `uncertain_below` is uncertain.
    pub(super) fn from_probabilities(
        probabilities: Option<Probabilities>,
        uncertain_below: f32,
    ) -> Prediction {
        let confidence = probabilities.as_ref().map(|p| p.top().1);
        let state = match confidence {
            None => PredictionState::NoSpeech,
            Some(top) if top < uncertain_below => PredictionState::Uncertain,
            Some(_) => PredictionState::Speech,
        };
        let label = match (state, &probabilities) {
            (PredictionState::Speech, Some(p)) => Some(p.top_label().to_owned()),
            _ => None,
        };
        Prediction {
            state,
            label,
            confidence,
            probabilities,
            logits: None,
            provisional: false,
            start_ms: 0.0,
            end_ms: 0.0,
            speech_ms: 0.0,
        }
    }
}
