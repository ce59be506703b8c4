//! Multiply-adds that each network takes for one window, counted from its configuration.
//!
//! The count holds the products of convolutions, linear layers and recurrent gates, each with its
//! addition as one. It leaves out operations of one step a value or less (normalisation, activations,
//! pooling, scaling by squeeze-and-excitation), a few percent, and everything outside the networks:
//! spectra, pitch, prosody and voice activity.

use super::architecture::Architecture;
use super::cnn::EmotionCnnConfig;
use super::cnn_gru::EmotionCnnGruConfig;
use super::plain_cnn::PlainCnnConfig;

/// A `kernel` by `kernel` convolution to maps of `output` rows and columns:
/// `in * out * kernel^2 * rows * columns`.
pub fn conv_cost(channels: [usize; 2], kernel: usize, output: [usize; 2]) -> u64 {
    product(&[
        channels[0],
        channels[1],
        kernel,
        kernel,
        output[0],
        output[1],
    ])
}

/// A linear layer: `in * out`.
pub fn linear_cost(inputs: usize, outputs: usize) -> u64 {
    product(&[inputs, outputs])
}

/// One direction of a GRU over `steps`: three gates, each of which sees the input and the state,
/// `3 * hidden * (in + hidden) * steps`.
pub fn gru_cost(inputs: usize, hidden: usize, steps: usize) -> u64 {
    product(&[3, hidden, inputs + hidden, steps])
}

/// The size of a map after a stride, with padding that keeps it at stride 1.
pub fn strided(size: [usize; 2], stride: [usize; 2]) -> [usize; 2] {
    [size[0].div_ceil(stride[0]), size[1].div_ceil(stride[1])]
}

/// [`ConvStack`](super::blocks::ConvStack) over a map of `size`, and the size that it leaves.
fn conv_stack_cost(
    channels: &[usize],
    strides: &[[usize; 2]],
    mut size: [usize; 2],
) -> (u64, [usize; 2]) {
    size = strided(size, strides[0]);
    let mut cost = conv_cost([1, channels[0]], 3, size);
    for (pair, &stride) in channels.windows(2).zip(&strides[1..]) {
        size = strided(size, stride);
        cost += residual_block_cost([pair[0], pair[1]], stride, size);
    }
    (cost, size)
}

/// [`ResidualBlock`](super::blocks::ResidualBlock) to maps of `output`.
fn residual_block_cost(channels: [usize; 2], stride: [usize; 2], output: [usize; 2]) -> u64 {
    let wide = channels[1];
    let bottleneck = (wide / 8).max(4);
    let shortcut = match channels[0] == wide && stride == [1, 1] {
        true => 0,
        false => conv_cost(channels, 1, output),
    };
    conv_cost(channels, 3, output)
        + conv_cost([wide, wide], 3, output)
        + 2 * linear_cost(wide, bottleneck)
        + shortcut
}

fn product(factors: &[usize]) -> u64 {
    factors.iter().map(|&factor| factor as u64).product()
}

impl EmotionCnnConfig {
    /// Multiply-adds of a window of `n_frames`.
    pub fn multiply_adds(&self, n_frames: usize) -> u64 {
        let size = [self.n_mels, n_frames];
        let (stack, [rows, _]) = conv_stack_cost(&self.channels, &self.strides, size);
        let features = self.channels.last().map_or(0, |wide| wide * rows);
        stack + linear_cost(2 * features, self.n_labels)
    }
}

impl EmotionCnnGruConfig {
    /// Multiply-adds of a window of `n_frames`.
    pub fn multiply_adds(&self, n_frames: usize) -> u64 {
        let size = [self.n_mels, n_frames];
        let (stack, [rows, steps]) = conv_stack_cost(&self.channels, &self.strides, size);
        let features = self.channels.last().map_or(0, |wide| wide * rows);
        let width = 2 * self.hidden;
        stack
            + steps as u64 * linear_cost(features, width)
            + 2 * gru_cost(width, self.hidden, steps)
            + linear_cost(2 * width, self.n_labels)
    }
}

impl PlainCnnConfig {
    /// Multiply-adds of a window of `n_frames`, which is the configured one.
    pub fn multiply_adds(&self, n_frames: usize) -> u64 {
        let mut size = [self.n_mels, n_frames];
        let mut cost =
            linear_cost(self.flattened(), self.hidden) + linear_cost(self.hidden, self.n_labels);
        let inputs = std::iter::once(&1).chain(&self.channels);
        for (&from, &to) in inputs.zip(&self.channels) {
            cost += conv_cost([from, to], 3, size);
            size = size.map(|places| places / 2);
        }
        cost
    }
}

impl Architecture {
    /// Multiply-adds of a window of `n_frames`: the products of convolutions, linear layers and
    /// recurrent gates. The configuration must be [valid](Architecture::validate).
    pub fn multiply_adds(&self, n_frames: usize) -> u64 {
        match self {
            Architecture::EmotionCnn(config) => config.multiply_adds(n_frames),
            Architecture::EmotionCnnGru(config) => config.multiply_adds(n_frames),
            Architecture::EmotionEnsemble(config) => {
                let members = config.members.iter();
                members.map(|member| member.multiply_adds(n_frames)).sum()
            }
            Architecture::PlainCnn(config) => config.multiply_adds(n_frames),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_cost_what_a_hand_counts() {
        // 3 maps to 2 with 9 taps on 4 x 5 places.
        assert_eq!(conv_cost([3, 2], 3, [4, 5]), 1_080);
        assert_eq!(linear_cost(7, 3), 21);
        // Three gates of 4 cells that see 6 inputs and 4 states, 10 times.
        assert_eq!(gru_cost(6, 4, 10), 1_200);
        assert_eq!(strided([64, 127], [2, 2]), [32, 64]);
    }

    /// 8 bands, 10 frames, stem of 4 and one stage of 8, both with stride 2.
    #[test]
    fn a_small_cnn_costs_what_a_hand_counts() {
        let config = EmotionCnnConfig::new(8, 3)
            .with_channels(vec![4, 8])
            .with_strides(vec![[2, 2], [2, 2]]);
        let stem = 9 * 4 * (4 * 5);
        let block = (9 * 4 * 8 + 9 * 8 * 8 + 4 * 8) * (2 * 3) + 8 * 4 + 4 * 8;
        let head = 2 * (8 * 2) * 3;
        assert_eq!(config.multiply_adds(10), stem + block + head);
        let same = residual_block_cost([8, 8], [1, 1], [2, 3]);
        assert_eq!(same, 2 * 9 * 8 * 8 * 6 + 64, "no shortcut convolution");
    }

    #[test]
    fn a_small_plain_network_costs_what_a_hand_counts() {
        let config = PlainCnnConfig::new(8, 10, 3)
            .with_channels(vec![2, 4])
            .with_hidden(5);
        let convolutions = 9 * 2 * (8 * 10) + 9 * 2 * 4 * (4 * 5);
        let layers = 4 * (2 * 2) * 5 + 5 * 3;
        assert_eq!(config.multiply_adds(10), convolutions + layers);
    }

    #[test]
    fn a_small_recurrent_network_costs_what_a_hand_counts() {
        let config = EmotionCnnGruConfig::new(8, 3)
            .with_channels(vec![4])
            .with_strides(vec![[2, 1]])
            .with_hidden(5);
        let stem = 9 * 4 * (4 * 10);
        let project = (4 * 4) * 10 * 10;
        let gru = 2 * (3 * 5 * (10 + 5) * 10);
        let head = 20 * 3;
        assert_eq!(config.multiply_adds(10), stem + project + gru + head);
    }
}
