//! How a stream answers, whatever the rate of its samples.

use super::classifier::Classifier;
use crate::error::{Error, Result};

/// The longest hop, in milliseconds.
const MAX_HOP_MS: f64 = 600_000.0;
/// The longest time constant of smoothing, in milliseconds.
const MAX_SMOOTHING_MS: f64 = 60_000.0;

/// A classifier with the options of a stream.
#[derive(Debug, Clone)]
pub(super) struct StreamSettings {
    pub classifier: Classifier,
    /// Frames from one window to the next.
    pub hop_frames: usize,
    /// Time constant of the smoothing; `None` for windows that stand for themselves.
    pub smoothing_ms: Option<f64>,
}

impl StreamSettings {
    /// The model's own hop, without smoothing.
    pub fn new(classifier: &Classifier) -> StreamSettings {
        StreamSettings {
            classifier: classifier.clone(),
            hop_frames: classifier.model().windows.hop_frames,
            smoothing_ms: None,
        }
    }

    /// A hop of about `hop_ms`, in whole frames; the model's own where `None`.
    pub fn with_hop(self, hop_ms: Option<f64>) -> Result<StreamSettings> {
        let Some(ms) = hop_ms else {
            return Ok(self);
        };
        if !(ms > 0.0 && ms <= MAX_HOP_MS) {
            return Err(Error::InvalidConfig {
                expected: format!("a hop above 0 and up to {MAX_HOP_MS} ms"),
                actual: format!("{ms} ms"),
            });
        }
        let frame_ms = self.classifier.model().frames_to_ms(1);
        Ok(StreamSettings {
            hop_frames: ((ms / frame_ms).round() as usize).max(1),
            ..self
        })
    }

    /// Smoothing with this time constant.
    pub fn with_smoothing(self, time_constant_ms: f64) -> Result<StreamSettings> {
        if !(time_constant_ms > 0.0 && time_constant_ms <= MAX_SMOOTHING_MS) {
            return Err(Error::InvalidConfig {
                expected: format!("a smoothing above 0 and up to {MAX_SMOOTHING_MS} ms"),
                actual: format!("{time_constant_ms} ms"),
            });
        }
        Ok(StreamSettings {
            smoothing_ms: Some(time_constant_ms),
            ..self
        })
    }
}
