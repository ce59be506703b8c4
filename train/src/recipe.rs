//! How a model is trained, apart from the data.

use emotionai_voice::{
    Architecture, Emotion, EmotionCnnConfig, EmotionCnnGruConfig, FeatureConfig, Gate, WindowConfig,
};
use serde::{Deserialize, Serialize};

use crate::augment::{Augment, SpecAugment};

/// Everything that shapes the result beside the recordings and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The network.
    pub architecture: Architecture,
    /// Its frames.
    pub features: FeatureConfig,
    /// Its windows.
    pub windows: WindowConfig,
    /// Which windows hold speech.
    pub gate: Gate,
    /// Dynamic range of the features, in dB.
    pub range_db: f32,
    /// Passes over the recordings, one window of each a pass.
    pub epochs: usize,
    /// Windows in a step.
    pub batch_size: usize,
    /// Peak of the one-cycle learning rate.
    pub learning_rate: f64,
    /// AdamW's weight decay.
    pub weight_decay: f32,
    /// Probability that is spread over all labels.
    pub label_smoothing: f32,
    /// Largest share of the second window in a mix of two.
    pub mixup: f32,
    /// Decay of the weight average.
    pub average_decay: f32,
    /// Changes to the recordings.
    pub augment: Augment,
    /// Masks.
    pub spec_augment: SpecAugment,
}

/// The networks that `fit` trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Network {
    /// Residual convolutions.
    Cnn,
    /// Convolutions and a bidirectional GRU.
    CnnGru,
}

impl Recipe {
    /// The recipe that the shipped weights were made with, for either network.
    pub fn new(network: Network) -> Recipe {
        let features = FeatureConfig::default();
        let windows = WindowConfig::default();
        let n_labels = Emotion::ALL.len();
        let architecture = match network {
            Network::Cnn => {
                Architecture::EmotionCnn(EmotionCnnConfig::new(features.n_mels, n_labels))
            }
            Network::CnnGru => {
                Architecture::EmotionCnnGru(EmotionCnnGruConfig::new(features.n_mels, n_labels))
            }
        };
        Recipe {
            architecture,
            spec_augment: SpecAugment::light(features.n_mels, windows.n_frames),
            features,
            windows,
            gate: Gate::default(),
            range_db: 60.0,
            epochs: 60,
            batch_size: 32,
            learning_rate: 3e-3,
            weight_decay: 0.02,
            label_smoothing: 0.1,
            mixup: 0.3,
            average_decay: 0.995,
            augment: Augment::default(),
        }
    }

    /// One-cycle learning rate at `progress` from 0 to 1: a linear rise over the first tenth,
    /// then a cosine to zero (Smith & Topin 2018, arXiv:1708.07120).
    pub fn learning_rate_at(&self, progress: f64) -> f64 {
        const RISE: f64 = 0.1;
        let shape = if progress < RISE {
            0.04 + 0.96 * progress / RISE
        } else {
            0.5 * (1.0 + (std::f64::consts::PI * (progress - RISE) / (1.0 - RISE)).cos())
        };
        self.learning_rate * shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learning_rate_rises_then_falls_to_zero() {
        let recipe = Recipe::new(Network::Cnn);
        let rate = |progress| recipe.learning_rate_at(progress);
        assert!(rate(0.0) < 0.05 * recipe.learning_rate);
        assert!((rate(0.1) - recipe.learning_rate).abs() < 1e-9);
        assert!(rate(0.5) < rate(0.2));
        assert!(rate(1.0) < 1e-9);
    }
}
