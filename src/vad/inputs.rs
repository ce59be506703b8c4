//! The network's inputs: each frame beside the recent past, independent of gain.

use std::array;

use crate::features::FeatureConfig;
use crate::features::maths::{correlation, mean};

/// Mel bands of a frame.
const N_MELS: usize = 64;
/// Inputs of the network: the bands below the recent peak, the bands above their floor, and four
/// numbers on the harmonics.
pub const N_VAD_INPUTS: usize = 2 * N_MELS + 4;

/// Fall of the recent peak in a frame, in dB: 6 dB a second.
const PEAK_FALL_DB: f32 = 0.1;
/// Rise of a band's floor in a frame, in dB: 4 dB a second.
const FLOOR_RISE_DB: f32 = 0.06;
/// Range of the bands below the peak and above the floor, in dB.
const RANGE_DB: f32 = 60.0;

/// The bands that resolve single harmonics: those up to 1 kHz but the lowest, which hold hum and
/// rumble.
const LOW: std::ops::Range<usize> = 2..22;
const N_LOW: usize = LOW.end - LOW.start;
/// Bands on either side with which a band of the fine structure is compared.
const REACH: usize = 3;
/// Levels further below a frame's loudest band have no fine structure, in dB.
const FINE_RANGE_DB: f32 = 50.0;
/// Frames over which the fine structure is compared: 64 and 128 ms.
const LAGS: [usize; 2] = [4, 8];
/// Bands by which a voice's harmonics may have moved over the shorter lag.
const MAX_GLIDE: usize = 2;

/// Computes the inputs of each frame of a stream.
#[derive(Debug, Clone)]
pub(crate) struct VadInputs {
    /// The recent peak of all bands, in dB; `None` before the first frame.
    peak: Option<f32>,
    /// The recent floor of each band, in dB.
    floor: [f32; N_MELS],
    /// Fine structure of the last frames, the newest last.
    recent: [[f32; N_LOW]; LAGS[1]],
}

impl VadInputs {
    /// For frames of 64 ms every 16 ms with 64 bands to 8 kHz at 16 kHz, on which the network is
    /// trained; `None` for any other `features`.
    pub(crate) fn new(features: &FeatureConfig) -> Option<VadInputs> {
        let known = FeatureConfig {
            sample_rate: 16_000,
            n_fft: 1024,
            win_length: 1024,
            hop_length: 256,
            n_mels: N_MELS,
            f_min: 0.0,
            f_max: 8_000.0,
        };
        (*features == known).then(VadInputs::start)
    }

    /// Before the first frame.
    fn start() -> VadInputs {
        VadInputs {
            peak: None,
            floor: [0.0; N_MELS],
            recent: Default::default(),
        }
    }

    /// Forgets the frames before.
    pub(crate) fn reset(&mut self) {
        *self = VadInputs::start();
    }

    /// The inputs of the next frame, from its bands in dB.
    pub(crate) fn push(&mut self, frame: &[f32]) -> [f32; N_VAD_INPUTS] {
        let loudest = frame.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let peak = self
            .peak
            .map_or(loudest, |peak| loudest.max(peak - PEAK_FALL_DB));
        for (floor, &band) in self.floor.iter_mut().zip(frame) {
            *floor = match self.peak {
                Some(_) => band.min(*floor + FLOOR_RISE_DB),
                None => band,
            };
        }
        self.peak = Some(peak);

        let mut inputs = [0.0; N_VAD_INPUTS];
        for (band, &level) in frame.iter().enumerate() {
            let below = (level - peak).max(-RANGE_DB);
            let above = (level - self.floor[band]).min(RANGE_DB);
            // About zero mean and unit variance over speech and sounds.
            inputs[band] = (below + 30.0) / 15.0;
            inputs[N_MELS + band] = (above - 10.0) / 10.0;
        }
        inputs[2 * N_MELS..].copy_from_slice(&self.harmonics(frame, loudest));
        inputs
    }

