//! The difference between two models on the same clips, and its significance.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bootstrap::{Interval, draw};
use super::confusion::Confusion;
use super::mean;
use super::outcome::Outcome;

/// The second model against the first, clip by clip.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// UAR of the second less that of the first.
    pub uar: f64,
    /// Where other speakers would have put it, and how likely luck alone is; `None` below two
    /// speakers.
    pub bootstrap: Option<Bootstrap>,
    /// The test over single clips.
    pub mcnemar: McNemar,
}

/// The paired percentile bootstrap over speakers (Efron 1979). The clips of a speaker are not
/// independent of each other, so whole speakers are drawn, each with both models' answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bootstrap {
    /// 95% interval of the difference in UAR.
    pub uar: Interval,
    /// Twofold the share of draws on the other side of no difference: at most 1.
    pub p: f64,
}

/// McNemar's test in its exact form: of the clips that one model alone names rightly, half should
/// be either's if the models are equally good (McNemar 1947).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Clips that the first model alone names rightly.
    pub only_first: usize,
    /// Clips that the second alone names rightly.
    pub only_second: usize,
    /// How likely a split at least as uneven is by luck.
    pub p: f64,
}

impl Difference {
    /// From what both models made of the same clips, in the same order.
    pub fn new(first: &[Outcome], second: &[Outcome], n_labels: usize) -> Difference {
        let uar = |outcomes: &[Outcome]| Confusion::of(outcomes, n_labels).uar();
        Difference {
            uar: uar(second) - uar(first),
            bootstrap: bootstrap(first, second, n_labels),
            mcnemar: McNemar::new(first, second),
        }
    }
}

fn bootstrap(first: &[Outcome], second: &[Outcome], n_labels: usize) -> Option<Bootstrap> {
    let mut speakers: BTreeMap<_, [Confusion; 2]> = BTreeMap::new();
    for pair in first.iter().zip(second) {
        let new = || [(); 2].map(|()| Confusion::new(n_labels));
        let confusions = speakers.entry(&pair.0.speaker).or_insert_with(new);
        for (confusion, outcome) in confusions.iter_mut().zip([pair.0, pair.1]) {
            confusion.count(outcome.truth, outcome.predicted());
        }
    }
    let speakers: Vec<_> = speakers.values().map(|both| both.each_ref()).collect();
    let draws = draw(&speakers, |[first, second]| second.uar() - first.uar())?;
    let share = |of: fn(f64) -> bool| mean(draws.iter().map(|&d| f64::from(of(d))));
    // A draw without a difference speaks for neither side, so it counts for both.
    let p = 2.0 * share(|d| d <= 0.0).min(share(|d| d >= 0.0));
    Some(Bootstrap {
        p: p.min(1.0),
        uar: Interval::of(draws),
    })
}

impl McNemar {
    fn new(first: &[Outcome], second: &[Outcome]) -> McNemar {
        let alone = |one: &[Outcome], other: &[Outcome]| {
            let pairs = one.iter().zip(other);
            pairs
                .filter(|(one, other)| one.is_correct() && !other.is_correct())
                .count()
        };
        let (only_first, only_second) = (alone(first, second), alone(second, first));
        McNemar {
            only_first,
            only_second,
            p: two_sided(only_first, only_second),
        }
    }
}

/// The probability that of `a + b` tosses of a coin either side shows `min(a, b)` times or fewer.
fn two_sided(a: usize, b: usize) -> f64 {
    let n = a + b;
    // Logarithms, since 2^-n is no number for a corpus of thousands of clips.
    let mut log_choose = 0.0;
    let log_tail = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=a.min(b) {
        tail += (log_choose + log_tail).exp();
        log_choose += (((n - k) as f64) / ((k + 1) as f64)).ln();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::outcome::tests::outcome;
    use super::*;

    /// Clips of a speaker, each of the label 0 and named rightly or not.
    fn clips(speaker: u32, right: &[bool]) -> Vec<Outcome> {
        let clip = |&right: &bool| {
            let first = if right { 0.9 } else { 0.1 };
            outcome(speaker, 0, Some(&[first, 1.0 - first]))
        };
        right.iter().map(clip).collect()
    }

    #[test]
    fn mcnemar_is_the_binomial_test_of_the_clips_that_differ() {
        let (yes, no) = (true, false);
        let first = clips(1, &[yes, yes, no, no, no, no, no]);
        let second = clips(1, &[yes, no, yes, yes, yes, yes, yes]);
        let found = Difference::new(&first, &second, 2);
        let mcnemar = found.mcnemar;
        assert_eq!((mcnemar.only_first, mcnemar.only_second), (1, 5));
        assert!((mcnemar.p - 2.0 * (1.0 + 6.0) / 64.0).abs() < 1e-12);
        assert!((found.uar - 4.0 / 7.0).abs() < 1e-12);
        assert_eq!(found.bootstrap, None, "one speaker");
    }

    #[test]
    fn the_exact_test_holds_from_none_to_thousands() {
        assert_eq!(two_sided(0, 0), 1.0);
        assert_eq!(two_sided(1, 1), 1.0);
        assert!((two_sided(0, 5) - 2.0 / 32.0).abs() < 1e-12);
        assert_eq!(two_sided(3, 9), two_sided(9, 3));
        // scipy.stats.binomtest(2380, 5000).pvalue
        let p = two_sided(2380, 2620);
        assert!((p - 0.000_723_4).abs() < 1e-7, "{p}");
    }

    #[test]
    fn the_bootstrap_pairs_the_answers_of_a_speaker() {
        // The second names one clip in ten more of each speaker, who differ much more than that.
        let of = |extra: u32| -> Vec<Outcome> {
            let right = |speaker: u32| (0..20).map(move |i| i < speaker + extra);
            let speaker = |speaker| clips(speaker, &right(speaker).collect::<Vec<_>>());
            (1..=10).flat_map(speaker).collect()
        };
        let found = Difference::new(&of(0), &of(2), 2).bootstrap.unwrap();
        assert!((found.uar.low - 0.1).abs() < 1e-9 && (found.uar.high - 0.1).abs() < 1e-9);
        assert_eq!(found.p, 0.0);
        let same = Difference::new(&of(2), &of(2), 2);
        assert_eq!(same.bootstrap.unwrap().p, 1.0);
        assert_eq!((same.uar, same.mcnemar.p), (0.0, 1.0));
    }
}
