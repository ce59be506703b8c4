//! How recordings become training windows.

use emotionai_voice::training::{Normalization, VadConfig, WindowConfig};

use emotionai_voice::FeatureConfig;
use serde::{Deserialize, Serialize};

use crate::data::augment::{Augment, SpecAugment};

/// Everything that a dataset depends on beside its recordings and the seed.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetConfig {
    /// Number of labels.
    pub n_labels: usize,
    /// Frames.
    pub features: FeatureConfig,
    /// Windows of these frames.
    pub windows: WindowConfig,
    /// The voice activity detector, which decides where windows hold speech.
    pub gate: VadConfig,
    /// Dynamic range of the features, in dB.
    pub range_db: f32,
    /// Factor of the background power that is subtracted from each band.
    pub subtraction: f32,
    /// Recordings in an epoch.
    pub sampling: Sampling,
    /// Whether each distorted window comes with its clean counterpart.
    pub pairs: bool,
    /// Whether prosody functionals are computed.
    pub prosody: bool,
    /// Augmentation of recordings and windows.
    pub augment: Augment,
    /// Masks of windows.
    pub spec_augment: SpecAugment,
}

/// Which recordings make up an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// Each recording once.
    Each,
    /// As many recordings, every label equally often: rare labels are repeated, frequent ones are
    /// used in part.
    Balanced,
}

impl DatasetConfig {
    /// Background subtraction and floor without standardisation: the levels from which statistics are
    /// computed and which augmentation changes.
    pub fn floor(&self) -> Normalization {
        Normalization {
            subtraction: self.subtraction,
            ..Normalization::floor_only(self.features.n_mels, self.range_db)
        }
    }
}
