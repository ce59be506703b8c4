//! How a model is trained, apart from the data.

mod changes;

use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::{
    Architecture, Emotion, EmotionCnnConfig, EmotionCnnGruConfig, EmotionEnsembleConfig,
    FeatureConfig, Gate, Normalization, Padding, PlainCnnConfig, WindowConfig,
};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::augment::{Augment, SpecAugment};
use crate::prosody::Prosody;
use changes::{assignments, difference, follow_features, merge, parse_assignment};

/// Raised whenever the same recipe, seed and recordings give another model than before.
pub const REVISION: u32 = 3;

/// Everything that shapes the result beside the recordings and the seed.
///
/// A recipe file is TOML with these fields; what it leaves out is the default of its network.
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
    /// How far rare labels are made up for: 1 as if all were equally frequent, 0 not at all.
    pub balance: f32,
    /// Which recordings an epoch hears.
    pub sampling: Sampling,
    /// Share of the steps whose windows are mixed with one another.
    pub mixup_share: f64,
    /// Largest share of the second window in a mix of two.
    pub mixup: f32,
    /// How far the target of a distorted window is what the network says of the same window before the
    /// distortion, and not its label: 0 not at all (and such windows come alone), 1 entirely.
    pub consistency: f64,
    /// Decay of the weight average.
    pub average_decay: f32,
    /// Dynamic range of the features, in dB.
    pub range_db: f32,
    /// How many times the power of its background each band loses; 0 takes nothing away.
    pub subtraction: f32,
    /// What the prosody says beside the network.
    pub prosody: Prosody,
    /// The network.
    pub architecture: Architecture,
    /// Its frames.
    pub features: FeatureConfig,
    /// Its windows.
    pub windows: WindowConfig,
    /// Which windows hold speech.
    pub gate: Gate,
    /// Changes to the recordings.
    pub augment: Augment,
    /// Masks.
    pub spec_augment: SpecAugment,
}

/// Which recordings an epoch hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sampling {
    /// Each of them once.
    Each,
    /// As many, but of every label alike: rare ones come again, frequent ones in part.
    Balanced,
}

/// The networks that `fit` trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Network {
    /// Residual convolutions.
    Cnn,
    /// Convolutions and a bidirectional GRU.
    CnnGru,
    /// Both of these, voting.
    Committee,
    /// Plain convolutions and fully connected layers, the baseline.
    Plain,
}

