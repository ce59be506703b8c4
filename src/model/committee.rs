//! Two networks that vote: they err on different clips, so their mean is better than either.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::cnn::{EmotionCnn, EmotionCnnConfig};
use super::cnn_gru::{EmotionCnnGru, EmotionCnnGruConfig};

/// Configures an [`EmotionCommittee`].
#[derive(Config, Debug, PartialEq)]
pub struct EmotionCommitteeConfig {
    /// The convolutional member.
    pub cnn: EmotionCnnConfig,
    /// The recurrent member.
    pub cnn_gru: EmotionCnnGruConfig,
}

/// An [`EmotionCnn`] and an [`EmotionCnnGru`] over the same window; the answer is the mean of
/// their logits, which is the normalised geometric mean of their probabilities.
#[derive(Module, Debug)]
pub struct EmotionCommittee {
    cnn: EmotionCnn,
    cnn_gru: EmotionCnnGru,
}

impl EmotionCommitteeConfig {
    /// The networks with fresh random parameters.
    pub fn init(&self, device: &Device) -> EmotionCommittee {
        EmotionCommittee {
            cnn: self.cnn.init(device),
            cnn_gru: self.cnn_gru.init(device),
        }
    }
}

impl EmotionCommittee {
    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]` of each
    /// member. In training each has a loss of its own, so that they stay different.
    pub fn forward_members(&self, input: Tensor<4>) -> [Tensor<2>; 2] {
        [self.cnn.forward(input.clone()), self.cnn_gru.forward(input)]
    }

    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        let [cnn, cnn_gru] = self.forward_members(input);
        (cnn + cnn_gru) * 0.5
    }
}
