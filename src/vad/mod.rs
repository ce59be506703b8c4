//! Speech or no speech.
//!
//! First by level: a frame may hold speech if it stands out from the noise floor and is not far
//! below the loudest frame of the recent past. The floor is the quietest recent frame (minimum
//! statistics, after Martin 2001), so steady sound of any level is its own floor: silence, noise
//! and hum are no speech.
//!
//! Then by how it sounds: what stands out must move as a voice does, or the window holds no
//! speech, however loud: music, clicks, typing. That is for a small network to say, the same for
//! every model file, since it knows nothing of emotions. It understands frames of
//! 64 ms every 16 ms with 64 bands to 8 kHz only; with other features the level decides alone.

mod frame;
mod network;

use serde::{Deserialize, Serialize};

pub(crate) use frame::{Ear, FrameSound};
pub(crate) use network::stretches;
pub use network::{N_FIGURES, VoiceNet};

use crate::{Error, Result};

/// Thresholds of the gate. Levels are dB of the mel power, summed over the bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// How far a speech frame stands above the noise floor, in dB.
    pub margin_db: f32,
    /// How far below the loudest frame a speech frame may be, in dB.
    pub range_db: f32,
    /// Level below which nothing is speech, in dB.
    pub min_level_db: f32,
    /// The least speech in a window that is worth an answer, in milliseconds.
    pub min_speech_ms: f64,
    /// Whether what stands out must sound like a voice too. Without it any uneven sound is speech.
    #[serde(default = "yes")]
    pub voice: bool,
}

fn yes() -> bool {
    true
}

impl Default for Gate {
    fn default() -> Gate {
        Gate {
            margin_db: 6.0,
            range_db: 30.0,
            min_level_db: -70.0,
            min_speech_ms: 200.0,
            voice: true,
        }
    }
}

impl Gate {
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

    /// The level above which a frame may hold speech, given the levels of the recent past, which
    /// include those of the window itself.
    pub fn threshold(&self, recent: &[f32]) -> f32 {
        let quietest = recent.iter().copied().fold(f32::INFINITY, f32::min);
        let loudest = recent.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        (quietest + self.margin_db)
            .max(loudest - self.range_db)
            .max(self.min_level_db)
    }
}
