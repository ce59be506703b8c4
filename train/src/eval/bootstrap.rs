//! Bootstrap intervals over speakers.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;

use super::confusion::Confusion;

/// Draws of speakers.
pub(super) const DRAWS: usize = 2000;
/// Seed of the draws.
pub(super) const SEED: u64 = 1;

/// A 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The 2.5% point.
    pub low: f64,
    /// The 97.5% point.
    pub high: f64,
}

/// 95% intervals by the percentile bootstrap over actors (Efron 1979).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Intervals {
    /// Interval of the unweighted average recall.
    pub uar: Interval,
    /// Interval of the accuracy.
    pub accuracy: Interval,
}

/// The intervals, from one confusion an actor; `None` below two actors. The clips of an actor are not
/// independent of each other, so whole actors are drawn, with replacement, always by the same seed.
pub fn intervals(actors: &[Confusion], n_labels: usize) -> Option<Intervals> {
    if actors.len() < 2 {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(SEED);
    let (uars, accuracies) = (0..DRAWS)
        .map(|_| {
            let sum = draw(actors, n_labels, &mut rng);
            (sum.uar(), sum.accuracy())
        })
        .unzip();
    Some(Intervals {
        uar: interval(uars),
        accuracy: interval(accuracies),
    })
}

/// Interval of the difference in UAR between `better` actors and others, each group drawn by itself; `None` below
/// two actors of either.
pub fn lead(better: &[Confusion], others: &[Confusion], n_labels: usize) -> Option<Interval> {
    if better.len() < 2 || others.len() < 2 {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut uar = |actors| draw(actors, n_labels, &mut rng).uar();
    Some(interval(
        (0..DRAWS).map(|_| uar(better) - uar(others)).collect(),
    ))
}

/// As many actors as there are, drawn with replacement.
fn draw(actors: &[Confusion], n_labels: usize, rng: &mut StdRng) -> Confusion {
    let mut sum = Confusion::new(n_labels);
    for _ in actors {
        sum.add(&actors[rng.random_range(0..actors.len())]);
    }
    sum
}

/// The 2.5% and the 97.5% point of some draws.
pub(super) fn interval(mut draws: Vec<f64>) -> Interval {
    draws.sort_by(f64::total_cmp);
    let tail = draws.len() / 40;
    Interval {
        low: draws[tail],
        high: draws[draws.len() - 1 - tail],
    }
}

#[cfg(test)]
mod tests {
    use emotionai_voice::training::Calibration;

    use super::super::outcome::tests::outcome;
    use super::*;

    /// An actor of `clips` clips of each of two labels, `right` of each named rightly.
    fn actor(right: usize, clips: usize) -> Confusion {
        let mut confusion = Confusion::new(2);
        for i in 0..2 * clips {
            let (truth, is_correct) = (i % 2, i / 2 < right);
            let first = if (truth == 0) == is_correct { 0.9 } else { 0.1 };
            let outcome = outcome(1, truth, Some(&[first, 1.0 - first]));
            let calibrated = outcome.calibrated(&Calibration::default());
            confusion.add(&Confusion::of([calibrated.outcome], 2));
        }
        confusion
    }

    #[test]
    fn actors_that_are_alike_leave_no_doubt() {
        let found = intervals(&[actor(6, 10), actor(6, 10), actor(6, 10)], 2).unwrap();
        assert!((found.uar.low - 0.6).abs() < 1e-12 && (found.uar.high - 0.6).abs() < 1e-12);
        assert!(intervals(&[actor(6, 10)], 2).is_none());
    }

    #[test]
    fn the_interval_is_that_of_the_mean_over_drawn_actors() {
        // 10 at 0.5 and 10 at 0.7: the mean of 20 draws has a deviation of 0.1 / sqrt(20), and is a
        // multiple of 0.01.
        let actors: Vec<Confusion> = (0..20).map(|i| actor(5 + 2 * (i % 2), 10)).collect();
        let found = intervals(&actors, 2).unwrap();
        let half = 1.96 * 0.1 / 20f64.sqrt();
        assert!((found.uar.low - (0.6 - half)).abs() < 0.011, "{found:?}");
        assert!((found.uar.high - (0.6 + half)).abs() < 0.011, "{found:?}");
        assert_eq!(intervals(&actors, 2).unwrap(), found, "always the same");
    }

    #[test]
    fn the_lead_of_a_group_is_drawn_within_each_group() {
        let alike = |right| vec![actor(right, 10); 5];
        let found = lead(&alike(8), &alike(5), 2).unwrap();
        assert!((found.low - 0.3).abs() < 1e-12 && (found.high - 0.3).abs() < 1e-12);
        // Ten at 0.5 and ten at 0.7 against ten at 0.6 on average, too: the variance of the difference is the sum of both.
        let mixed: Vec<Confusion> = (0..20).map(|i| actor(5 + 2 * (i % 2), 10)).collect();
        let found = lead(&mixed, &mixed, 2).unwrap();
        let half = 1.96 * 0.1 / 10f64.sqrt();
        assert!((found.low + half).abs() < 0.015 && (found.high - half).abs() < 0.015);
        assert!(lead(&mixed, &mixed[..1], 2).is_none());
    }
}
