//! The thresholds of voice activity detection, and its rule for levels.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Thresholds of voice activity detection. Levels are dB of the mel power, summed over the bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VadConfig {
    /// Least distance of a speech frame above the noise floor, in dB.
    pub margin_db: f32,
    /// Greatest distance of a speech frame below the loudest frame, in dB.
    pub range_db: f32,
    /// Level below which no frame is speech, in dB.
    pub min_level_db: f32,
    /// The least speech in a window that gets a prediction, in milliseconds.
    pub min_speech_ms: f64,
    /// Whether the network must recognise a voice too. Without it any uneven sound is speech.
    #[serde(default = "yes")]
    pub voice: bool,
}

fn yes() -> bool {
    true
}

impl Default for VadConfig {
    fn default() -> VadConfig {
        VadConfig {
            margin_db: 6.0,
            range_db: 30.0,
            min_level_db: -70.0,
            min_speech_ms: 200.0,
            voice: true,
        }
    }
}

impl VadConfig {
    /// Checks the values.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`].
    pub fn validate(&self) -> Result<()> {
        let ok = self.margin_db > 0.0
            && self.range_db > 0.0
            && self.min_level_db.is_finite()
            && self.min_speech_ms >= 0.0;
        if ok {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: "a gate of positive margin and range".into(),
            actual: format!("{self:?}"),
        })
    }

    /// The level above which a frame may be speech, from the levels of the window's context, in dB.
    ///
    /// The noise floor is the quietest frame of the context (minimum statistics, after Martin 2001),
    /// so steady sound of any level is its own floor.
    pub fn threshold_db(&self, context: &[f32]) -> f32 {
        let quietest = context.iter().copied().fold(f32::INFINITY, f32::min);
        let loudest = context.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        (quietest + self.margin_db)
            .max(loudest - self.range_db)
            .max(self.min_level_db)
    }
}
