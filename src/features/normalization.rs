//! From decibels to what the network sees.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// More would take away what stands well above the background.
const MAX_SUBTRACTION: f32 = 10.0;

/// The share of a power that is none, 200 dB below it.
const NOTHING: f32 = 1e-20;

/// The natural logarithm of a power ratio of 1 dB.
const DECIBEL: f32 = std::f32::consts::LN_10 / 10.0;

fn is_zero(value: &f32) -> bool {
    *value == 0.0
}

/// Makes log-mel values independent of gain and, as far as it is steady, of noise.
///
/// A band's level is taken relative to the loudest band of the recent past (the reference), so
/// that gain cancels exactly; what the band always holds at least (the background) is taken away from it;
/// whatever lies more than `range_db` below the reference then is raised to that
/// floor, which hides each recording's own noise; then each band is standardised with statistics
/// of the training data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalization {
    /// Dynamic range that is kept below the reference, in dB.
    pub range_db: f32,
    /// How many times the power of its background each band loses (the over-subtraction factor of
    /// Berouti et al. 1979); 0 where nothing is taken away, as in files of before there was such a field.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub subtraction: f32,
    /// Mean of each band in the training data, in dB below the reference (so negative).
    pub mean: Vec<f32>,
    /// Standard deviation of each band in the training data, in dB.
    pub std: Vec<f32>,
}

impl Normalization {
    /// Only the relative level and the floor, nothing taken away and bands left in dB.
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

    /// A band's level without its background, all in dB relative to anything; far below both where
    /// nothing is left.
    pub fn without_background(&self, level_db: f32, background_db: f32) -> f32 {
        let share = self.subtraction * ((background_db - level_db) * DECIBEL).exp();
        level_db + (1.0 - share).max(NOTHING).ln() / DECIBEL
    }

    /// One band's value for the network, from its level and the reference, both in dB.
    pub fn apply(&self, band: usize, level_db: f32, reference_db: f32) -> f32 {
        let relative = (level_db - reference_db).clamp(-self.range_db, 0.0);
        (relative - self.mean[band]) / self.std[band]
    }

    /// What a band of a frame outside of the input holds: the floor.
    pub fn padding(&self, band: usize) -> f32 {
        (-self.range_db - self.mean[band]) / self.std[band]
    }
}
