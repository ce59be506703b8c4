//! `train recipe`: every field of a recipe.

use anyhow::Result;
use clap::Args;

use super::args::RecipeArgs;
use crate::io::output::print;

const EXAMPLES: &str = "\
Examples:
  train recipe > mine.toml                                        # edit it, then:
  train fit --data ravdess --recipe mine.toml
  train recipe --network cnn-gru --set epochs=40

A file may name some of the fields; the others are the network's defaults.";

/// Options of `recipe`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct RecipeCommandArgs {
    #[command(flatten)]
    recipe: RecipeArgs,
}

/// Prints the recipe.
pub fn run(args: &RecipeCommandArgs) -> Result<()> {
    print(&toml::to_string(&args.recipe.load()?)?)
}
