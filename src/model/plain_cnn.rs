//! The baseline: plain convolutions, flattened, and fully connected layers.

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d,
};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

/// Configures a [`PlainCnn`].
#[derive(Config, Debug, PartialEq)]
pub struct PlainCnnConfig {
    /// Mel bands of the input.
    pub n_mels: usize,
    /// Frames of the input: the flattened map has one weight for each place in it.
    pub n_frames: usize,
    /// Labels, one logit each.
    pub n_labels: usize,
    /// Width of each convolution; each halves both axes.
    #[config(default = "vec![16, 32, 64]")]
    pub channels: Vec<usize>,
    /// Width of the hidden layer.
    #[config(default = 128)]
    pub hidden: usize,
    /// Probability that a hidden feature is dropped in training.
    #[config(default = 0.3)]
    pub dropout: f64,
}

/// Three 3x3 convolutions with batch normalisation, ReLU and 2x2 max-pooling, flattened into two
/// fully connected layers: what the first emotion recognisers on spectrograms were.
#[derive(Module, Debug)]
pub struct PlainCnn {
    stages: Vec<PlainStage>,
    hidden: Linear,
    dropout: Dropout,
    head: Linear,
}

#[derive(Module, Debug)]
struct PlainStage {
    conv: Conv2d,
    norm: BatchNorm,
    pool: MaxPool2d,
}

impl PlainCnnConfig {
    /// Features of the flattened map: an axis that does not divide by two loses its last place.
    pub fn flattened(&self) -> usize {
        let halve = |n: usize| n >> self.channels.len();
        self.channels.last().map_or(0, |channels| {
            channels * halve(self.n_mels) * halve(self.n_frames)
        })
    }

    /// The network with fresh random parameters.
    pub fn init(&self, device: &Device) -> PlainCnn {
        let inputs = std::iter::once(&1).chain(&self.channels);
        PlainCnn {
            stages: inputs
                .zip(&self.channels)
                .map(|(&from, &to)| PlainStage {
                    conv: Conv2dConfig::new([from, to], [3, 3])
                        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                        .init(device),
                    norm: BatchNormConfig::new(to).init(device),
                    pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
                })
                .collect(),
            hidden: LinearConfig::new(self.flattened(), self.hidden).init(device),
            dropout: DropoutConfig::new(self.dropout).init(),
            head: LinearConfig::new(self.hidden, self.n_labels).init(device),
        }
    }
}

impl PlainCnn {
    /// # Shapes
    /// Normalised log-mel `[batch, 1, n_mels, n_frames]` to logits `[batch, n_labels]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<2> {
        let map = self.stages.iter().fold(input, |map, stage| {
            stage
                .pool
                .forward(relu(stage.norm.forward(stage.conv.forward(map))))
        });
        let hidden = relu(self.hidden.forward(map.flatten(1, 3)));
        self.head.forward(self.dropout.forward(hidden))
    }
}