impl Recipe {
    /// The recipe of weights that ship, for any network.
    pub fn new(network: Network) -> Recipe {
        let features = FeatureConfig::default();
        let windows = WindowConfig::default();
        let n_labels = Emotion::ALL.len();
        let cnn = EmotionCnnConfig::new(features.n_mels, n_labels);
        let cnn_gru = EmotionCnnGruConfig::new(features.n_mels, n_labels);
        let cnn = Architecture::EmotionCnn(cnn);
        let cnn_gru = Architecture::EmotionCnnGru(cnn_gru);
        let architecture = match network {
            Network::Cnn => cnn,
            Network::CnnGru => cnn_gru,
            Network::Committee => {
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
            gate: Gate::default(),
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
            augment: Augment::default(),
        };
        match network {
            Network::Plain => recipe.of_the_baseline(),
            _ => recipe,
        }
    }

    /// The same for the baseline, which is the original's: a network alone, on levels as they are, with
    /// SpecAugment. What else the others are shown is more than it can learn.
    fn of_the_baseline(mut self) -> Recipe {
        self.prosody.weight = 0.0;
        self.subtraction = 0.0;
        self.consistency = 0.0;
        self.mixup_share = 0.0;
        self.augment = Augment::none();
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

    /// The same with a network for so many labels.
    pub fn with_labels(mut self, n_labels: usize) -> Recipe {
        set_labels(&mut self.architecture, n_labels);
        self
    }

    /// The same without what needs the samples of the recordings: other speeds, distorted copies, prosody.
    pub fn without_samples(mut self) -> Recipe {
        self.prosody.weight = 0.0;
        self.augment.speeds.clear();
        self.augment.distortions = 0;
        self
    }

    /// What [`load`](Self::load) would have to be told to get from `network`'s recipe to this one,
    /// field by field. The number of labels is the corpus's, and is not told.
    ///
    /// # Errors
    /// Where a value cannot be written as TOML.
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

    /// Every field, as an assignment that [`load`](Self::load) takes.
    ///
    /// # Errors
    /// Where a value cannot be written as TOML.
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
            shrinkage, melody, ..
        } = self.prosody;
        if !(shrinkage > 0.0 && shrinkage <= 1.0) {
            bail!("prosody.shrinkage = {shrinkage} must lie above 0 and be at most 1");
        }
        if !(melody.is_finite() && melody > 0.0) {
            bail!("prosody.melody = {melody} must be a positive number");
        }
        self.floor().validate(self.features.n_mels)?;
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

    /// Relative levels without background and with the floor, not standardised: what statistics are
    /// learned on and what is augmented.
    pub fn floor(&self) -> Normalization {
        Normalization {
            subtraction: self.subtraction,
            ..Normalization::floor_only(self.features.n_mels, self.range_db)
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

#[cfg(test)]
mod tests {
    use toml::Value;

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

    #[test]
    fn assignments_change_their_fields_alone_and_can_be_told_again() {
        let told = [
            "augment.noise=0.4",
            "architecture.channels=[8, 8, 8, 8]",
            "range_db=50",
        ]
        .map(String::from);
        let recipe = Recipe::load(Network::Cnn, None, &told).unwrap();
        assert_eq!(recipe.augment.noise, 0.4);
        assert_eq!(recipe.range_db, 50.0);
        assert_eq!(recipe.epochs, Recipe::new(Network::Cnn).epochs);
        let changes = recipe.changes(Network::Cnn).unwrap();
        assert_eq!(changes.len(), 3, "{changes:?}");
        assert_eq!(Recipe::load(Network::Cnn, None, &changes).unwrap(), recipe);
        assert!(
            Recipe::new(Network::Plain)
                .changes(Network::Plain)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn all_assignments_give_the_recipe_again_whatever_the_defaults() {
        for network in [Network::Cnn, Network::CnnGru, Network::Plain] {
            let changed = ["mixup=0.3", "sampling=balanced", "epochs=7"].map(String::from);
            let recipe = Recipe::load(network, None, &changed).unwrap();
            let told = recipe.assignments().unwrap();
            for field in [
                "mixup=0.3",
                "epochs=7",
                "average_decay=0.995",
                "spec_augment.masks=2",
            ] {
                assert!(told.contains(&field.to_owned()), "{field}: {told:?}");
            }
            assert_eq!(Recipe::load(network, None, &told).unwrap(), recipe);
        }
    }

    #[test]
    fn a_bare_word_is_a_text() {
        let load = |told: &str| Recipe::load(Network::Cnn, None, &[told.into()]);
        for told in [
            "sampling=balanced",
            "sampling = balanced",
            "sampling='balanced'",
        ] {
            assert_eq!(load(told).unwrap().sampling, Sampling::Balanced);
        }
        let error = format!("{:#}", load("sampling=some").unwrap_err());
        assert!(error.contains("balanced"), "{error}");
    }

    #[test]
    fn a_network_takes_what_features_and_windows_make() {
        let load = |network, told: &[&str]| {
            let told: Vec<String> = told.iter().map(|told| (*told).into()).collect();
            let recipe = Recipe::load(network, None, &told).unwrap();
            let changes = recipe.changes(network).unwrap();
            assert_eq!(Recipe::load(network, None, &changes).unwrap(), recipe);
            Table::try_from(recipe.architecture).unwrap()
        };
        let fewer = ["features.n_mels=40", "windows.n_frames=96"];
        for network in [Network::Cnn, Network::CnnGru, Network::Plain] {
            assert_eq!(load(network, &fewer)["n_mels"], Value::Integer(40));
        }
        assert_eq!(load(Network::Plain, &fewer)["n_frames"], Value::Integer(96));
        for member in load(Network::Committee, &fewer)["members"]
            .as_array()
            .unwrap()
        {
            assert_eq!(member["n_mels"], Value::Integer(40));
        }
        // What is asked for is not put right behind anybody's back.
        for (asked, said) in [
            (
                ["features.n_mels=40", "architecture.n_mels=64"],
                "n_mels = 64",
            ),
            (
                ["windows.n_frames=96", "architecture.n_frames=128"],
                "n_frames = 128",
            ),
        ] {
            let asked = asked.map(String::from);
            let error = Recipe::load(Network::Plain, None, &asked).unwrap_err();
            assert!(format!("{error:#}").contains(said), "{error:#}");
        }
    }

    #[test]
    fn the_number_of_labels_is_no_part_of_a_recipe() {
        for network in [
            Network::Cnn,
            Network::CnnGru,
            Network::Committee,
            Network::Plain,
        ] {
            let recipe = Recipe::new(network).with_labels(3);
            assert_eq!(recipe.architecture.n_labels(), 3);
            recipe.architecture.validate().unwrap();
            assert!(recipe.changes(network).unwrap().is_empty());
        }
    }

    #[test]
    fn what_a_recipe_cannot_be_is_said() {
        for (told, said) in [
            ("epochs=0", "epochs"),
            ("augment.nose=1", "unknown field `nose`"),
            ("augment.noise=2", "augment.noise"),
            ("epochs=\"many\"", "epochs"),
            ("sampling=\"some\"", "balanced"),
            ("noise", "not an assignment"),
            ("windows.padding=end", "pads at the start"),
        ] {
            let error = Recipe::load(Network::CnnGru, None, &[told.into()]).unwrap_err();
            assert!(format!("{error:#}").contains(said), "{told}: {error:#}");
        }
    }
}
