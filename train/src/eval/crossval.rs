//! The metrics of a cross-validation; the calibration of each fold is fitted on the other folds.

use std::collections::BTreeMap;

use emotionai_voice::training::Calibration;
use serde::Serialize;

use super::runs::Run;
use crate::data::corpus::{Labels, format_speakers};
use crate::eval::profile::{Comparison, PairedOutcomes};
use crate::eval::{
    COVERAGE, Calibrated, Evaluation, Outcome, fit_label_bias, fit_neutral, fit_temperature,
    fit_threshold, mean,
};

/// Metrics over all folds and seeds.
#[derive(Debug, Clone, Serialize)]
pub struct CrossValidation {
    /// One model each, by seed, then fold.
    pub runs: Vec<RunMetrics>,
    /// UAR: the spread over seeds is that of the means over folds, and the other way round.
    pub uar: Spread,
    /// Accuracy.
    pub accuracy: Spread,
    /// Expected calibration error of each seed, over the clips of all folds.
    pub ece: Spread,
    /// All clips of all seeds, each with the calibration of the other folds, the label bias included.
    pub pooled: Evaluation,
    /// The effect of speaker profiles, with the average speaker of the other folds; `None` where a speaker's neutral
    /// clips make no profile.
    pub profile: Option<Comparison>,
    /// The calibration to ship: fitted on all folds of all seeds.
    pub calibration: Calibration,
}

/// The metrics of one model on its held-out speakers.
#[derive(Debug, Clone, Serialize)]
pub struct RunMetrics {
    /// Seed of its training.
    pub seed: u64,
    /// Fold that was held out.
    pub fold: u32,
    /// Speakers of that fold.
    pub speakers: String,
    /// Number of clips.
    pub clips: usize,
    /// Unweighted average recall.
    pub uar: f64,
    /// Share of clips named rightly.
    pub accuracy: f64,
    /// Expected calibration error. That of few clips is above what it would be for many.
    pub ece: f64,
    /// Mean negative log-likelihood, in nats.
    pub nll: f64,
    /// Temperature fitted on the other folds of the seed.
    pub temperature: f32,
    /// Threshold fitted on them.
    pub uncertain_below: f32,
    /// Share of clips above the threshold.
    pub coverage: f64,
}

/// A mean with the standard deviations (of a sample) around it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// Over all folds and seeds.
    pub mean: f64,
    /// Between seeds; `None` for one.
    pub sd_seeds: Option<f64>,
    /// Between folds; `None` where it has no value for each fold.
    pub sd_folds: Option<f64>,
    /// The mean of each seed.
    pub seeds: BTreeMap<u64, f64>,
    /// The mean of each fold; empty where it has no value for each fold.
    pub folds: BTreeMap<u32, f64>,
}

impl CrossValidation {
    /// The metrics of a full grid of seeds and folds, as [`read_runs`](super::read_runs) gives, with a
    /// bias for each label where it is wanted.
    pub fn new(runs: &[Run], label_bias: bool) -> CrossValidation {
        let all_outcomes = || runs.iter().flat_map(|run| &run.outcomes);
        let labels = all_outcomes().next().map(|outcome| outcome.labels.clone());
        let labels: Labels = labels.unwrap_or_default();
        let calibration_of = |run: &Run| {
            let is_other = |other: &&Run| other.seed == run.seed && other.fold != run.fold;
            let others = runs.iter().filter(is_other);
            calibrate(others.flat_map(|other| &other.outcomes), label_bias)
        };
        let calibrated: Vec<(Run, Calibration)> = (runs.iter())
            .map(|run| (run, calibration_of(run)))
            .map(|(run, calibration)| (run.with_label_bias(&calibration), calibration))
            .collect();
        let mut metrics = Vec::new();
        let mut profiles = Some(PairedOutcomes::default());
        let mut by_seed: BTreeMap<u64, Vec<Calibrated>> = BTreeMap::new();
        for (run, calibration) in &calibrated {
            profiles = profiles.and_then(|mut all| {
                all.extend(PairedOutcomes::new(&run.outcomes, calibration.neutral.as_ref()?).ok()?);
                Some(all)
            });
            let answers: Vec<_> = run
                .outcomes
                .iter()
                .map(|it| it.calibrated(calibration))
                .collect();
            metrics.push(RunMetrics::new(run, &answers, &labels, calibration));
            by_seed.entry(run.seed).or_default().extend(answers);
        }
        let ece = by_seed
            .iter()
            .map(|(&seed, answers)| (seed, Evaluation::new(answers, &labels).ece));
        let ece = Spread::new(ece.collect(), BTreeMap::new());
        let answers: Vec<Calibrated> = by_seed.into_values().flatten().collect();
        CrossValidation {
            uar: Spread::of_runs(&metrics, |run| run.uar),
            accuracy: Spread::of_runs(&metrics, |run| run.accuracy),
            ece,
            runs: metrics,
            pooled: Evaluation::new(&answers, &labels),
            profile: profiles.map(|profiles| profiles.compare(labels.len())),
            calibration: calibrate(all_outcomes(), label_bias),
        }
    }

