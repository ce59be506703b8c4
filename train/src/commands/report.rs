//! `train report`: the metrics of a cross-validation.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::args::values;
use crate::eval::{self, CrossValidation, pictures, report};
use crate::io::output::show;

const EXAMPLES: &str = "\
Examples:
  train report runs/mine
  train report runs/mine --json > metrics.json
  train report runs/cnn runs/gru --weights 1,2                    # the ensemble that `join` makes
  train report seed1-fold0.jsonl seed1-fold1.jsonl --pictures pictures";

/// Options of `report`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct ReportArgs {
    /// Outcome files of `evaluate`, named seed<S>-fold<K>.jsonl, or folders of them. Every seed
    /// holds the same folds. Temperature and "uncertain" threshold of a fold are fitted on the
    /// other folds of its seed, so that the threshold keeps 75% of them.
    #[arg(required = true)]
    outcomes: Vec<PathBuf>,
    /// Evaluate the ensemble of models, the outcomes of each in a folder of its own: the weight of each, as in
    /// `join`. A model with one seed is combined with every seed of the others. Prosody heads may differ here,
    /// unlike in `join`.
    #[arg(long, alias = "votes", value_delimiter = ',', value_parser = values::positive::<f32>)]
    weights: Vec<f32>,
    /// Fit a bias of each label's logit as well, on the other folds.
    #[arg(long)]
    label_bias: bool,
    /// Print one JSON object instead of tables (which are Markdown).
    #[arg(long)]
    json: bool,
    /// Folder to write confusion.svg, confusion.png, reliability.svg and risk-coverage.svg to.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

/// Prints the report and writes its pictures.
pub fn run(args: &ReportArgs) -> Result<()> {
    let runs = match args.weights.is_empty() {
        true => eval::read_runs(&args.outcomes)?,
        false => eval::read_ensemble(&args.outcomes, &args.weights)?,
    };
    let found = CrossValidation::new(&runs, args.label_bias);
    if let Some(folder) = &args.pictures {
        pictures::write(folder, &found.pooled)?;
    }
    show(args.json, &found, |found| {
        report::cross_validation(found).markdown()
    })
}
