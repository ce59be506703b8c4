//! What pitch, level and voicing do over a passage, as figures.

use super::passage::{Passage, harmonicity};
use super::statistics;

/// The first figures of a passage, which a head may do with alone: 12 of the pitch, 4 of the roughness, 9 of the level and 7 of the rhythm.
pub const N_MELODY: usize = 32;

/// Seconds from one frame to the next.
const HOP: f32 = 0.016;
/// How far below the loudest frame a beat of the level may lie, in dB.
const BEAT_RANGE: f32 = 25.0;

/// The figures of a passage, in this order:
///
/// - pitch of the voiced frames in semitones above 55 Hz: mean, deviation, percentiles 5, 20, 50, 80 and
///   95; its rises from frame to frame: mean, deviation; its falls: mean, deviation; mean size of both;
/// - harmonics-to-noise ratio of the voiced frames in dB: mean, deviation, percentiles 20 and 80;
/// - level of what is not silent, in dB below the loudest: mean, deviation, percentiles 20, 50 and 80; its
///   rises and falls, smoothed: mean and deviation each;
/// - voiced stretches a second of speech; their length in seconds: mean, deviation; that of the gaps
///   between them: mean, deviation; share of speech that is voiced; beats of the level a second.
///
/// What there is none of is 0.
pub(super) fn figures(passage: &Passage) -> [f32; N_MELODY] {
    let Passage {
        voiced,
        levels,
        is_speech,
        ..
    } = passage;
    let n_speech = is_speech.iter().filter(|&&speech| speech).count().max(1);

    let mut figures = Figures::default();

    let pitch: Vec<f32> = passage.peaks().map(|peak| peak.semitones).collect();
    figures.spread(&pitch, &[5, 20, 50, 80, 95]);
    let glides = passage.glides();
    figures.moves(&glides);
    figures.push(mean(glides.iter().map(|glide| glide.abs())));

    let harmonics = passage.peaks().map(|peak| harmonicity(peak.periodicity));
    figures.spread(&harmonics.collect::<Vec<f32>>(), &[20, 80]);

    let heard: Vec<f32> = kept(levels, is_speech);
    figures.spread(&heard, &[20, 50, 80]);
    let smooth = smoothed(levels, 1);
    let steps: Vec<f32> = smooth
        .windows(2)
        .zip(is_speech.windows(2))
        .filter(|(_, speech)| speech[0] && speech[1])
        .map(|(pair, _)| pair[1] - pair[0])
        .collect();
    figures.moves(&steps);

    let seconds = HOP * n_speech as f32;
    let lengths: Vec<f32> = voiced.iter().map(|s| HOP * s.len() as f32).collect();
    let gaps: Vec<f32> = voiced
        .windows(2)
        .map(|pair| HOP * (pair[1].start - pair[0].end) as f32)
        .collect();
    figures.push(voiced.len() as f32 / seconds);
    figures.spread(&lengths, &[]);
    figures.spread(&gaps, &[]);
    figures.push(pitch.len() as f32 / n_speech as f32);
    figures.push(beats(&smoothed(levels, 2)) as f32 / seconds);
    figures.values
}

/// The figures so far.
#[derive(Default)]
struct Figures {
    values: [f32; N_MELODY],
    filled: usize,
}

impl Figures {
    fn push(&mut self, value: f32) {
        self.values[self.filled] = value;
        self.filled += 1;
    }

    /// Mean, deviation and some percentiles.
    fn spread(&mut self, values: &[f32], percentiles: &[u32]) {
        let mean = mean(values.iter().copied());
        self.push(mean);
        self.push(self::mean(values.iter().map(|value| (value - mean).powi(2))).sqrt());
        let mut sorted: Vec<f64> = values.iter().copied().map(f64::from).collect();
        sorted.sort_by(f64::total_cmp);
        for &percent in percentiles {
            self.push(statistics::percentile(&sorted, percent) as f32);
        }
    }

    /// Mean and deviation of what rises, and of what falls.
    fn moves(&mut self, steps: &[f32]) {
        let (rises, falls): (Vec<f32>, Vec<f32>) = steps
            .iter()
            .filter(|step| **step != 0.0)
            .partition(|step| **step > 0.0);
        self.spread(&rises, &[]);
        self.spread(&falls, &[]);
    }
}

/// 0 of none.
fn mean(values: impl Iterator<Item = f32>) -> f32 {
    statistics::mean(values.map(f64::from)) as f32
}

fn kept(values: &[f32], keep: &[bool]) -> Vec<f32> {
    let both = values.iter().zip(keep);
    both.filter(|(_, keep)| **keep)
        .map(|(value, _)| *value)
        .collect()
}

/// The mean of each value and those up to `reach` places beside it, as far as there are any.
fn smoothed(values: &[f32], reach: usize) -> Vec<f32> {
    let around = |index: usize| index.saturating_sub(reach)..values.len().min(index + reach + 1);
    (0..values.len())
        .map(|index| mean(values[around(index)].iter().copied()))
        .collect()
}

/// Places where the level is higher than before and not lower than after.
fn beats(levels: &[f32]) -> usize {
    let is_beat =
        |three: &&[f32]| three[1] > three[0] && three[1] >= three[2] && three[1] > -BEAT_RANGE;
    levels.windows(3).filter(is_beat).count()
}
