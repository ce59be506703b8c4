//! Accuracy of a model, judged through the pipeline that ships.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use emotionai_voice::{Classifier, Emotion, State, Waveform};
use rayon::prelude::*;
use serde::Serialize;

use crate::corpus::Clip;
use crate::dataset::read;

/// What the classifier answered for one clip.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Who speaks.
    pub actor: u32,
    /// Index of the true label.
    pub truth: usize,
    /// The answer; `None` where no speech was found.
    pub answer: Option<Answer>,
}

impl Outcome {
    /// Index of the likeliest label; `None` where no speech was found.
    pub fn named(&self) -> Option<usize> {
        self.answer
            .as_ref()
            .map(|answer| argmax(&answer.probabilities))
    }

    /// Whether the likeliest label is the true one.
    pub fn right(&self) -> bool {
        self.named() == Some(self.truth)
    }
}

/// Probabilities in label order, at the model's own temperature.
#[derive(Debug, Clone)]
pub struct Answer {
    /// One a label.
    pub probabilities: Vec<f32>,
    /// Whether the classifier named a label rather than being uncertain.
    pub certain: bool,
}

/// Figures over clips. A clip without speech found counts as an error, an uncertain one by its
/// likeliest label.
#[derive(Debug, Clone, Serialize)]
pub struct Evaluation {
    /// Clips judged.
    pub clips: usize,
    /// Share of clips named rightly.
    pub accuracy: f64,
    /// Unweighted average recall: the mean over the labels that occur.
    pub uar: f64,
    /// Expected calibration error: 10 bins of equal width on the likeliest label's probability,
    /// over clips with speech.
    pub ece: f64,
    /// Mean negative log-likelihood of the truth, in nats, over clips with speech.
    pub nll: f64,
    /// Share of clips that got a label, not "uncertain" or "no speech".
    pub coverage: f64,
    /// Clips in which no speech was found.
    pub no_speech: usize,
    /// Recall of each label that occurs.
    pub recall: BTreeMap<String, f64>,
    /// The labels, in the order of the confusion matrix.
    pub labels: Vec<String>,
    /// A row for each true label: how often it was named what.
    pub confusion: Vec<Vec<usize>>,
    /// Accuracy and UAR of each actor.
    pub per_actor: BTreeMap<u32, ActorFigures>,
}

/// One actor's part of an [`Evaluation`].
#[derive(Debug, Clone, Serialize)]
pub struct ActorFigures {
    /// Clips judged.
    pub clips: usize,
    /// Share of clips named rightly.
    pub accuracy: f64,
    /// Unweighted average recall.
    pub uar: f64,
}

/// The figures of a classifier over some clips.
///
/// # Errors
/// As [`run`].
pub fn judge(classifier: &Classifier, clips: &[Clip]) -> Result<Evaluation> {
    Ok(evaluate(
        &run(classifier, clips)?,
        &classifier.model().labels,
    ))
}

/// Runs the classifier over every clip, in parallel.
///
/// # Errors
/// Where a file cannot be used, or the model's labels are not the corpus's.
pub fn run(classifier: &Classifier, clips: &[Clip]) -> Result<Vec<Outcome>> {
    check_labels(classifier)?;
    clips
        .par_iter()
        .map(|clip| hear(classifier, clip, &read(&clip.path)?))
        .collect()
}

/// Fails unless the model names the corpus's labels.
///
/// # Errors
/// Both lists.
pub fn check_labels(classifier: &Classifier) -> Result<()> {
    let expected = Emotion::ALL.map(Emotion::name);
    if classifier.model().labels != expected {
        bail!(
            "the model names {:?}, but RAVDESS is labelled {expected:?}",
            classifier.model().labels
        );
    }
    Ok(())
}

/// What the classifier makes of a clip, heard as `waveform`.
///
/// # Errors
/// Where it cannot be classified; the message names the clip.
pub fn hear(classifier: &Classifier, clip: &Clip, waveform: &Waveform) -> Result<Outcome> {
    let prediction = classifier
        .classify(waveform)
        .with_context(|| format!("cannot classify {}", clip.path.display()))?;
    Ok(Outcome {
        actor: clip.actor,
        truth: clip.label,
        answer: prediction.probabilities.map(|p| Answer {
            probabilities: p.values().to_vec(),
            certain: prediction.state == State::Speech,
        }),
    })
}

/// The figures of some outcomes over `labels`.
pub fn evaluate(outcomes: &[Outcome], labels: &[String]) -> Evaluation {
    let (accuracy, recalls) = accuracy_and_recalls(outcomes, labels.len());
    let mut confusion = vec![vec![0; labels.len()]; labels.len()];
    for outcome in outcomes {
        if let Some(answer) = &outcome.answer {
            confusion[outcome.truth][argmax(&answer.probabilities)] += 1;
        }
    }
    let answered: Vec<(&Answer, usize)> = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome.answer.as_ref()?, outcome.truth)))
        .collect();
    let mut by_actor: BTreeMap<u32, Vec<Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        by_actor
            .entry(outcome.actor)
            .or_default()
            .push(outcome.clone());
    }
    Evaluation {
        clips: outcomes.len(),
        accuracy,
        uar: mean(recalls.iter().flatten().copied()),
        ece: expected_calibration_error(&answered),
        nll: mean(answered.iter().map(|(answer, truth)| {
            -f64::from(answer.probabilities[*truth].max(f32::MIN_POSITIVE)).ln()
        })),
        coverage: mean(outcomes.iter().map(|outcome| {
            f64::from(u8::from(outcome.answer.as_ref().is_some_and(|a| a.certain)))
        })),
        no_speech: outcomes.len() - answered.len(),
        recall: labels
            .iter()
            .zip(&recalls)
            .filter_map(|(label, recall)| Some((label.clone(), (*recall)?)))
            .collect(),
        labels: labels.to_vec(),
        confusion,
        per_actor: by_actor
            .into_iter()
            .map(|(actor, outcomes)| {
                let (accuracy, recalls) = accuracy_and_recalls(&outcomes, labels.len());
                let figures = ActorFigures {
                    clips: outcomes.len(),
                    accuracy,
                    uar: mean(recalls.into_iter().flatten()),
                };
                (actor, figures)
            })
            .collect(),
    }
}

