//! From decibels to the values that the network takes.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The largest over-subtraction; a larger one would remove sounds well above the background too.
const MAX_SUBTRACTION: f32 = 10.0;

/// The least share of a band's power that a subtraction leaves: 200 dB below the band.
const MIN_SHARE: f32 = 1e-20;

/// The natural logarithm of a power ratio of 1 dB.
const DECIBEL: f32 = std::f32::consts::LN_10 / 10.0;

fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

/// Makes log-mel values independent of gain and of steady noise.
///
/// A band's level is taken relative to the loudest band of the recent past (the reference), so
/// that gain cancels exactly. The band's steady background is subtracted. Levels more than
/// `range_db` below the reference are raised to that floor, which hides each recording's own noise.
/// Then each band is standardised with statistics of the training data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalization {
    /// Dynamic range that is kept below the reference, in dB.
    pub range_db: f32,
    /// The over-subtraction factor (Berouti et al. 1979): each band loses this multiple of its
    /// background's power. 0 for no subtraction.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub subtraction: f32,
    /// Mean of each band in the training data, in dB below the reference (so negative).
    pub mean: Vec<f32>,
    /// Standard deviation of each band in the training data, in dB.
    pub std: Vec<f32>,
}

impl Normalization {
    /// The relative level with a floor, in dB: no subtraction and no standardisation.
    pub fn floor_only(n_mels: usize, range_db: f32) -> Normalization {
        Normalization {
            range_db,
            subtraction: 0.0,
            mean: vec![0.0; n_mels],
            std: vec![1.0; n_mels],
        }
    }

    /// Checks the values and that there is one for each of `n_mels` bands.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`].
    pub fn validate(&self, n_mels: usize) -> Result<()> {
        let ok = self.range_db.is_finite()
            && self.range_db > 0.0
            && (0.0..=MAX_SUBTRACTION).contains(&self.subtraction)
            && self.mean.len() == n_mels
            && self.std.len() == n_mels
            && self.mean.iter().all(|mean| mean.is_finite())
            && self.std.iter().all(|std| std.is_finite() && *std > 0.0);
        if ok {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: format!(
                "a positive range_db, a subtraction of 0 to {MAX_SUBTRACTION}, {n_mels} finite means and positive deviations"
            ),
            actual: format!(
                "range_db {}, subtraction {}, {} means, {} deviations",
                self.range_db,
                self.subtraction,
                self.mean.len(),
                self.std.len(),
            ),
        })
    }

    /// A band's level without its background, all in dB relative to one reference; 200 dB below the
    /// level where the background takes all of it.
    pub fn without_background(&self, level_db: f32, background_db: f32) -> f32 {
        let share = self.subtraction * ((background_db - level_db) * DECIBEL).exp();
        level_db + (1.0 - share).max(MIN_SHARE).ln() / DECIBEL
    }

    /// One band's value for the network, from its level and the reference, both in dB.
    pub fn apply(&self, band: usize, level_db: f32, reference_db: f32) -> f32 {
        let relative = (level_db - reference_db).clamp(-self.range_db, 0.0);
        (relative - self.mean[band]) / self.std[band]
    }

    /// The value of a band in a frame outside of the input: the floor.
    pub fn padding(&self, band: usize) -> f32 {
        (-self.range_db - self.mean[band]) / self.std[band]
    }
}
