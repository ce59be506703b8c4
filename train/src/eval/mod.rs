//! Evaluation of models, through the pipeline that ships: metrics, calibration, reports and pictures.
//!
//! [`classify_usable`] classifies clips; each becomes an [`Outcome`], which keeps the logits and can be stored
//! and read back. [`Outcome::calibrated`] is the answer of a model with some calibration, and [`Evaluation`]
//! holds the metrics over such answers.

mod bootstrap;
mod calibration;
pub mod confusion;
pub mod crossval;
mod ensemble;
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

use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::training::{Analysis, Calibration};
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
pub use ensemble::{read_ensemble, shares};
pub use metrics::{Evaluation, Group};
pub(crate) use outcome::argmax;
pub use outcome::{Calibrated, Outcome};
pub use outcome_file::{read_outcomes, write_outcomes};
pub use paired::Difference;
pub use risk::{Accepted, fit_threshold};
pub use runs::{Run, read_runs};

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
    let classify_clip = |clip: &Clip| match clip.is_spectrogram() {
        true => {
            let mel = spectrogram::read(clip, features)?;
            outcome(classifier, clip, classifier.classify_mel(&mel))
        }
        false => classify(classifier, clip, &read_waveform(&clip.path)?),
    };
    let (outcomes, skipped) = usable(clips, |clip| &clip.path, classify_clip)?;
    Ok(Answers { outcomes, skipped })
}

/// The results of the usable clips, in parallel, and the unusable clips with the reason; `path` is that of a clip.
///
/// # Errors
/// Where no clip is usable.
pub fn usable<C: Sync, T: Send>(
    clips: &[C],
    path: impl Fn(&C) -> &Path + Sync,
    result: impl Fn(&C) -> Result<T> + Sync,
) -> Result<(Vec<T>, Vec<Skip>)> {
    let (results, skipped): (Vec<T>, Vec<Skip>) =
        clips.par_iter().partition_map(|clip| match result(clip) {
            Ok(result) => Either::Left(result),
            Err(error) => Either::Right(Skip::because(path(clip), &error)),
        });
    if results.is_empty() && !clips.is_empty() {
        let skipped = skips(&skipped);
        bail!(
            "no recording to evaluate on can be used\n{}",
            skipped.trim_end()
        );
    }
    Ok((results, skipped))
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

/// Reads and analyses clips, as [`usable`] does. The pitch is tracked for a model with a prosody head.
///
/// # Errors
/// Where no clip can be used, and where spectrograms were made with other features.
pub fn analyse_usable(
    clips: &[Clip],
    features: &FeatureConfig,
    with_pitch: bool,
) -> Result<(Vec<Analysed>, Vec<Skip>)> {
    spectrogram::check(clips, features)?;
    let analyse = |clip: &Clip| {
        let analysis = match clip.is_spectrogram() {
            true => Analysis::from_mel(features, &spectrogram::read(clip, features)?),
            false => Analysis::new(features, with_pitch, &read_waveform(&clip.path)?),
        };
        let context = || format!("cannot classify {}", clip.path.display());
        let (clip, analysis) = (clip.clone(), analysis.with_context(context)?);
        Ok(Analysed { clip, analysis })
    };
    usable(clips, |clip| &clip.path, analyse)
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
    let context = || format!("cannot classify {}", clip.path.display());
    let prediction = prediction.with_context(context)?;
    let model = classifier.model();
    let labels: Labels = model.labels.clone().into();
    Outcome::new(clip, &prediction, &labels, model.calibration.temperature)
        .with_context(|| format!("the model does not know the label {}", clip.label_name()))
}

/// The evaluation of some outcomes over `labels`, with this calibration.
pub fn evaluate(outcomes: &[Outcome], labels: &[String], calibration: &Calibration) -> Evaluation {
    let calibrated: Vec<_> = outcomes
        .iter()
        .map(|it| it.calibrated(calibration))
        .collect();
    Evaluation::new(&calibrated, labels)
}

/// The mean of some values; 0 where there are none.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    sum / count.max(1) as f64
}
