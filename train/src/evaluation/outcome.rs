//! What a classifier answered for one clip, apart from its calibration.

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::{Calibration, Emotion, Prediction};
use serde::{Deserialize, Serialize};

use super::calibration::softmax;
use crate::corpus::{Clip, Gender, Intensity};

/// One clip with its logits: a line of an outcome file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The recording's file name, without its folder.
    pub file: String,
    /// Index of the true label into [`Emotion::ALL`]; its name in a file.
    #[serde(with = "label_name")]
    pub truth: usize,
    /// Who speaks.
    pub actor: u32,
    /// The actor's gender.
    pub gender: Gender,
    /// How strongly it is acted.
    pub intensity: Intensity,
    /// Which sentence is spoken.
    pub statement: u32,
    /// Which of the takes it is.
    pub repetition: u32,
    /// Speech that was found, in milliseconds.
    pub speech_ms: f64,
    /// One a label, up to a constant that they share: the mean over the windows. `None` where too
    /// little speech was found.
    // A line without them is damaged; serde would take it for one without speech.
    #[serde(deserialize_with = "Option::deserialize")]
    pub logits: Option<Vec<f32>>,
}

/// An [`Outcome`] as a model of some calibration answers it.
#[derive(Debug, Clone)]
pub struct Judged<'a> {
    /// The clip.
    pub outcome: &'a Outcome,
    /// One a label; `None` where no speech was found.
    pub probabilities: Option<Vec<f64>>,
    /// Whether a label is named, rather than "uncertain" or "no speech".
    pub certain: bool,
}

impl Outcome {
    /// From a classifier's answer at its own `temperature`.
    pub fn new(clip: &Clip, prediction: &Prediction, temperature: f32) -> Outcome {
        // Log-probabilities are logits over the temperature, up to a constant.
        let logit = |p: &f32| p.max(f32::MIN_POSITIVE).ln() * temperature;
        Outcome {
            file: clip
                .path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            truth: clip.label,
            actor: clip.actor,
            gender: clip.gender(),
            intensity: clip.intensity,
            statement: clip.statement,
            repetition: clip.repetition,
            speech_ms: prediction.speech_ms,
            logits: (prediction.probabilities.as_ref())
                .map(|p| p.values().iter().map(logit).collect()),
        }
    }

    /// The same from a network with `bias` added to its logits.
    pub fn with_label_bias(&self, bias: &[f32]) -> Outcome {
        let biased = |logits: &Vec<f32>| logits.iter().zip(bias).map(|(l, b)| l + b).collect();
        Outcome {
            logits: self.logits.as_ref().map(biased),
            ..self.clone()
        }
    }

    /// Whether it is neutral speech.
    pub fn is_neutral(&self) -> bool {
        self.truth == Emotion::Neutral as usize
    }

    /// Index of the likeliest label; `None` where no speech was found.
    pub fn named(&self) -> Option<usize> {
        self.logits.as_deref().map(argmax)
    }

    /// Whether the likeliest label is the true one; no speech is an error.
    pub fn is_right(&self) -> bool {
        self.named() == Some(self.truth)
    }

    /// The answer at some calibration.
    pub fn judge(&self, calibration: &Calibration) -> Judged<'_> {
        let temperature = f64::from(calibration.temperature);
        let probabilities = self.logits.as_ref().map(|l| softmax(l, temperature));
        let top = probabilities.as_ref().map(|p| p[argmax(p)]);
        Judged {
            outcome: self,
            certain: top.is_some_and(|top| top >= f64::from(calibration.uncertain_below)),
            probabilities,
        }
    }
}

impl Judged<'_> {
    /// The likeliest label, the first of equals, and its probability.
    pub fn top(&self) -> Option<(usize, f64)> {
        self.probabilities.as_ref().map(|p| {
            let top = argmax(p);
            (top, p[top])
        })
    }

    /// Whether the likeliest label is the true one; no speech is an error.
    pub fn is_right(&self) -> bool {
        self.outcome.is_right()
    }
}

fn argmax<T: PartialOrd>(values: &[T]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if value > &values[best] {
            best = index;
        }
    }
    best
}

