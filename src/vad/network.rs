//! The network that tells voices from other sounds.

use std::sync::LazyLock;

use super::segment::N_VAD_FEATURES;

/// The shipped network, made by `train vad`: its coefficients, little-endian.
const SHIPPED: &[u8] = include_bytes!("../weights/voice.f32");

// A file of another length would be a network of another shape.
const _: () = assert!(SHIPPED.len() == 4 * VadNetwork::N_COEFFICIENTS);

/// A network of [`N_VAD_FEATURES`] inputs, 64 hidden units and one logit.
#[derive(Debug, Clone, PartialEq)]
pub struct VadNetwork {
    coefficients: Vec<f32>,
}

impl VadNetwork {
    /// Hidden units.
    pub const N_HIDDEN: usize = 64;
    /// Number of coefficients of a network.
    pub const N_COEFFICIENTS: usize =
        2 * N_VAD_FEATURES + Self::N_HIDDEN * (N_VAD_FEATURES + 1) + Self::N_HIDDEN + 1;

    /// A network of the given coefficients; `None` unless they are
    /// [`N_COEFFICIENTS`](Self::N_COEFFICIENTS) finite numbers.
    pub fn new(coefficients: Vec<f32>) -> Option<VadNetwork> {
        let ok = coefficients.len() == Self::N_COEFFICIENTS
            && coefficients.iter().all(|value| value.is_finite());
        ok.then_some(VadNetwork { coefficients })
    }

    /// The network that ships.
    pub fn shipped() -> &'static VadNetwork {
        static NETWORK: LazyLock<VadNetwork> = LazyLock::new(|| {
            let (values, _) = SHIPPED.as_chunks::<4>();
            VadNetwork {
                coefficients: values.iter().copied().map(f32::from_le_bytes).collect(),
            }
        });
        &NETWORK
    }

    /// The mean of each feature; the inverse deviation of each feature; the weights and the bias of
    /// each hidden unit; the weights and the bias of the output.
    pub fn coefficients(&self) -> &[f32] {
        &self.coefficients
    }

    /// The logit for a voice in a segment with the given features.
    pub fn logit(&self, features: &[f32; N_VAD_FEATURES]) -> f32 {
        let (scaling, weights) = self.coefficients.split_at(2 * N_VAD_FEATURES);
        let (mean, inverse) = scaling.split_at(N_VAD_FEATURES);
        let (hidden, output) = weights.split_at(Self::N_HIDDEN * (N_VAD_FEATURES + 1));
        let scaled: [f32; N_VAD_FEATURES] = std::array::from_fn(|i| {
            // Beyond the range of the training data the network would extrapolate.
            ((features[i] - mean[i]) * inverse[i]).clamp(-4.0, 4.0)
        });
        let dot = |weights: &[f32], values: &[f32]| {
            let products = weights.iter().zip(values).map(|(w, v)| w * v);
            products.sum::<f32>() + weights[values.len()]
        };
        let mut units = [0.0; Self::N_HIDDEN];
        for (unit, weights) in units
            .iter_mut()
            .zip(hidden.chunks_exact(N_VAD_FEATURES + 1))
        {
            *unit = dot(weights, &scaled).tanh();
        }
        dot(output, &units)
    }
}
