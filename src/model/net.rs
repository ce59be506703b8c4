//! A network of any architecture behind one type.

use burn::module::Module;
use burn::tensor::Tensor;

use super::cnn::EmotionCnn;
use super::cnn_gru::EmotionCnnGru;
use super::ensemble::EmotionEnsemble;
use super::plain_cnn::PlainCnn;

/// A network of any architecture.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)] // There is one of it, not a list of them.
pub enum EmotionNet {
    /// See [`EmotionCnn`].
    Cnn(EmotionCnn),
    /// See [`EmotionCnnGru`].
    CnnGru(EmotionCnnGru),
    /// See [`EmotionEnsemble`].
    Ensemble(EmotionEnsemble),
    /// See [`PlainCnn`].
    Plain(PlainCnn),
}

impl EmotionNet {
    /// The logits of each member of an ensemble, whose mean [`forward`](Self::forward) gives; of any
    /// other network its own logits alone.
    pub fn forward_members(&self, input: Tensor<4>) -> Vec<Tensor<2>> {
        match self {
            EmotionNet::Ensemble(net) => net.forward_members(input),
            net => vec![net.forward(input)],
        }
    }

    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        match self {
            EmotionNet::Cnn(net) => net.forward(input),
            EmotionNet::CnnGru(net) => net.forward(input),
            EmotionNet::Ensemble(net) => net.forward(input),
            EmotionNet::Plain(net) => net.forward(input),
        }
    }
}
