//! An outcome as a line of a file.

use anyhow::{Result, bail};
use emotionai_voice::Emotion;
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use crate::data::corpus::{Gender, Intensity, Labels, Speaker, Tag};

/// What a line holds. What the corpus does not tell is left out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    file: String,
    truth: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<Speaker>,
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
    let names = Emotion::ALL.map(|emotion| emotion.name().to_owned());
    names.into()
}

impl Line {
    /// The outcome on a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Outcome> {
        let line: Line = serde_json::from_str(line)?;
        let labels = line.labels.map_or_else(default_labels, Labels::from);
        let Some(truth) = labels.iter().position(|label| *label == line.truth) else {
            bail!(
                "'{}' is none of the labels {}",
                line.truth,
                labels.join(", ")
            );
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
            actor: line.actor,
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
            actor: outcome.actor.clone(),
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
