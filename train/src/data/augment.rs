//! Augmentation: changes that keep the emotion, so that the network learns to ignore them.
//!
//! Changes of windows `[n_mels, n_frames]`, row-major, stand here; `dataset` applies speeds, distorted
//! copies and the exchange of voices to recordings. [`Augment`] works before normalisation, in dB
//! below the reference, from `-range_db` to 0; [`SpecAugment`] after it.
//!
//! A new draw moves all random numbers after it, even at strength 0, and so every model: raise
//! `REVISION` in `learn/recipe`, and `PREPARATION` in `data/dataset` where recordings change.

use anyhow::{Result, bail};
use rand::Rng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

/// SpecAugment's two masks (Park et al. 2019, arXiv:1904.08779): `masks` bands of frequency and
/// as many stretches of time are replaced by the mean, each of uniformly drawn width.
///
/// On as little data as RAVDESS the paper's wide masks cost accuracy, so these are narrow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecAugment {
    /// Frequency masks, and time masks.
    pub masks: usize,
    /// Widest frequency mask, in bands (the paper's F).
    pub max_bands: usize,
    /// Widest time mask, in frames (the paper's T).
    pub max_frames: usize,
}

impl SpecAugment {
    /// Masks of up to a sixteenth of the bands and a twelfth of the frames, two of each.
    pub fn light(n_mels: usize, n_frames: usize) -> SpecAugment {
        SpecAugment {
            masks: 2,
            max_bands: n_mels / 16,
            max_frames: n_frames / 12,
        }
    }

    /// Masks a normalised window in place. The mean of the training data is 0 there.
    pub fn apply(&self, window: &mut [f32], n_frames: usize, rng: &mut StdRng) {
        let n_mels = window.len() / n_frames;
        for _ in 0..self.masks {
            let (start, width) = mask(n_mels, self.max_bands, rng);
            window[start * n_frames..(start + width) * n_frames].fill(0.0);
            let (start, width) = mask(n_frames, self.max_frames, rng);
            for row in window.chunks_exact_mut(n_frames) {
                row[start..start + width].fill(0.0);
            }
        }
    }
}

/// Start and width of a mask: the width uniform from 0 to `max`, then the start uniform among
/// the positions where it fits, as in the paper.
fn mask(size: usize, max: usize, rng: &mut StdRng) -> (usize, usize) {
    let width = rng.random_range(0..=max.min(size));
    (rng.random_range(0..=size - width), width)
}

/// Augmentation of recordings and windows. Each strength of 0 turns its change off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Speeds at which each recording is played beside its own, such as 0.94 and 1.06: pitch,
    /// formants and tempo move together, as from one speaker to another (Ko et al. 2015).
    pub speeds: Vec<f64>,
    /// Share of windows, and of distorted copies, that are drawn from all speeds alike; the rest are at the
    /// own speed.
    pub speed_share: f64,
    /// Distorted copies of each recording: poor microphones in noisy rooms.
    pub distortions: usize,
    /// Share of windows that are drawn from these copies.
    pub distorted_share: f64,
    /// Share of windows whose spectrum is moved towards another speaker's.
    pub exchange: f64,
    /// Tempo changes by up to this fraction either way.
    pub stretch: f32,
    /// Bands move by up to this many bands either way, as with another vocal tract.
    pub shift_bands: i32,
    /// Levels tilt by up to this over the bands, in dB, as with another microphone.
    pub tilt_db: f32,
    /// Share of windows that get noise.
    pub noise: f64,
    /// Share of windows that lose the bands below and above a telephone's, or some of them.
    pub band_limit: f64,
    /// Share of windows whose start is cut away, as in a provisional window.
    pub cut: f64,
}

impl Augment {
    /// The changes of the recipe of weights that ship; the default is none.
    pub fn shipped() -> Augment {
        Augment {
            speeds: vec![0.88, 0.94, 1.06, 1.12],
            speed_share: 0.6,
            distortions: 3,
            distorted_share: 0.3,
            exchange: 0.5,
            stretch: 0.1,
            shift_bands: 2,
            tilt_db: 3.0,
            noise: 0.25,
            band_limit: 0.1,
            cut: 0.05,
        }
    }

