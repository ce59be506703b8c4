//! The features of a window: how its frames move.
//!
//! A voice's pitch glides where an instrument holds its notes; its formants wander from sound to
//! sound; its syllables come and go at 2 to 8 Hz, rise about as slowly as they fall and last
//! longer than a click; hisses alternate with vowels, so that high and low bands do not swell
//! together as they do in a strike. One or two features measure each of these.

use super::config::VadConfig;
use super::frame::{N_SHAPE, VadFrame};
use crate::features::maths::{correlation, deviation, mean};

/// Frames in a segment, the length of the network's training examples: 2 s.
const SEGMENT: usize = 128;

/// The thresholds of an active frame. The network was trained with these values, so they hold for
/// every model file. A new threshold gets the value that changes nothing here.
const ACTIVE: VadConfig = VadConfig {
    margin_db: 6.0,
    range_db: 30.0,
    min_level_db: -70.0,
    min_speech_ms: 0.0,
    voice: true,
};

/// Features of a segment.
pub const N_VAD_FEATURES: usize = 37;
/// Levels further below the loudest frame count as this, in dB.
const RANGE_DB: f32 = 40.0;
/// Frames over which levels are compared: 16 to 256 ms.
const LAGS: [usize; 5] = [1, 2, 4, 8, 16];
/// Frames over which shapes are compared: 64 ms, a whole transform, so that both share no sample.
const SHAPE_LAG: usize = 4;

/// The features of each segment of a window in which any frame stands out of the background, the
/// newest segment first. A window of up to 2 s is one segment; a longer one has several of 2 s, which
/// overlap by half.
///
/// `frames` and `levels` are those of the context; the window is their last `n_frames`.
pub(super) fn segment_features<'a>(
    frames: &'a [VadFrame],
    levels: &'a [f32],
    n_frames: usize,
) -> impl Iterator<Item = [f32; N_VAD_FEATURES]> + 'a {
    let threshold = ACTIVE.threshold_db(levels);
    let start = frames.len() - n_frames;
    let last = (frames.len() - start)
        .saturating_sub(SEGMENT)
        .div_ceil(SEGMENT / 2);
    (0..=last).filter_map(move |back| {
        let from = (frames.len().saturating_sub(SEGMENT))
            .saturating_sub(back * SEGMENT / 2)
            .max(start);
        let segment = from..frames.len().min(from + SEGMENT);
        let active: Vec<bool> = levels[segment.clone()]
            .iter()
            .map(|&level| level > threshold)
            .collect();
        let any = active.contains(&true);
        any.then(|| features(&frames[segment], &active))
    })
}

/// The features of a segment, whose `active` frames stand out of the background.
fn features(frames: &[VadFrame], active: &[bool]) -> [f32; N_VAD_FEATURES] {
    let mut out = [0.0; N_VAD_FEATURES];
    let mut at = 0;
    let mut put = |value: f32| {
        out[at] = value;
        at += 1;
    };
    let active_frames = || frames.iter().zip(active).filter(|(_, active)| **active);
    let moments =
        |value: &dyn Fn(&VadFrame) -> f32| moments(active_frames().map(|(frame, _)| value(frame)));

    for k in 0..N_SHAPE {
        let (mean, deviation) = moments(&|frame| frame.shape[k]);
        if k < 3 {
            put(mean);
        }
        put(deviation);
        let changes = (SHAPE_LAG..frames.len())
            .filter(|&i| active[i])
            .map(|i| (frames[i].shape[k] - frames[i - SHAPE_LAG].shape[k]).abs());
        put(self::moments(changes).0);
    }
    for value in [
        (&|frame: &VadFrame| frame.tonality) as &dyn Fn(&VadFrame) -> f32,
        &|frame| frame.steadiness[0],
        &|frame| frame.steadiness[1],
        &|frame| frame.glide,
    ] {
        let (mean, deviation) = moments(value);
        put(mean);
        put(deviation);
    }
    put(moments(&|frame| f32::from(frame.steadiness[0] > 0.9)).0);

    let loudest = |level: &dyn Fn(&VadFrame) -> f32| {
        let top = frames.iter().map(level).fold(f32::NEG_INFINITY, f32::max);
        let above = |frame: &VadFrame| (level(frame) - top).max(-RANGE_DB);
        frames.iter().map(above).collect::<Vec<f32>>()
    };
    let [low, middle, high] = [0, 1, 2].map(|third| loudest(&|frame| frame.thirds[third]));
    for (a, b) in [(&low, &high), (&low, &middle), (&middle, &high)] {
        put(correlation(a, b) as f32);
    }

    let level = loudest(&|frame| frame.level);
    for lag in LAGS {
        let steps = level.iter().skip(lag).zip(&level);
        put(self::moments(steps.map(|(new, old)| (new - old).abs())).0);
    }
    let steps = || level.iter().skip(1).zip(&level).map(|(new, old)| new - old);
    let all: f32 = steps().map(|step| step * step).sum();
    let rises: f32 = steps().map(|step| step.max(0.0).powi(2)).sum();
    put(if all > 0.0 { rises / all } else { 0.5 });
    put(level
        .iter()
        .skip(2)
        .zip(&level)
        .map(|(new, old)| new - old)
        .fold(0.0, f32::max));

    let runs: Vec<f32> = active
        .chunk_by(|a, b| a == b)
        .filter(|run| run[0])
        .map(|run| run.len() as f32)
        .collect();
    let n_active: f32 = runs.iter().sum();
    put((n_active / runs.len().max(1) as f32 + 1.0).ln());
    put((runs.iter().copied().fold(0.0, f32::max) + 1.0).ln());
    put(n_active / frames.len().max(1) as f32);
    out
}

