//! The answer of a classifier to one clip, before calibration.

use emotionai_voice::training::Calibration;
use emotionai_voice::{Emotion, Prediction};

use crate::data::corpus::{Clip, Gender, Intensity, Labels, Speaker, Tag};

/// One clip with its logits.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The recording's file name, without its folder: another voice may have one of the same name.
    pub file: String,
    /// The labels that the model names.
    pub labels: Labels,
    /// Index of the true label among them.
    pub truth: usize,
    /// The speaker, where it is known.
    pub speaker: Option<Speaker>,
    /// The speaker's gender.
    pub gender: Option<Gender>,
    /// How strongly it is acted.
    pub intensity: Option<Intensity>,
    /// Which sentence is spoken.
    pub statement: Option<Tag>,
    /// Number of the repetition.
    pub repetition: Option<u32>,
    /// Speech that was found, in milliseconds.
    pub speech_ms: f64,
    /// One a label, up to a constant that they share: the mean over the windows. `None` where too
    /// little speech was found.
    pub logits: Option<Vec<f32>>,
}

/// An [`Outcome`] as a model of some calibration answers it.
#[derive(Debug, Clone)]
pub struct Calibrated<'a> {
    /// The clip.
    pub outcome: &'a Outcome,
    /// One a label; `None` where no speech was found.
    pub probabilities: Option<Vec<f64>>,
    /// Whether a label is named, rather than "uncertain" or "no speech".
    pub certain: bool,
}

impl Outcome {
    /// From the answer of a classifier of these labels at its own `temperature`. `None` where the
    /// clip's label is none of them.
    pub fn new(
        clip: &Clip,
        prediction: &Prediction,
        labels: &Labels,
        temperature: f32,
    ) -> Option<Outcome> {
        // Log-probabilities are logits over the temperature, up to a constant.
        let logit = |p: &f32| p.max(f32::MIN_POSITIVE).ln() * temperature;
        Some(Outcome {
            file: (clip.path.file_name().unwrap_or_default().to_string_lossy()).into_owned(),
            labels: labels.clone(),
            truth: labels.iter().position(|label| label == clip.label_name())?,
            speaker: clip.speaker.clone(),
            gender: clip.gender,
            intensity: clip.intensity,
            statement: clip.statement.clone(),
            repetition: clip.repetition,
            speech_ms: prediction.speech_ms,
            logits: (prediction.probabilities.as_ref())
                .map(|p| p.values().iter().map(logit).collect()),
        })
    }

    /// Which clip it is of, as far as files tell: clips of one voice in several folders may share it.
    pub fn clip(&self) -> (Option<&Speaker>, &str) {
        (self.speaker.as_ref(), &self.file)
    }

    /// The outcome with `bias` added to the logits.
    pub fn with_label_bias(&self, bias: &[f32]) -> Outcome {
        let biased = |logits: &Vec<f32>| logits.iter().zip(bias).map(|(l, b)| l + b).collect();
        Outcome {
            logits: self.logits.as_ref().map(biased),
            ..self.clone()
        }
    }

    /// Whether it is neutral speech.
    pub fn is_neutral(&self) -> bool {
        self.labels[self.truth] == Emotion::Neutral.name()
    }

    /// Index of the likeliest label; `None` where no speech was found.
    pub fn predicted(&self) -> Option<usize> {
        self.logits.as_deref().map(argmax)
    }

    /// Whether the likeliest label is the true one; no speech is an error.
    pub fn is_correct(&self) -> bool {
        self.predicted() == Some(self.truth)
    }

    /// The answer at some calibration.
    pub fn calibrated(&self, calibration: &Calibration) -> Calibrated<'_> {
        let temperature = f64::from(calibration.temperature);
        let probabilities = self.logits.as_ref().map(|l| softmax_at(l, temperature));
        let top = probabilities.as_ref().map(|p| p[argmax(p)]);
        Calibrated {
            outcome: self,
            certain: top.is_some_and(|top| top >= f64::from(calibration.uncertain_below)),
            probabilities,
        }
    }
}

impl Calibrated<'_> {
    /// The likeliest label, the first of equals, and its probability.
    pub fn top(&self) -> Option<(usize, f64)> {
        let probabilities = self.probabilities.as_ref()?;
        let top = argmax(probabilities);
        Some((top, probabilities[top]))
    }

    /// Whether the likeliest label is the true one; no speech is an error.
    pub fn is_correct(&self) -> bool {
        self.outcome.is_correct()
    }
}

/// Softmax of `logits / temperature`.
pub fn softmax_at(logits: &[f32], temperature: f64) -> Vec<f64> {
    let scaled = logits.iter().map(|&logit| f64::from(logit) / temperature);
    let peak = scaled.clone().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = scaled.map(|logit| (logit - peak).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|e| e / sum).collect()
}

/// The index of the largest value, the first of equals.
pub(crate) fn argmax<T: PartialOrd>(values: &[T]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if value > &values[best] {
            best = index;
        }
    }
    best
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An outcome whose probabilities at temperature 1 are these.
    pub fn outcome(speaker: u32, truth: usize, probabilities: Option<&[f32]>) -> Outcome {
        Outcome {
            file: format!("{speaker}-{truth}.wav"),
            labels: Emotion::ALL.map(|emotion| emotion.name().to_owned()).into(),
            truth,
            speaker: Some(Tag::Number(speaker)),
            gender: Some(match speaker.is_multiple_of(2) {
                true => Gender::Female,
                false => Gender::Male,
            }),
            intensity: Some(Intensity::Normal),
            statement: Some(Tag::Number(1)),
            repetition: Some(1),
            speech_ms: 1_500.0,
            logits: probabilities.map(|p| p.iter().map(|p| p.ln()).collect()),
        }
    }

    #[test]
    fn calibration_divides_by_the_temperature_and_applies_the_threshold() {
        let outcome = outcome(1, 0, Some(&[0.8, 0.2]));
        let calibration = |temperature, uncertain_below| Calibration {
            temperature,
            uncertain_below,
            ..Calibration::default()
        };
        let calibrated = outcome.calibrated(&calibration(2.0, 0.65));
        let (top, p) = calibrated.top().unwrap();
        assert_eq!(top, 0);
        // The odds of 4 become their square root.
        assert!((p - 2.0 / 3.0).abs() < 1e-6, "{p}");
        assert!(calibrated.certain && calibrated.is_correct());
        assert!(!outcome.calibrated(&calibration(2.0, 0.7)).certain);
    }
}