    /// Checks the values.
    pub fn validate(&self) -> Result<()> {
        if let Some(speed) = self.speeds.iter().find(|s| !(0.5..=2.0).contains(*s)) {
            bail!("augment.speeds holds {speed}, which is not between 0.5 and 2");
        }
        for (name, share) in [
            ("speed_share", self.speed_share),
            ("distorted_share", self.distorted_share),
            ("exchange", self.exchange),
            ("stretch", self.stretch.into()),
            ("noise", self.noise),
            ("band_limit", self.band_limit),
            ("cut", self.cut),
        ] {
            if !(0.0..=1.0).contains(&share) {
                bail!("augment.{name} = {share} must lie between 0 and 1");
            }
        }
        if !(self.shift_bands >= 0 && self.tilt_db >= 0.0 && self.tilt_db.is_finite()) {
            bail!("augment.shift_bands and augment.tilt_db must be 0 or more");
        }
        Ok(())
    }

    /// Source frames that [`Augment::apply`] may read for a window of `n_frames`.
    pub fn source_frames(&self, n_frames: usize) -> usize {
        (n_frames as f32 * (1.0 + self.stretch)).ceil() as usize + 1
    }

    /// Makes a window of `n_frames` out of the end of `source`, which has
    /// [`source_frames`](Self::source_frames). Values stay within `-range_db` to 0 dB.
    pub fn apply(
        &self,
        source: &[f32],
        n_frames: usize,
        range_db: f32,
        rng: &mut StdRng,
    ) -> Vec<f32> {
        let source_frames = self.source_frames(n_frames);
        let n_mels = source.len() / source_frames;
        let step = 1.0 + rng.random_range(-1.0..=1.0) * self.stretch;
        let shift = rng.random_range(-self.shift_bands..=self.shift_bands);
        let tilt = rng.random_range(-0.5..=0.5) * self.tilt_db;

        let mut window = Vec::with_capacity(n_mels * n_frames);
        for band in 0..n_mels {
            let from = (band as i32 + shift).clamp(0, n_mels as i32 - 1) as usize;
            let row = &source[from * source_frames..][..source_frames];
            let gain = tilt * (2.0 * band as f32 / (n_mels - 1).max(1) as f32 - 1.0);
            for frame in 0..n_frames {
                // Both ends are fixed to the newest frame, whatever the tempo.
                let back = (n_frames - 1 - frame) as f32 * step;
                let level = interpolate(row, (source_frames - 1) as f32 - back);
                // What lies on the floor is below it, not at it: a gain does not lift it.
                let gain = if level <= -range_db { 0.0 } else { gain };
                window.push((level + gain).clamp(-range_db, 0.0));
            }
        }
        if rng.random_bool(self.noise) {
            add_noise(&mut window, n_frames, range_db, rng);
        }
        if rng.random_bool(self.band_limit) {
            limit_band(&mut window, n_frames, range_db, rng);
        }
        if rng.random_bool(self.cut) {
            let cut = rng.random_range(0..=n_frames / 2);
            for row in window.chunks_exact_mut(n_frames) {
                row[..cut].fill(-range_db);
            }
        }
        window
    }
}

fn interpolate(row: &[f32], position: f32) -> f32 {
    let position = position.clamp(0.0, (row.len() - 1) as f32);
    let left = position as usize;
    let right = (left + 1).min(row.len() - 1);
    row[left] + (row[right] - row[left]) * (position - left as f32)
}

/// Adds stationary noise of a random level, 15 to 60 dB below the reference, and a random slope.
fn add_noise(window: &mut [f32], n_frames: usize, range_db: f32, rng: &mut StdRng) {
    let n_mels = window.len() / n_frames;
    let level: f32 = rng.random_range(-range_db..=(-15.0f32).max(-range_db));
    let slope: f32 = rng.random_range(-15.0..=5.0);
    for (band, row) in window.chunks_exact_mut(n_frames).enumerate() {
        let mean = level + slope * band as f32 / n_mels as f32;
        for value in row {
            // A band's power of Gaussian noise fluctuates by a few dB from frame to frame.
            let noise = mean + rng.random_range(-4.0f32..=3.0);
            let power = 10f32.powf(*value / 10.0) + 10f32.powf(noise / 10.0);
            *value = (10.0 * power.log10()).clamp(-range_db, 0.0);
        }
    }
}

