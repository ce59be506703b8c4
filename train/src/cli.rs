//! The command line.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use emotionai_voice::{Classifier, DEFAULT_MODEL, ParameterType};
use serde::Serialize;

use crate::corpus::{Choice, DataArgs, parse_choice};
use crate::gate::GateArgs;
use crate::recipe::{Network, Recipe};
use crate::{
    crossval, describe, download, evaluation, fit, gate, pictures, predict, preprocess, profile,
    report, robustness, synthesize,
};

/// Trains speech emotion models from scratch, judges them, and uses them on files.
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
    /// Fetch the recordings of RAVDESS, check and unpack them.
    Download(download::DownloadArgs),
    /// Make every recording of a corpus a mel spectrogram that NumPy reads.
    Preprocess(preprocess::PreprocessArgs),
    /// Train a model and write its file.
    Fit(FitArgs),
    /// Train and judge a recipe on every fold of a cross-validation, and keep the record.
    Crossval(CrossvalArgs),
    /// Judge a model on speakers it has never heard, through the pipeline that ships.
    Evaluate(EvaluateArgs),
    /// Judge what noise, rooms, lines and microphones do to a model.
    Robustness(robustness::RobustnessArgs),
    /// Train the network that tells voices from other sounds, and write it for the core.
    Gate(GateArgs),
    /// Say which emotion each WAV file carries.
    Predict(PredictArgs),
    /// Sum up a cross-validation: figures with their spread, calibration, pictures.
    Report(ReportArgs),
    /// Say how large a model is and what a window costs.
    Describe(DescribeArgs),
    /// Make a corpus of synthetic voices and three labels, to try the other commands on.
    #[command(hide = true)]
    Synthesize(synthesize::SynthesizeArgs),
}

/// Options of `fit`.
#[derive(Args)]
pub struct FitArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// File to write the model to.
    #[arg(long, default_value = "model.emo")]
    pub out: PathBuf,
    /// Speakers to learn from, such as 1-16,18 or DC,JE; split:NAME for a split of the manifest; or
    /// all [default: the manifest's split train; of RAVDESS speech 1-20].
    #[arg(long, value_parser = parse_choice)]
    pub train: Option<Choice>,
    /// Speakers to hold out and judge on, in the same way, or none [default: the manifest's split
    /// valid; of RAVDESS speech 21-24].
    #[arg(long, value_parser = parse_choice)]
    pub valid: Option<Choice>,
    #[command(flatten)]
    pub recipe: RecipeArgs,
    /// Licence of the weights, as an SPDX expression, which follows from that of the recordings
    /// [default: CC-BY-NC-SA-4.0 of RAVDESS and nEMO, else NOASSERTION].
    #[arg(long)]
    pub licence: Option<String>,
    /// Same seed, same machine: same model.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// File to write the figures of each epoch to, one JSON object a line.
    #[arg(long)]
    pub log: Option<PathBuf>,
    /// Epochs from one judgement on the held-out speakers to the next.
    #[arg(long, default_value_t = 10)]
    pub judge_every: usize,
    /// How the file stores the parameters: f32, or f16 for half the size.
    #[arg(long, default_value_t)]
    pub parameters: ParameterType,
    /// What logits are divided by [default: fitted on the held-out speakers, with the neutral
    /// logits; 1 without them].
    #[arg(long)]
    pub temperature: Option<f32>,
    /// What is added to the logit of each label, as `report` gives it [default: nothing].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub label_bias: Option<Vec<f32>>,
    /// Logits for the neutral speech of unknown voices, for voice profiles, as `report` gives them
    /// [default: none where a temperature is given].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub neutral_logits: Option<Vec<f32>>,
    /// Top probability below which an answer is "uncertain".
    #[arg(long, default_value_t = 0.0)]
    pub uncertain_below: f32,
}

