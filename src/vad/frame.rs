//! The features of one frame: few, and but for the levels independent of gain.

use std::array;

use crate::features::FeatureConfig;
use crate::features::maths::{Dct, correlation, mean};

/// Mel bands of a frame.
const N_MELS: usize = 64;
/// Coefficients of a frame's shape.
pub(super) const N_SHAPE: usize = 6;
/// The bands that resolve single harmonics: those up to 1 kHz but the lowest, which hold hum and
/// rumble.
const LOW: std::ops::Range<usize> = 2..22;
/// Bands on either side with which a band of the fine structure is compared.
const REACH: usize = 3;
/// Frames over which the fine structure is compared: 64 and 128 ms.
const LAGS: [usize; 2] = [4, 8];
/// Bands by which a voice's harmonics may have moved over the shorter lag.
const MAX_GLIDE: usize = 2;
/// Levels further below a frame's loudest band are raised to this distance from it, in dB.
const RANGE_DB: f32 = 50.0;

/// The features of one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct VadFrame {
    /// Level of the frame, in dB.
    pub(super) level: f32,
    /// Mean levels below 1 kHz, from there to 3 kHz, and above, in dB.
    pub(super) thirds: [f32; 3],
    /// Cepstrum of the mel spectrum without its mean: tilt, formants.
    pub(super) shape: [f32; N_SHAPE],
    /// Root mean square of the fine structure, in dB: the height of the harmonics.
    pub(super) tonality: f32,
    /// Correlation of the fine structure with that of 64 and of 128 ms ago: 1 for a held note.
    pub(super) steadiness: [f32; 2],
    /// Gain in the correlation over 64 ms where the fine structure is moved by a band or two: a glide.
    pub(super) glide: f32,
}

/// Computes the features of each frame of a stream, in which a few frames before have a part.
#[derive(Debug)]
pub(crate) struct VadFrameExtractor {
    dct: Dct,
    /// Fine structure of the last frames, the newest last.
    recent: [[f32; LOW.end - LOW.start]; LAGS[1]],
}

impl VadFrameExtractor {
    /// An extractor for frames of 64 ms every 16 ms with 64 bands to 8 kHz at 16 kHz, on which the
    /// network was trained; `None` for any other `features`.
    pub(crate) fn new(features: &FeatureConfig) -> Option<VadFrameExtractor> {
        let known = FeatureConfig {
            sample_rate: 16_000,
            n_fft: 1024,
            win_length: 1024,
            hop_length: 256,
            n_mels: N_MELS,
            f_min: 0.0,
            f_max: 8_000.0,
        };
        if *features != known {
            return None;
        }
        Some(VadFrameExtractor {
            dct: Dct::new(N_MELS, N_SHAPE),
            recent: Default::default(),
        })
    }

    /// Forgets the frames before.
    pub(super) fn reset(&mut self) {
        self.recent = Default::default();
    }

    /// The features of the next frame, from its [`N_MELS`] bands and their joint level, in dB.
    pub(super) fn push(&mut self, frame: &[f32], level: f32) -> VadFrame {
        let peak = frame.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mean = |bands: &[f32]| mean(bands.iter().copied()) as f32;
        let relative: [f64; N_MELS] =
            array::from_fn(|band| f64::from((frame[band] - peak).max(-RANGE_DB)));
        let mut shape = [0.0; N_SHAPE];
        for (value, coefficient) in shape.iter_mut().zip(self.dct.apply(&relative)) {
            *value = coefficient as f32;
        }

        let mut fine = [0.0; LOW.end - LOW.start];
        for (value, band) in fine.iter_mut().zip(LOW) {
            let around = &frame[band.saturating_sub(REACH)..=band + REACH];
            *value = (frame[band].max(peak - RANGE_DB) - mean(around).max(peak - RANGE_DB))
                .clamp(-20.0, 20.0);
        }
        let before = |lag: usize| &self.recent[self.recent.len() - lag];
        let correlation = |a: &[f32], b: &[f32]| correlation(a, b) as f32;
        let steadiness = LAGS.map(|lag| correlation(&fine, before(lag)));
        let old = before(LAGS[0]);
        let best = (1..=MAX_GLIDE)
            .flat_map(|by| {
                [
                    correlation(&fine[by..], &old[..old.len() - by]),
                    correlation(&fine[..fine.len() - by], &old[by..]),
                ]
            })
            .fold(steadiness[0], f32::max);
        let tonality = (fine.iter().map(|v| v * v).sum::<f32>() / fine.len() as f32).sqrt();
        self.recent.rotate_left(1);
        self.recent[LAGS[1] - 1] = fine;

        VadFrame {
            level,
            thirds: [&frame[2..22], &frame[22..43], &frame[43..63]].map(mean),
            shape,
            tonality,
            steadiness,
            glide: best - steadiness[0],
        }
    }
}
