//! The networks: normalised log-mel windows in, logits out.
//!
//! They know nothing of audio: the input is `[batch, 1, n_mels, n_frames]`.

mod blocks;
mod cnn;
mod cnn_gru;
mod committee;
mod cost;
mod parameters;
mod plain_cnn;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

pub use cnn::{EmotionCnn, EmotionCnnConfig};
pub use cnn_gru::{EmotionCnnGru, EmotionCnnGruConfig};
pub use committee::{EmotionCommittee, EmotionCommitteeConfig};
pub use parameters::TensorInfo;
pub use plain_cnn::{PlainCnn, PlainCnnConfig};

use crate::{Error, Result};

/// Which network a model file holds, with its configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Architecture {
    /// Residual convolutions.
    EmotionCnn(EmotionCnnConfig),
    /// Convolutions and a bidirectional GRU.
    EmotionCnnGru(EmotionCnnGruConfig),
    /// Several of the others, voting: what ships is one of a CNN and a CNN+GRU.
    EmotionCommittee(EmotionCommitteeConfig),
    /// Plain convolutions and fully connected layers, the baseline.
    PlainCnn(PlainCnnConfig),
}

/// A network of any architecture.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // There is one of it, not a list of them.
pub enum EmotionNet {
    /// See [`EmotionCnn`].
    Cnn(EmotionCnn),
    /// See [`EmotionCnnGru`].
    CnnGru(EmotionCnnGru),
    /// See [`EmotionCommittee`].
    Committee(EmotionCommittee),
    /// See [`PlainCnn`].
    Plain(PlainCnn),
}

/// Widest layer and longest stack that a configuration may ask for, so that a forged file cannot
/// ask for more memory than there is.
const MAX_WIDTH: usize = 2048;
const MAX_STAGES: usize = 16;
const MAX_FLATTENED: usize = 1 << 16;

/// What a window may cost: 16 times what the default does. Parameters and values between layers
/// are not more than that either, so it is a limit on memory as well.
const MAX_MULTIPLY_ADDS: u64 = 1 << 29;

impl Architecture {
    /// The name as model files and the JavaScript API show it.
    pub fn name(&self) -> &'static str {
        match self {
            Architecture::EmotionCnn(_) => "emotion-cnn",
            Architecture::EmotionCnnGru(_) => "emotion-cnn-gru",
            Architecture::EmotionCommittee(_) => "emotion-committee",
            Architecture::PlainCnn(_) => "plain-cnn",
        }
    }

    /// Mel bands that the network takes.
    pub fn n_mels(&self) -> usize {
        match self {
            Architecture::EmotionCnn(c) => c.n_mels,
            Architecture::EmotionCnnGru(c) => c.n_mels,
            Architecture::EmotionCommittee(c) => c.members.first().map_or(0, Architecture::n_mels),
            Architecture::PlainCnn(c) => c.n_mels,
        }
    }

    /// Frames that the network takes, where it cannot take any other number.
    pub fn n_frames(&self) -> Option<usize> {
        match self {
            Architecture::EmotionCnn(_) | Architecture::EmotionCnnGru(_) => None,
            Architecture::EmotionCommittee(c) => c.members.iter().find_map(Architecture::n_frames),
            Architecture::PlainCnn(c) => Some(c.n_frames),
        }
    }

    /// Logits that the network gives.
    pub fn n_labels(&self) -> usize {
        match self {
            Architecture::EmotionCnn(c) => c.n_labels,
            Architecture::EmotionCnnGru(c) => c.n_labels,
            Architecture::EmotionCommittee(c) => {
                c.members.first().map_or(0, Architecture::n_labels)
            }
            Architecture::PlainCnn(c) => c.n_labels,
        }
    }

    /// Checks every size before anything is allocated.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] for sizes that no network can be built from.
    pub fn validate(&self) -> Result<()> {
        let (channels, hidden, dropout, strides) = match self {
            Architecture::EmotionCnn(c) => (&c.channels, 1, c.dropout, Some(&c.strides)),
            Architecture::EmotionCnnGru(c) => (&c.channels, c.hidden, c.dropout, Some(&c.strides)),
            Architecture::EmotionCommittee(c) => return c.validate(),
            Architecture::PlainCnn(c) => (&c.channels, c.hidden, c.dropout, None),
        };
        let sizes = [self.n_mels(), self.n_labels(), hidden];
        let mut ok = (1..=MAX_STAGES).contains(&channels.len())
            && channels
                .iter()
                .chain(&sizes)
                .all(|n| (1..=MAX_WIDTH).contains(n))
            && (0.0..1.0).contains(&dropout);
        if let Some(strides) = strides {
            ok &= strides.len() == channels.len()
                && strides.iter().flatten().all(|s| (1..=8).contains(s));
        }
        if let Architecture::PlainCnn(c) = self {
            ok &= (1..=MAX_WIDTH).contains(&c.n_frames)
                && (1..=MAX_FLATTENED).contains(&c.flattened());
        }
        if ok {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: format!(
                "1 to {MAX_STAGES} stages with one stride (1 to 8) each, widths of 1 to {MAX_WIDTH}, 1 to {MAX_FLATTENED} flattened features, dropout from 0 to below 1"
            ),
            actual: format!("{self:?}"),
        })
    }

    /// Checks what a window of `n_frames` costs, before anything is allocated. The configuration
    /// must be [valid](Self::validate).
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] for more than half a billion multiply-adds.
    pub fn validate_cost(&self, n_frames: usize) -> Result<()> {
        match self.multiply_adds(n_frames) {
            ..=MAX_MULTIPLY_ADDS => Ok(()),
            cost => Err(Error::ModelMismatch {
                expected: format!(
                    "a network of at most {MAX_MULTIPLY_ADDS} multiply-adds a window"
                ),
                actual: format!("{cost} for {n_frames} frames"),
            }),
        }
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
            Architecture::EmotionCommittee(config) => EmotionNet::Committee(config.init(device)?),
            Architecture::PlainCnn(config) => EmotionNet::Plain(config.init(device)),
        })
    }
}

impl EmotionNet {
    /// The logits that [`forward`](Self::forward) is the mean of: of each member of a committee,
    /// else the one network's own.
    pub fn forward_members(&self, input: Tensor<4>) -> Vec<Tensor<2>> {
        match self {
            EmotionNet::Committee(net) => net.forward_members(input),
            net => vec![net.forward(input)],
        }
    }

    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        match self {
            EmotionNet::Cnn(net) => net.forward(input),
            EmotionNet::CnnGru(net) => net.forward(input),
            EmotionNet::Committee(net) => net.forward(input),
            EmotionNet::Plain(net) => net.forward(input),
        }
    }
}