/// Options of `crossval`.
#[derive(Args)]
pub struct CrossvalArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// What the recipe is called in the table.
    #[arg(long)]
    pub name: String,
    /// Table to which each run adds a line of JSON; a run that it has already is not done again.
    #[arg(long, default_value = "train/experiments/runs.jsonl")]
    pub table: PathBuf,
    /// Folder for the models, logs and outcomes of the runs.
    #[arg(long)]
    pub out: PathBuf,
    /// Folds to run [default: all five]. Fold K of RAVDESS speech holds out actors 4K+1 to 4K+4,
    /// that of another corpus every fifth speaker.
    #[arg(long, value_delimiter = ',')]
    pub folds: Vec<u32>,
    /// Seeds to run.
    #[arg(long, value_delimiter = ',', default_values_t = [1])]
    pub seeds: Vec<u64>,
    /// Runs at a time, the cores shared among them [default: one a core, which is the fastest].
    #[arg(long)]
    pub jobs: Option<usize>,
    #[command(flatten)]
    pub recipe: RecipeArgs,
}

/// Options that choose the recipe.
#[derive(Args)]
pub struct RecipeArgs {
    /// Network to train.
    #[arg(long, value_enum, default_value = "cnn")]
    pub network: Network,
    /// TOML file with the fields of the recipe that differ from the network's default.
    #[arg(long)]
    pub recipe: Option<PathBuf>,
    /// Field of the recipe to change, after the file, such as augment.noise=0.25; can be repeated.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// Passes over the recordings [default: the recipe's].
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Windows in a step [default: the recipe's].
    #[arg(long)]
    pub batch_size: Option<usize>,
    /// Peak learning rate [default: the recipe's].
    #[arg(long)]
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
        // `{:?}` keeps the point of a fraction, which TOML wants.
        set.extend(
            self.learning_rate
                .map(|rate| format!("learning_rate={rate:?}")),
        );
        Recipe::load(self.network, self.recipe.as_deref(), &set)
    }

    /// The network as its option names it.
    pub fn network_name(&self) -> String {
        let value = self.network.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The options that give `recipe` again, without any file.
    ///
    /// # Errors
    /// As [`Recipe::changes`].
    pub fn told_again(&self, recipe: &Recipe) -> Result<String> {
        let mut options = format!("--network {}", self.network_name());
        for change in recipe.changes(self.network)? {
            options.push_str(&format!(" --set '{change}'"));
        }
        Ok(options)
    }
}

#[derive(Args)]
struct EvaluateArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Speakers to judge on, such as 21-24 or DC,JE; split:NAME for a split of the manifest; or all.
    #[arg(long, visible_alias = "speakers", value_parser = parse_choice)]
    actors: Choice,
    /// Model file [default: the shipped weights].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Judge what a voice profile is worth: each actor's clips with the profile that two of its
    /// neutral clips make, and without, over every such pair.
    #[arg(long)]
    profile: bool,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// File to write each clip's logits to, one JSON object a line. For `report`, name it
    /// seed<S>-fold<K>.jsonl.
    #[arg(long)]
    outcomes: Option<PathBuf>,
    /// Folder to write confusion.svg, reliability.svg and risk-coverage.svg to.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

#[derive(Args)]
struct ReportArgs {
    /// Outcome files of `evaluate`, named seed<S>-fold<K>.jsonl, or folders of them. Every seed
    /// holds the same folds. Temperature and "uncertain" threshold of a fold are fitted on the
    /// other folds of its seed, so that the threshold keeps 75% of them.
    #[arg(required = true)]
    outcomes: Vec<PathBuf>,
    /// Print one JSON object instead of tables (which are Markdown).
    #[arg(long)]
    json: bool,
    /// Folder to write confusion.svg, reliability.svg and risk-coverage.svg to.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

#[derive(Args)]
struct DescribeArgs {
    /// Model file [default: the shipped weights].
    #[arg(long)]
    model: Option<PathBuf>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct PredictArgs {
    /// Model file [default: the shipped weights].
    #[arg(long)]
    model: Option<PathBuf>,
    /// WAV file of the speaker's neutral voice, which makes a voice profile; may be given more than
    /// once. The files are then answered with that profile.
    #[arg(long, value_name = "FILE")]
    enroll: Vec<PathBuf>,
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
            Command::Download(args) => download::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Preprocess(args) => preprocess::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Fit(args) => fit::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Crossval(args) => crossval::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Evaluate(args) => run_evaluate(&args).map(|()| ExitCode::SUCCESS),
            Command::Robustness(args) => {
                robustness::run(&args, &load(args.model.as_deref())?).map(|()| ExitCode::SUCCESS)
            }
            Command::Gate(args) => gate::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Predict(args) => run_predict(&args),
            Command::Report(args) => run_report(&args).map(|()| ExitCode::SUCCESS),
            Command::Describe(args) => run_describe(&args).map(|()| ExitCode::SUCCESS),
            Command::Synthesize(args) => synthesize::run(&args).map(|()| ExitCode::SUCCESS),
        }
    }
}

/// The model file, and what to call it where it cannot be used.
fn read_model(model: Option<&Path>) -> Result<(Cow<'static, [u8]>, String)> {
    match model {
        None => Ok((DEFAULT_MODEL.into(), "the shipped weights".into())),
        Some(path) => {
            let name = path.display().to_string();
            let bytes = std::fs::read(path).with_context(|| format!("cannot read {name}"))?;
            Ok((bytes.into(), name))
        }
    }
}

fn load(model: Option<&Path>) -> Result<Classifier> {
    let (bytes, name) = read_model(model)?;
    Classifier::from_bytes(&bytes).with_context(|| format!("cannot use {name}"))
}

/// Prints what a command found: as one JSON object for tools, else as text for people.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn show<T: Serialize>(json: bool, found: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
    match json {
        true => println!("{}", serde_json::to_string(found)?),
        false => print!("{}", text(found)),
    }
    Ok(())
}