/// Mean and standard deviation; zeros of an empty sequence.
fn moments(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let values: Vec<f64> = values.map(f64::from).collect();
    let mean = mean(values.iter().copied());
    (mean as f32, deviation(&values, mean) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FeatureConfig;
    use crate::vad::frame::VadFrameExtractor;

    /// Frames of harmonics of a pitch in bands, which may move, over a falling spectrum.
    fn frames(pitch: impl Fn(usize) -> f32) -> Vec<VadFrame> {
        let mut extractor = VadFrameExtractor::new(&FeatureConfig::default()).unwrap();
        (0..SEGMENT)
            .map(|t| {
                let level = |band: usize| {
                    let turn = std::f32::consts::TAU * band as f32 / pitch(t);
                    10.0 * turn.cos() - 0.5 * band as f32
                };
                let frame: Vec<f32> = (0..64).map(level).collect();
                extractor.push(&frame, 0.0)
            })
            .collect()
    }

    #[test]
    fn a_held_note_is_steady_and_a_glide_is_not() {
        let note = frames(|_| 4.0);
        let glide = frames(|t| 4.0 + 1.5 * (t as f32 / 20.0).sin());
        let mean = |frames: &[VadFrame], value: fn(&VadFrame) -> f32| {
            moments(frames[8..].iter().map(value)).0
        };
        assert!(mean(&note, |frame| frame.steadiness[0]) > 0.999);
        assert!(mean(&note, |frame| frame.glide) < 1e-3);
        assert!(mean(&glide, |frame| frame.steadiness[1]) < 0.7);
        assert!(mean(&glide, |frame| frame.glide) > 0.02);
    }

    #[test]
    fn gain_changes_no_feature() {
        let mut extractors =
            [0, 1].map(|_| VadFrameExtractor::new(&FeatureConfig::default()).unwrap());
        let frame = |t: usize| {
            (0..64)
                .map(|b| ((t * b) as f32).sin() * 20.0)
                .collect::<Vec<f32>>()
        };
        let mut frames = [Vec::new(), Vec::new()];
        for t in 0..SEGMENT {
            for (gain, (extractor, frames)) in [0.0, -40.0]
                .iter()
                .zip(extractors.iter_mut().zip(&mut frames))
            {
                let frame: Vec<f32> = frame(t).iter().map(|db| db + gain).collect();
                frames.push(extractor.push(&frame, gain + (t as f32).sin() * 10.0));
            }
        }
        let active: Vec<bool> = (0..SEGMENT).map(|t| t % 10 < 6).collect();
        let [loud, faint] = frames.map(|frames| features(&frames, &active));
        for (i, (a, b)) in loud.iter().zip(faint).enumerate() {
            assert!((a - b).abs() < 1e-3, "{i}: {a} {b}");
        }
        assert!(loud.iter().filter(|feature| **feature != 0.0).count() > 30);
    }
}
