//! The command line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use emotionai_voice::{Classifier, DEFAULT_MODEL};

use crate::corpus::{Corpus, parse_actors};
use crate::gate::GateArgs;
use crate::recipe::Network;
use crate::{evaluation, fit, gate, predict, report};

/// Trains speech emotion models from scratch on RAVDESS, judges them, and uses them on files.
///
/// Exit codes: 0 done, 2 wrong usage, 1 anything else.
#[derive(Parser)]
#[command(version, name = "train")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a model and write its file.
    Fit(FitArgs),
    /// Judge a model on actors it has never heard, through the pipeline that ships.
    Evaluate(EvaluateArgs),
    /// Train the network that tells voices from other sounds, and write it for the core.
    Gate(GateArgs),
    /// Say which emotion each WAV file carries.
    Predict(PredictArgs),
}

/// Options of `fit`.
#[derive(Args)]
pub struct FitArgs {
    /// Folder of the RAVDESS speech recordings (Actor_01, Actor_02, ...).
    #[arg(long)]
    pub data: PathBuf,
    /// File to write the model to.
    #[arg(long, default_value = "model.emo")]
    pub out: PathBuf,
    /// Actors to learn from, such as 1-16,18.
    #[arg(long, default_value = "1-20", value_parser = parse_actors)]
    pub train: BTreeSet<u32>,
    /// Actors to hold out and judge on, or none.
    #[arg(long, default_value = "21-24", value_parser = parse_actors)]
    pub valid: BTreeSet<u32>,
    /// Network to train.
    #[arg(long, value_enum, default_value = "cnn")]
    pub network: Network,
    /// Passes over the recordings [default: the recipe's].
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Windows in a step [default: the recipe's].
    #[arg(long)]
    pub batch_size: Option<usize>,
    /// Peak learning rate [default: the recipe's].
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// Same seed, same machine: same model.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Epochs from one judgement on the held-out actors to the next.
    #[arg(long, default_value_t = 10)]
    pub judge_every: usize,
    /// What logits are divided by [default: fitted on the held-out actors, 1 without them].
    #[arg(long)]
    pub temperature: Option<f32>,
    /// Top probability below which an answer is "uncertain".
    #[arg(long, default_value_t = 0.0)]
    pub uncertain_below: f32,
}

#[derive(Args)]
struct EvaluateArgs {
    /// Folder of the RAVDESS speech recordings (Actor_01, Actor_02, ...).
    #[arg(long)]
    data: PathBuf,
    /// Actors to judge on, such as 21-24.
    #[arg(long, value_parser = parse_actors)]
    actors: BTreeSet<u32>,
    /// Model file [default: the shipped weights].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct PredictArgs {
    /// Model file [default: the shipped weights].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Print one JSON object a line: path, state, label, probabilities, windows.
    #[arg(long)]
    json: bool,
    /// WAV files. One that cannot be used is named on standard error, the rest are answered all
    /// the same, and the exit code is 1.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// Whatever kept it from being done.
    pub fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Fit(args) => fit::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Evaluate(args) => run_evaluate(&args).map(|()| ExitCode::SUCCESS),
            Command::Gate(args) => gate::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Predict(args) => run_predict(&args),
        }
    }
}

fn load(model: Option<&Path>) -> Result<Classifier> {
    match model {
        None => Ok(Classifier::from_bytes(DEFAULT_MODEL)?),
        Some(path) => {
            let bytes =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            Classifier::from_bytes(&bytes).with_context(|| format!("cannot use {}", path.display()))
        }
    }
}

fn run_evaluate(args: &EvaluateArgs) -> Result<()> {
    if args.actors.is_empty() {
        anyhow::bail!("--actors none leaves nobody to judge on: name some, such as --actors 21-24");
    }
    let classifier = load(args.model.as_deref())?;
    let clips = Corpus::open(&args.data)?.select(&args.actors, "--actors")?;
    let evaluation = evaluation::judge(&classifier, &clips)?;
    if args.json {
        println!("{}", serde_json::to_string(&evaluation)?);
    } else {
        print!("{}", report::table(&evaluation));
    }
    Ok(())
}

fn run_predict(args: &PredictArgs) -> Result<ExitCode> {
    let classifier = load(args.model.as_deref())?;
    let mut code = ExitCode::SUCCESS;
    for path in &args.files {
        match predict::predict(&classifier, path) {
            Ok(prediction) if args.json => println!("{}", serde_json::to_string(&prediction)?),
            Ok(prediction) => println!("{}", prediction.line()),
            Err(error) => {
                eprintln!("error: {error:#}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
