//! From decibels to what the network sees.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Makes log-mel values independent of gain and of the recording's own noise floor.
///
/// A band's level is taken relative to the loudest band of the recent past (the reference), so
/// that gain cancels exactly; whatever lies more than `range_db` below it is raised to that
/// floor, which hides each recording's own noise; then each band is standardised with statistics
/// of the training data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalization {
    /// Dynamic range that is kept below the reference, in dB.
    pub range_db: f32,
    /// Mean of each band in the training data, in dB below the reference (so negative).
    pub mean: Vec<f32>,
    /// Standard deviation of each band in the training data, in dB.
    pub std: Vec<f32>,
}

impl Normalization {
    /// Only the relative level and the floor, bands left in dB: what statistics are learned on.
    pub fn floor_only(n_mels: usize, range_db: f32) -> Normalization {
        Normalization {
            range_db,
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
            && self.mean.len() == n_mels
            && self.std.len() == n_mels
            && self.mean.iter().all(|mean| mean.is_finite())
            && self.std.iter().all(|std| std.is_finite() && *std > 0.0);
        if ok {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: format!(
                "a positive range_db and {n_mels} finite means and positive deviations"
            ),
            actual: format!(
                "range_db {}, {} means, {} deviations",
                self.range_db,
                self.mean.len(),
                self.std.len(),
            ),
        })
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
