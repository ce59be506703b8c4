//! The metrics over clips.

use std::collections::BTreeMap;

use emotionai_voice::training::Calibration;
use serde::Serialize;

use super::bootstrap::{Interval, Intervals, intervals, lead};
use super::calibration::{Bin, expected_calibration_error, negative_log_likelihood, reliability};
use super::confusion::{ClassMetrics, Confusion};
use super::outcome::{Calibrated, Outcome};
use super::risk::Selective;
use super::{COVERAGE, mean};
use crate::data::corpus::{Gender, Intensity, Speaker, Tag};

/// Metrics over clips. A clip without speech found counts as an error, an uncertain one by its
/// likeliest label.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Number of clips.
    pub clips: usize,
    /// Share of clips predicted correctly.
    pub accuracy: f64,
    /// Unweighted average recall: the mean over the labels that occur.
    pub uar: f64,
    /// Where other speakers would have put them; `None` below two speakers.
    pub interval: Option<Intervals>,
    /// Expected calibration error: 10 bins of equal width on the likeliest label's probability,
    /// over clips with speech.
    pub ece: f64,
    /// Mean negative log-likelihood of the truth, in nats, over clips with speech.
    pub nll: f64,
    /// The calibration error at temperature 1.
    pub ece_uncalibrated: f64,
    /// The negative log-likelihood at temperature 1.
    pub nll_uncalibrated: f64,
    /// Share of clips that got a label, not "uncertain" or "no speech".
    pub coverage: f64,
    /// Clips in which no speech was found.
    pub no_speech: usize,
    /// Recall of each label that occurs.
    pub recall: BTreeMap<String, f64>,
    /// Precision, recall and F1 of every label.
    pub per_class: BTreeMap<String, ClassMetrics>,
    /// The mean F1 over the labels that occur or are named.
    pub macro_f1: f64,
    /// The labels, in the order of the confusion matrix.
    pub labels: Vec<String>,
    /// A row for each true label: how often it was named what.
    pub confusion: Confusion,
    /// Metrics of each known speaker; this and the following are empty for a corpus without them.
    pub per_speaker: BTreeMap<Speaker, Group>,
    /// The lowest UAR of a speaker.
    pub worst_speaker_uar: Option<f64>,
    /// Metrics of women and men.
    pub per_gender: BTreeMap<Gender, Group>,
    /// Difference between their UARs; `None` without both.
    pub gender_gap: Option<f64>,
    /// Where other women and men would have put it; `None` below two of either.
    pub gender_gap_interval: Option<Interval>,
    /// Metrics of each intensity. The strong one has no neutral: its UAR is over seven labels.
    pub per_intensity: BTreeMap<Intensity, Group>,
    /// Metrics of each sentence.
    pub per_statement: BTreeMap<Tag, Group>,
    /// Error against coverage.
    pub selective: Selective,
    /// The bins of the calibration error.
    pub reliability: Vec<Bin>,
    /// The same at temperature 1.
    pub reliability_uncalibrated: Vec<Bin>,
}

/// The metrics of a part of the clips.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// Number of clips.
    pub clips: usize,
    /// Share of clips predicted correctly.
    pub accuracy: f64,
    /// Unweighted average recall over the labels that occur.
    pub uar: f64,
}