/// Writes outcomes as JSON Lines, one object a clip.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_outcomes(path: &Path, outcomes: &[Outcome]) -> Result<()> {
    let mut text = Vec::new();
    for outcome in outcomes {
        serde_json::to_writer(&mut text, outcome)?;
        writeln!(text)?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads what [`write_outcomes`] wrote.
///
/// # Errors
/// Names the file and the line that is no outcome; a file of none is one, too.
pub fn read_outcomes(path: &Path) -> Result<Vec<Outcome>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let outcomes = bytes
        .lines()
        .enumerate()
        .map(|(number, line)| {
            parse(line?).with_context(|| format!("{}, line {}", path.display(), number + 1))
        })
        .collect::<Result<Vec<Outcome>>>()?;
    if outcomes.is_empty() {
        bail!("{} holds no outcome", path.display());
    }
    Ok(outcomes)
}

fn parse(line: String) -> Result<Outcome> {
    let outcome: Outcome = serde_json::from_str(&line)?;
    let n_labels = Emotion::ALL.len();
    if let Some(logits) = &outcome.logits
        && (logits.len() != n_labels || !logits.iter().all(|logit| logit.is_finite()))
    {
        bail!("expected {n_labels} finite logits, got {logits:?}");
    }
    Ok(outcome)
}

/// A label by its name.
mod label_name {
    use emotionai_voice::Emotion;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(label: &usize, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Emotion::ALL[*label].name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        let name = String::deserialize(deserializer)?;
        Emotion::ALL
            .iter()
            .position(|emotion| emotion.name() == name)
            .ok_or_else(|| D::Error::custom(format!("'{name}' is no label of RAVDESS")))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// An outcome whose probabilities at temperature 1 are these.
    pub fn outcome(actor: u32, truth: usize, probabilities: Option<&[f32]>) -> Outcome {
        Outcome {
            file: format!("{actor}-{truth}.wav"),
            truth,
            actor,
            gender: match actor.is_multiple_of(2) {
                true => Gender::Female,
                false => Gender::Male,
            },
            intensity: Intensity::Normal,
            statement: 1,
            repetition: 1,
            speech_ms: 1_500.0,
            logits: probabilities.map(|p| p.iter().map(|p| p.ln()).collect()),
        }
    }

    const LINE: &str = r#"{"file":"03-01-03-02-01-01-07.wav","truth":"happy","actor":7,"gender":"male","intensity":"strong","statement":1,"repetition":1,"speech_ms":1500.0,"logits":[0.1,-0.2,1.7,0.0,0.0,0.0,0.0,0.33333334]}"#;

    fn scratch(name: &str, text: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("{}-{name}.jsonl", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn outcomes_survive_their_file() {
        let mut silent: Outcome = parse(LINE.into()).unwrap();
        silent.logits = None;
        let outcomes = [parse(LINE.into()).unwrap(), silent];
        let path = scratch("survive", "");
        write_outcomes(&path, &outcomes).unwrap();
        assert_eq!(read_outcomes(&path).unwrap(), outcomes);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().next(), Some(LINE));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_damaged_line_is_named() {
        for (from, to) in [
            ("happy", "merry"),
            (",\"logits\":[0.1,-0.2,1.7,0.0,0.0,0.0,0.0,0.33333334]", ""),
            ("[0.1,", "["),
            ("0.1,", "1e99,"),
            ("strong", "loud"),
            ("}", ""),
        ] {
            let path = scratch("damaged", &format!("{LINE}\n{}\n", LINE.replace(from, to)));
            let error = format!("{:#}", read_outcomes(&path).unwrap_err());
            assert!(error.contains("line 2"), "{to}: {error}");
            std::fs::remove_file(path).unwrap();
        }
        let path = scratch("empty", "");
        assert!(read_outcomes(&path).is_err());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn judging_divides_by_the_temperature_and_applies_the_threshold() {
        let outcome = outcome(1, 0, Some(&[0.8, 0.2]));
        let calibration = |temperature, uncertain_below| Calibration {
            temperature,
            uncertain_below,
            ..Calibration::default()
        };
        let judged = outcome.judge(&calibration(2.0, 0.65));
        let (top, p) = judged.top().unwrap();
        assert_eq!(top, 0);
        // The odds of 4 become their square root.
        assert!((p - 2.0 / 3.0).abs() < 1e-6, "{p}");
        assert!(judged.certain && judged.is_right());
        assert!(!outcome.judge(&calibration(2.0, 0.7)).certain);
    }
}
