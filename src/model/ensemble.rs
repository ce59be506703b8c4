//! An ensemble of networks: each member errs on other clips, so the mean of their logits errs less
//! than any one member.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::architecture::Architecture;
use super::net::EmotionNet;
use crate::{Error, Result};

/// Most members of an ensemble.
const MAX_MEMBERS: usize = 8;

/// Configures an [`EmotionEnsemble`].
#[derive(Config, Debug, PartialEq)]
pub struct EmotionEnsembleConfig {
    /// Two to eight networks for the same windows and labels. No member is an ensemble.
    pub members: Vec<Architecture>,
}

/// Several networks over the same window. The ensemble's logits are the mean of the members' logits,
/// so its probabilities are the normalised geometric mean of the members' probabilities.
#[derive(Module, Debug)]
pub struct EmotionEnsemble {
    members: Vec<EmotionNet>,
}

impl EmotionEnsembleConfig {
    /// Checks each member, and that all take the same input and give the same labels.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`].
    pub(super) fn validate(&self) -> Result<()> {
        let is_ensemble =
            |member: &Architecture| matches!(member, Architecture::EmotionEnsemble(_));
        let takes = |member: &Architecture| (member.n_mels(), member.n_labels());
        let fits = self
            .members
            .windows(2)
            .all(|pair| takes(&pair[0]) == takes(&pair[1]));
        let mut n_frames: Vec<usize> = self.members.iter().filter_map(|m| m.n_frames()).collect();
        n_frames.dedup();
        if !(2..=MAX_MEMBERS).contains(&self.members.len())
            || self.members.iter().any(is_ensemble)
            || !fits
            || n_frames.len() > 1
        {
            return Err(Error::ModelMismatch {
                expected: format!(
                    "2 to {MAX_MEMBERS} members for the same mel bands, frames and labels, no ensemble among them"
                ),
                actual: format!("{:?}", self.members),
            });
        }
        self.members.iter().try_for_each(Architecture::validate)
    }

    /// The networks with fresh random parameters.
    ///
    /// # Errors
    /// As [`Architecture::validate`].
    pub fn init(&self, device: &Device) -> Result<EmotionEnsemble> {
        self.validate()?;
        let members = self.members.iter().map(|member| member.init(device));
        Ok(EmotionEnsemble {
            members: members.collect::<Result<_>>()?,
        })
    }
}

impl EmotionEnsemble {
    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]` of each
    /// member. Training gives each member a loss of its own, so that the members stay different.
    pub fn forward_members(&self, input: Tensor<4>) -> Vec<Tensor<2>> {
        let members = self.members.iter();
        members.map(|net| net.forward(input.clone())).collect()
    }

    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        let logits = self.forward_members(input).into_iter();
        let logits: Vec<Tensor<3>> = logits.map(|logits| logits.unsqueeze_dim(0)).collect();
        Tensor::cat(logits, 0).mean_dim(0).squeeze_dim(0)
    }
}
