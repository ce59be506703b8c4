//! What a change of the audio did to a model's answers.

use rand::Rng;
use rand::rngs::StdRng;
use serde::Serialize;

use crate::evaluation::{Outcome, Tally};

/// Draws of the bootstrap.
const DRAWS: usize = 1_000;

/// Figures of one condition, beside those of the same clips unchanged.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Unweighted average recall. A clip in which no speech is found counts as an error.
    pub uar: f64,
    /// Share of clips named rightly.
    pub accuracy: f64,
    /// UAR less that of the clips unchanged.
    pub uar_change: f64,
    /// 95% interval of `uar_change`.
    pub uar_change_interval: [f64; 2],
    /// Share of clips that are answered as without the change: by their likeliest label, or by no
    /// speech.
    pub unchanged: f64,
    /// Share of clips in which no speech was found.
    pub no_speech: f64,
}

/// The figures of `heard`, clip by clip beside `clean`.
pub fn compare(
    clean: &[Outcome],
    heard: &[Outcome],
    labels: &[String],
    rng: &mut StdRng,
) -> Figures {
    let before = Tally::of(clean, labels.len());
    let after = Tally::of(heard, labels.len());
    let pairs = clean.iter().zip(heard);
    let unchanged = pairs.filter(|(a, b)| a.named() == b.named()).count();
    let no_speech = heard.iter().filter(|h| h.named().is_none()).count();
    let clips = heard.len().max(1) as f64;
    Figures {
        uar: after.uar(),
        accuracy: after.accuracy(),
        uar_change: after.uar() - before.uar(),
        uar_change_interval: interval(clean, heard, labels.len(), rng),
        unchanged: unchanged as f64 / clips,
        no_speech: no_speech as f64 / clips,
    }
}

/// 95% interval of the change of UAR, by a bootstrap over the clips of each label. A clip is drawn
/// with both its answers, so what was as hard before cancels out. It holds for these actors: others
/// would differ by more.
fn interval(clean: &[Outcome], heard: &[Outcome], n_labels: usize, rng: &mut StdRng) -> [f64; 2] {
    let mut changes = vec![Vec::new(); n_labels];
    for (clean, heard) in clean.iter().zip(heard) {
        changes[clean.truth]
            .push(f64::from(u8::from(heard.is_right())) - f64::from(u8::from(clean.is_right())));
    }
    changes.retain(|of_label| !of_label.is_empty());
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let recalls = changes.iter().map(|of_label| {
                let draw = |_| of_label[rng.random_range(0..of_label.len())];
                (0..of_label.len()).map(draw).sum::<f64>() / of_label.len() as f64
            });
            recalls.sum::<f64>() / changes.len().max(1) as f64
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    [draws[DRAWS / 40], draws[DRAWS - 1 - DRAWS / 40]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::tests::outcome;
    use rand::SeedableRng;

    fn outcomes(truths_and_names: &[(usize, Option<usize>)]) -> Vec<Outcome> {
        let outcome = |&(truth, named): &(usize, Option<usize>)| {
            let probabilities =
                named.map(|named| [0, 1].map(|l| if l == named { 0.9 } else { 0.1 }));
            outcome(1, truth, probabilities.as_ref().map(|p| &p[..]))
        };
        truths_and_names.iter().map(outcome).collect()
    }

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let labels = ["a".to_owned(), "b".to_owned()];
        let clean = outcomes(&[
            (0, Some(0)),
            (0, Some(0)),
            (0, Some(1)),
            (0, None),
            (1, Some(1)),
        ]);
        let heard = outcomes(&[
            (0, Some(0)),
            (0, Some(1)),
            (0, Some(1)),
            (0, None),
            (1, None),
        ]);
        let figures = compare(&clean, &heard, &labels, &mut StdRng::seed_from_u64(1));
        assert_eq!(figures.uar, (0.25 + 0.0) / 2.0);
        assert_eq!(figures.accuracy, 0.2);
        assert_eq!(figures.uar_change, 0.125 - 0.75);
        assert_eq!(figures.unchanged, 0.6);
        assert_eq!(figures.no_speech, 0.4);
        let [low, high] = figures.uar_change_interval;
        assert!(
            low < figures.uar_change && figures.uar_change < high,
            "{low} {high}"
        );
        let same = compare(&clean, &clean, &labels, &mut StdRng::seed_from_u64(1));
        assert_eq!((same.uar_change, same.unchanged), (0.0, 1.0));
        assert_eq!(same.uar_change_interval, [0.0, 0.0]);
    }

    #[test]
    fn the_interval_is_as_wide_as_statistics_says() {
        // 100 clips a label, all right before; afterwards every fourth is wrong.
        let labels = ["a".to_owned(), "b".to_owned()];
        let clips = |wrong: usize| -> Vec<Outcome> {
            let name = |i: usize| {
                (
                    i % 2,
                    Some(if i / 2 % 4 < wrong { 1 - i % 2 } else { i % 2 }),
                )
            };
            outcomes(&(0..200).map(name).collect::<Vec<_>>())
        };
        let figures = compare(&clips(0), &clips(1), &labels, &mut StdRng::seed_from_u64(2));
        let deviation = (0.25f64 * 0.75 / 200.0).sqrt();
        let [low, high] = figures.uar_change_interval;
        assert!((figures.uar_change + 0.25).abs() < 1e-9);
        assert!((low + 0.25 + 1.96 * deviation).abs() < 0.012, "{low}");
        assert!((high + 0.25 - 1.96 * deviation).abs() < 0.012, "{high}");
    }
}
