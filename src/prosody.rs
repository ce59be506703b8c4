//! How something is said: the melody, loudness, rhythm and roughness of a voice, as a few figures.
//!
//! A network over mel bands hears the colour of a voice well and its pitch badly: harmonics lie closer
//! together than its bands. So the pitch is tracked from the samples themselves ([`pitch`]), and what
//! it does over a few seconds, with the level and the voiced and silent stretches, becomes
//! [`N_PROSODY`] figures ([`figures`]), much as in the sets that emotion research has used for long
//! (eGeMAPS; Eyben et al. 2016, doi:10.1109/TAFFC.2015.2457417). A [`ProsodyHead`] makes logits of
//! them, which are added to the network's.
//!
//! None of it depends on gain, and all of it on the past alone: on the frames that a window's
//! reference level is read from.

mod figures;
mod path;
mod pitch;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

pub use figures::N_PROSODY;
pub(crate) use figures::figures;
pub(crate) use pitch::{PitchFrame, PitchTracker};

/// Makes logits of the figures of a stretch: one linear layer, on standardised figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProsodyHead {
    /// Mean of each figure in the training data.
    pub mean: Vec<f32>,
    /// Its standard deviation.
    pub std: Vec<f32>,
    /// `[n_labels, n_figures]`, row-major: what a deviation of each figure adds to each logit.
    pub weights: Vec<f32>,
    /// What is added to each logit besides.
    pub bias: Vec<f32>,
}

impl ProsodyHead {
    /// Figures are taken as they are up to so many deviations from their mean: a voice that is far from
    /// every voice of the training data must not outvote the network.
    pub const MAX_DEVIATIONS: f32 = 5.0;

    /// Checks the values, for a network of `n_labels`.
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
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let ok = [mean.len(), std.len()] == [N_PROSODY; 2]
            && weights.len() == n_labels * N_PROSODY
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
                "a prosody head of {N_PROSODY} figures for {n_labels} labels, all finite, with positive deviations"
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

    /// What the figures of a stretch add to each logit.
    pub fn logits(&self, figures: &[f32; N_PROSODY]) -> Vec<f32> {
        let inputs = self.standardise(figures);
        let of_label = |(weights, bias): (&[f32; N_PROSODY], &f32)| {
            let products = weights.iter().zip(&inputs).map(|(w, x)| w * x);
            bias + products.sum::<f32>()
        };
        let (rows, _) = self.weights.as_chunks();
        rows.iter().zip(&self.bias).map(of_label).collect()
    }

    /// The figures as the linear layer takes them.
    pub fn standardise(&self, figures: &[f32; N_PROSODY]) -> [f32; N_PROSODY] {
        let mut inputs = *figures;
        for ((value, mean), std) in inputs.iter_mut().zip(&self.mean).zip(&self.std) {
            *value = ((*value - mean) / std).clamp(-Self::MAX_DEVIATIONS, Self::MAX_DEVIATIONS);
        }
        inputs
    }
}
