//! Calibration of probabilities.

use std::collections::BTreeMap;

use serde::Serialize;

use super::mean;
use super::outcome::{Calibrated, Outcome, softmax_at};
use crate::data::corpus::Speaker;

/// Bins of the calibration error.
const BINS: usize = 10;

/// The clips whose likeliest label got a probability in one tenth of 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Bin {
    /// Clips in it.
    pub clips: usize,
    /// Their mean top probability, 0 where there are none.
    pub confidence: f64,
    /// The share of them named rightly, 0 where there are none.
    pub accuracy: f64,
}

/// Mean negative log-likelihood of the truth, in nats, over clips with speech.
pub fn negative_log_likelihood(calibrated: &[Calibrated]) -> f64 {
    mean(calibrated.iter().filter_map(|calibrated| {
        let truth = calibrated.probabilities.as_ref()?[calibrated.outcome.truth];
        Some(-truth.max(f64::MIN_POSITIVE).ln())
    }))
}

/// Ten bins of equal width on the likeliest label's probability, over clips with speech.
pub fn reliability(calibrated: &[Calibrated]) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for calibrated in calibrated {
        if let Some((_, confidence)) = calibrated.top() {
            let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
            bin.clips += 1;
            bin.confidence += confidence;
            bin.accuracy += f64::from(calibrated.is_correct());
        }
    }
    for bin in &mut bins {
        bin.confidence /= bin.clips.max(1) as f64;
        bin.accuracy /= bin.clips.max(1) as f64;
    }
    bins
}

/// Expected calibration error: the mean gap between confidence and accuracy, over the bins' clips.
pub fn expected_calibration_error(bins: &[Bin]) -> f64 {
    let clips: usize = bins.iter().map(|bin| bin.clips).sum();
    let gap = |bin: &Bin| bin.clips as f64 * (bin.confidence - bin.accuracy).abs();
    bins.iter().map(gap).sum::<f64>() / clips.max(1) as f64
}

/// The temperature that makes the truth likeliest (Guo et al. 2017, arXiv:1706.04599); 1 where
/// no clip holds speech.
pub fn fit_temperature<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> f32 {
    let clips = spoken(outcomes);
    if clips.is_empty() {
        return 1.0;
    }
    let nll = |log_temperature: f64| -> f64 {
        let temperature = log_temperature.exp();
        mean(clips.iter().map(|&(logits, truth)| {
            let scaled = logits.iter().map(|&logit| f64::from(logit) / temperature);
            let peak = scaled.clone().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = scaled.map(|logit| (logit - peak).exp()).sum();
            sum.ln() + peak - f64::from(logits[truth]) / temperature
        }))
    };
    // The loss is convex in 1 / T, so a ternary search over log T finds its one valley.
    let (mut low, mut high) = (0.05f64.ln(), 20f64.ln());
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

/// Logits and true label of each clip with speech.
fn spoken<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Vec<(&'a [f32], usize)> {
    let clips = outcomes.into_iter();
    clips
        .filter_map(|it| Some((it.logits.as_deref()?, it.truth)))
        .collect()
}

/// The bias of each label with which every label's clips count alike and the truth is
/// likeliest: a network is biased towards some labels on unknown speakers (bias-corrected
/// temperature scaling, Alexandari et al. 2020, arXiv:1901.06852). The biases are kept small, and
/// their sum is 0. `None` where no clip holds speech.
pub fn fit_label_bias<'a>(
    outcomes: impl IntoIterator<Item = &'a Outcome> + Clone,
) -> Option<Vec<f32>> {
    // Of the mean square of the biases. From 0 to 0.2 the difference is not measurable.
    const PENALTY: f64 = 0.1;
    // The loss is convex and smooth, and so many steps of this length are more than enough.
    const STEPS: usize = 500;
    const RATE: f64 = 2.0;
    let temperature = f64::from(fit_temperature(outcomes.clone()));
    let clips = spoken(outcomes);
    let n_labels = clips.first()?.0.len();
    let mut counts = vec![0usize; n_labels];
    for &(_, truth) in &clips {
        counts[truth] += 1;
    }
    let spoken = counts.iter().filter(|&&count| count > 0).count();
    let mut bias = vec![0.0f32; n_labels];
    for _ in 0..STEPS {
        let pull = |&b: &f32| 2.0 * PENALTY * f64::from(b) / temperature / n_labels as f64;
        let mut gradient: Vec<f64> = bias.iter().map(pull).collect();
        for &(logits, truth) in &clips {
            let weight = 1.0 / (counts[truth] * spoken) as f64;
            let biased: Vec<f32> = logits.iter().zip(&bias).map(|(l, b)| l + b).collect();
            for (label, p) in softmax_at(&biased, temperature).into_iter().enumerate() {
                gradient[label] += weight * (p - f64::from(u8::from(label == truth)));
            }
        }
        for (bias, gradient) in bias.iter_mut().zip(gradient) {
            *bias -= (RATE * temperature * gradient) as f32;
        }
    }
    Some(bias)
}

