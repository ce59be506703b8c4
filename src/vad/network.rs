//! Whether what stands out of a window is a voice: figures of how it moves, weighed by a small
//! network.
//!
//! A voice's pitch glides where an instrument holds its notes; its formants wander from sound to
//! sound; its syllables come and go at 2 to 8 Hz, rise about as slowly as they fall and last
//! longer than a click; hisses alternate with vowels, so that high and low bands do not swell
//! together as they do in a strike. Each of these is a figure or two.

use super::Gate;
use super::frame::{FrameSound, N_SHAPE, correlation};

/// The shipped network, made by `train gate`: its coefficients, little-endian.
const SHIPPED: &[u8] = include_bytes!("../weights/voice.f32");

// A file of another length would be a network of another shape.
const _: () = assert!(SHIPPED.len() == 4 * VoiceNet::N_COEFFICIENTS);

/// Frames that the network judges at once, as it was trained: 2 s.
const STRETCH: usize = 128;

/// What stands out of the background, for the figures. The network was trained with these values,
/// whatever a model file asks of the frames that it counts as speech.
const STANDS_OUT: Gate = Gate {
    margin_db: 6.0,
    range_db: 30.0,
    min_level_db: -70.0,
    min_speech_ms: 0.0,
    voice: true,
};

/// Figures that describe a window.
pub const N_FIGURES: usize = 37;
/// Levels further below the loudest frame count as this, in dB.
const RANGE_DB: f32 = 40.0;
/// Frames over which levels are compared: 16 to 256 ms.
const LAGS: [usize; 5] = [1, 2, 4, 8, 16];
/// Frames over which shapes are compared: 64 ms, a whole transform, so that no sample is in both.
const MOVE: usize = 4;

/// The figures of each stretch of a window, the newest first, where anything stands out of the
/// background. The window is the last `n_frames` of the recent past. A stretch is the whole
/// window, but for windows longer than 2 s, which are many that overlap by half.
pub(crate) fn stretches<'a>(
    sounds: &'a [FrameSound],
    levels: &'a [f32],
    n_frames: usize,
) -> impl Iterator<Item = [f32; N_FIGURES]> + 'a {
    let threshold = STANDS_OUT.threshold(levels);
    let start = sounds.len() - n_frames;
    let last = (sounds.len() - start)
        .saturating_sub(STRETCH)
        .div_ceil(STRETCH / 2);
    (0..=last).filter_map(move |back| {
        let from = (sounds.len().saturating_sub(STRETCH))
            .saturating_sub(back * STRETCH / 2)
            .max(start);
        let stretch = from..sounds.len().min(from + STRETCH);
        let active: Vec<bool> = levels[stretch.clone()]
            .iter()
            .map(|&level| level > threshold)
            .collect();
        let any = active.contains(&true);
        any.then(|| figures(&sounds[stretch], &active))
    })
}

/// The figures of frames, of which `active` ones stand out of the background.
fn figures(sounds: &[FrameSound], active: &[bool]) -> [f32; N_FIGURES] {
    let mut out = [0.0; N_FIGURES];
    let mut at = 0;
    let mut put = |value: f32| {
        out[at] = value;
        at += 1;
    };
    let standing = || sounds.iter().zip(active).filter(|(_, active)| **active);
    let moments =
        |value: &dyn Fn(&FrameSound) -> f32| moments(standing().map(|(sound, _)| value(sound)));

    for k in 0..N_SHAPE {
        let (mean, deviation) = moments(&|sound| sound.shape[k]);
        if k < 3 {
            put(mean);
        }
        put(deviation);
        let moves = (MOVE..sounds.len())
            .filter(|&i| active[i])
            .map(|i| (sounds[i].shape[k] - sounds[i - MOVE].shape[k]).abs());
        put(self::moments(moves).0);
    }
    for value in [
        (&|sound: &FrameSound| sound.tonality) as &dyn Fn(&FrameSound) -> f32,
        &|sound| sound.steadiness[0],
        &|sound| sound.steadiness[1],
        &|sound| sound.glide,
    ] {
        let (mean, deviation) = moments(value);
        put(mean);
        put(deviation);
    }
    put(moments(&|sound| f32::from(sound.steadiness[0] > 0.9)).0);

    let loudest = |level: &dyn Fn(&FrameSound) -> f32| {
        let top = sounds.iter().map(level).fold(f32::NEG_INFINITY, f32::max);
        let above = |sound: &FrameSound| (level(sound) - top).max(-RANGE_DB);
        sounds.iter().map(above).collect::<Vec<f32>>()
    };
    let [low, middle, high] = [0, 1, 2].map(|third| loudest(&|sound| sound.thirds[third]));
    put(correlation(&low, &high));
    put(correlation(&low, &middle));
    put(correlation(&middle, &high));

    let level = loudest(&|sound| sound.level);
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
    put(n_active / sounds.len().max(1) as f32);
    out
}

/// The network: [`N_FIGURES`] figures, 64 hidden units, one logit.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceNet {
    coefficients: Vec<f32>,
}