fn run_evaluate(args: &EvaluateArgs) -> Result<()> {
    if args.actors.is_none() {
        anyhow::bail!("--actors none leaves nobody to judge on: name some, such as --actors 21-24");
    }
    let classifier = load(args.model.as_deref())?;
    let clips = args.data.open()?.select(&args.actors, "--actors")?;
    let outcomes = evaluation::run(&classifier, &clips)?;
    if let Some(path) = &args.outcomes {
        evaluation::write_outcomes(path, &outcomes)?;
    }
    let header = classifier.model();
    if args.profile {
        let Some(neutral) = &header.calibration.neutral else {
            anyhow::bail!("{} was not calibrated for voice profiles", header.id);
        };
        let comparison = profile::Twice::new(&outcomes, neutral)?.compare(header.labels.len());
        return show(args.json, &comparison, profile::Comparison::table);
    }
    let evaluation = evaluation::evaluate(&outcomes, &header.labels, &header.calibration);
    if let Some(folder) = &args.pictures {
        pictures::write(folder, &evaluation)?;
    }
    show(args.json, &evaluation, report::table)
}

fn run_report(args: &ReportArgs) -> Result<()> {
    let found = report::CrossValidation::new(&report::read_runs(&args.outcomes)?);
    if let Some(folder) = &args.pictures {
        pictures::write(folder, &found.pooled)?;
    }
    show(args.json, &found, report::crossval_table)
}

fn run_describe(args: &DescribeArgs) -> Result<()> {
    let (bytes, name) = read_model(args.model.as_deref())?;
    let description = describe::describe(&bytes).with_context(|| format!("cannot use {name}"))?;
    show(args.json, &description, describe::Description::text)
}

fn run_predict(args: &PredictArgs) -> Result<ExitCode> {
    let mut classifier = load(args.model.as_deref())?;
    if !args.enroll.is_empty() {
        let profile = profile::enroll(&classifier, &args.enroll)?;
        classifier = classifier.with_profile(Some(profile))?;
    }
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
