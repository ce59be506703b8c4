//! The choice of a network and its sizes, as a model file and a recipe write them.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::cnn::EmotionCnnConfig;
use super::cnn_gru::EmotionCnnGruConfig;
use super::ensemble::EmotionEnsembleConfig;
use super::net::EmotionNet;
use super::plain_cnn::PlainCnnConfig;
use crate::{Error, Result};

/// A network's kind and configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Architecture {
    /// Residual convolutions.
    EmotionCnn(EmotionCnnConfig),
    /// Convolutions and a bidirectional GRU.
    EmotionCnnGru(EmotionCnnGruConfig),
    /// An ensemble of the other networks. The shipped default is a CNN beside a CNN+GRU.
    EmotionEnsemble(EmotionEnsembleConfig),
    /// Plain convolutions and fully connected layers, the baseline.
    PlainCnn(PlainCnnConfig),
}

/// Widest layer and longest stack that a configuration may ask for, so that a forged file cannot
/// ask for more memory than there is.
const MAX_WIDTH: usize = 2048;
const MAX_STAGES: usize = 16;
const MAX_FLATTENED: usize = 1 << 16;

/// Most multiply-adds of a window, 16 times those of the default. Neither parameters nor values
/// between layers outnumber multiply-adds, so this limits memory as well.
const MAX_MULTIPLY_ADDS: u64 = 1 << 29;

impl Architecture {
    /// The name as model files and the JavaScript API show it.
    pub fn name(&self) -> &'static str {
        match self {
            Architecture::EmotionCnn(_) => "emotion-cnn",
            Architecture::EmotionCnnGru(_) => "emotion-cnn-gru",
            Architecture::EmotionEnsemble(_) => "emotion-ensemble",
            Architecture::PlainCnn(_) => "plain-cnn",
        }
    }

    /// Mel bands of the network's input.
    pub fn n_mels(&self) -> usize {
        match self {
            Architecture::EmotionCnn(c) => c.n_mels,
            Architecture::EmotionCnnGru(c) => c.n_mels,
            Architecture::EmotionEnsemble(c) => c.members.first().map_or(0, Architecture::n_mels),
            Architecture::PlainCnn(c) => c.n_mels,
        }
    }

    /// Frames of the network's input; `None` for a network that takes any number of frames.
    pub fn n_frames(&self) -> Option<usize> {
        match self {
            Architecture::EmotionCnn(_) | Architecture::EmotionCnnGru(_) => None,
            Architecture::EmotionEnsemble(c) => c.members.iter().find_map(Architecture::n_frames),
            Architecture::PlainCnn(c) => Some(c.n_frames),
        }
    }

    /// Logits of the network's output, one a label.
    pub fn n_labels(&self) -> usize {
        match self {
            Architecture::EmotionCnn(c) => c.n_labels,
            Architecture::EmotionCnnGru(c) => c.n_labels,
            Architecture::EmotionEnsemble(c) => c.members.first().map_or(0, Architecture::n_labels),
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
            Architecture::EmotionEnsemble(c) => return c.validate(),
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

    /// Checks the cost of a window of `n_frames` before anything is allocated. The configuration
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
            Architecture::EmotionEnsemble(config) => EmotionNet::Ensemble(config.init(device)?),
            Architecture::PlainCnn(config) => EmotionNet::Plain(config.init(device)),
        })
    }
}
