//! What a model is and costs, apart from how well it does.

use anyhow::Result;
use emotionai_voice::{Model, ParameterType, ProsodyHead, Provenance};
use serde::Serialize;

use crate::training;

/// Size and cost of a model file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Name of the weights.
    pub id: String,
    /// Name of the network.
    pub architecture: &'static str,
    /// Values that training fits.
    pub parameters: usize,
    /// Means and variances that batch normalisation keeps beside them.
    pub running_statistics: usize,
    /// How the file stores each value.
    pub stored_as: ParameterType,
    /// Bytes of the file.
    pub file_bytes: usize,
    /// Length of a window.
    pub window_ms: f64,
    /// Multiply-adds of the network for one window.
    pub multiply_adds: u64,
    /// Whether pitch, level and rhythm add to the network's logits.
    pub prosody: bool,
    /// Figures that it weighs; 0 without one.
    pub prosody_figures: usize,
    /// What logits are divided by.
    pub temperature: f32,
    /// A top probability below this is "uncertain".
    pub uncertain_below: f32,
    /// Whether it is calibrated for voice profiles.
    pub voice_profiles: bool,
    /// How the weights were made.
    pub provenance: Provenance,
}

/// Describes the model file in `bytes`.
///
/// # Errors
/// Where it is none that can be used.
pub fn describe(bytes: &[u8]) -> Result<Description> {
    let model = Model::from_bytes(bytes, &training::device())?;
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
        prosody_figures: (header.prosody.as_ref()).map_or(0, ProsodyHead::n_figures),
        temperature: header.calibration.temperature,
        uncertain_below: header.calibration.uncertain_below,
        voice_profiles: header.voice_space().is_some(),
        provenance: header.provenance.clone(),
    })
}

impl Description {
    /// Lines for people.
    pub fn text(&self) -> String {
        format!(
            "{id} ({architecture})\n\
             parameters      {parameters} and {statistics} running statistics\n\
             file            {bytes} bytes, {stored} values\n\
             a window        {window:.0} ms, {cost:.2} million multiply-adds\n\
             prosody         {prosody}\n\
             calibration     temperature {temperature}, uncertain below {threshold}\n\
             voice profiles  {profiles}\n\
             made            {made}\n",
            id = self.id,
            architecture = self.architecture,
            parameters = self.parameters,
            statistics = self.running_statistics,
            bytes = self.file_bytes,
            stored = self.stored_as,
            window = self.window_ms,
            cost = self.multiply_adds as f64 / 1e6,
            prosody = match self.prosody {
                true => format!(
                    "{} figures, a linear head beside the network",
                    self.prosody_figures
                ),
                false => "none".into(),
            },
            temperature = self.temperature,
            threshold = self.uncertain_below,
            profiles = if self.voice_profiles { "yes" } else { "no" },
            made = serde_json::to_string(&self.provenance).unwrap_or_default(),
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
        // Mean, deviation and eight weights of each figure, eight biases.
        let head = 10 * found.prosody_figures + 8;
        let bytes = (values + head) * found.stored_as.size();
        // Beside them a header, and what is not rounded to 8 bits.
        assert!(bytes < found.file_bytes && found.file_bytes < bytes + bytes / 5);
        assert!(found.running_statistics > 0 && found.running_statistics.is_multiple_of(2));
        assert!(found.text().contains(&found.parameters.to_string()));
    }
}
