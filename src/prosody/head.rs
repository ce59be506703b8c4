//! From prosody functionals to logits.

use serde::{Deserialize, Serialize};

use super::pitch_functionals::N_PITCH_FUNCTIONALS;
use super::window::N_PROSODY_FUNCTIONALS;
use crate::error::{Error, Result};

/// The linear layer from standardised prosody functionals to logits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProsodyHead {
    /// Mean of each functional in the training data: of all [`N_PROSODY_FUNCTIONALS`], or of the
    /// first [`N_PITCH_FUNCTIONALS`].
    pub mean: Vec<f32>,
    /// Standard deviation of each functional in the training data.
    pub std: Vec<f32>,
    /// Weights `[n_labels, n_functionals]`, row-major.
    pub weights: Vec<f32>,
    /// Bias of each logit.
    pub bias: Vec<f32>,
}

impl ProsodyHead {
    /// Standardised functionals are clamped to this many deviations: a voice far from every voice of
    /// the training data must not outvote the network.
    pub const MAX_DEVIATIONS: f32 = 5.0;

    /// Number of functionals that the layer takes.
    pub fn n_functionals(&self) -> usize {
        self.mean.len()
    }

    /// Checks the values and that they fit `n_labels`.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`].
    pub fn validate(&self, n_labels: usize) -> Result<()> {
        let Self {
            mean,
            std,
            weights,
            bias,
        } = self;
        let n_functionals = self.n_functionals();
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let ok = [N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS].contains(&n_functionals)
            && std.len() == n_functionals
            && weights.len() == n_labels * n_functionals
            && bias.len() == n_labels
            && std.iter().all(|std| *std > 0.0)
            && [mean, std, weights, bias]
                .into_iter()
                .all(|values| finite(values));
        if ok {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: format!(
                "a prosody head of {N_PROSODY_FUNCTIONALS} or {N_PITCH_FUNCTIONALS} functionals for {n_labels} labels, all finite, with positive deviations"
            ),
            actual: format!(
                "{} means, {} deviations, {} weights, {} biases",
                mean.len(),
                std.len(),
                weights.len(),
                bias.len()
            ),
        })
    }

    /// The logits for the functionals of a window. Functionals after the first
    /// [`n_functionals`](Self::n_functionals) are ignored.
    pub fn logits(&self, functionals: &[f32]) -> Vec<f32> {
        let inputs = self.standardise(functionals);
        let rows = self.weights.chunks_exact(inputs.len());
        let of_label = |(weights, bias): (&[f32], &f32)| {
            let products = weights.iter().zip(&inputs).map(|(w, x)| w * x);
            bias + products.sum::<f32>()
        };
        rows.zip(&self.bias).map(of_label).collect()
    }

    /// The functionals in deviations from their means, clamped: the input of the linear layer.
    pub fn standardise(&self, functionals: &[f32]) -> Vec<f32> {
        let scales = self.mean.iter().zip(&self.std);
        let deviations = functionals
            .iter()
            .zip(scales)
            .map(|(x, (mean, std))| (x - mean) / std);
        deviations
            .map(|x| x.clamp(-Self::MAX_DEVIATIONS, Self::MAX_DEVIATIONS))
            .collect()
    }
}
