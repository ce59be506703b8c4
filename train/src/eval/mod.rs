//! Accuracy and honesty of a model, judged through the pipeline that ships.
//!
//! [`run_on_usable`] classifies clips; each becomes an [`Outcome`], which keeps the logits and can be stored
//! and read back. [`Outcome::judge`] gives what the page would have shown at some calibration, and
//! [`Evaluation`] holds the figures over such answers.

mod bootstrap;
mod calibration;
mod classes;
pub mod confusion;
mod figures;
pub mod known_speakers;
mod line;
mod outcome;
mod paired;
pub mod pictures;
pub mod profile;
pub mod report;
mod risk;
pub mod robustness;
mod tally;

use anyhow::{Context, Result, bail};
use emotionai_voice::{Calibration, Classifier, FeatureConfig, Prediction, Waveform};
use rayon::iter::Either;
use rayon::prelude::*;

use crate::data::corpus::{Clip, Labels, Skip, skips};
use crate::data::decode::read_waveform;
use crate::data::spectrogram;

pub use bootstrap::{Interval, Intervals};
pub use calibration::{Bin, fit_label_bias, fit_neutral, fit_temperature};
pub use figures::{Evaluation, Group};
pub use outcome::{Judged, Outcome, read_outcomes, write_outcomes};
pub use paired::Difference;
pub use risk::{Accepted, fit_threshold};
pub use tally::Tally;

#[cfg(test)]
pub(crate) use outcome::tests;

/// The share of clips that a threshold for "uncertain" is to keep.
pub const COVERAGE: f64 = 0.75;

/// The figures of a classifier over some clips.
///
/// # Errors
/// As [`run_on_usable`].
pub fn judge(classifier: &Classifier, clips: &[Clip]) -> Result<Evaluation> {
    let header = classifier.model();
    let heard = run_on_usable(classifier, clips)?;
    Ok(evaluate(
        &heard.outcomes,
        &header.labels,
        &header.calibration,
    ))
}

/// What a classifier made of some clips.
pub struct Heard {
    /// One a clip that can be used.
    pub outcomes: Vec<Outcome>,
    /// The others.
    pub skipped: Vec<Skip>,
}

/// Runs the classifier over every clip, in parallel. One that cannot be used does not cost the
/// answers to the others.
///
/// # Errors
/// Where none can be used, the model does not know the labels, or spectrograms were made with other
/// features than the model's.
pub fn run_on_usable(classifier: &Classifier, clips: &[Clip]) -> Result<Heard> {
    check_labels(classifier, clips)?;
    let features = &classifier.model().features;
    spectrogram::check(clips, features)?;
    let hear = |clip: &Clip| match clip.is_spectrogram() {
        true => {
            let mel = spectrogram::read(clip, features)?;
            outcome(classifier, clip, classifier.classify_mel(&mel))
        }
        false => hear(classifier, clip, &read_waveform(&clip.path)?),
    };
    let (outcomes, skipped) = clips.par_iter().partition_map(|clip| match hear(clip) {
        Ok(outcome) => Either::Left(outcome),
        Err(error) => Either::Right(Skip::because(&clip.path, &error)),
    });
    let heard = Heard { outcomes, skipped };
    if heard.outcomes.is_empty() && !clips.is_empty() {
        bail!(no_recording(&heard.skipped));
    }
    Ok(heard)
}

/// The same where every clip has to be used.
///
/// # Errors
/// As [`run_on_usable`]; the message names the clip that cannot be used.
pub fn run(classifier: &Classifier, clips: &[Clip]) -> Result<Vec<Outcome>> {
    let heard = run_on_usable(classifier, clips)?;
    match heard.skipped.first() {
        None => Ok(heard.outcomes),
        Some(skip) => bail!("cannot use {}: {}", skip.path.display(), skip.reason),
    }
}

/// Takes the clips that cannot be read out of `clips`.
///
/// # Errors
/// Where none is left, and where spectrograms were made with other features.
pub fn leave_out_unreadable(clips: &mut Vec<Clip>, features: &FeatureConfig) -> Result<Vec<Skip>> {
    spectrogram::check(clips, features)?;
    let is_readable = |clip: &Clip| match clip.is_spectrogram() {
        true => spectrogram::read(clip, features).map(drop),
        false => read_waveform(&clip.path).map(drop),
    };
    let (readable, skipped): (Vec<Clip>, Vec<Skip>) =
        clips
            .par_iter()
            .partition_map(|clip| match is_readable(clip) {
                Ok(()) => Either::Left(clip.clone()),
                Err(error) => Either::Right(Skip::because(&clip.path, &error)),
            });
    if readable.is_empty() && !clips.is_empty() {
        bail!(no_recording(&skipped));
    }
    *clips = readable;
    Ok(skipped)
}

/// Why there is nothing to judge on.
pub fn no_recording(skipped: &[Skip]) -> String {
    format!(
        "no recording to judge on can be used\n{}",
        skips(skipped).trim_end()
    )
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
            "the model names {}, and cannot be right about {}, whose label is {}: name a model of these labels with --model",
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
