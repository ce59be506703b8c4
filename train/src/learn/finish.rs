//! The last steps to a model file: calibration and evaluation on the held-out clips, and the id.

use std::collections::BTreeMap;

use anyhow::Result;
use emotionai_voice::training::{Calibration, ParameterType};
use emotionai_voice::{Classifier, Model};

use crate::data::corpus::Skip;
use crate::eval::{self, Answers, Evaluation, Outcome};
use crate::io::model;

/// The parts of a calibration that are given instead of fitted.
#[derive(Debug, Clone, Default)]
pub struct GivenCalibration {
    /// Divisor of the logits.
    pub temperature: Option<f32>,
    /// Bias of each label.
    pub label_bias: Option<Vec<f32>>,
    /// Mean logits of unknown speakers' neutral speech.
    pub neutral_logits: Option<Vec<f32>>,
    /// Top probability below which an answer is "uncertain".
    pub uncertain_below: Option<f32>,
}

impl GivenCalibration {
    /// The calibration before anything is fitted.
    pub fn calibration(&self) -> Calibration {
        Calibration {
            temperature: self.temperature.unwrap_or(1.0),
            uncertain_below: self.uncertain_below.unwrap_or_default(),
            label_bias: self.label_bias.clone(),
            neutral: self.neutral_logits.clone(),
        }
    }
}

/// A model that is ready to be written.
pub struct Finished {
    /// The model, with its parameters as they are read back.
    pub model: Model,
    /// Its file.
    pub bytes: Vec<u8>,
    /// The metrics on the held-out clips; `None` where there are none.
    pub evaluation: Option<Evaluation>,
    /// The held-out clips that cannot be used.
    pub skipped: Vec<Skip>,
}

/// Calibrates and evaluates the model by the `answers` of its classifier to held-out clips, as far as the calibration is not `given`,
/// and names it. The parameters are rounded first, as the file holds them.
///
/// # Errors
/// Where there are no answers, or a parameter does not fit the type.
pub fn finish(
    model: &Model,
    parameters: ParameterType,
    answers: Option<impl FnOnce(&Classifier) -> Result<Answers>>,
    given: &GivenCalibration,
) -> Result<Finished> {
    let bytes = model.to_bytes_as(parameters)?;
    let mut model = Model::from_bytes(&bytes, &model::device())?;
    let (mut evaluation, mut skipped) = (None, Vec::new());
    if let Some(answers) = answers {
        let answers = answers(&model::classifier(&model)?)?;
        evaluation = Some(calibrate(&mut model, &answers.outcomes, given));
        skipped = answers.skipped;
    }
    model.header.id = model::id(&model);
    Ok(Finished {
        bytes: model.to_bytes_as(parameters)?,
        model,
        evaluation,
        skipped,
    })
}

/// Calibrates the model on the held-out clips, as far as the calibration is not `given`, and evaluates it.
fn calibrate(model: &mut Model, outcomes: &[Outcome], given: &GivenCalibration) -> Evaluation {
    let header = &mut model.header;
    if given.temperature.is_none() {
        let calibration = &mut header.calibration;
        calibration.temperature = eval::fit_temperature(outcomes);
        if calibration.neutral.is_none() {
            calibration.neutral = eval::fit_neutral(outcomes);
        }
        if given.uncertain_below.is_none() {
            let calibrated: Vec<_> = outcomes
                .iter()
                .map(|it| it.calibrated(calibration))
                .collect();
            calibration.uncertain_below = eval::fit_threshold(&calibrated, eval::COVERAGE) as f32;
        }
    }
    let evaluation = eval::evaluate(outcomes, &header.labels, &header.calibration);
    header.metrics = BTreeMap::from([
        ("clips".into(), evaluation.clips as f64),
        ("accuracy".into(), evaluation.accuracy),
        ("uar".into(), evaluation.uar),
        ("ece".into(), evaluation.ece),
    ]);
    evaluation
}
