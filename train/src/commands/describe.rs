//! `train describe`: the size and the cost of a model.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use emotionai_voice::Model;
use emotionai_voice::training::{ParameterType, ProsodyHead, Provenance};
use serde::Serialize;

use crate::io::model;
use crate::io::output::show;

const EXAMPLES: &str = "\
Examples:
  train describe
  train describe --model mine.emo --json";

/// Options of `describe`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DescribeArgs {
    /// Model file [default: the shipped weights].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// Prints the description.
pub fn run(args: &DescribeArgs) -> Result<()> {
    let (bytes, name) = model::read(args.model.as_deref())?;
    let description = describe(&bytes).with_context(|| format!("cannot use {name}"))?;
    show(args.json, &description, Description::text)
}

/// Size and cost of a model file.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Description {
    /// Name of the weights.
    id: String,
    /// Name of the network.
    architecture: &'static str,
    /// Values that training fits.
    parameters: usize,
    /// Means and variances that batch normalisation keeps beside them.
    running_statistics: usize,
    /// How the file stores each value.
    stored_as: ParameterType,
    /// Bytes of the file.
    file_bytes: usize,
    /// Length of a window.
    window_ms: f64,
    /// Multiply-adds of the network for one window.
    multiply_adds: u64,
    /// Whether pitch, level and rhythm add to the network's logits.
    prosody: bool,
    /// Functionals that the prosody head weighs; 0 without one.
    prosody_functionals: usize,
    /// Divisor of the logits.
    temperature: f32,
    /// A top probability below this is "uncertain".
    uncertain_below: f32,
    /// Whether it is calibrated for speaker profiles.
    speaker_profiles: bool,
    /// How the weights were made.
    provenance: Provenance,
}

/// Describes the model file in `bytes`.
fn describe(bytes: &[u8]) -> Result<Description> {
    let model = Model::from_bytes(bytes, &model::device())?;
    let (mut parameters, mut running_statistics) = (0, 0);
    for tensor in model.net.tensors() {
        let count = tensor.count();
        // burn's batch normalisation names them so.
        match tensor.name.rsplit('.').next() {
            Some("running_mean" | "running_var") => running_statistics += count,
            _ => parameters += count,
        }
    }
    let header = &model.header;
    Ok(Description {
        id: header.id.clone(),
        architecture: header.architecture.name(),
        parameters,
        running_statistics,
        stored_as: Model::parameter_type(bytes)?,
        file_bytes: bytes.len(),
        window_ms: header.frames_to_ms(header.windows.n_frames),
        multiply_adds: header.architecture.multiply_adds(header.windows.n_frames),
        prosody: header.prosody.is_some(),
        prosody_functionals: (header.prosody.as_ref()).map_or(0, ProsodyHead::n_functionals),
        temperature: header.calibration.temperature,
        uncertain_below: header.calibration.uncertain_below,
        speaker_profiles: header.profile_space().is_some(),
        provenance: header.provenance.clone(),
    })
}

impl Description {
    /// Lines for people.
    fn text(&self) -> String {
        let prosody = match self.prosody_functionals {
            _ if !self.prosody => "none".into(),
            n => format!("{n} functionals, a linear head beside the network"),
        };
        let profiles = if self.speaker_profiles { "yes" } else { "no" };
        let made = serde_json::to_string(&self.provenance).unwrap_or_default();
        let million = self.multiply_adds as f64 / 1e6;
        format!(
            "{} ({})\n\
             parameters      {} and {} running statistics\n\
             file            {} bytes, {} values\n\
             a window        {:.0} ms, {million:.2} million multiply-adds\n\
             prosody         {prosody}\n\
             calibration     temperature {}, uncertain below {}\n\
             profiles        {profiles}\n\
             made            {made}\n",
            self.id,
            self.architecture,
            self.parameters,
            self.running_statistics,
            self.file_bytes,
            self.stored_as,
            self.window_ms,
            self.temperature,
            self.uncertain_below,
        )
    }
}

#[cfg(test)]
mod tests {
    use emotionai_voice::DEFAULT_MODEL;

    use super::*;

    #[test]
    fn the_parts_of_the_shipped_file_add_up() {
        let found = describe(DEFAULT_MODEL).unwrap();
        let values = found.parameters + found.running_statistics;
        // Mean, deviation and eight weights of each functional, eight biases.
        let head = 10 * found.prosody_functionals + 8;
        let bytes = (values + head) * found.stored_as.size();
        // Beside them a header, and what is not rounded to 8 bits.
        assert!(bytes < found.file_bytes && found.file_bytes < bytes + bytes / 5);
        assert!(found.running_statistics > 0 && found.running_statistics.is_multiple_of(2));
        assert!(found.text().contains(&found.parameters.to_string()));
    }
}