impl Evaluation {
    /// The metrics of some answers over `labels`.
    pub fn new(calibrated: &[Calibrated], labels: &[String]) -> Evaluation {
        let n_labels = labels.len();
        let outcomes: Vec<&Outcome> = calibrated.iter().map(|it| it.outcome).collect();
        let total = Confusion::of(outcomes.iter().copied(), n_labels);
        let speakers = by_key(&outcomes, n_labels, |it| it.speaker.clone());
        let per_speaker = groups(&speakers);
        let per_gender = groups(&by_key(&outcomes, n_labels, |it| it.gender));
        let gap = gender_gap(&outcomes, &per_gender, n_labels);
        let plain = Calibration::default();
        let uncalibrated: Vec<Calibrated> =
            outcomes.iter().map(|it| it.calibrated(&plain)).collect();
        let per_class: BTreeMap<String, ClassMetrics> = (labels.iter().cloned().enumerate())
            .map(|(label, name)| (name, total.class(label)))
            .collect();
        let (bins, bins_uncalibrated) = (reliability(calibrated), reliability(&uncalibrated));
        Evaluation {
            clips: calibrated.len(),
            accuracy: total.accuracy(),
            uar: total.uar(),
            interval: intervals(&speakers.into_values().collect::<Vec<_>>()),
            ece: expected_calibration_error(&bins),
            nll: negative_log_likelihood(calibrated),
            ece_uncalibrated: expected_calibration_error(&bins_uncalibrated),
            nll_uncalibrated: negative_log_likelihood(&uncalibrated),
            coverage: mean(calibrated.iter().map(|it| f64::from(it.certain))),
            no_speech: outcomes.iter().filter(|it| it.logits.is_none()).count(),
            recall: (per_class.iter())
                .filter_map(|(label, class)| Some((label.clone(), class.recall?)))
                .collect(),
            macro_f1: mean(per_class.values().filter_map(|class| class.f1)),
            per_class,
            labels: labels.to_vec(),
            confusion: total,
            worst_speaker_uar: per_speaker.values().map(|g| g.uar).reduce(f64::min),
            per_speaker,
            gender_gap: gap.as_ref().map(|(gap, _)| *gap),
            gender_gap_interval: gap.and_then(|(_, interval)| interval),
            per_gender,
            per_intensity: groups(&by_key(&outcomes, n_labels, |it| it.intensity)),
            per_statement: groups(&by_key(&outcomes, n_labels, |it| it.statement.clone())),
            selective: Selective::new(calibrated, COVERAGE),
            reliability: bins.to_vec(),
            reliability_uncalibrated: bins_uncalibrated.to_vec(),
        }
    }
}

/// Difference between the UARs of women and men, with its interval over speakers.
fn gender_gap(
    outcomes: &[&Outcome],
    per_gender: &BTreeMap<Gender, Group>,
    n_labels: usize,
) -> Option<(f64, Option<Interval>)> {
    let uar = |gender| per_gender.get(&gender).map(|group| group.uar);
    let (female, male) = (uar(Gender::Female)?, uar(Gender::Male)?);
    let speakers_of = |gender| -> Vec<Confusion> {
        let speakers = by_key(outcomes, n_labels, |it| {
            it.speaker.clone().filter(|_| it.gender == Some(gender))
        });
        speakers.into_values().collect()
    };
    let (better, worse) = match female >= male {
        true => (Gender::Female, Gender::Male),
        false => (Gender::Male, Gender::Female),
    };
    let interval = lead(&speakers_of(better), &speakers_of(worse));
    Some(((female - male).abs(), interval))
}

/// By key, the clips without one left out.
fn by_key<K: Ord>(
    outcomes: &[&Outcome],
    n_labels: usize,
    key: impl Fn(&Outcome) -> Option<K>,
) -> BTreeMap<K, Confusion> {
    let mut by_key = BTreeMap::new();
    for outcome in outcomes {
        if let Some(key) = key(outcome) {
            let confusion = by_key
                .entry(key)
                .or_insert_with(|| Confusion::new(n_labels));
            confusion.count(outcome.truth, outcome.predicted());
        }
    }
    by_key
}