    /// Height of the harmonics, their likeness to those of 64 and of 128 ms ago (1 for a held note), and
    /// the gain in the former where they are moved by a band or two (a glide).
    fn harmonics(&mut self, frame: &[f32], loudest: f32) -> [f32; 4] {
        let least = loudest - FINE_RANGE_DB;
        let fine: [f32; N_LOW] = array::from_fn(|i| {
            let band = LOW.start + i;
            let around = &frame[band.saturating_sub(REACH)..=band + REACH];
            let around = mean(around.iter().copied()) as f32;
            (frame[band].max(least) - around.max(least)).clamp(-20.0, 20.0)
        });
        let before = |lag: usize| &self.recent[self.recent.len() - lag];
        let likeness = |a: &[f32], b: &[f32]| correlation(a, b) as f32;
        let [near, far] = LAGS.map(|lag| likeness(&fine, before(lag)));
        let old = before(LAGS[0]);
        let moved = (1..=MAX_GLIDE).flat_map(|by| {
            [
                likeness(&fine[by..], &old[..N_LOW - by]),
                likeness(&fine[..N_LOW - by], &old[by..]),
            ]
        });
        let glide = moved.fold(near, f32::max) - near;
        let height = (fine.iter().map(|v| v * v).sum::<f32>() / N_LOW as f32).sqrt();
        self.recent.rotate_left(1);
        self.recent[LAGS[1] - 1] = fine;
        [height / 5.0, near, far, glide]
    }
}

/// The network's inputs for log-mel frames of the default features, from the first of an input on.
pub fn vad_inputs<'a>(frames: impl IntoIterator<Item = &'a [f32]>) -> Vec<[f32; N_VAD_INPUTS]> {
    let mut inputs = VadInputs::start();
    frames.into_iter().map(|frame| inputs.push(frame)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const N_FRAMES: usize = 128;

    /// Inputs for harmonics of a pitch in bands, which may move, over a falling spectrum.
    fn harmonics(pitch: impl Fn(usize) -> f32) -> Vec<[f32; 4]> {
        let mut inputs = VadInputs::new(&FeatureConfig::default()).unwrap();
        (0..N_FRAMES)
            .map(|t| {
                let level = |band: usize| {
                    let turn = std::f32::consts::TAU * band as f32 / pitch(t);
                    10.0 * turn.cos() - 0.5 * band as f32
                };
                let frame: Vec<f32> = (0..N_MELS).map(level).collect();
                let inputs = inputs.push(&frame);
                inputs[2 * N_MELS..].try_into().unwrap()
            })
            .collect()
    }

    #[test]
    fn a_held_note_is_steady_and_a_glide_is_not() {
        let note = harmonics(|_| 4.0);
        let glide = harmonics(|t| 4.0 + 1.5 * (t as f32 / 20.0).sin());
        let mean = |frames: &[[f32; 4]], i: usize| {
            frames[8..].iter().map(|frame| frame[i]).sum::<f32>() / (N_FRAMES - 8) as f32
        };
        assert!(mean(&note, 1) > 0.999);
        assert!(mean(&note, 3) < 1e-3);
        assert!(mean(&glide, 2) < 0.7);
        assert!(mean(&glide, 3) > 0.02);
    }

    #[test]
    fn gain_changes_no_input() {
        let mut both = [0, 1].map(|_| VadInputs::new(&FeatureConfig::default()).unwrap());
        for t in 0..N_FRAMES {
            let frame: Vec<f32> = (0..N_MELS)
                .map(|band| ((t * band) as f32).sin() * 20.0 + (t as f32).sin() * 10.0)
                .collect();
            let faint: Vec<f32> = frame.iter().map(|db| db - 40.0).collect();
            let [loud, faint] = [(0, frame), (1, faint)].map(|(i, frame)| both[i].push(&frame));
            for (i, (a, b)) in loud.iter().zip(faint).enumerate() {
                assert!((a - b).abs() < 1e-3, "{t}, {i}: {a} {b}");
            }
        }
    }
}
