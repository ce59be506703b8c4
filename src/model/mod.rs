//! The networks: normalised log-mel windows in, logits out.
//!
//! They know nothing of audio: the input is `[batch, 1, n_mels, n_frames]`.

mod blocks;
mod cnn;
mod cnn_gru;
mod cost;
mod parameters;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

pub use cnn::{EmotionCnn, EmotionCnnConfig};
pub use cnn_gru::{EmotionCnnGru, EmotionCnnGruConfig};
pub use parameters::TensorInfo;

use crate::{Error, Result};

/// Which network a model file holds, with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Architecture {
    /// Residual convolutions, the default.
    EmotionCnn(EmotionCnnConfig),
    /// Convolutions and a bidirectional GRU.
    EmotionCnnGru(EmotionCnnGruConfig),
}

/// A network of either architecture.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // There is one of it, not a list of them.
pub enum EmotionNet {
    /// See [`EmotionCnn`].
    Cnn(EmotionCnn),
    /// See [`EmotionCnnGru`].
    CnnGru(EmotionCnnGru),
}

/// Widest layer and longest stack that a configuration may ask for, so that a forged file cannot
/// ask for more memory than there is.
const MAX_WIDTH: usize = 2048;
const MAX_STAGES: usize = 16;

impl Architecture {
    /// The name as model files and the JavaScript API show it.
    pub fn name(&self) -> &'static str {
        match self {
            Architecture::EmotionCnn(_) => "emotion-cnn",
            Architecture::EmotionCnnGru(_) => "emotion-cnn-gru",
        }
    }

    /// Mel bands that the network takes.
    pub fn n_mels(&self) -> usize {
        match self {
            Architecture::EmotionCnn(c) => c.n_mels,
            Architecture::EmotionCnnGru(c) => c.n_mels,
        }
    }

    /// Logits that the network gives.
    pub fn n_labels(&self) -> usize {
        match self {
            Architecture::EmotionCnn(c) => c.n_labels,
            Architecture::EmotionCnnGru(c) => c.n_labels,
        }
    }

    /// Checks every size before anything is allocated.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] for sizes that no network can be built from.
    pub fn validate(&self) -> Result<()> {
        let (channels, strides, dropout, hidden) = match self {
            Architecture::EmotionCnn(c) => (&c.channels, &c.strides, c.dropout, 1),
            Architecture::EmotionCnnGru(c) => (&c.channels, &c.strides, c.dropout, c.hidden),
        };
        let sizes = [self.n_mels(), self.n_labels(), hidden];
        let ok = !channels.is_empty()
            && channels.len() <= MAX_STAGES
            && channels.len() == strides.len()
            && channels
                .iter()
                .chain(&sizes)
                .all(|n| (1..=MAX_WIDTH).contains(n))
            && strides.iter().flatten().all(|s| (1..=8).contains(s))
            && (0.0..1.0).contains(&dropout);
        if ok {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: format!(
                "1 to {MAX_STAGES} stages with one stride (1 to 8) each, widths of 1 to {MAX_WIDTH}, dropout from 0 to below 1"
            ),
            actual: format!("{self:?}"),
        })
    }

    /// The network with fresh random parameters.
    ///
    /// # Errors
    /// As [`Architecture::validate`].
    pub fn init(&self, device: &Device) -> Result<EmotionNet> {
        self.validate()?;
        Ok(match self {
            Architecture::EmotionCnn(config) => EmotionNet::Cnn(config.init(device)),
            Architecture::EmotionCnnGru(config) => EmotionNet::CnnGru(config.init(device)),
        })
    }
}

impl EmotionNet {
    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        match self {
            EmotionNet::Cnn(net) => net.forward(input),
            EmotionNet::CnnGru(net) => net.forward(input),
        }
    }
}
