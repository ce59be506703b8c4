//! Options that say how logits become an answer.

use clap::Args;
use emotionai_voice::Calibration;

use super::values;

/// Options of a model's calibration.
#[derive(Debug, Clone, Args)]
pub struct CalibrationArgs {
    /// What logits are divided by [default: fitted on the held-out speakers, with the neutral
    /// logits; 1 without them].
    #[arg(long, value_parser = values::positive::<f32>)]
    pub temperature: Option<f32>,
    /// What is added to the logit of each label, as `report` gives it [default: nothing].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub label_bias: Option<Vec<f32>>,
    /// Logits for the neutral speech of unknown voices, for voice profiles, as `report` gives them
    /// [default: none where a temperature is given].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub neutral_logits: Option<Vec<f32>>,
    /// Top probability below which an answer is "uncertain" [default: fitted with the temperature, so that a
    /// quarter of the held-out recordings are; 0 where a temperature is given].
    #[arg(long, value_parser = values::share)]
    pub uncertain_below: Option<f32>,
}

impl CalibrationArgs {
    /// What they say, as far as it need not be fitted.
    pub fn calibration(&self) -> Calibration {
        Calibration {
            temperature: self.temperature.unwrap_or(1.0),
            uncertain_below: self.uncertain_below.unwrap_or_default(),
            label_bias: self.label_bias.clone(),
            neutral: self.neutral_logits.clone(),
        }
    }

    /// Those that were given, each after a space.
    pub fn told_again(&self) -> String {
        let mut options = String::new();
        for (option, number) in [
            ("uncertain-below", self.uncertain_below),
            ("temperature", self.temperature),
        ] {
            if let Some(number) = number {
                options.push_str(&format!(" --{option} {number}"));
            }
        }
        for (option, logits) in [
            ("label-bias", &self.label_bias),
            ("neutral-logits", &self.neutral_logits),
        ] {
            if let Some(logits) = logits {
                options.push_str(&format!(" --{option}={}", comma_separated(logits)));
            }
        }
        options
    }
}

/// Numbers as the options take them.
pub fn comma_separated(numbers: &[f32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
    numbers.join(",")
}