/// The temperature that makes the truth likeliest, for outcomes of a classifier whose own is
/// `current` (Guo et al. 2017, arXiv:1706.04599).
pub fn fit_temperature(outcomes: &[Outcome], current: f32) -> f32 {
    let nll = |log_temperature: f64| -> f64 {
        let scale = f64::from(current) / log_temperature.exp();
        mean(outcomes.iter().filter_map(|outcome| {
            // Log-probabilities are logits over `current`, up to a constant.
            let logits: Vec<f64> = outcome
                .answer
                .as_ref()?
                .probabilities
                .iter()
                .map(|p| f64::from(p.max(f32::MIN_POSITIVE)).ln() * scale)
                .collect();
            let peak = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = logits.iter().map(|logit| (logit - peak).exp()).sum();
            Some(sum.ln() + peak - logits[outcome.truth])
        }))
    };
    // The loss is convex in 1 / T, so a ternary search over log T finds its one valley.
    let (mut low, mut high) = ((0.05f64).ln(), (20f64).ln());
    for _ in 0..60 {
        let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if nll(a) < nll(b) {
            high = b;
        } else {
            low = a;
        }
    }
    (0.5 * (low + high)).exp() as f32
}

fn accuracy_and_recalls(outcomes: &[Outcome], n_labels: usize) -> (f64, Vec<Option<f64>>) {
    let mut totals = vec![(0usize, 0usize); n_labels];
    for outcome in outcomes {
        totals[outcome.truth].0 += usize::from(outcome.right());
        totals[outcome.truth].1 += 1;
    }
    let right: usize = totals.iter().map(|total| total.0).sum();
    let recalls = totals
        .iter()
        .map(|&(right, all)| (all > 0).then(|| right as f64 / all as f64))
        .collect();
    (right as f64 / outcomes.len().max(1) as f64, recalls)
}

fn expected_calibration_error(answered: &[(&Answer, usize)]) -> f64 {
    const BINS: usize = 10;
    let mut bins = [(0.0f64, 0.0f64); BINS];
    for (answer, truth) in answered {
        let top = argmax(&answer.probabilities);
        let confidence = f64::from(answer.probabilities[top]);
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += confidence;
        bin.1 += f64::from(u8::from(top == *truth));
    }
    let gaps: f64 = bins
        .iter()
        .map(|(confidence, right)| (confidence - right).abs())
        .sum();
    gaps / answered.len().max(1) as f64
}

fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(actor: u32, truth: usize, probabilities: Option<[f32; 2]>) -> Outcome {
        Outcome {
            actor,
            truth,
            answer: probabilities.map(|p| Answer {
                probabilities: p.to_vec(),
                certain: p[0].max(p[1]) >= 0.6,
            }),
        }
    }

    #[test]
    fn figures_of_a_small_set_are_those_worked_out_by_hand() {
        let outcomes = [
            outcome(1, 0, Some([0.9, 0.1])),
            outcome(1, 0, Some([0.45, 0.55])),
            outcome(2, 0, None),
            outcome(2, 1, Some([0.05, 0.95])),
        ];
        let labels = ["a".to_owned(), "b".to_owned()];
        let e = evaluate(&outcomes, &labels);
        assert_eq!((e.clips, e.no_speech), (4, 1));
        assert_eq!(e.accuracy, 0.5);
        assert!((e.uar - (1.0 / 3.0 + 1.0) / 2.0).abs() < 1e-9);
        assert_eq!(e.coverage, 0.5);
        assert_eq!(e.confusion, [[1, 1], [0, 1]]);
        // Both of 0.9 to 1 are right: |1.85 - 2|; the one of 0.55 is wrong: |0.55 - 0|.
        assert!((e.ece - (0.15 + 0.55) / 3.0).abs() < 1e-6, "{}", e.ece);
        assert_eq!(e.per_actor[&1].accuracy, 0.5);
        assert_eq!(e.recall["b"], 1.0);
    }

    #[test]
    fn temperature_matches_confidence_to_accuracy() {
        // Always 99% sure, right three times of four: p(top) should become 0.75.
        let outcomes: Vec<Outcome> = (0..4)
            .map(|i| outcome(1, usize::from(i == 0), Some([0.99, 0.01])))
            .collect();
        let temperature = f64::from(fit_temperature(&outcomes, 1.0));
        let expected = (0.99f64 / 0.01).ln() / (0.75f64 / 0.25).ln();
        assert!(
            (temperature - expected).abs() < 0.01,
            "{temperature} {expected}"
        );
        let twice = f64::from(fit_temperature(&outcomes, 2.0));
        assert!((twice - 2.0 * expected).abs() < 0.02, "{twice}");
    }
}
