//! How something is said: the melody, loudness, rhythm, roughness and colour of a voice, as figures.
//!
//! A network over mel bands hears the colour of a voice well and its pitch badly: harmonics lie closer
//! together than its bands. So the pitch is tracked from the samples themselves ([`pitch`]). What it
//! does over a few seconds, with the level and the voiced and silent stretches, becomes a few figures
//! ([`figures`]), much as in the sets that emotion research has used for long (eGeMAPS; Eyben et al.
//! 2016, doi:10.1109/TAFFC.2015.2457417); and what every contour that is heard ([`contours`]) does over
//! them becomes many ([`functionals`]), as in its larger sets (ComParE). A [`ProsodyHead`] makes logits of
//! these [`N_PROSODY`] figures, which are added to the network's.
//!
//! None of it depends on gain, and all of it on the past alone: on the frames that a window's
//! reference level is read from.

mod contours;
mod figures;
mod functionals;
mod passage;
mod path;
mod pitch;
mod statistics;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};
use contours::{N_CONTOURS, contours};
use figures::figures;
use functionals::{N_FUNCTIONALS, functionals};
use passage::Passage;

pub use figures::N_MELODY;
pub(crate) use pitch::{PitchFrame, PitchTracker};

/// Figures of a passage: [`N_MELODY`] of pitch, level and rhythm, then those of each contour in turn.
pub const N_PROSODY: usize = N_MELODY + N_CONTOURS * N_FUNCTIONALS;

/// The figures of a passage: of its frames of pitch, and of the bands of as many `frames`, in dB below the
/// loudest of all.
pub(crate) fn prosody(pitch: &[PitchFrame], frames: &[Vec<f32>]) -> Vec<f32> {
    let passage = Passage::new(pitch);
    let mut all = Vec::with_capacity(N_PROSODY);
    all.extend(figures(&passage));
    for contour in contours(&passage, frames) {
        functionals(&contour, &mut all);
    }
    all
}

/// Makes logits of the figures of a passage: one linear layer, on standardised figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProsodyHead {
    /// Mean of each figure in the training data: of all [`N_PROSODY`], or of the first [`N_MELODY`].
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

    /// Figures that it asks for.
    pub fn n_figures(&self) -> usize {
        self.mean.len()
    }

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
        let n_figures = self.n_figures();
        let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
        let ok = [N_MELODY, N_PROSODY].contains(&n_figures)
            && std.len() == n_figures
            && weights.len() == n_labels * n_figures
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
                "a prosody head of {N_PROSODY} or {N_MELODY} figures for {n_labels} labels, all finite, with positive deviations"
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

    /// What the figures of a passage, of which there may be more than it asks for, add to each logit.
    pub fn logits(&self, figures: &[f32]) -> Vec<f32> {
        let inputs = self.standardise(figures);
        let rows = self.weights.chunks_exact(inputs.len());
        let of_label = |(weights, bias): (&[f32], &f32)| {
            let products = weights.iter().zip(&inputs).map(|(w, x)| w * x);
            bias + products.sum::<f32>()
        };
        rows.zip(&self.bias).map(of_label).collect()
    }

    /// The figures as the linear layer takes them.
    pub fn standardise(&self, figures: &[f32]) -> Vec<f32> {
        let scales = self.mean.iter().zip(&self.std);
        let deviations = figures
            .iter()
            .zip(scales)
            .map(|(x, (mean, std))| (x - mean) / std);
        deviations
            .map(|x| x.clamp(-Self::MAX_DEVIATIONS, Self::MAX_DEVIATIONS))
            .collect()
    }
}