/// The mean logits for neutral speech, each speaker counting once (and all who are not known as one);
/// `None` where nobody speaks neutrally. Their own mean is 0.
pub fn fit_neutral<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Option<Vec<f32>> {
    let mut speakers: BTreeMap<Option<&Speaker>, Vec<&[f32]>> = BTreeMap::new();
    for outcome in outcomes.into_iter().filter(|outcome| outcome.is_neutral()) {
        if let Some(logits) = &outcome.logits {
            let clips = speakers.entry(outcome.speaker.as_ref()).or_default();
            clips.push(logits);
        }
    }
    let n_labels = speakers.values().next()?.first()?.len();
    let mean_of = |label: usize| {
        mean(speakers.values().map(|clips| {
            mean(clips.iter().map(|logits| {
                let centre = mean(logits.iter().map(|&logit| f64::from(logit)));
                f64::from(logits[label]) - centre
            }))
        }))
    };
    Some((0..n_labels).map(|label| mean_of(label) as f32).collect())
}

#[cfg(test)]
mod tests {
    use emotionai_voice::training::Calibration;

    use super::super::outcome::tests::outcome;
    use super::*;

    #[test]
    fn temperature_matches_confidence_to_accuracy() {
        // Always 99% sure, right three times of four: p(top) should become 0.75.
        let outcomes: Vec<Outcome> = (0..4)
            .map(|i| outcome(1, usize::from(i == 0), Some(&[0.99, 0.01])))
            .collect();
        let temperature = fit_temperature(&outcomes);
        let expected = (0.99f64 / 0.01).ln() / 3f64.ln();
        let error = f64::from(temperature) - expected;
        assert!(error.abs() < 0.01, "{temperature} {expected}");
        let calibration = Calibration {
            temperature,
            ..Calibration::default()
        };
        let calibrated: Vec<_> = outcomes
            .iter()
            .map(|it| it.calibrated(&calibration))
            .collect();
        assert!(expected_calibration_error(&reliability(&calibrated)) < 1e-3);
        let nll = -(3.0 * 0.75f64.ln() + 0.25f64.ln()) / 4.0;
        assert!((negative_log_likelihood(&calibrated) - nll).abs() < 1e-5);
    }

    #[test]
    fn no_speech_has_no_say_in_the_temperature() {
        assert_eq!(fit_temperature(&[outcome(1, 0, None)]), 1.0);
        let clips = [
            outcome(1, 0, Some(&[0.9, 0.1])),
            outcome(1, 1, Some(&[0.8, 0.2])),
            outcome(1, 1, None),
        ];
        assert_eq!(fit_temperature(&clips), fit_temperature(&clips[..2]));
    }

    #[test]
    fn a_label_that_is_named_too_often_is_held_back() {
        // Right for the first label each time, for the second one time in two, as sure either way.
        let clips = [
            outcome(1, 0, Some(&[0.7, 0.3])),
            outcome(1, 0, Some(&[0.7, 0.3])),
            outcome(1, 1, Some(&[0.7, 0.3])),
            outcome(1, 1, Some(&[0.3, 0.7])),
            outcome(1, 1, None),
        ];
        let bias = fit_label_bias(&clips).unwrap();
        assert!(bias[0] < -0.1, "{bias:?}");
        assert!((bias[0] + bias[1]).abs() < 1e-4, "{bias:?}");
        assert_eq!(fit_label_bias(&clips[4..]), None);
        // Each label's clips count alike, however many there are.
        let even = [
            &clips[2..4],
            &[outcome(1, 0, Some(&[0.7, 0.3]))],
            &[outcome(1, 0, Some(&[0.3, 0.7]))],
        ]
        .concat();
        let more = [&even[..], &even[..2]].concat();
        assert!(fit_label_bias(&even).unwrap()[0].abs() < 1e-3);
        assert!(fit_label_bias(&more).unwrap()[0].abs() < 1e-3);
    }

    #[test]
    fn the_average_neutral_voice_counts_each_actor_once() {
        let clips = [
            outcome(1, 0, Some(&[0.5, 0.5])),
            outcome(1, 0, Some(&[0.5, 0.5])),
            outcome(1, 0, None),
            outcome(2, 0, Some(&[0.8, 0.2])),
            outcome(2, 1, Some(&[0.1, 0.9])),
        ];
        let neutral = fit_neutral(&clips).unwrap();
        // Speaker 1 says nothing, speaker 2 odds of 4: half of ln 4, split over both labels.
        let expected = 4f32.ln() / 4.0;
        assert!((neutral[0] - expected).abs() < 1e-6, "{neutral:?}");
        assert!((neutral[1] + expected).abs() < 1e-6, "{neutral:?}");
        assert_eq!(fit_neutral(&clips[4..]), None);
    }

    #[test]
    fn a_sure_answer_lies_in_the_last_bin() {
        let clips = [outcome(1, 0, Some(&[1.0, 1e-30]))];
        let calibrated = [clips[0].calibrated(&Calibration::default())];
        let bins = reliability(&calibrated);
        assert_eq!(bins[9].clips, 1);
        assert!((bins[9].confidence - 1.0).abs() < 1e-12);
    }
}
