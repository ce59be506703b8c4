//! The convolutional network: residual blocks and statistics pooling.

use burn::config::Config;
use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::blocks::{ConvStack, statistics_pool};

/// Configures an [`EmotionCnn`].
#[derive(Config, Debug, PartialEq)]
pub struct EmotionCnnConfig {
    /// Mel bands of the input.
    pub n_mels: usize,
    /// Labels, one logit each.
    pub n_labels: usize,
    /// Width of the stem, then of one residual block a stage.
    #[config(default = "vec![16, 24, 48, 64]")]
    pub channels: Vec<usize>,
    /// `[mel, time]` stride of the stem and of each stage.
    #[config(default = "vec![[2, 2], [2, 2], [2, 2], [2, 1]]")]
    pub strides: Vec<[usize; 2]>,
    /// Probability that a pooled feature is dropped in training.
    #[config(default = 0.3)]
    pub dropout: f64,
}

/// Residual convolutions with squeeze-and-excitation over the log-mel, mean and standard
/// deviation over time, one linear layer.
#[derive(Module, Debug)]
pub struct EmotionCnn {
    stack: ConvStack,
    dropout: Dropout,
    head: Linear,
}

impl EmotionCnnConfig {
    /// The network with fresh random parameters.
    pub fn init(&self, device: &Device) -> EmotionCnn {
        let features = ConvStack::features(&self.channels, &self.strides, self.n_mels);
        EmotionCnn {
            stack: ConvStack::new(&self.channels, &self.strides, device),
            dropout: DropoutConfig::new(self.dropout).init(),
            head: LinearConfig::new(2 * features, self.n_labels).init(device),
        }
    }
}

impl EmotionCnn {
    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        let pooled = statistics_pool(self.stack.forward(input));
        self.head.forward(self.dropout.forward(pooled))
    }
}
