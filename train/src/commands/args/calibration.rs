//! Options of a model's calibration.

use clap::Args;

use super::values;
use crate::learn::finish::GivenCalibration;

/// Options of a model's calibration.
#[derive(Debug, Clone, Args)]
pub struct CalibrationArgs {
    /// Divisor of the logits [default: fitted on the held-out speakers, with the neutral logits; 1 without
    /// them].
    #[arg(long, value_parser = values::positive::<f32>)]
    pub temperature: Option<f32>,
    /// Bias of each label, added to its logit, as `report` prints it [default: none].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub label_bias: Option<Vec<f32>>,
    /// Mean logits of unknown speakers' neutral speech, for speaker profiles, as `report` prints them
    /// [default: none where a temperature is given].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub neutral_logits: Option<Vec<f32>>,
    /// Top probability below which an answer is "uncertain" [default: fitted with the temperature, so that a
    /// quarter of the held-out recordings are; 0 where a temperature is given].
    #[arg(long, value_parser = values::share)]
    pub uncertain_below: Option<f32>,
}

impl CalibrationArgs {
    /// The calibration that the options give.
    pub fn given(&self) -> GivenCalibration {
        GivenCalibration {
            temperature: self.temperature,
            label_bias: self.label_bias.clone(),
            neutral_logits: self.neutral_logits.clone(),
            uncertain_below: self.uncertain_below,
        }
    }
}
