//! The level of each frame.

use crate::features::maths::{db_power, power_db};

/// Frames over which a level is averaged, so that the noise floor is not one chance dip of noise.
const SMOOTHING: usize = 3;

/// Measures the level of each frame of a stream.
#[derive(Debug, Default)]
pub(super) struct LevelMeter {
    /// Powers of the last frames, the newest last; zeros before the first frame.
    powers: [f64; SMOOTHING],
    /// Frames measured, up to `SMOOTHING`.
    n_frames: usize,
}

impl LevelMeter {
    /// The level of the next frame, whose bands are in dB, in the mean of the last frames' powers.
    pub(super) fn push(&mut self, frame: &[f32]) -> f32 {
        let power: f64 = frame.iter().map(|&db| db_power(f64::from(db))).sum();
        self.powers.rotate_left(1);
        self.powers[SMOOTHING - 1] = power;
        self.n_frames = (self.n_frames + 1).min(SMOOTHING);
        let mean = self.powers.iter().sum::<f64>() / self.n_frames as f64;
        power_db(mean) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_the_sum_of_the_bands_averaged_over_three_frames() {
        let mut meter = LevelMeter::default();
        let mut levels = [0.0, -60.0, -60.0, -60.0].map(|db| meter.push(&[db; 10]));
        for (level, expected) in levels.iter_mut().zip([10.0, 7.0, 5.2, -50.0]) {
            assert!((*level - expected).abs() < 0.05, "{level}, not {expected}");
        }
    }
}
