//! The parts that the CNN and the CNN+GRU share.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor};

/// A convolution without bias, followed by batch normalisation (which has one).
#[derive(Module, Debug)]
pub struct ConvNorm {
    conv: Conv2d,
    norm: BatchNorm,
}

impl ConvNorm {
    /// `kernel` by `kernel`, padded so that stride 1 keeps the size; `kernel` is odd.
    pub fn new(
        channels: [usize; 2],
        kernel: usize,
        stride: [usize; 2],
        device: &Device,
    ) -> ConvNorm {
        let pad = kernel / 2;
        ConvNorm {
            conv: Conv2dConfig::new(channels, [kernel, kernel])
                .with_stride(stride)
                .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
                .with_bias(false)
                .init(device),
            norm: BatchNormConfig::new(channels[1]).init(device),
        }
    }

    /// # Shapes
    /// `[batch, in, height, width]` to `[batch, out, height / stride, width / stride]`, rounded up.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        #[cfg(feature = "train")]
        if super::kernels::are_used_on(&input.device()) {
            return self.by_kernels(input, false);
        }
        self.norm.forward(self.conv.forward(input))
    }

    /// [`forward`](Self::forward), then a rectifier.
    pub fn forward_relu(&self, input: Tensor<4>) -> Tensor<4> {
        #[cfg(feature = "train")]
        if super::kernels::are_used_on(&input.device()) {
            return self.by_kernels(input, true);
        }
        relu(self.forward(input))
    }

    #[cfg(feature = "train")]
    fn by_kernels(&self, input: Tensor<4>, relu: bool) -> Tensor<4> {
        let convolved = super::kernels::convolve(input, self.conv.weight.val(), self.conv.stride);
        super::kernels::normalize(&self.norm, convolved, relu)
    }
}

/// Squeeze-and-excitation: scales each channel by what the whole map says of it
/// (Hu et al. 2018, arXiv:1709.01507).
#[derive(Module, Debug)]
pub struct SqueezeExcite {
    squeeze: Linear,
    excite: Linear,
}

impl SqueezeExcite {
    /// Through a bottleneck of an eighth of the channels, at least four.
    pub fn new(channels: usize, device: &Device) -> SqueezeExcite {
        let bottleneck = (channels / 8).max(4);
        SqueezeExcite {
            squeeze: LinearConfig::new(channels, bottleneck).init(device),
            excite: LinearConfig::new(bottleneck, channels).init(device),
        }
    }

    /// # Shapes
    /// `[batch, channels, height, width]`, unchanged.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = input.dims();
        let mean = input
            .clone()
            .reshape([batch, channels, height * width])
            .mean_dim(2)
            .reshape([batch, channels]);
        let scale = sigmoid(self.excite.forward(relu(self.squeeze.forward(mean))));
        input * scale.reshape([batch, channels, 1, 1])
    }
}

/// Two 3x3 convolutions with squeeze-and-excitation and a shortcut around them
/// (He et al. 2016, arXiv:1512.03385).
#[derive(Module, Debug)]
pub struct ResidualBlock {
    first: ConvNorm,
    second: ConvNorm,
    excite: SqueezeExcite,
    shortcut: Option<ConvNorm>,
}

impl ResidualBlock {
    /// The shortcut is a 1x1 convolution where the block changes the shape, else the input itself.
    pub fn new(channels: [usize; 2], stride: [usize; 2], device: &Device) -> ResidualBlock {
        let same_shape = channels[0] == channels[1] && stride == [1, 1];
        ResidualBlock {
            first: ConvNorm::new(channels, 3, stride, device),
            second: ConvNorm::new([channels[1], channels[1]], 3, [1, 1], device),
            excite: SqueezeExcite::new(channels[1], device),
            shortcut: (!same_shape).then(|| ConvNorm::new(channels, 1, stride, device)),
        }
    }

    /// # Shapes
    /// `[batch, in, height, width]` to `[batch, out, height / stride, width / stride]`, rounded up.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let inner = self.second.forward(self.first.forward_relu(input.clone()));
        let inner = self.excite.forward(inner);
        let around = match &self.shortcut {
            Some(conv) => conv.forward(input),
            None => input,
        };
        relu(inner + around)
    }
}

/// The convolutions shared by both networks: a strided stem, then one residual block a stage.
#[derive(Module, Debug)]
pub struct ConvStack {
    stem: ConvNorm,
    stages: Vec<ResidualBlock>,
}

impl ConvStack {
    /// `channels[0]` is the stem's width, the rest one stage each. `strides` has one `[mel, time]`
    /// pair for each of them, the stem's first.
    pub fn new(channels: &[usize], strides: &[[usize; 2]], device: &Device) -> ConvStack {
        ConvStack {
            stem: ConvNorm::new([1, channels[0]], 3, strides[0], device),
            stages: channels
                .windows(2)
                .zip(&strides[1..])
                .map(|(pair, &stride)| ResidualBlock::new([pair[0], pair[1]], stride, device))
                .collect(),
        }
    }

    /// # Shapes
    /// `[batch, 1, n_mels, n_frames]` to `[batch, channels * mel_rows, steps]`: the rows that are
    /// left of the mel axis stay apart, since a formant's place is what tells emotions apart.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<3> {
        let mut x = self.stem.forward_relu(input);
        for stage in &self.stages {
            x = stage.forward(x);
        }
        let [batch, channels, rows, steps] = x.dims();
        x.reshape([batch, channels * rows, steps])
    }

    /// Features a time step for input of `n_mels` bands.
    pub fn features(channels: &[usize], strides: &[[usize; 2]], n_mels: usize) -> usize {
        let rows = strides.iter().fold(n_mels, |rows, s| rows.div_ceil(s[0]));
        channels.last().map_or(0, |c| c * rows)
    }
}

/// Mean and standard deviation over time, side by side.
///
/// # Shapes
/// `[batch, features, steps]` to `[batch, 2 * features]`.
pub fn statistics_pool(input: Tensor<3>) -> Tensor<2> {
    let [batch, features, _] = input.dims();
    let mean = input.clone().mean_dim(2);
    let variance = (input - mean.clone()).powi_scalar(2).mean_dim(2);
    // The offset keeps the square root's gradient finite where a channel is constant.
    let deviation = (variance + 1e-5).sqrt();
    Tensor::cat(
        vec![
            mean.reshape([batch, features]),
            deviation.reshape([batch, features]),
        ],
        1,
    )
}