    /// The folds, each with its speakers.
    pub fn folds(&self) -> BTreeMap<u32, &str> {
        let folds = self.runs.iter().map(|run| (run.fold, &*run.speakers));
        folds.collect()
    }
}

/// The bias of the labels, where it is wanted; with that the temperature, the threshold that keeps [`COVERAGE`] at that
/// temperature, and the average neutral voice.
fn calibrate<'a>(
    outcomes: impl Iterator<Item = &'a Outcome> + Clone,
    label_bias: bool,
) -> Calibration {
    let fit = || fit_label_bias(outcomes.clone());
    let label_bias = label_bias.then(fit).flatten();
    let outcomes: Vec<Outcome> = match &label_bias {
        Some(bias) => outcomes.map(|o| o.with_label_bias(bias)).collect(),
        None => outcomes.cloned().collect(),
    };
    let mut calibration = Calibration {
        temperature: fit_temperature(&outcomes),
        uncertain_below: 0.0,
        label_bias,
        neutral: fit_neutral(&outcomes),
    };
    let calibrated: Vec<_> = outcomes
        .iter()
        .map(|it| it.calibrated(&calibration))
        .collect();
    calibration.uncertain_below = fit_threshold(&calibrated, COVERAGE) as f32;
    calibration
}

impl RunMetrics {
    fn new(
        run: &Run,
        calibrated: &[Calibrated],
        labels: &[String],
        calibration: &Calibration,
    ) -> RunMetrics {
        let evaluation = Evaluation::new(calibrated, labels);
        RunMetrics {
            seed: run.seed,
            fold: run.fold,
            speakers: format_speakers(&run.speakers()),
            clips: evaluation.clips,
            uar: evaluation.uar,
            accuracy: evaluation.accuracy,
            ece: evaluation.ece,
            nll: evaluation.nll,
            temperature: calibration.temperature,
            uncertain_below: calibration.uncertain_below,
            coverage: evaluation.coverage,
        }
    }
}

impl Spread {
    fn of_runs(runs: &[RunMetrics], value: impl Fn(&RunMetrics) -> f64) -> Spread {
        let mut seeds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        let mut folds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for run in runs {
            seeds.entry(run.seed).or_default().push(value(run));
            folds.entry(run.fold).or_default().push(value(run));
        }
        Spread::new(means(seeds), means(folds))
    }

    fn new(seeds: BTreeMap<u64, f64>, folds: BTreeMap<u32, f64>) -> Spread {
        Spread {
            mean: mean(seeds.values().copied()),
            sd_seeds: deviation(seeds.values().copied()),
            sd_folds: deviation(folds.values().copied()),
            seeds,
            folds,
        }
    }
}

fn means<K: Ord>(values: BTreeMap<K, Vec<f64>>) -> BTreeMap<K, f64> {
    let means = values
        .into_iter()
        .map(|(key, v)| (key, mean(v.into_iter())));
    means.collect()
}