fn groups<K: Ord + Clone>(by_key: &BTreeMap<K, Confusion>) -> BTreeMap<K, Group> {
    let group = |confusion: &Confusion| Group {
        clips: confusion.clips(),
        accuracy: confusion.accuracy(),
        uar: confusion.uar(),
    };
    let groups = by_key
        .iter()
        .map(|(key, confusion)| (key.clone(), group(confusion)));
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::super::evaluate;
    use super::super::outcome::tests::outcome;
    use super::*;

    fn labels() -> [String; 2] {
        ["a".to_owned(), "b".to_owned()]
    }

    #[test]
    fn metrics_of_a_small_set_are_those_worked_out_by_hand() {
        let mut outcomes = [
            outcome(1, 0, Some(&[0.9, 0.1])),
            outcome(1, 0, Some(&[0.45, 0.55])),
            outcome(2, 0, None),
            outcome(2, 1, Some(&[0.05, 0.95])),
        ];
        outcomes[3].intensity = Some(Intensity::Strong);
        outcomes[0].statement = Some(Tag::Number(2));
        let calibration = Calibration {
            uncertain_below: 0.6,
            ..Calibration::default()
        };
        let e = evaluate(&outcomes, &labels(), &calibration);
        assert_eq!((e.clips, e.no_speech), (4, 1));
        assert_eq!(e.accuracy, 0.5);
        assert!((e.uar - (1.0 / 3.0 + 1.0) / 2.0).abs() < 1e-9);
        assert_eq!(e.coverage, 0.5);
        assert_eq!(e.confusion.counts(), [[1, 1], [0, 1]]);
        // Both of 0.9 to 1 are right: |1.85 - 2|; the one of 0.55 is wrong: |0.55 - 0|.
        assert!((e.ece - (0.15 + 0.55) / 3.0).abs() < 1e-6, "{}", e.ece);
        assert_eq!(e.recall["b"], 1.0);
        // "a": one of three, and nothing else named so: F1 0.5. "b": one of one, of two: F1 2/3.
        assert!((e.macro_f1 - (0.5 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        // Speaker 1: one of two zeros. Speaker 2: none of one, one of one.
        assert_eq!(e.per_speaker[&Tag::Number(1)].accuracy, 0.5);
        assert_eq!(e.per_gender[&Gender::Male].uar, 0.5);
        assert_eq!(e.per_gender[&Gender::Female].uar, 0.5);
        assert_eq!((e.worst_speaker_uar, e.gender_gap), (Some(0.5), Some(0.0)));
        assert_eq!(e.gender_gap_interval, None, "one speaker each");
        assert_eq!(e.per_intensity[&Intensity::Strong].clips, 1);
        assert!((e.per_intensity[&Intensity::Normal].uar - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(e.per_statement[&Tag::Number(2)].uar, 1.0);
        let interval = e.interval.unwrap();
        assert!(interval.uar.low <= e.uar && e.uar <= interval.uar.high);
    }

    #[test]
    fn the_gap_is_how_far_the_better_lie_above_the_others() {
        // Odd speakers are men, even ones women.
        for (right, wrong) in [([2, 4], [1, 3]), ([1, 3], [2, 4])] {
            let of = |speaker, sure| outcome(speaker, 0, Some(&[sure, 1.0 - sure]));
            let right = right.map(|speaker| of(speaker, 0.9));
            let wrong = wrong.map(|speaker| of(speaker, 0.1));
            let e = evaluate(&[right, wrong].concat(), &labels(), &Calibration::default());
            let interval = e.gender_gap_interval.unwrap();
            assert_eq!(e.gender_gap, Some(1.0));
            assert_eq!((interval.low, interval.high), (1.0, 1.0));
        }
    }

    #[test]
    fn what_a_corpus_does_not_tell_is_left_out() {
        let unknown = Outcome {
            speaker: None,
            gender: None,
            intensity: None,
            statement: None,
            ..outcome(1, 0, Some(&[0.9, 0.1]))
        };
        let e = evaluate(&[unknown], &labels(), &Calibration::default());
        assert_eq!((e.clips, e.accuracy), (1, 1.0));
        assert!(e.per_speaker.is_empty() && e.per_gender.is_empty());
        assert!(e.per_intensity.is_empty() && e.per_statement.is_empty());
        assert!(e.worst_speaker_uar.is_none() && e.gender_gap.is_none() && e.interval.is_none());
    }

    #[test]
    fn a_temperature_changes_confidence_and_nothing_else() {
        let outcomes = [
            outcome(1, 0, Some(&[0.9, 0.1])),
            outcome(1, 1, Some(&[0.7, 0.3])),
        ];
        let at = |temperature| {
            let calibration = Calibration {
                temperature,
                ..Calibration::default()
            };
            evaluate(&outcomes, &labels(), &calibration)
        };
        let (one, two) = (at(1.0), at(2.0));
        assert_eq!(two.ece_uncalibrated, one.ece);
        assert_eq!(two.nll_uncalibrated, one.nll);
        assert_eq!((two.uar, &two.confusion), (one.uar, &one.confusion));
        assert!((two.nll - one.nll).abs() > 0.01 && (two.ece - one.ece).abs() > 0.01);
        assert_eq!((one.gender_gap, one.interval), (None, None));
    }
}