impl VoiceNet {
    /// Hidden units.
    pub const N_HIDDEN: usize = 64;
    /// Numbers that make a network.
    pub const N_COEFFICIENTS: usize =
        2 * N_FIGURES + Self::N_HIDDEN * (N_FIGURES + 1) + Self::N_HIDDEN + 1;

    /// A network of these coefficients, or `None` where they are not
    /// [`N_COEFFICIENTS`](Self::N_COEFFICIENTS) finite numbers.
    pub fn new(coefficients: Vec<f32>) -> Option<VoiceNet> {
        let ok = coefficients.len() == Self::N_COEFFICIENTS
            && coefficients.iter().all(|value| value.is_finite());
        ok.then_some(VoiceNet { coefficients })
    }

    /// The network that ships.
    pub fn shipped() -> VoiceNet {
        let (values, _) = SHIPPED.as_chunks::<4>();
        VoiceNet {
            coefficients: values
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect(),
        }
    }

    /// What it is made of: the mean and the inverse deviation of each figure; then each hidden
    /// unit's weights and bias; then the output's.
    pub fn coefficients(&self) -> &[f32] {
        &self.coefficients
    }

    /// The logit that a window with these figures holds a voice.
    pub fn logit(&self, figures: &[f32; N_FIGURES]) -> f32 {
        let (scaling, weights) = self.coefficients.split_at(2 * N_FIGURES);
        let (mean, inverse) = scaling.split_at(N_FIGURES);
        let (hidden, output) = weights.split_at(Self::N_HIDDEN * (N_FIGURES + 1));
        let scaled: [f32; N_FIGURES] = std::array::from_fn(|i| {
            // What was never heard in training is as odd as the oddest that was.
            ((figures[i] - mean[i]) * inverse[i]).clamp(-4.0, 4.0)
        });
        let dot = |weights: &[f32], values: &[f32]| {
            let products = weights.iter().zip(values).map(|(w, v)| w * v);
            products.sum::<f32>() + weights[values.len()]
        };
        let mut units = [0.0; Self::N_HIDDEN];
        for (unit, weights) in units.iter_mut().zip(hidden.chunks_exact(N_FIGURES + 1)) {
            *unit = dot(weights, &scaled).tanh();
        }
        dot(output, &units)
    }
}

/// Mean and standard deviation; zeros of nothing.
fn moments(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let (mut n, mut sum, mut squares) = (0.0f32, 0.0, 0.0);
    for value in values {
        n += 1.0;
        sum += value;
        squares += value * value;
    }
    let mean = sum / n.max(1.0);
    (mean, (squares / n.max(1.0) - mean * mean).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FeatureConfig;
    use crate::vad::Ear;

    /// Frames of harmonics of a pitch in bands, which may move, over a falling spectrum.
    fn sounds(pitch: impl Fn(usize) -> f32) -> Vec<FrameSound> {
        let mut ear = Ear::new(&FeatureConfig::default()).unwrap();
        (0..STRETCH)
            .map(|t| {
                let level = |band: usize| {
                    let turn = std::f32::consts::TAU * band as f32 / pitch(t);
                    10.0 * turn.cos() - 0.5 * band as f32
                };
                let frame: Vec<f32> = (0..64).map(level).collect();
                ear.hear(&frame, 0.0)
            })
            .collect()
    }

    #[test]
    fn a_held_note_is_steady_and_a_glide_is_not() {
        let note = sounds(|_| 4.0);
        let glide = sounds(|t| 4.0 + 1.5 * (t as f32 / 20.0).sin());
        let mean = |sounds: &[FrameSound], value: fn(&FrameSound) -> f32| {
            moments(sounds[8..].iter().map(value)).0
        };
        assert!(mean(&note, |sound| sound.steadiness[0]) > 0.999);
        assert!(mean(&note, |sound| sound.glide) < 1e-3);
        assert!(mean(&glide, |sound| sound.steadiness[1]) < 0.7);
        assert!(mean(&glide, |sound| sound.glide) > 0.02);
    }

    #[test]
    fn gain_changes_no_figure() {
        let mut ears = [0, 1].map(|_| Ear::new(&FeatureConfig::default()).unwrap());
        let frame = |t: usize| {
            (0..64)
                .map(|b| ((t * b) as f32).sin() * 20.0)
                .collect::<Vec<f32>>()
        };
        let mut sounds = [Vec::new(), Vec::new()];
        for t in 0..STRETCH {
            for (gain, (ear, sounds)) in [0.0, -40.0].iter().zip(ears.iter_mut().zip(&mut sounds)) {
                let frame: Vec<f32> = frame(t).iter().map(|db| db + gain).collect();
                sounds.push(ear.hear(&frame, gain + (t as f32).sin() * 10.0));
            }
        }
        let active: Vec<bool> = (0..STRETCH).map(|t| t % 10 < 6).collect();
        let [loud, faint] = sounds.map(|sounds| figures(&sounds, &active));
        for (i, (a, b)) in loud.iter().zip(faint).enumerate() {
            assert!((a - b).abs() < 1e-3, "{i}: {a} {b}");
        }
        assert!(loud.iter().filter(|figure| **figure != 0.0).count() > 30);
    }
}
