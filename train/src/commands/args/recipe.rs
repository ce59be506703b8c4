//! Options that choose the recipe.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::values;
use crate::data::corpus::Corpus;
use crate::learn::recipe::{Network, Recipe};

/// Options that choose the recipe.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Recipe")]
pub struct RecipeArgs {
    /// Network to train.
    #[arg(long, value_parser = values::network(), default_value = "cnn")]
    pub network: Network,
    /// TOML file with the fields of the recipe that differ from the network's default.
    #[arg(long)]
    pub recipe: Option<PathBuf>,
    /// Field of the recipe to change, after the file, such as augment.noise=0.25 or
    /// sampling=balanced; can be repeated.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// Passes over the recordings [default: the recipe's].
    #[arg(long, value_parser = values::from::<1>())]
    pub epochs: Option<usize>,
    /// Windows in a step [default: the recipe's].
    #[arg(long, value_parser = values::from::<2>())]
    pub batch_size: Option<usize>,
    /// Peak learning rate [default: the recipe's].
    #[arg(long, value_parser = values::positive::<f64>)]
    pub learning_rate: Option<f64>,
}

impl RecipeArgs {
    /// The recipe that the options name.
    ///
    /// # Errors
    /// As [`Recipe::load`].
    pub fn load(&self) -> Result<Recipe> {
        let mut set = self.set.clone();
        set.extend(self.epochs.map(|epochs| format!("epochs={epochs}")));
        set.extend(self.batch_size.map(|size| format!("batch_size={size}")));
        // `{:?}` keeps the point of a fraction, which TOML requires.
        let rate = self.learning_rate;
        set.extend(rate.map(|rate| format!("learning_rate={rate:?}")));
        Recipe::load(self.network, self.recipe.as_deref(), &set)
    }

    /// The recipe for a corpus: with its number of labels, and without the parts that need samples where it
    /// holds spectrograms.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_for(&self, corpus: &Corpus) -> Result<Recipe> {
        let recipe = self.load()?.with_labels(corpus.labels().len());
        Ok(match corpus.has_spectrograms() {
            true => recipe.without_samples(),
            false => recipe,
        })
    }
}
