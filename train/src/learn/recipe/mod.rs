//! Recipes: how a model is trained, apart from the data.

mod changes;
mod network;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::training::{
    Architecture, EmotionCnnConfig, EmotionCnnGruConfig, EmotionEnsembleConfig, Padding,
    PlainCnnConfig, VadConfig, WindowConfig,
};
use emotionai_voice::{Emotion, FeatureConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::Table;

use crate::data::augment::{Augment, SpecAugment};
use crate::data::dataset::{DatasetConfig, Sampling};
use crate::learn::prosody::Prosody;
use changes::{assignments, difference, follow_features, merge, parse_assignment};

pub use network::Network;

/// Raised whenever the same recipe, seed and recordings give another model than before.
pub const REVISION: u32 = 5;

/// Everything that decides the result of a training, beside the recordings and the seed.
///
/// A recipe file is TOML with these fields; missing fields have the default of the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
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
    /// Strength of the correction for rare labels: 1 as if all labels were equally frequent, 0 for none.
    pub balance: f32,
    /// Which recordings make up an epoch.
    pub sampling: Sampling,
    /// Share of the steps whose windows are mixed with one another.
    pub mixup_share: f64,
    /// Largest share of the second window in a mix of two.
    pub mixup: f32,
    /// Share of the clean window's prediction in the target of its distorted copy; the rest is the label. At 0 no
    /// clean windows are drawn for it.
    pub consistency: f64,
    /// Decay of the weight average.
    pub average_decay: f32,
    /// Dynamic range of the features, in dB.
    pub range_db: f32,
    /// Factor of the background power that is subtracted from each band; 0 for none.
    pub subtraction: f32,
    /// The prosody head beside the network.
    pub prosody: Prosody,
    /// The network.
    pub architecture: Architecture,
    /// Its frames.
    pub features: FeatureConfig,
    /// Its windows.
    pub windows: WindowConfig,
    /// Which windows hold speech.
    pub gate: VadConfig,
    /// Changes to the recordings.
    pub augment: Augment,
    /// Masks.
    pub spec_augment: SpecAugment,
}

impl Recipe {
    /// The recipe of weights that ship, for any network.
    pub fn new(network: Network) -> Recipe {
        let features = FeatureConfig::default();
        let windows = WindowConfig::default();
        let n_labels = Emotion::ALL.len();
        let cnn = Architecture::EmotionCnn(EmotionCnnConfig::new(features.n_mels, n_labels));
        let cnn_gru =
            Architecture::EmotionCnnGru(EmotionCnnGruConfig::new(features.n_mels, n_labels));
        let architecture = match network {
            Network::Cnn => cnn,
            Network::CnnGru => cnn_gru,
            Network::Ensemble => {
                Architecture::EmotionEnsemble(EmotionEnsembleConfig::new(vec![cnn, cnn_gru]))
            }
            Network::Plain => Architecture::PlainCnn(PlainCnnConfig::new(
                features.n_mels,
                windows.n_frames,
                n_labels,
            )),
        };
        let recipe = Recipe {
            architecture,
            prosody: Prosody::default(),
            spec_augment: SpecAugment::light(features.n_mels, windows.n_frames),
            features,
            windows,
            gate: VadConfig::default(),
            range_db: 60.0,
            subtraction: 2.0,
            epochs: 100,
            batch_size: 32,
            learning_rate: 3e-3,
            weight_decay: 0.02,
            label_smoothing: 0.1,
            balance: 1.0,
            sampling: Sampling::Each,
            mixup_share: 0.5,
            mixup: 0.2,
            consistency: 0.7,
            average_decay: 0.995,
            augment: Augment::shipped(),
        };
        match network {
            Network::Plain => recipe.of_the_baseline(),
            _ => recipe,
        }
    }

    /// The recipe of the baseline, as the original has it: a network alone, on unmodified levels, with
    /// SpecAugment. What else the others are shown is more than it can learn.
    fn of_the_baseline(mut self) -> Recipe {
        self.prosody.weight = 0.0;
        self.subtraction = 0.0;
        self.consistency = 0.0;
        self.mixup_share = 0.0;
        self.augment = Augment::default();
        self.epochs = 60;
        // At ten times as much, which the others take, its few layers often die in the first epochs.
        self.learning_rate = 3e-4;
        self
    }

    /// The recipe of `network`, changed by a TOML file and then by assignments such as
    /// `augment.noise=0.25` (each of them TOML, too).
    ///
    /// # Errors
    /// Names the file or assignment that is not TOML, and the field that is unknown or out of
    /// range.
    pub fn load(network: Network, file: Option<&Path>, assignments: &[String]) -> Result<Recipe> {
        let (mut recipe, mut given) = (Table::try_from(Recipe::new(network))?, Table::new());
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let changes: Table = text
                .parse()
                .with_context(|| format!("{} is not TOML", path.display()))?;
            merge(&mut given, changes.clone());
            merge(&mut recipe, changes);
        }
        for assignment in assignments {
            let changes = parse_assignment(assignment).with_context(|| {
                format!(
                    "'{assignment}' is not an assignment in TOML, such as augment.noise=0.25, sampling=balanced or architecture.channels=[16,32]"
                )
            })?;
            merge(&mut given, changes.clone());
            merge(&mut recipe, changes);
        }
        follow_features(&mut recipe, &given);
        let recipe: Recipe = recipe
            .try_into()
            .context("the recipe has a field that is unknown or of the wrong type")?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// The recipe with a network for `n_labels` labels.
    pub fn with_labels(mut self, n_labels: usize) -> Recipe {
        set_labels(&mut self.architecture, n_labels);
        self
    }

