//! Files of outcomes: JSON Lines, one clip a line.

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::Emotion;
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::data::corpus::{Gender, Intensity, Labels, Speaker, Tag};

/// A line. Fields that the corpus does not know are left out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    file: String,
    truth: String,
    /// Called `actor` in files of experiments before the first release.
    #[serde(default, alias = "actor", skip_serializing_if = "Option::is_none")]
    speaker: Option<Speaker>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gender: Option<Gender>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intensity: Option<Intensity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement: Option<Tag>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repetition: Option<u32>,
    speech_ms: f64,
    /// The labels that the logits are of; left out where they are the eight of RAVDESS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    // A line without them is damaged; serde would take it for one without speech.
    #[serde(deserialize_with = "Option::deserialize")]
    logits: Option<Vec<f32>>,
}

/// The labels that a line need not name.
fn default_labels() -> Labels {
    Emotion::ALL.map(|emotion| emotion.name().to_owned()).into()
}

impl Line {
    /// The outcome on a line.
    ///
    /// # Errors
    /// Names the defect.
    fn parse(line: &str) -> Result<Outcome> {
        let line: Line = serde_json::from_str(line)?;
        let labels = line.labels.map_or_else(default_labels, Labels::from);
        let Some(truth) = labels.iter().position(|label| *label == line.truth) else {
            let labels = labels.join(", ");
            bail!("'{}' is none of the labels {labels}", line.truth);
        };
        if let Some(logits) = &line.logits
            && (logits.len() != labels.len() || !logits.iter().all(|logit| logit.is_finite()))
        {
            bail!("expected {} finite logits, got {logits:?}", labels.len());
        }
        Ok(Outcome {
            file: line.file,
            labels,
            truth,
            speaker: line.speaker,
            gender: line.gender,
            intensity: line.intensity,
            statement: line.statement,
            repetition: line.repetition,
            speech_ms: line.speech_ms,
            logits: line.logits,
        })
    }
}

impl From<&Outcome> for Line {
    fn from(outcome: &Outcome) -> Line {
        let labels = outcome.labels.clone();
        Line {
            file: outcome.file.clone(),
            truth: labels[outcome.truth].clone(),
            speaker: outcome.speaker.clone(),
            gender: outcome.gender,
            intensity: outcome.intensity,
            statement: outcome.statement.clone(),
            repetition: outcome.repetition,
            speech_ms: outcome.speech_ms,
            labels: (labels != default_labels()).then(|| labels.to_vec()),
            logits: outcome.logits.clone(),
        }
    }
}

/// Writes outcomes as JSON Lines, one object a clip.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_outcomes(path: &Path, outcomes: &[Outcome]) -> Result<()> {
    let mut text = Vec::new();
    for outcome in outcomes {
        serde_json::to_writer(&mut text, &Line::from(outcome))?;
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
    let outcomes = bytes.lines().zip(1..).map(|(line, number)| {
        Line::parse(&line?).with_context(|| format!("{}, line {number}", path.display()))
    });
    let outcomes: Vec<Outcome> = outcomes.collect::<Result<_>>()?;
    if outcomes.is_empty() {
        bail!("{} holds no outcome", path.display());
    }
    Ok(outcomes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.
mod tests {
    use super::*;

    const LINE: &str = r#"{"file":"03-01-03-02-01-01-07.wav","truth":"happy","speaker":7,"gender":"male","intensity":"strong","statement":1,"repetition":1,"speech_ms":1500.0,"logits":[0.1,-0.2,1.7,0.0,0.0,0.0,0.0,0.33333334]}"#;

    fn scratch(name: &str, text: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("{}-{name}.jsonl", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn outcomes_survive_their_file() {
        let spoken = Line::parse(LINE).unwrap();
        let silent = Outcome {
            logits: None,
            ..spoken.clone()
        };
        let other = Outcome {
            labels: ["no".to_owned(), "yes".to_owned()].into(),
            truth: 1,
            speaker: Some("DC".into()),
            gender: None,
            intensity: None,
            statement: None,
            repetition: None,
            logits: Some(vec![0.5, -0.5]),
            ..spoken.clone()
        };
        let nobody = Outcome {
            speaker: None,
            ..other.clone()
        };
        let outcomes = [spoken, silent, other, nobody];
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
}
