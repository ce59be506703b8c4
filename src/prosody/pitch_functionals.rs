//! Functionals of pitch, level and voicing.

use super::pitch_track::{PitchTrack, harmonicity_db};
use crate::features::maths::{deviation, mean, percentile};

/// The first functionals of a window, with which a head may do alone: 12 of the pitch, 4 of the
/// roughness, 9 of the level and 7 of the rhythm.
pub const N_PITCH_FUNCTIONALS: usize = 32;

/// Seconds from one frame to the next.
const HOP: f64 = 0.016;
/// Greatest distance of a beat of the level below the loudest frame, in dB.
const BEAT_RANGE: f32 = 25.0;

/// The functionals of a window, in this order:
///
/// - pitch of the voiced frames in semitones above 55 Hz: mean, deviation, percentiles 5, 20, 50, 80 and
///   95; its rises from frame to frame: mean, deviation; its falls: mean, deviation; mean size of both;
/// - harmonics-to-noise ratio of the voiced frames in dB: mean, deviation, percentiles 20 and 80;
/// - level of the speech frames in dB relative to the loudest: mean, deviation, percentiles 20, 50 and
///   80; its rises and falls, smoothed: mean and deviation of each;
/// - runs of voiced frames a second of speech; their length in seconds: mean, deviation; the length of
///   the gaps between them: mean, deviation; voiced share of speech; beats of the level a second.
///
/// A functional without values is 0.
pub(super) fn pitch_functionals(track: &PitchTrack) -> [f32; N_PITCH_FUNCTIONALS] {
    let PitchTrack {
        voiced,
        levels,
        is_speech,
        ..
    } = track;
    let n_speech = is_speech.iter().filter(|&&speech| speech).count().max(1);

    let mut out = Functionals::default();

    let pitch: Vec<f64> = (track.voiced_pitch())
        .map(|pitch| f64::from(pitch.semitones))
        .collect();
    out.distribution(&pitch, &[5, 20, 50, 80, 95]);
    let steps = track.pitch_steps();
    out.rises_and_falls(&steps);
    out.push(mean(steps.iter().map(|step| step.abs())));

    let harmonicity: Vec<f64> = (track.voiced_pitch())
        .map(|pitch| f64::from(harmonicity_db(pitch.periodicity)))
        .collect();
    out.distribution(&harmonicity, &[20, 80]);

    let speech_levels: Vec<f64> = (levels.iter().zip(is_speech))
        .filter(|(_, speech)| **speech)
        .map(|(level, _)| f64::from(*level))
        .collect();
    out.distribution(&speech_levels, &[20, 50, 80]);
    let smooth = smoothed(levels, 1);
    let steps: Vec<f64> = smooth
        .windows(2)
        .zip(is_speech.windows(2))
        .filter(|(_, speech)| speech[0] && speech[1])
        .map(|(pair, _)| f64::from(pair[1] - pair[0]))
        .collect();
    out.rises_and_falls(&steps);

    let seconds = HOP * n_speech as f64;
    let lengths: Vec<f64> = voiced.iter().map(|run| HOP * run.len() as f64).collect();
    let gaps: Vec<f64> = voiced
        .windows(2)
        .map(|pair| HOP * (pair[1].start - pair[0].end) as f64)
        .collect();
    out.push(voiced.len() as f64 / seconds);
    out.distribution(&lengths, &[]);
    out.distribution(&gaps, &[]);
    out.push(pitch.len() as f64 / n_speech as f64);
    out.push(beats(&smoothed(levels, 2)) as f64 / seconds);
    out.values
}

/// The functionals computed so far.
#[derive(Default)]
struct Functionals {
    values: [f32; N_PITCH_FUNCTIONALS],
    filled: usize,
}

impl Functionals {
    fn push(&mut self, value: f64) {
        self.values[self.filled] = value as f32;
        self.filled += 1;
    }

    /// Appends mean, deviation and some percentiles.
    fn distribution(&mut self, values: &[f64], percentiles: &[u32]) {
        let mean = mean(values.iter().copied());
        self.push(mean);
        self.push(deviation(values, mean));
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        for &percent in percentiles {
            self.push(percentile(&sorted, percent));
        }
    }

    /// Appends mean and deviation of the rising steps, then of the falling ones.
    fn rises_and_falls(&mut self, steps: &[f64]) {
        let (rises, falls): (Vec<f64>, Vec<f64>) = steps
            .iter()
            .filter(|step| **step != 0.0)
            .partition(|step| **step > 0.0);
        self.distribution(&rises, &[]);
        self.distribution(&falls, &[]);
    }
}

/// The mean of each value and its neighbours up to `reach` places away.
fn smoothed(values: &[f32], reach: usize) -> Vec<f32> {
    let around = |index: usize| index.saturating_sub(reach)..values.len().min(index + reach + 1);
    (0..values.len())
        .map(|index| mean(values[around(index)].iter().copied()) as f32)
        .collect()
}

/// The number of peaks of the level.
fn beats(levels: &[f32]) -> usize {
    let is_beat =
        |three: &&[f32]| three[1] > three[0] && three[1] >= three[2] && three[1] > -BEAT_RANGE;
    levels.windows(3).filter(is_beat).count()
}
