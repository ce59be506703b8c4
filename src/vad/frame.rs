//! What the gate keeps of each frame: small, independent of gain, and made once.

use std::f32::consts::PI;

use crate::features::FeatureConfig;

/// Bands of the frames that are described.
pub(super) const N_MELS: usize = 64;
/// Coefficients of a frame's shape.
pub(super) const N_SHAPE: usize = 6;
/// Where single harmonics can be told apart: the bands up to 1 kHz, but for the lowest, which
/// hold hum and rumble.
const LOW: std::ops::Range<usize> = 2..22;
/// Bands on either side that a band of the fine structure is compared with.
const REACH: usize = 3;
/// Frames that the fine structure is compared over: 64 and 128 ms.
const LAGS: [usize; 2] = [4, 8];
/// Bands that a voice's harmonics may have moved by over the shorter lag.
const MAX_GLIDE: usize = 2;
/// What lies further below a frame's loudest band says nothing about the frame, in dB.
const RANGE_DB: f32 = 50.0;

/// One frame as the gate sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FrameSound {
    /// Level of the frame, in dB.
    pub(super) level: f32,
    /// Mean levels below 1 kHz, from there to 3 kHz, and above, in dB.
    pub(super) thirds: [f32; 3],
    /// Cepstrum of the mel spectrum without its mean: tilt, formants.
    pub(super) shape: [f32; N_SHAPE],
    /// How far the harmonics stand out, in dB.
    pub(super) tonality: f32,
    /// Correlation of the fine structure with that of 64 and of 128 ms ago: 1 for a held note.
    pub(super) steadiness: [f32; 2],
    /// How much better it fits that of 64 ms ago when moved up or down: a glide.
    pub(super) glide: f32,
}

/// Turns frames into [`FrameSound`]s, which look a few frames back.
#[derive(Debug)]
pub(crate) struct Ear {
    /// Cosines of the shape, coefficient-major.
    cosines: Vec<f32>,
    /// Fine structure of the last frames, the newest last.
    recent: [[f32; LOW.end - LOW.start]; LAGS[1]],
}

impl Ear {
    /// An ear for frames of these features: 64 ms every 16 ms, 64 bands to 8 kHz at 16 kHz; `None`
    /// for others, on which what was learned on these says nothing.
    pub(crate) fn new(features: &FeatureConfig) -> Option<Ear> {
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
        let cosine = |i: usize| {
            let (k, band) = (i / N_MELS + 1, i % N_MELS);
            (PI * k as f32 * (band as f32 + 0.5) / N_MELS as f32).cos() / N_MELS as f32
        };
        Some(Ear {
            cosines: (0..N_SHAPE * N_MELS).map(cosine).collect(),
            recent: Default::default(),
        })
    }

    /// Forgets the frames before.
    pub(crate) fn reset(&mut self) {
        self.recent = Default::default();
    }

    /// The next frame's sound; `frame` holds [`N_MELS`] levels in dB, `level` is that of all.
    pub(crate) fn hear(&mut self, frame: &[f32], level: f32) -> FrameSound {
        let peak = frame.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mean = |bands: &[f32]| bands.iter().sum::<f32>() / bands.len() as f32;
        let mut shape = [0.0; N_SHAPE];
        for (value, cosines) in shape.iter_mut().zip(self.cosines.chunks_exact(N_MELS)) {
            let products = frame.iter().zip(cosines);
            *value = products
                .map(|(db, cosine)| (db - peak).max(-RANGE_DB) * cosine)
                .sum();
        }

        let mut fine = [0.0; LOW.end - LOW.start];
        for (value, band) in fine.iter_mut().zip(LOW) {
            let around = &frame[band.saturating_sub(REACH)..=band + REACH];
            *value = (frame[band].max(peak - RANGE_DB) - mean(around).max(peak - RANGE_DB))
                .clamp(-20.0, 20.0);
        }
        let before = |lag: usize| &self.recent[self.recent.len() - lag];
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

        FrameSound {
            level,
            thirds: [&frame[2..22], &frame[22..43], &frame[43..63]].map(mean),
            shape,
            tonality,
            steadiness,
            glide: best - steadiness[0],
        }
    }
}

/// Pearson's correlation; 0 where a side does not vary.
pub(super) fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let n = a.len() as f32;
    let (mean_a, mean_b) = (a.iter().sum::<f32>() / n, b.iter().sum::<f32>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    let scale = (aa * bb).sqrt();
    if scale > 1e-6 { ab / scale } else { 0.0 }
}
