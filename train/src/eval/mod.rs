//! Evaluation of models, through the pipeline that ships: metrics, calibration, reports and pictures.
//!
//! [`classify_usable`] classifies clips; each becomes an [`Outcome`], which keeps the logits and can be stored
//! and read back. [`Outcome::calibrated`] is the answer of a model with some calibration, and [`Evaluation`]
//! holds the metrics over such answers.

mod bootstrap;
mod calibration;
pub mod confusion;
pub mod crossval;
pub mod known_speakers;
pub mod metrics;
mod outcome;
mod outcome_file;
mod paired;
pub mod pictures;
pub mod profile;
pub mod report;
mod risk;
pub mod robustness;
pub mod runs;
mod softmax;
mod votes;

use anyhow::{Context, Result, bail};
use emotionai_voice::training::Analysis;
use emotionai_voice::training::Calibration;
use emotionai_voice::{Classifier, FeatureConfig, Prediction, Waveform};
use rayon::iter::Either;
use rayon::prelude::*;

use crate::data::corpus::{Clip, Labels, Skip, skips};
use crate::data::decode::read_waveform;
use crate::data::spectrogram;

pub use bootstrap::{Interval, Intervals};
pub use calibration::{Bin, fit_label_bias, fit_neutral, fit_temperature};
pub use confusion::{ClassMetrics, Confusion};
pub use crossval::CrossValidation;
pub use metrics::{Evaluation, Group};
pub(crate) use outcome::argmax;
pub use outcome::{Calibrated, Outcome};
pub use outcome_file::{read_outcomes, write_outcomes};
pub use paired::Difference;
pub use risk::{Accepted, fit_threshold};
pub use runs::{Run, read_runs};
pub use votes::{read_votes, shares};

#[cfg(test)]
pub(crate) use outcome::tests;

/// Share of clips that are not "uncertain" at a fitted threshold.
pub const COVERAGE: f64 = 0.75;

/// A clip whose frames are computed, for several models to answer for.
pub struct Analysed {
    clip: Clip,
    analysis: Analysis,
}

/// The evaluation of a classifier on clips that were analysed for its features.
///
/// # Errors
/// As [`classify_analysed`].
pub fn evaluate_on(classifier: &Classifier, clips: &[Analysed]) -> Result<Evaluation> {
    let header = classifier.model();
    let outcomes = classify_analysed(classifier, clips)?;
    Ok(evaluate(&outcomes, &header.labels, &header.calibration))
}

/// Classifies clips that were analysed for the classifier's features, in parallel.
///
/// # Errors
/// Where a clip cannot be classified, or the model does not know its label.
pub fn classify_analysed(classifier: &Classifier, clips: &[Analysed]) -> Result<Vec<Outcome>> {
    let classify = |it: &Analysed| {
        let prediction = classifier.classify_analysis(&it.analysis);
        outcome(classifier, &it.clip, prediction)
    };
    clips.par_iter().map(classify).collect()
}

/// The answers of a classifier to some clips.
pub struct Answers {
    /// One for each usable clip.
    pub outcomes: Vec<Outcome>,
    /// The unusable clips.
    pub skipped: Vec<Skip>,
}

/// Classifies every usable clip, in parallel.
///
/// # Errors
/// Where no clip is usable, the model does not know the labels, or spectrograms were made with other
/// features than the model's.
pub fn classify_usable(classifier: &Classifier, clips: &[Clip]) -> Result<Answers> {
    check_labels(classifier, clips)?;
    let features = &classifier.model().features;
    spectrogram::check(clips, features)?;
    let classify = |clip: &Clip| match clip.is_spectrogram() {
        true => {
            let mel = spectrogram::read(clip, features)?;
            outcome(classifier, clip, classifier.classify_mel(&mel))
        }
        false => outcome(
            classifier,
            clip,
            classifier.classify(&read_waveform(&clip.path)?),
        ),
    };
    let (outcomes, skipped) = clips.par_iter().partition_map(|clip| match classify(clip) {
        Ok(outcome) => Either::Left(outcome),
        Err(error) => Either::Right(Skip::because(&clip.path, &error)),
    });
    let answers = Answers { outcomes, skipped };
    if answers.outcomes.is_empty() && !clips.is_empty() {
        bail!(no_recording(&answers.skipped));
    }
    Ok(answers)
}

/// Classifies clips all of which must be usable.
///
/// # Errors
/// As [`classify_usable`]; the message names the clip that cannot be used.
pub fn classify_all(classifier: &Classifier, clips: &[Clip]) -> Result<Vec<Outcome>> {
    let answers = classify_usable(classifier, clips)?;
    match answers.skipped.first() {
        None => Ok(answers.outcomes),
        Some(skip) => bail!("cannot use {}: {}", skip.path.display(), skip.reason),
    }
}

/// Reads and analyses clips, in parallel: those that can be used, and the others with the reason. The pitch is
/// tracked for a model with a prosody head.
///
/// # Errors
/// Where no clip can be used, and where spectrograms were made with other features.
pub fn analyse_usable(
    clips: &[Clip],
    features: &FeatureConfig,
    with_pitch: bool,
) -> Result<(Vec<Analysed>, Vec<Skip>)> {
    spectrogram::check(clips, features)?;
    let analyse = |clip: &Clip| -> Result<Analysis> {
        match clip.is_spectrogram() {
            true => Analysis::from_mel(features, &spectrogram::read(clip, features)?),
            false => Analysis::new(features, with_pitch, &read_waveform(&clip.path)?),
        }
        .with_context(|| format!("cannot classify {}", clip.path.display()))
    };
    let (usable, skipped): (Vec<Analysed>, Vec<Skip>) =
        clips.par_iter().partition_map(|clip| match analyse(clip) {
            Ok(analysis) => Either::Left(Analysed {
                clip: clip.clone(),
                analysis,
            }),
            Err(error) => Either::Right(Skip::because(&clip.path, &error)),
        });
    if usable.is_empty() && !clips.is_empty() {
        bail!(no_recording(&skipped));
    }
    Ok((usable, skipped))
}

/// The message where there is no usable clip.
pub fn no_recording(skipped: &[Skip]) -> String {
    format!(
        "no recording to evaluate on can be used\n{}",
        skips(skipped).trim_end()
    )
}

/// Fails unless the model knows the label of every clip.
///
/// # Errors
/// Names both lists of labels.
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

/// The outcome of a clip whose samples are `waveform`.
///
/// # Errors
/// Where it cannot be classified; the message names the clip.
pub fn classify(classifier: &Classifier, clip: &Clip, waveform: &Waveform) -> Result<Outcome> {
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

/// The evaluation of some outcomes over `labels`, with this calibration.
pub fn evaluate(outcomes: &[Outcome], labels: &[String], calibration: &Calibration) -> Evaluation {
    let calibrated: Vec<Calibrated> = outcomes.iter().map(|o| o.calibrated(calibration)).collect();
    Evaluation::new(&calibrated, labels)
}

/// The mean of some values; 0 where there are none.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    sum / count.max(1) as f64
}
