//! Accuracy and honesty of a model, judged through the pipeline that ships.
//!
//! [`run`] classifies clips; each becomes an [`Outcome`], which keeps the logits and can be stored
//! and read back. [`Outcome::judge`] gives what the page would have shown at some calibration, and
//! [`Evaluation`] holds the figures over such answers.

mod bootstrap;
mod calibration;
mod classes;
mod figures;
mod line;
mod outcome;
mod paired;
mod risk;
mod tally;

use anyhow::{Context, Result, bail};
use emotionai_voice::{Calibration, Classifier, Prediction, Waveform};
use rayon::prelude::*;

use crate::corpus::{Clip, Labels};
use crate::dataset::read;
use crate::spectrogram;

pub use bootstrap::{Interval, Intervals};
pub use calibration::{Bin, fit_label_bias, fit_neutral, fit_temperature};
pub use figures::{Evaluation, Group};
pub use outcome::{Judged, Outcome, read_outcomes, write_outcomes};
pub use paired::Difference;
pub use risk::{Accepted, fit_threshold};
pub use tally::Tally;

#[cfg(test)]
pub use outcome::tests;

/// The share of clips that a threshold for "uncertain" is to keep.
pub const COVERAGE: f64 = 0.75;

/// The figures of a classifier over some clips.
///
/// # Errors
/// As [`run`].
pub fn judge(classifier: &Classifier, clips: &[Clip]) -> Result<Evaluation> {
    let header = classifier.model();
    let outcomes = run(classifier, clips)?;
    Ok(evaluate(&outcomes, &header.labels, &header.calibration))
}

/// Runs the classifier over every clip, in parallel.
///
/// # Errors
/// Where a file cannot be used, or the model does not know the labels.
pub fn run(classifier: &Classifier, clips: &[Clip]) -> Result<Vec<Outcome>> {
    check_labels(classifier, clips)?;
    clips
        .par_iter()
        .map(|clip| match spectrogram::is_one(&clip.path) {
            true => {
                let mel = spectrogram::read(clip, &classifier.model().features)?;
                outcome(classifier, clip, classifier.classify_mel(&mel))
            }
            false => hear(classifier, clip, &read(&clip.path)?),
        })
        .collect()
}

/// Fails unless the model can name the label of every clip. It may know others as well.
///
/// # Errors
/// Both lists.
pub fn check_labels(classifier: &Classifier, clips: &[Clip]) -> Result<()> {
    let known = &classifier.model().labels;
    let is_unknown = |clip: &&Clip| !known.iter().any(|label| label == clip.label_name());
    if let Some(clip) = clips.iter().find(is_unknown) {
        bail!(
            "the model names {}, and cannot be right about {}, whose label is {}",
            known.join(", "),
            clip.path.display(),
            clip.label_name()
        );
    }
    Ok(())
}

/// What the classifier makes of a clip, heard as `waveform`.
///
/// # Errors
/// Where it cannot be classified; the message names the clip.
pub fn hear(classifier: &Classifier, clip: &Clip, waveform: &Waveform) -> Result<Outcome> {
    outcome(classifier, clip, classifier.classify(waveform))
}

fn outcome(
    classifier: &Classifier,
    clip: &Clip,
    prediction: emotionai_voice::Result<Prediction>,
) -> Result<Outcome> {
    let prediction =
        prediction.with_context(|| format!("cannot classify {}", clip.path.display()))?;
    let model = classifier.model();
    let labels: Labels = model.labels.clone().into();
    Outcome::new(clip, &prediction, &labels, model.calibration.temperature)
        .with_context(|| format!("the model does not know the label {}", clip.label_name()))
}

/// The figures of some outcomes over `labels`, as a model of this calibration answers.
pub fn evaluate(outcomes: &[Outcome], labels: &[String], calibration: &Calibration) -> Evaluation {
    let judged: Vec<Judged> = outcomes.iter().map(|o| o.judge(calibration)).collect();
    Evaluation::new(&judged, labels)
}

/// The mean of some values, 0 of none.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    sum / count.max(1) as f64
}
