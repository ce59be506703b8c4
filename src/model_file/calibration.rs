//! From logits to probabilities and to an "uncertain" answer.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The values that turn logits into an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Divisor of the logits before the softmax (Guo et al. 2017, arXiv:1706.04599).
    pub temperature: f32,
    /// An answer is "uncertain" where its top probability is below this threshold.
    pub uncertain_below: f32,
    /// Addend of each logit before everything else, against the network's leaning towards some
    /// labels for unknown speakers; `None` for no addend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_bias: Option<Vec<f32>>,
    /// The network's mean logits for the neutral speech of unknown speakers, the reference of a
    /// [speaker profile](crate::SpeakerProfile); `None` for a model without profiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neutral: Option<Vec<f32>>,
}

impl Default for Calibration {
    /// Logits as they are, and no answer "uncertain".
    fn default() -> Calibration {
        Calibration {
            temperature: 1.0,
            uncertain_below: 0.0,
            label_bias: None,
            neutral: None,
        }
    }
}

impl Calibration {
    /// Checks the values for a network of `n_labels`.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`].
    pub(super) fn validate(&self, n_labels: usize) -> Result<()> {
        let fits = |logits: &Option<Vec<f32>>| {
            logits.as_ref().is_none_or(|logits| {
                logits.len() == n_labels && logits.iter().all(|logit| logit.is_finite())
            })
        };
        if self.temperature.is_finite()
            && self.temperature > 0.0
            && (0.0..=1.0).contains(&self.uncertain_below)
            && fits(&self.label_bias)
            && fits(&self.neutral)
        {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: "a positive temperature, a threshold from 0 to 1, and a finite bias and a finite neutral logit a label or none".into(),
            actual: format!("{self:?}"),
        })
    }
}