/// Standard deviation of a sample; `None` below two values.
fn deviation(values: impl ExactSizeIterator<Item = f64> + Clone) -> Option<f64> {
    let mean = mean(values.clone());
    let free = values.len().checked_sub(1).filter(|&free| free > 0)?;
    let squares: f64 = values.map(|value| (value - mean).powi(2)).sum();
    Some((squares / free as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::Tag;
    use crate::eval::tests::outcome;

    /// Eight probabilities: `top` on `label`, the rest shared alike.
    fn sure(label: usize, top: f32) -> Vec<f32> {
        let mut probabilities = vec![(1.0 - top) / 7.0; 8];
        probabilities[label] = top;
        probabilities
    }

    /// A fold of one speaker with four clips of each label, always `top` sure, of which `right` are
    /// correct and the others predicted as the next label: no label is favoured.
    fn run(seed: u64, fold: u32, right: usize, top: f32) -> Run {
        let clips = (0..8).flat_map(|truth| (0..4).map(move |repetition| (truth, repetition)));
        let outcomes = clips.map(|(truth, repetition)| {
            let wrong = usize::from(repetition >= right);
            outcome(fold + 1, truth, Some(&sure((truth + wrong) % 8, top)))
        });
        Run {
            seed,
            fold,
            outcomes: outcomes.collect(),
        }
    }

    #[test]
    fn a_fold_has_no_say_in_its_own_calibration() {
        // Folds 0 and 1 are right half of the time, fold 2 always.
        let runs = [run(1, 0, 2, 0.9), run(1, 1, 2, 0.9), run(1, 2, 4, 0.9)];
        let found = CrossValidation::new(&runs, true);
        let fit = |others: &[Run]| fit_temperature(others.iter().flat_map(|r| &r.outcomes));
        let [first, _, last] = &found.runs[..] else {
            panic!("{found:?}")
        };
        assert_eq!(last.temperature, fit(&runs[..2]));
        assert_eq!(first.temperature, fit(&runs[1..]));
        assert!(first.temperature < last.temperature);
        assert_eq!(found.calibration.temperature, fit(&runs));
        // From the others, fold 2 is expected to be right half of the time: it is, all the time.
        assert!((last.ece - 0.5).abs() < 1e-3, "{last:?}");

        // Whatever fold 2 answers, its own calibration stays.
        let [a, b, _] = runs;
        let changed = CrossValidation::new(&[a, b, run(1, 2, 0, 0.3)], true).runs;
        assert_eq!(changed[2].temperature, last.temperature);
        assert_eq!(changed[2].uncertain_below, last.uncertain_below);
        assert_ne!(changed[0].temperature, first.temperature);
    }

    #[test]
    fn seeds_are_calibrated_apart_and_pooled() {
        let runs = [
            run(1, 0, 2, 0.9),
            run(1, 1, 2, 0.9),
            run(2, 0, 3, 0.5),
            run(2, 1, 4, 0.5),
        ];
        let found = CrossValidation::new(&runs, true);
        assert_eq!(found.pooled.clips, 128);
        for (own, other) in [(0, 1), (2, 3)] {
            let temperature = fit_temperature(&runs[other].outcomes);
            assert_eq!(found.runs[own].temperature, temperature);
        }
        // Means of the seeds 0.5 and 0.875, of the folds 0.625 and 0.75.
        let spread = &found.uar;
        assert!((spread.mean - 0.6875).abs() < 1e-12);
        assert!((spread.sd_seeds.unwrap() - 0.375 / 2f64.sqrt()).abs() < 1e-12);
        assert!((spread.sd_folds.unwrap() - 0.125 / 2f64.sqrt()).abs() < 1e-12);
        assert!((found.pooled.uar - spread.mean).abs() < 1e-12);
        assert_eq!(found.pooled.per_speaker[&Tag::Number(1)].clips, 64);
        assert_eq!(found.folds(), [(0, "1"), (1, "2")].into());
    }

    #[test]
    fn a_label_that_other_folds_were_named_by_mistake_is_held_back() {
        // Every second clip of the second label is predicted as the first, no other clip is wrong.
        let leaning = |fold: u32| {
            let outcomes = (0..8).flat_map(|truth| {
                let other = if truth == 1 { 0 } else { truth };
                [truth, other].map(|label| outcome(fold + 1, truth, Some(&sure(label, 0.6))))
            });
            Run {
                seed: 1,
                fold,
                outcomes: outcomes.collect(),
            }
        };
        let runs = [leaning(0), leaning(1), run(1, 2, 4, 0.6)];
        let calibration = |label_bias| CrossValidation::new(&runs, label_bias).calibration;
        assert_eq!(calibration(false).label_bias, None);
        let calibration = calibration(true);
        let bias = calibration.label_bias.as_ref().unwrap();
        assert!(bias[0] < bias[2] && bias[2] < bias[1], "{bias:?}");
        // What is calibrated is what a model with that bias answers.
        let after = runs[2].with_label_bias(&calibration);
        let [before, after] =
            [&runs[2], &after].map(|run| run.outcomes[0].logits.as_ref().unwrap());
        for (label, bias) in bias.iter().enumerate() {
            assert_eq!(after[label], before[label] + bias);
        }
    }
}
