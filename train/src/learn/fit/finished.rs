//! A model as its file holds it.

use std::collections::BTreeMap;

use anyhow::Result;
use emotionai_voice::{Classifier, Model, ParameterType};

use super::id;
use crate::commands::cli::calibration::CalibrationArgs;
use crate::data::corpus::{Clip, Skip};
use crate::eval::{self, Evaluation, Heard};
use crate::learn::trainer;

/// A model that is ready to be written.
pub struct Finished {
    /// With its parameters as they are read back, calibrated and named.
    pub model: Model,
    /// Its file.
    pub bytes: Vec<u8>,
    /// How it did on the held-out clips; `None` where there are none.
    pub evaluation: Option<Evaluation>,
    /// Those of them that are too short to be judged.
    pub skipped: Vec<Skip>,
}

/// Judges the model on the clips `valid`, where there are any, calibrates it on them unless a temperature is
/// `given`, and names it. Judged and named are the parameters that are in the file, which may be rounded.
///
/// # Errors
/// Where none of the clips can be judged, or a parameter does not fit the type.
pub fn finish(
    model: &Model,
    parameters: ParameterType,
    valid: &[Clip],
    given: &CalibrationArgs,
) -> Result<Finished> {
    let bytes = model.to_bytes_as(parameters)?;
    let mut model = Model::from_bytes(&bytes, &trainer::device())?;
    let (mut evaluation, mut skipped) = (None, Vec::new());
    if !valid.is_empty() {
        let (found, unused) = calibrate(&mut model, valid, given)?;
        (evaluation, skipped) = (Some(found), unused);
    }
    model.header.id = id(&model);
    Ok(Finished {
        bytes: model.to_bytes_as(parameters)?,
        model,
        evaluation,
        skipped,
    })
}

/// Judges the model on the held-out clips after it has been calibrated on them, as far as that is not
/// `given`. Also gives the clips that are too short to be judged.
fn calibrate(
    model: &mut Model,
    valid: &[Clip],
    given: &CalibrationArgs,
) -> Result<(Evaluation, Vec<Skip>)> {
    let copy = Model {
        header: model.header.clone(),
        net: model.net.clone(),
    };
    let classifier = Classifier::from_model(copy, trainer::device());
    let Heard { outcomes, skipped } = eval::run_on_usable(&classifier, valid)?;
    let header = &mut model.header;
    if given.temperature.is_none() {
        let calibration = &mut header.calibration;
        calibration.temperature = eval::fit_temperature(&outcomes);
        if calibration.neutral.is_none() {
            calibration.neutral = eval::fit_neutral(&outcomes);
        }
        if given.uncertain_below.is_none() {
            let judged: Vec<_> = outcomes.iter().map(|it| it.judge(calibration)).collect();
            calibration.uncertain_below = eval::fit_threshold(&judged, eval::COVERAGE) as f32;
        }
    }
    let evaluation = eval::evaluate(&outcomes, &header.labels, &header.calibration);
    model.header.metrics = BTreeMap::from([
        ("clips".into(), evaluation.clips as f64),
        ("accuracy".into(), evaluation.accuracy),
        ("uar".into(), evaluation.uar),
        ("ece".into(), evaluation.ece),
    ]);
    Ok((evaluation, skipped))
}
