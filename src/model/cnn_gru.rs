//! The recurrent network: convolutions, then a small bidirectional GRU over time.

use burn::config::Config;
use burn::module::Module;
use burn::nn::gru::{BiGru, BiGruConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::blocks::{ConvStack, statistics_pool};

/// Configures an [`EmotionCnnGru`].
#[derive(Config, Debug, PartialEq)]
pub struct EmotionCnnGruConfig {
    /// Mel bands of the input.
    pub n_mels: usize,
    /// Labels, one logit each.
    pub n_labels: usize,
    /// Width of the stem, then of one residual block a stage.
    #[config(default = "vec![16, 24, 48]")]
    pub channels: Vec<usize>,
    /// `[mel, time]` stride of the stem and of each stage.
    #[config(default = "vec![[2, 1], [2, 2], [2, 2]]")]
    pub strides: Vec<[usize; 2]>,
    /// Width of each direction of the GRU.
    #[config(default = 48)]
    pub hidden: usize,
    /// Probability that a feature is dropped in training, before the GRU and after pooling.
    #[config(default = 0.3)]
    pub dropout: f64,
}

/// Convolutions, one bidirectional GRU with a residual around it, mean and standard deviation
/// over time, one linear layer.
#[derive(Module, Debug)]
pub struct EmotionCnnGru {
    stack: ConvStack,
    project: Linear,
    gru: BiGru,
    dropout: Dropout,
    head: Linear,
}

impl EmotionCnnGruConfig {
    /// The network with fresh random parameters.
    pub fn init(&self, device: &Device) -> EmotionCnnGru {
        let features = ConvStack::features(&self.channels, &self.strides, self.n_mels);
        EmotionCnnGru {
            stack: ConvStack::new(&self.channels, &self.strides, device),
            project: LinearConfig::new(features, 2 * self.hidden).init(device),
            gru: BiGruConfig::new(2 * self.hidden, self.hidden, true)
                .with_batch_first(true)
                .init(device),
            dropout: DropoutConfig::new(self.dropout).init(),
            head: LinearConfig::new(4 * self.hidden, self.n_labels).init(device),
        }
    }
}

impl EmotionCnnGru {
    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        let steps = self.stack.forward(input).swap_dims(1, 2);
        let steps = self.dropout.forward(relu(self.project.forward(steps)));
        let recurrent = self.recur(steps.clone());
        let pooled = statistics_pool((steps + recurrent).swap_dims(1, 2));
        self.head.forward(self.dropout.forward(pooled))
    }

    fn recur(&self, steps: Tensor<3>) -> Tensor<3> {
        #[cfg(feature = "train")]
        if super::kernels::are_used_on(&steps.device()) {
            return super::kernels::recur(&self.gru, steps);
        }
        self.gru.forward(steps, None).0
    }
}
