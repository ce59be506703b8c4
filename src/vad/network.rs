//! The network that tells voices from other sounds, frame by frame.

use std::array;
use std::sync::{Arc, LazyLock};

use super::inputs::N_VAD_INPUTS;

/// The shipped network, made by `train vad`. A file of another length would not compile.
const SHIPPED: &[u8; LEN] = include_bytes!("../weights/vad.int8");

/// Units of the dense layer.
const N_DENSE: usize = 48;
/// Units of the recurrent layer.
const N_HIDDEN: usize = 64;
/// Update, reset and candidate of a recurrent unit.
const N_GATES: usize = 3 * N_HIDDEN;

/// A dense layer of 48 rectified units, a GRU of 64 units (Cho et al. 2014, arXiv:1406.1078, with the
/// reset after the product, as PyTorch has it) and one logit for each frame.
#[derive(Debug, Clone, PartialEq)]
pub struct VadNetwork {
    dense: Layer,
    input: Layer,
    recurrent: Layer,
    output: Layer,
}

/// The state of a [`VadNetwork`] between two frames; at first all zeros.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VadState([f32; N_HIDDEN]);

impl Default for VadState {
    fn default() -> VadState {
        VadState([0.0; N_HIDDEN])
    }
}

/// A product with a bias.
#[derive(Debug, Clone, PartialEq)]
struct Layer {
    /// `[inputs, outputs]`.
    weight: Vec<f32>,
    /// `[outputs]`.
    bias: Vec<f32>,
}

impl VadNetwork {
    /// Inputs and outputs of each layer: dense, the GRU's three gates (update, reset, candidate) for its
    /// input and for its state, output.
    pub const LAYERS: [[usize; 2]; 4] = [
        [N_VAD_INPUTS, N_DENSE],
        [N_DENSE, N_GATES],
        [N_HIDDEN, N_GATES],
        [N_HIDDEN, 1],
    ];

    /// Frames by which the network's answer follows its frame: 192 ms, in which a bark has ended and
    /// a word has not.
    pub const DELAY: usize = 12;

    /// The bytes of a network of weights `[inputs, outputs]` and biases, in the order of
    /// [`LAYERS`](Self::LAYERS); `None` where their numbers are not finite or not as many.
    ///
    /// Each layer is a scale for each output, the biases (`f32`, little-endian), and the weights over
    /// their output's scale (`i8`).
    pub fn encode(layers: [(&[f32], &[f32]); 4]) -> Option<Vec<u8>> {
        let ok = layers
            .iter()
            .zip(Self::LAYERS)
            .all(|((weight, bias), [inputs, outputs])| {
                let mut values = weight.iter().chain(*bias);
                weight.len() == inputs * outputs
                    && bias.len() == outputs
                    && values.all(|value| value.is_finite())
            });
        let bytes = || {
            layers
                .iter()
                .flat_map(|(weight, bias)| layer_bytes(weight, bias))
        };
        ok.then(|| bytes().collect())
    }

    /// The network that ships.
    pub fn shipped() -> Arc<VadNetwork> {
        static NETWORK: LazyLock<Arc<VadNetwork>> =
            LazyLock::new(|| Arc::new(VadNetwork::read(SHIPPED)));
        NETWORK.clone()
    }

    /// Reads the bytes of [`encode`](Self::encode); `None` for another number of them.
    pub fn from_bytes(bytes: &[u8]) -> Option<VadNetwork> {
        bytes.try_into().ok().map(VadNetwork::read)
    }

    fn read(bytes: &[u8; LEN]) -> VadNetwork {
        let mut rest = &bytes[..];
        let [dense, input, recurrent, output] = Self::LAYERS.map(|[inputs, outputs]| {
            let (layer, after) = rest.split_at(layer_len(inputs, outputs));
            rest = after;
            Layer::from_bytes(layer, outputs)
        });
        VadNetwork {
            dense,
            input,
            recurrent,
            output,
        }
    }

    /// The logit for a voice [`DELAY`](Self::DELAY) frames ago, from the inputs of the next frame.
    pub(super) fn step(&self, inputs: &[f32; N_VAD_INPUTS], state: &mut VadState) -> f32 {
        let dense: [f32; N_DENSE] = self.dense.apply(inputs);
        let x: [f32; N_GATES] = self.input.apply(&dense.map(|unit| unit.max(0.0)));
        let h: [f32; N_GATES] = self.recurrent.apply(&state.0);
        for unit in 0..N_HIDDEN {
            let gate = |gate: usize| [x, h].map(|products| products[gate * N_HIDDEN + unit]);
            let [update, reset] = [gate(0), gate(1)].map(|[x, h]| sigmoid(x + h));
            let [x, h] = gate(2);
            let candidate = (x + reset * h).tanh();
            state.0[unit] = (1.0 - update) * candidate + update * state.0[unit];
        }
        let [logit] = self.output.apply(&state.0);
        logit
    }