    /// The recipe without the parts that need samples: other speeds, distorted copies, prosody.
    pub fn without_samples(mut self) -> Recipe {
        self.prosody.weight = 0.0;
        self.augment.speeds.clear();
        self.augment.distortions = 0;
        self
    }

    /// The assignments that change `network`'s recipe to this one. The number of labels follows from the corpus and
    /// is left out.
    pub fn changes(&self, network: Network) -> Result<Vec<String>> {
        let mut changes = Vec::new();
        let base = Recipe::new(network);
        let same_labels = self.clone().with_labels(base.architecture.n_labels());
        difference(
            &Table::try_from(base)?,
            &Table::try_from(same_labels)?,
            "",
            &mut changes,
        );
        Ok(changes)
    }

    /// The fields that differ from the network's default, and the network, for a model's provenance.
    pub fn changed_fields(&self, network: Network) -> Result<BTreeMap<String, Value>> {
        let mut fields = BTreeMap::from([("network".to_owned(), network.name().into())]);
        for change in self.changes(network)? {
            let (name, value) = change.split_once('=').context("a change without a value")?;
            let table: Table = format!("value={value}").parse()?;
            fields.insert(name.to_owned(), serde_json::to_value(&table["value"])?);
        }
        Ok(fields)
    }

    /// The options of `train fit` that give this recipe, without any file.
    pub fn options(&self, network: Network) -> Result<String> {
        let mut options = format!("--network {}", network.name());
        for change in self.changes(network)? {
            options.push_str(&format!(" --set '{change}'"));
        }
        Ok(options)
    }

    /// Every field, as an assignment that [`load`](Self::load) accepts.
    pub fn assignments(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        assignments(&Table::try_from(self)?, "", &mut found);
        Ok(found)
    }

    fn validate(&self) -> Result<()> {
        if self.epochs == 0 {
            bail!("--epochs 0 (epochs of the recipe) would train nothing");
        }
        if self.batch_size < 2 {
            bail!(
                "--batch-size (batch_size of the recipe) must be 2 or more: batch normalisation needs company"
            );
        }
        if !(self.learning_rate.is_finite() && self.learning_rate > 0.0) {
            bail!("--learning-rate (learning_rate of the recipe) must be a positive number");
        }
        let shares = [
            ("mixup_share", self.mixup_share),
            ("mixup", self.mixup.into()),
            ("consistency", self.consistency),
            ("label_smoothing", self.label_smoothing.into()),
            ("balance", self.balance.into()),
            ("average_decay", self.average_decay.into()),
        ];
        for (name, share) in shares {
            if !(0.0..=1.0).contains(&share) {
                bail!("{name} = {share} must lie between 0 and 1");
            }
        }
        if !(self.prosody.weight.is_finite() && self.prosody.weight >= 0.0) {
            bail!("prosody.weight = {} must be 0 or more", self.prosody.weight);
        }
        let Prosody {
            shrinkage,
            pitch_scale,
            ..
        } = self.prosody;
        if !(shrinkage > 0.0 && shrinkage <= 1.0) {
            bail!("prosody.shrinkage = {shrinkage} must lie above 0 and be at most 1");
        }
        if !(pitch_scale.is_finite() && pitch_scale > 0.0) {
            bail!("prosody.pitch_scale = {pitch_scale} must be a positive number");
        }
        self.dataset().floor().validate(self.features.n_mels)?;
        self.augment.validate()?;
        self.architecture.validate()?;
        self.windows.validate()?;
        if self.windows.padding == Padding::End {
            bail!(
                "windows.padding = end is for models that came from elsewhere: training pads at the start"
            );
        }
        let (n_mels, n_frames) = (self.features.n_mels, self.windows.n_frames);
        if self.architecture.n_mels() != n_mels {
            bail!(
                "architecture.n_mels = {} does not go with features.n_mels = {n_mels}: leave the network's out, and it follows",
                self.architecture.n_mels()
            );
        }
        if let Some(other) = self.architecture.n_frames().filter(|&it| it != n_frames) {
            bail!(
                "architecture.n_frames = {other} does not go with windows.n_frames = {n_frames}: leave the network's out, and it follows"
            );
        }
        self.architecture.validate_cost(n_frames)?;
        Ok(())
    }

    /// The part of the recipe that a dataset depends on.
    pub fn dataset(&self) -> DatasetConfig {
        DatasetConfig {
            n_labels: self.architecture.n_labels(),
            features: self.features.clone(),
            windows: self.windows.clone(),
            gate: self.gate.clone(),
            range_db: self.range_db,
            subtraction: self.subtraction,
            sampling: self.sampling,
            pairs: self.consistency > 0.0,
            prosody: self.prosody.weight > 0.0,
            augment: self.augment.clone(),
            spec_augment: self.spec_augment.clone(),
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

fn set_labels(architecture: &mut Architecture, n_labels: usize) {
    match architecture {
        Architecture::EmotionCnn(config) => config.n_labels = n_labels,
        Architecture::EmotionCnnGru(config) => config.n_labels = n_labels,
        Architecture::EmotionEnsemble(config) => {
            for member in &mut config.members {
                set_labels(member, n_labels);
            }
        }
        Architecture::PlainCnn(config) => config.n_labels = n_labels,
    }
}
