//! The header of a model file: everything of a model but its parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::provenance::Provenance;
use crate::features::{FeatureConfig, Normalization, WindowConfig};
use crate::model::Architecture;
use crate::prosody::{PitchAnalyzer, ProsodyHead};
use crate::vad::VadConfig;
use crate::{Error, Result};

/// Most labels of a model.
const MAX_LABELS: usize = 1024;

/// Everything of a model but the parameters of its network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelHeader {
    /// Name of these weights, unique to them.
    pub id: String,
    /// One label a logit.
    pub labels: Vec<String>,
    /// The network and its sizes.
    pub architecture: Architecture,
    /// From samples to log-mel frames.
    pub features: FeatureConfig,
    /// From frames to windows.
    pub windows: WindowConfig,
    /// From decibels to the network's input.
    pub normalization: Normalization,
    /// Voice activity detection: the windows that hold speech.
    pub gate: VadConfig,
    /// The linear layer that adds logits for pitch, loudness and rhythm to the network's logits;
    /// `None` for a network alone. A model file holds it among the tensors.
    #[serde(skip)]
    pub prosody: Option<ProsodyHead>,
    /// From logits to an answer.
    pub calibration: Calibration,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// How the weights were made.
    pub provenance: Provenance,
    /// Metrics that the trainer measured, by name; empty without held-out recordings.
    pub metrics: BTreeMap<String, f64>,
}

/// The part of a [`ModelHeader`] that users of a recogniser ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// Name of the weights.
    pub id: String,
    /// One label a probability.
    pub labels: Vec<String>,
    /// Sample rate of the features in Hz; audio of other rates is resampled.
    pub sample_rate: u32,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// Name of the network.
    pub architecture: &'static str,
    /// Metrics that the trainer measured, by name.
    pub metrics: BTreeMap<String, f64>,
    /// An answer is "uncertain" where its top probability is below this threshold.
    pub uncertain_below: f32,
    /// Length of a window in milliseconds.
    pub window_ms: f64,
    /// Time from one window to the next, unless the caller chooses another, in milliseconds.
    pub hop_ms: f64,
    /// Name that the space of a [speaker profile](crate::SpeakerProfile) must have to fit the model;
    /// `None` for a model that was not calibrated for profiles.
    pub profile_space: Option<String>,
}

impl ModelHeader {
    /// The part that users of a recogniser ask for.
    pub fn info(&self) -> ModelInfo {
        ModelInfo {
            id: self.id.clone(),
            labels: self.labels.clone(),
            sample_rate: self.features.sample_rate,
            licence: self.licence.clone(),
            architecture: self.architecture.name(),
            metrics: self.metrics.clone(),
            uncertain_below: self.calibration.uncertain_below,
            window_ms: self.frames_to_ms(self.windows.n_frames),
            hop_ms: self.frames_to_ms(self.windows.hop_frames),
            profile_space: self.profile_space().map(str::to_owned),
        }
    }

    /// Duration of `frames` hops in milliseconds.
    pub fn frames_to_ms(&self, frames: usize) -> f64 {
        self.features.frames_to_ms(frames)
    }

    /// The space of the speaker profiles that fit the model: the id of its weights. `None` for a
    /// model that was not calibrated for profiles.
    pub fn profile_space(&self) -> Option<&str> {
        self.calibration.neutral.as_ref().map(|_| self.id.as_str())
    }

    /// Checks that the parts fit each other and this code, before anything is allocated.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] that names the part.
    pub fn validate(&self) -> Result<()> {
        let features = self.features.validate();
        features.map_err(|error| Error::ModelMismatch {
            expected: "features that this version computes".into(),
            actual: error.to_string(),
        })?;
        self.architecture.validate()?;
        self.windows.validate()?;
        self.normalization.validate(self.features.n_mels)?;
        self.gate.validate()?;
        self.validate_input()?;
        self.architecture.validate_cost(self.windows.n_frames)?;
        self.validate_prosody()?;
        self.validate_labels()?;
        self.calibration.validate(self.labels.len())
    }

    /// Checks that the network takes the windows as they are cut.
    fn validate_input(&self) -> Result<()> {
        if self.architecture.n_mels() != self.features.n_mels {
            return Err(Error::ModelMismatch {
                expected: format!("a network for {} mel bands", self.features.n_mels),
                actual: format!("one for {}", self.architecture.n_mels()),
            });
        }
        match self.architecture.n_frames() {
            Some(n_frames) if n_frames != self.windows.n_frames => Err(Error::ModelMismatch {
                expected: format!("a network for windows of {} frames", self.windows.n_frames),
                actual: format!("one for {n_frames}"),
            }),
            _ => Ok(()),
        }
    }

    /// Checks the prosody head, and that pitch can be tracked in frames of these features.
    fn validate_prosody(&self) -> Result<()> {
        let Some(head) = &self.prosody else {
            return Ok(());
        };
        head.validate(self.architecture.n_labels())?;
        match PitchAnalyzer::supports(&self.features) {
            true => Ok(()),
            false => Err(Error::ModelMismatch {
                expected: "windows of 64 ms every 16 ms at 16 kHz beside a prosody head".into(),
                actual: format!("{:?}", self.features),
            }),
        }
    }

    /// Checks that each logit has a label of its own.
    fn validate_labels(&self) -> Result<()> {
        let n_labels = self.architecture.n_labels();
        let n_unique = self.labels.iter().collect::<BTreeSet<_>>().len();
        if self.labels.len() == n_labels && n_unique == n_labels && n_labels <= MAX_LABELS {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: format!("{n_labels} different labels, as many as the network has logits"),
            actual: format!("{:?}", self.labels),
        })
    }
}
