//! Bootstrap intervals over speakers.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;

use super::confusion::Confusion;

/// Draws of speakers.
const DRAWS: usize = 2000;
/// Seed of the draws.
const SEED: u64 = 1;

/// A 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The 2.5% point.
    pub low: f64,
    /// The 97.5% point.
    pub high: f64,
}

/// 95% intervals by the percentile bootstrap over speakers (Efron 1979).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Intervals {
    /// Interval of the unweighted average recall.
    pub uar: Interval,
    /// Interval of the accuracy.
    pub accuracy: Interval,
}

/// The intervals, from one confusion a speaker; `None` below two speakers.
pub fn intervals(speakers: &[Confusion]) -> Option<Intervals> {
    let speakers: Vec<[&Confusion; 1]> = speakers.iter().map(|it| [it]).collect();
    let of =
        |metric: fn(&Confusion) -> f64| Some(Interval::of(draw(&speakers, |[sum]| metric(sum))?));
    Some(Intervals {
        uar: of(Confusion::uar)?,
        accuracy: of(Confusion::accuracy)?,
    })
}

/// Interval of the difference in UAR between `better` speakers and others, each group drawn by itself; `None` below
/// two speakers of either.
pub fn lead(better: &[Confusion], others: &[Confusion]) -> Option<Interval> {
    if better.len() < 2 || others.len() < 2 {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut uar = |group: &[Confusion]| {
        let group: Vec<[&Confusion; 1]> = group.iter().map(|it| [it]).collect();
        let [sum] = resample(&group, &mut rng);
        sum.uar()
    };
    let leads = (0..DRAWS).map(|_| uar(better) - uar(others));
    Some(Interval::of(leads.collect()))
}

/// The `metric` of many draws from `speakers`, each with one confusion by each of `N` models; `None` below two speakers.
/// The clips of a speaker are not independent of each other, so whole speakers are drawn, always by the same seed.
pub fn draw<const N: usize>(
    speakers: &[[&Confusion; N]],
    metric: impl Fn(&[Confusion; N]) -> f64,
) -> Option<Vec<f64>> {
    if speakers.len() < 2 {
        return None;
    }
    let mut rng = StdRng::seed_from_u64(SEED);
    let draws = (0..DRAWS).map(|_| metric(&resample(speakers, &mut rng)));
    Some(draws.collect())
}

/// As many speakers as there are, drawn with replacement: the sum of their confusions.
fn resample<const N: usize>(speakers: &[[&Confusion; N]], rng: &mut StdRng) -> [Confusion; N] {
    let n_labels = speakers[0][0].n_labels();
    let mut sums = [(); N].map(|()| Confusion::new(n_labels));
    for _ in speakers {
        let drawn = speakers[rng.random_range(0..speakers.len())];
        for (sum, own) in sums.iter_mut().zip(drawn) {
            sum.add(own);
        }
    }
    sums
}

impl Interval {
    /// The 2.5% and the 97.5% point of some draws.
    pub fn of(mut draws: Vec<f64>) -> Interval {
        draws.sort_by(f64::total_cmp);
        let tail = draws.len() / 40;
        Interval {
            low: draws[tail],
            high: draws[draws.len() - 1 - tail],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A speaker of ten clips of each of two labels, `right` of each named rightly.
    fn speaker(right: usize) -> Confusion {
        vec![vec![right, 10 - right], vec![10 - right, right]].into()
    }

    /// Ten speakers at 0.5 and ten at 0.7: the mean of 20 draws has a deviation of 0.1 / sqrt(20), and is a multiple of
    /// 0.01.
    fn mixed() -> Vec<Confusion> {
        (0..20).map(|i| speaker(5 + 2 * (i % 2))).collect()
    }

    #[test]
    fn speakers_that_are_alike_leave_no_doubt() {
        let found = intervals(&[speaker(6), speaker(6), speaker(6)]).unwrap();
        assert!((found.uar.low - 0.6).abs() < 1e-12 && (found.uar.high - 0.6).abs() < 1e-12);
        assert!(intervals(&[speaker(6)]).is_none());
    }

    #[test]
    fn the_interval_is_that_of_the_mean_over_drawn_speakers() {
        let found = intervals(&mixed()).unwrap();
        let half = 1.96 * 0.1 / 20f64.sqrt();
        assert!((found.uar.low - (0.6 - half)).abs() < 0.011, "{found:?}");
        assert!((found.uar.high - (0.6 + half)).abs() < 0.011, "{found:?}");
        assert_eq!(intervals(&mixed()).unwrap(), found, "always the same");
    }

    #[test]
    fn the_lead_of_a_group_is_drawn_within_each_group() {
        let found = lead(&[8; 5].map(speaker), &[5; 5].map(speaker)).unwrap();
        assert!((found.low - 0.3).abs() < 1e-12 && (found.high - 0.3).abs() < 1e-12);
        // The variance of the difference is the sum of both.
        let found = lead(&mixed(), &mixed()).unwrap();
        let half = 1.96 * 0.1 / 10f64.sqrt();
        assert!((found.low + half).abs() < 0.015 && (found.high - half).abs() < 0.015);
        assert!(lead(&mixed(), &mixed()[..1]).is_none());
    }
}