    /// The logits of consecutive frames from the first on.
    pub fn logits(&self, inputs: &[[f32; N_VAD_INPUTS]]) -> Vec<f32> {
        let mut state = VadState::default();
        inputs
            .iter()
            .map(|inputs| self.step(inputs, &mut state))
            .collect()
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

impl Layer {
    /// Outputs for an input. Sums over the outputs, which lie side by side, are vector operations.
    fn apply<const OUT: usize>(&self, inputs: &[f32]) -> [f32; OUT] {
        let mut sums: [f32; OUT] = array::from_fn(|output| self.bias[output]);
        for (&input, weights) in inputs.iter().zip(self.weight.chunks_exact(OUT)) {
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += input * weight;
            }
        }
        sums
    }

    fn from_bytes(bytes: &[u8], outputs: usize) -> Layer {
        let (floats, weights) = bytes.split_at(8 * outputs);
        let (floats, _) = floats.as_chunks::<4>();
        let floats: Vec<f32> = floats.iter().copied().map(f32::from_le_bytes).collect();
        let (scales, bias) = floats.split_at(outputs);
        let scaled = |(weight, scale): (&u8, &f32)| f32::from(weight.cast_signed()) * scale;
        Layer {
            weight: weights
                .iter()
                .zip(scales.iter().cycle())
                .map(scaled)
                .collect(),
            bias: bias.to_vec(),
        }
    }
}

/// Bytes of a network in a file.
const LEN: usize = {
    let (mut len, mut layer) = (0, 0);
    while layer < VadNetwork::LAYERS.len() {
        let [inputs, outputs] = VadNetwork::LAYERS[layer];
        len += layer_len(inputs, outputs);
        layer += 1;
    }
    len
};

/// Bytes of a layer in a file.
const fn layer_len(inputs: usize, outputs: usize) -> usize {
    outputs * (8 + inputs)
}

fn layer_bytes(weight: &[f32], bias: &[f32]) -> Vec<u8> {
    let outputs = bias.len();
    let scales: Vec<f32> = (0..outputs)
        .map(|output| {
            let column = weight.iter().skip(output).step_by(outputs);
            let largest = column.fold(0.0f32, |largest, weight| largest.max(weight.abs()));
            largest.max(f32::MIN_POSITIVE) / 127.0
        })
        .collect();
    let floats = scales
        .iter()
        .chain(bias)
        .flat_map(|value| value.to_le_bytes());
    let round = |(weight, scale): (&f32, &f32)| ((weight / scale).round() as i8).cast_unsigned();
    floats
        .chain(weight.iter().zip(scales.iter().cycle()).map(round))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_networks_are_read() {
        VadNetwork::shipped();
        assert_eq!(VadNetwork::from_bytes(&SHIPPED[1..]), None);
        assert_eq!(VadNetwork::from_bytes(&[&SHIPPED[..], &[0]].concat()), None);
    }

    #[test]
    fn weights_are_kept_to_eight_bits_of_their_output() {
        let weights = VadNetwork::LAYERS.map(|[inputs, outputs]| {
            let weight = |i| ((i * i) as f32).sin();
            (0..inputs * outputs).map(weight).collect::<Vec<f32>>()
        });
        let biases = VadNetwork::LAYERS.map(|[_, outputs]| vec![0.5; outputs]);
        let layers = array::from_fn(|i| (weights[i].as_slice(), biases[i].as_slice()));
        let bytes = VadNetwork::encode(layers).unwrap();
        assert_eq!(bytes.len(), SHIPPED.len());
        let network = VadNetwork::from_bytes(&bytes).unwrap();
        for (kept, weight) in network.recurrent.weight.iter().zip(&weights[2]) {
            assert!((kept - weight).abs() < 0.51 / 127.0, "{kept} {weight}");
        }
        assert_eq!(network.recurrent.bias, biases[2]);

        let mut short = layers;
        short[0].0 = &weights[0][1..];
        assert_eq!(VadNetwork::encode(short), None);
        let mut bad = layers;
        bad[3].1 = &[f32::NAN];
        assert_eq!(VadNetwork::encode(bad), None);
    }
}
