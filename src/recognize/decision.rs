//! The decision: from the network's logits to an answer.
//!
//! For a window `x` with the prosodic functionals `p`, the logits are
//!
//! ```text
//! z = network(x) + label bias + prosody head(p)                      one logit a label
//! ```
//!
//! A clip's logits are the mean over its windows, weighted by the speech frames `n` in each; a
//! stream's may be averaged exponentially over the time `dt` since the last window with speech:
//!
//! ```text
//! clip:      z = sum(n[w] z[w]) / sum(n[w])                          SpeechMean
//! smoothing: z = a z[last] + (1 - a) z,  a = exp(-dt / time constant)   Smoothing
//! ```
//!
//! Both, and a window alone, become an answer alike:
//!
//! ```text
//! z             = z - shift of the speaker's profile                 Prediction::logits
//! probabilities = softmax(z / temperature)
//! state         = no speech, where no window holds the model's least speech
//!                 uncertain, where max(probabilities) < uncertain_below
//!                 speech, otherwise, with the likeliest label
//! ```

mod smoothing;
mod speech_mean;

use std::sync::Arc;

use super::prediction::Prediction;
use super::probabilities::Probabilities;
use super::profile::SpeakerProfile;
use crate::model_file::{Calibration, ModelHeader};
use crate::prosody::ProsodyHead;

pub(super) use smoothing::Smoothing;
pub(super) use speech_mean::SpeechMean;

/// All terms of the formula but the network, for one model and one speaker.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    labels: Arc<[String]>,
    calibration: Calibration,
    prosody_head: Option<ProsodyHead>,
    /// Subtracted from the logits of a speaker whose profile is known.
    shift: Option<Vec<f32>>,
}

/// Where a window or a clip lies in its input, and how much speech it holds.
pub(super) struct Extent {
    pub start_ms: f64,
    pub end_ms: f64,
    pub speech_ms: f64,
    pub provisional: bool,
}

impl Decision {
    /// The decision of a valid model, for any speaker.
    pub fn new(header: &ModelHeader) -> Decision {
        Decision {
            labels: header.labels.clone().into(),
            calibration: header.calibration.clone(),
            prosody_head: header.prosody.clone(),
            shift: None,
        }
    }

    /// The same decision for the speaker of a profile, or for any speaker.
    pub fn for_speaker(&self, profile: Option<&SpeakerProfile>) -> Decision {
        let neutral = self.calibration.neutral.as_deref();
        let shift = profile
            .zip(neutral)
            .map(|(profile, neutral)| profile.shift(neutral));
        Decision {
            shift,
            ..self.clone()
        }
    }

    /// Labels, hence logits of a window.
    pub fn n_labels(&self) -> usize {
        self.labels.len()
    }

    /// The prosody head's term for a window; `None` for a model without a head.
    pub fn prosody_term(&self, functionals: &[f32]) -> Option<Vec<f32>> {
        let head = self.prosody_head.as_ref()?;
        Some(head.logits(functionals))
    }

    /// Adds the label bias and the prosody head's term to the network's logits of one window.
    pub fn add_terms(&self, logits: &mut [f32], prosody: Option<&[f32]>) {
        let bias = self.calibration.label_bias.as_deref();
        for term in [bias, prosody].into_iter().flatten() {
            for (logit, value) in logits.iter_mut().zip(term) {
                *logit += value;
            }
        }
    }

    /// The calibrated probabilities of a window's or a clip's logits.
    pub fn probabilities(&self, mut logits: Vec<f32>) -> Probabilities {
        self.subtract_shift(&mut logits);
        self.softmax(&logits)
    }

    /// The answer for a window or a clip; `logits` is `None` where it holds too little speech.
    pub fn decide(&self, mut logits: Option<Vec<f32>>, extent: Extent) -> Prediction {
        if let Some(logits) = &mut logits {
            self.subtract_shift(logits);
        }
        let probabilities = logits.as_deref().map(|logits| self.softmax(logits));
        Prediction {
            logits,
            provisional: extent.provisional,
            start_ms: extent.start_ms,
            end_ms: extent.end_ms,
            speech_ms: extent.speech_ms,
            ..Prediction::from_probabilities(probabilities, self.calibration.uncertain_below)
        }
    }

    fn subtract_shift(&self, logits: &mut [f32]) {
        for (logit, shift) in logits.iter_mut().zip(self.shift.iter().flatten()) {
            *logit -= shift;
        }
    }

    fn softmax(&self, logits: &[f32]) -> Probabilities {
        Probabilities::from_logits(self.labels.clone(), logits, self.calibration.temperature)
    }
}
