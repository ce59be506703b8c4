//! `train crossval`: a recipe on every fold and seed, with a record of each run.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use super::args::{CacheArgs, DataArgs, RecipeArgs, values};
use crate::io::output::{print, print_progress};
use crate::learn::backend::Backend;
use crate::learn::crossval::{CrossvalOptions, FOLDS, summary};

const EXAMPLES: &str = "\
Examples:
  train crossval --data ravdess --name mine --out runs/mine
  train crossval --data ravdess --name gru --network cnn-gru --seeds 1,2 --out runs/gru
  train report runs/mine --pictures pictures                      # its metrics

Runs that the table holds, and whose outcomes are in --out, are kept: the same command continues after an
interruption.";

/// Options of `crossval`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct CrossvalArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Name of the recipe in the table.
    #[arg(long)]
    name: String,
    /// Table to which each run appends a line of JSON [default: runs.jsonl in --out]. Runs that it holds, and
    /// whose outcomes are in --out, are kept.
    #[arg(long)]
    table: Option<PathBuf>,
    /// Folder for the models, logs and outcomes of the runs.
    #[arg(long)]
    out: PathBuf,
    /// Folds to run [default: all five]. Fold K of RAVDESS speech holds out actors 4K+1 to 4K+4,
    /// that of another corpus every fifth speaker.
    #[arg(long, value_delimiter = ',')]
    folds: Vec<u32>,
    /// Seeds to run.
    #[arg(long, value_delimiter = ',', default_values_t = [1])]
    seeds: Vec<u64>,
    /// Backend to train on. The result differs a little between backends.
    #[arg(long, value_parser = values::backend(), default_value = "flex")]
    backend: Backend,
    /// Runs at a time, which share the cores [default: one a core, the fastest].
    #[arg(long)]
    jobs: Option<usize>,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    recipe: RecipeArgs,
}

/// Runs what is missing in the table, and prints the UAR of all runs.
pub fn run(args: CrossvalArgs) -> Result<()> {
    let corpus = args.data.open()?;
    let options = CrossvalOptions {
        recipe: args.recipe.load_for(&corpus)?,
        network: args.recipe.network,
        corpus,
        name: args.name,
        table: args.table,
        out: args.out,
        folds: args.folds,
        seeds: args.seeds,
        n_folds: FOLDS,
        backend: args.backend,
        jobs: args.jobs,
        cache: args.cache.location(),
        program: std::env::current_exe().context("cannot find this program")?,
        rename: "--name",
    };
    let runs = options.run(&mut |line| print_progress(line))?;
    print(&summary(&runs))
}
