//! The effect of a change of the audio on a model's answers.

use serde::Serialize;

use crate::eval::{Confusion, Difference, Outcome};

/// Metrics of one condition, beside those of the same clips unchanged.
#[derive(Debug, Clone, Serialize)]
pub struct Metrics {
    /// Unweighted average recall. A clip in which no speech is found counts as an error.
    pub uar: f64,
    /// Share of clips named rightly.
    pub accuracy: f64,
    /// UAR less that of the clips unchanged.
    pub uar_change: f64,
    /// Where other speakers would have put `uar_change` (95%); `None` of one speaker alone.
    pub uar_change_interval: Option<[f64; 2]>,
    /// Share of clips that are answered as without the change: by their likeliest label, or by no
    /// speech.
    pub unchanged: f64,
    /// Share of clips in which no speech was found.
    pub no_speech: f64,
}

/// The metrics of `changed`, clip by clip beside `clean`.
pub fn compare(clean: &[Outcome], changed: &[Outcome], labels: &[String]) -> Metrics {
    let difference = Difference::new(clean, changed, labels.len());
    let after = Confusion::of(changed, labels.len());
    let pairs = clean.iter().zip(changed);
    let unchanged = pairs
        .filter(|(a, b)| a.predicted() == b.predicted())
        .count();
    Metrics {
        uar: after.uar(),
        accuracy: after.accuracy(),
        uar_change: difference.uar,
        uar_change_interval: difference.bootstrap.map(|it| [it.uar.low, it.uar.high]),
        unchanged: unchanged as f64 / changed.len().max(1) as f64,
        no_speech: no_speech(changed),
    }
}

/// Share of clips in which no speech was found.
pub fn no_speech(changed: &[Outcome]) -> f64 {
    let none = changed.iter().filter(|h| h.predicted().is_none()).count();
    none as f64 / changed.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::tests::outcome;

    fn outcomes(truths_and_names: &[(usize, Option<usize>)]) -> Vec<Outcome> {
        let outcome = |&(truth, named): &(usize, Option<usize>)| {
            let probabilities =
                named.map(|named| [0, 1].map(|l| if l == named { 0.9 } else { 0.1 }));
            outcome(1, truth, probabilities.as_ref().map(|p| &p[..]))
        };
        truths_and_names.iter().map(outcome).collect()
    }

    #[test]
    fn metrics_are_those_worked_out_by_hand() {
        let labels = ["a".to_owned(), "b".to_owned()];
        let clean = outcomes(&[
            (0, Some(0)),
            (0, Some(0)),
            (0, Some(1)),
            (0, None),
            (1, Some(1)),
        ]);
        let changed = outcomes(&[
            (0, Some(0)),
            (0, Some(1)),
            (0, Some(1)),
            (0, None),
            (1, None),
        ]);
        let metrics = compare(&clean, &changed, &labels);
        assert_eq!(metrics.uar, (0.25 + 0.0) / 2.0);
        assert_eq!(metrics.accuracy, 0.2);
        assert_eq!(metrics.uar_change, 0.125 - 0.75);
        assert_eq!(metrics.unchanged, 0.6);
        assert_eq!(metrics.no_speech, 0.4);
        assert_eq!(metrics.uar_change_interval, None, "one speaker");
        let same = compare(&clean, &clean, &labels);
        assert_eq!((same.uar_change, same.unchanged), (0.0, 1.0));
    }

    #[test]
    fn the_interval_is_over_speakers() {
        // The first speaker is always named rightly, the second no more once it is changed.
        let clips = |second: [f32; 2]| -> Vec<Outcome> {
            let of = |speaker, p: [f32; 2]| vec![outcome(speaker, 0, Some(&p)); 5];
            [of(1, [0.9, 0.1]), of(2, second)].concat()
        };
        let labels = ["a".to_owned(), "b".to_owned()];
        let metrics = compare(&clips([0.9, 0.1]), &clips([0.1, 0.9]), &labels);
        assert_eq!(metrics.uar_change, -0.5);
        assert_eq!(metrics.uar_change_interval, Some([-1.0, 0.0]));
    }
}
