//! The answer for several inputs together, such as those between the pauses of a session.

use super::prediction::Prediction;
use super::probabilities::Probabilities;
use crate::error::{Error, Result};

/// The smallest positive number, in place of a probability that was rounded to 0.
const LEAST: f32 = f32::from_bits(1);

impl Prediction {
    /// The answer for several inputs of one speaker: the mean of their logits, weighted by their
    /// speech, as the windows of one input are combined. A top probability below `uncertain_below`
    /// is uncertain.
    ///
    /// The logits are the logarithms of the probabilities, which differ from them by a constant.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] without any input, or for inputs of other labels.
    pub fn combine(parts: &[Prediction], uncertain_below: f32) -> Result<Prediction> {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
            return Err(Error::InvalidConfig {
                expected: "at least one answer".into(),
                actual: "none".into(),
            });
        };
        Ok(Prediction {
            provisional: parts.iter().all(|part| part.provisional),
            start_ms: first.start_ms,
            end_ms: last.end_ms,
            speech_ms: parts.iter().map(|part| part.speech_ms).sum(),
            ..Prediction::from_probabilities(mean(parts)?, uncertain_below)
        })
    }
}

/// The softmax of the mean logarithms; `None` without speech.
fn mean(parts: &[Prediction]) -> Result<Option<Probabilities>> {
    let spoken = || {
        let parts = parts.iter();
        parts.filter_map(|part| Some((part.probabilities.as_ref()?, part.speech_ms)))
    };
    let weight: f64 = spoken().map(|(_, speech_ms)| speech_ms).sum();
    let Some((first, _)) = spoken().next().filter(|_| weight > 0.0) else {
        return Ok(None);
    };
    let mut sums = vec![0.0; first.values().len()];
    for (probabilities, speech_ms) in spoken() {
        if probabilities.labels() != first.labels() {
            return Err(Error::InvalidConfig {
                expected: format!("answers over the labels {}", first.labels().join(", ")),
                actual: probabilities.labels().join(", "),
            });
        }
        for (sum, value) in sums.iter_mut().zip(probabilities.values()) {
            *sum += f64::from(value.max(LEAST)).ln() * speech_ms;
        }
    }
    let logits: Vec<f32> = sums.iter().map(|sum| (sum / weight) as f32).collect();
    let labels = first.labels().clone();
    Ok(Some(Probabilities::from_logits(labels, &logits, 1.0)))
}