/// Silences up to a tenth of the bands at the lower end and up to five sixteenths at the upper: as
/// narrow as a telephone's 300 to 3,400 Hz (of Slaney bands up to 8 kHz), or wider.
fn limit_band(window: &mut [f32], n_frames: usize, range_db: f32, rng: &mut StdRng) {
    let n_mels = window.len() / n_frames;
    let lowest = rng.random_range(0..=n_mels / 10);
    let highest = rng.random_range(n_mels * 11 / 16..=n_mels);
    window[..lowest * n_frames].fill(-range_db);
    window[highest * n_frames..].fill(-range_db);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn masks_are_whole_bands_and_frames_within_their_widths() {
        let (n_mels, n_frames) = (64, 128);
        let augment = SpecAugment::light(n_mels, n_frames);
        let mut widest = (0, 0);
        let mut touched = vec![false; n_mels * n_frames];
        for seed in 0..500 {
            let mut window = vec![1.0; n_mels * n_frames];
            augment.apply(&mut window, n_frames, &mut StdRng::seed_from_u64(seed));
            let mut rows = window.chunks_exact(n_frames);
            let bands = rows
                .by_ref()
                .filter(|row| row.iter().all(|&v| v == 0.0))
                .count();
            let frames = (0..n_frames)
                .filter(|f| (0..n_mels).all(|b| window[b * n_frames + f] == 0.0))
                .count();
            // Whatever is masked is masked by a whole band or a whole frame.
            let masked = window.iter().filter(|&&v| v == 0.0).count();
            assert_eq!(masked, bands * n_frames + frames * n_mels - bands * frames);
            widest = (widest.0.max(bands), widest.1.max(frames));
            for (touched, value) in touched.iter_mut().zip(&window) {
                *touched |= *value == 0.0;
            }
        }
        assert!(
            (5..=8).contains(&widest.0),
            "two masks of up to 4 bands: {widest:?}"
        );
        assert!(
            (12..=20).contains(&widest.1),
            "two masks of up to 10 frames: {widest:?}"
        );
        assert!(touched.iter().all(|&t| t), "every position can be masked");
    }

    #[test]
    fn no_masks_and_no_strength_leave_the_window_alone() {
        let off = Augment::default();
        let (n_mels, n_frames) = (4, 10);
        let source: Vec<f32> = (0..n_mels * off.source_frames(n_frames))
            .map(|i| -(i as f32))
            .collect();
        let mut window = off.apply(&source, n_frames, 60.0, &mut StdRng::seed_from_u64(1));
        SpecAugment {
            masks: 0,
            max_bands: 4,
            max_frames: 4,
        }
        .apply(&mut window, n_frames, &mut StdRng::seed_from_u64(1));
        let expected: Vec<f32> = source
            .chunks_exact(off.source_frames(n_frames))
            .flat_map(|row| row[1..].iter().copied())
            .collect();
        assert_eq!(window, expected);
    }

    #[test]
    fn a_limited_band_is_silent_outside_and_untouched_within() {
        let mut limited = 0;
        for seed in 0..50 {
            let mut window = vec![-10.0; 64 * 2];
            limit_band(&mut window, 2, 60.0, &mut StdRng::seed_from_u64(seed));
            let bands: Vec<bool> = window
                .chunks_exact(2)
                .map(|row| row == [-10.0; 2])
                .collect();
            assert!(
                bands[6..44].iter().all(|&passes| passes),
                "what a telephone passes"
            );
            assert!(window.iter().all(|&level| level == -10.0 || level == -60.0));
            limited += usize::from(bands.contains(&false));
        }
        assert!(limited > 40, "{limited} of 50");
    }

    /// Noise is at most 15 dB below the reference, which may be below the floor.
    #[test]
    fn noise_needs_no_range_of_15_db() {
        let mut window = vec![-5.0; 64 * 2];
        add_noise(&mut window, 2, 10.0, &mut StdRng::seed_from_u64(1));
        assert!(window.iter().all(|level| (-10.0..=0.0).contains(level)));
    }

    #[test]
    fn augmented_values_stay_in_range_and_follow_the_seed() {
        let augment = Augment::shipped();
        let source = vec![-30.0; 64 * augment.source_frames(128)];
        for seed in 0..50 {
            let once = augment.apply(&source, 128, 60.0, &mut StdRng::seed_from_u64(seed));
            let again = augment.apply(&source, 128, 60.0, &mut StdRng::seed_from_u64(seed));
            assert_eq!(once, again);
            assert_eq!(once.len(), 64 * 128);
            assert!(once.iter().all(|v| (-60.0..=0.0).contains(v)));
        }
    }
}
