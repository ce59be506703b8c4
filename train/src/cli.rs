//! The command line.

pub mod calibration;
pub mod values;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use emotionai_voice::{Classifier, DEFAULT_MODEL, ParameterType};
use serde::Serialize;
use serde_json::Value;

use self::calibration::CalibrationArgs;
use crate::corpus::{Choice, Corpus, DataArgs, parse_choice};
use crate::gate::GateArgs;
use crate::recipe::{Network, Recipe};
use crate::training::{Backend, BackendParser};
use crate::{
    crossval, describe, download, evaluate, export, files, fit, gate, help, import, join, pictures,
    predict, preprocess, provenance, report, robustness, synthesize,
};

/// Trains speech emotion models from scratch, judges them, and uses them on files.
#[derive(Parser)]
#[command(version, name = "train", after_help = help::TRAIN)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch the recordings of RAVDESS, check and unpack them.
    #[command(after_help = help::DOWNLOAD)]
    Download(download::DownloadArgs),
    /// Make every recording of a corpus a mel spectrogram that NumPy reads.
    #[command(after_help = help::PREPROCESS)]
    Preprocess(preprocess::PreprocessArgs),
    /// Train a model and write its file.
    #[command(after_help = help::FIT)]
    Fit(FitArgs),
    /// Print every field of a recipe, as a TOML file that --recipe takes.
    #[command(after_help = help::RECIPE)]
    Recipe(RecipeArgs),
    /// Train and judge a recipe on every fold of a cross-validation, and keep the record.
    #[command(after_help = help::CROSSVAL)]
    Crossval(CrossvalArgs),
    /// Judge a model on speakers it has never heard, through the pipeline that ships.
    #[command(after_help = help::EVALUATE)]
    Evaluate(evaluate::EvaluateArgs),
    /// Judge what noise, rooms, lines and microphones do to a model.
    #[command(after_help = help::ROBUSTNESS)]
    Robustness(robustness::RobustnessArgs),
    /// Train the network that tells voices from other sounds, and write it for the core.
    #[command(after_help = help::GATE)]
    Gate(GateArgs),
    /// Say which emotion each WAV or FLAC recording carries.
    #[command(after_help = help::PREDICT)]
    Predict(predict::PredictArgs),
    /// Sum up a cross-validation: figures with their spread, calibration, pictures.
    #[command(after_help = help::REPORT)]
    Report(ReportArgs),
    /// Say how large a model is and what a window costs.
    #[command(after_help = help::DESCRIBE)]
    Describe(DescribeArgs),
    /// Print a script that completes commands and options in a shell.
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write a model for where it is to run: as a model file of fewer bytes, or as ONNX.
    Export(export::ExportArgs),
    /// Make one model file of several, whose networks vote.
    #[command(after_help = help::JOIN)]
    Join(join::JoinArgs),
    /// Make a model file of a PyTorch checkpoint of plain convolutions (emotion_cnn.pt).
    Import(import::ImportArgs),
    /// Make a corpus of synthetic voices and three labels, to try the other commands on.
    #[command(hide = true)]
    #[command(after_help = help::SYNTHESIZE)]
    Synthesize(synthesize::SynthesizeArgs),
}

/// Options of `fit`.
#[derive(Args)]
pub struct FitArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Model file to write (.emo), or a folder for model.emo and log.jsonl. The checkpoint is kept
    /// beside the model while training is under way; the same command goes on from it.
    #[arg(long, default_value = "model.emo")]
    pub out: PathBuf,
    /// Begin anew where an earlier start left a checkpoint.
    #[arg(long)]
    pub restart: bool,
    /// Speakers to learn from, such as 1-16,18 or DC,JE; split:NAME for a split of the manifest; or
    /// all [default: the manifest's split train; of RAVDESS speech 1-20].
    #[arg(long, value_parser = parse_choice)]
    pub train: Option<Choice>,
    /// Speakers to hold out and judge on, in the same way, or none [default: the manifest's split
    /// valid; of RAVDESS speech 21-24].
    #[arg(long, value_parser = parse_choice)]
    pub valid: Option<Choice>,
    /// Licence of the weights, as an SPDX expression, which follows from that of the recordings
    /// [default: CC-BY-NC-SA-4.0 of RAVDESS and nEMO, else NOASSERTION].
    #[arg(long)]
    pub licence: Option<String>,
    /// Same seed, same machine: same model.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Cross-validate instead: so many trainings, each judged on speakers that it has not heard, and
    /// the figures over all of them. --out is then a folder for their models and outcomes; a training
    /// that is there already is not done again. Five folds of RAVDESS speech are the protocol's.
    #[arg(
        long,
        value_parser = clap::value_parser!(u32).range(2..),
        requires = "out",
        conflicts_with_all = [
            "train", "valid", "licence", "log", "json", "plain", "patience", "judge_every", "parameters", "restart",
            "temperature", "label_bias", "neutral_logits", "uncertain_below",
        ],
    )]
    pub folds: Option<u32>,
    /// Where to train, of what this program was built with. The result differs a little.
    #[arg(long, value_parser = BackendParser, default_value = "flex")]
    pub backend: Backend,
    /// File to write the figures of each epoch to, one JSON object a line [default: log.jsonl where
    /// --out is a folder].
    #[arg(long)]
    pub log: Option<PathBuf>,
    /// Print what happens as JSON objects, one a line: started, epoch, finished.
    #[arg(long, conflicts_with = "plain")]
    pub json: bool,
    /// Print lines in a terminal, too, instead of drawing there.
    #[arg(long)]
    pub plain: bool,
    /// Stop after so many judgements without a better UAR on the held-out speakers, and take the
    /// weights of the best one. What is reported for those speakers flatters, then.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub patience: Option<u32>,
    /// Epochs from one judgement on the held-out speakers to the next.
    #[arg(long, default_value_t = 10, value_parser = values::from::<1>())]
    pub judge_every: usize,
    /// How the file stores the parameters: f32, f16 for half the size, or int8 for about a quarter.
    #[arg(long, default_value_t)]
    pub parameters: ParameterType,
    #[command(flatten)]
    pub calibration: CalibrationArgs,
    // The last, so that its heading is that of no other option.
    #[command(flatten)]
    pub recipe: RecipeArgs,
}

/// Options of `crossval`.
#[derive(Args)]
pub struct CrossvalArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// What the recipe is called in the table.
    #[arg(long)]
    pub name: String,
    /// Table to which each run adds a line of JSON [default: runs.jsonl in --out]; a run that it has
    /// already, and whose outcomes lie in --out, is not done again.
    #[arg(long)]
    pub table: Option<PathBuf>,
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
    /// How many folds there are.
    #[arg(skip = crossval::FOLDS)]
    pub n_folds: usize,
    /// Whether it is `fit --folds` that asks.
    #[arg(skip)]
    pub of_fit: bool,
    /// Where to train, of what this program was built with. The result differs a little.
    #[arg(long, value_parser = BackendParser, default_value = "flex")]
    pub backend: Backend,
    /// Runs at a time, the cores shared among them [default: one a core, which is the fastest].
    #[arg(long)]
    pub jobs: Option<usize>,
    #[command(flatten)]
    pub recipe: RecipeArgs,
}

/// Options that choose the recipe.
#[derive(Clone, Args)]
#[command(next_help_heading = "Recipe")]
pub struct RecipeArgs {
    /// Network to train.
    #[arg(long, value_enum, default_value = "cnn")]
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
        // `{:?}` keeps the point of a fraction, which TOML wants.
        set.extend(
            self.learning_rate
                .map(|rate| format!("learning_rate={rate:?}")),
        );
        Recipe::load(self.network, self.recipe.as_deref(), &set)
    }

    /// The recipe for a corpus: with as many labels, and as far as what is there of it goes.
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

    /// The network as its option names it.
    pub fn network_name(&self) -> String {
        option_value(self.network)
    }

    /// The fields by which `recipe` differs from the trainer's default.
    ///
    /// # Errors
    /// As [`Recipe::changes`].
    pub fn changes(&self, recipe: &Recipe) -> Result<BTreeMap<String, Value>> {
        let mut fields = provenance::fields(&recipe.changes(self.network)?)?;
        fields.insert("network".into(), self.network_name().into());
        Ok(fields)
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
struct ReportArgs {
    /// Outcome files of `evaluate`, named seed<S>-fold<K>.jsonl, or folders of them. Every seed
    /// holds the same folds. Temperature and "uncertain" threshold of a fold are fitted on the
    /// other folds of its seed, so that the threshold keeps 75% of them.
    #[arg(required = true)]
    outcomes: Vec<PathBuf>,
    /// Judge the vote of models, the outcomes of each in a folder of its own: how much each counts,
    /// as `join` takes it. A model with one seed votes beside every seed of the others, also where their prosody heads differ,
    /// which `join` does not take.
    #[arg(long, value_delimiter = ',', value_parser = values::positive::<f32>)]
    votes: Vec<f32>,
    /// Learn a bias of each label's logit as well, which makes the truth likeliest on the other folds.
    #[arg(long)]
    label_bias: bool,
    /// Print one JSON object instead of tables (which are Markdown).
    #[arg(long)]
    json: bool,
    /// Folder to write confusion.svg, confusion.png, reliability.svg and risk-coverage.svg to.
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

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// Whatever kept it from being done.
    pub fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Download(args) => download::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Preprocess(args) => preprocess::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Fit(args) => run_fit(&args).map(|()| ExitCode::SUCCESS),
            Command::Recipe(args) => {
                print(&toml::to_string(&args.load()?)?).map(|()| ExitCode::SUCCESS)
            }
            Command::Crossval(args) => crossval::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Evaluate(args) => evaluate::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Robustness(args) => robustness::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Gate(args) => gate::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Predict(args) => predict::run(&args, load(args.model.as_deref())?),
            Command::Report(args) => run_report(&args).map(|()| ExitCode::SUCCESS),
            Command::Describe(args) => run_describe(&args).map(|()| ExitCode::SUCCESS),
            Command::Completions { shell } => completions(shell).map(|()| ExitCode::SUCCESS),
            Command::Export(args) => export::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Join(args) => join::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Import(args) => import::run(&args).map(|()| ExitCode::SUCCESS),
            Command::Synthesize(args) => synthesize::run(&args).map(|()| ExitCode::SUCCESS),
        }
    }
}

/// A value as its option takes it.
pub fn option_value(value: impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The model file, and what to call it where it cannot be used.
///
/// # Errors
/// Names the file that cannot be read.
pub fn read_model(model: Option<&Path>) -> Result<(Cow<'static, [u8]>, String)> {
    match model {
        None => Ok((DEFAULT_MODEL.into(), "the shipped weights".into())),
        Some(path) => {
            let name = path.display().to_string();
            Ok((files::read(path)?.into(), name))
        }
    }
}

/// The classifier of a model file, or the shipped one.
///
/// # Errors
/// Names the file.
pub fn load(model: Option<&Path>) -> Result<Classifier> {
    let (bytes, name) = read_model(model)?;
    Classifier::from_bytes(&bytes).with_context(|| format!("cannot use {name}"))
}

/// Prints what a command found: as one JSON object for tools, else as text for people.
///
/// # Errors
/// Where it cannot be written.
pub fn show<T: Serialize>(json: bool, found: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
    print(&match json {
        true => serde_json::to_string(found)? + "\n",
        false => text(found),
    })
}

/// Writes to standard output. Unlike `println!` it does not panic where that is closed.
///
/// # Errors
/// Where it cannot be written.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

fn run_fit(args: &FitArgs) -> Result<()> {
    let Some(folds) = args.folds else {
        return fit::run(args);
    };
    crossval::run(&CrossvalArgs {
        data: args.data.clone(),
        name: format!("{folds}-folds"),
        table: None,
        out: args.out.clone(),
        folds: Vec::new(),
        seeds: vec![args.seed],
        n_folds: folds as usize,
        of_fit: true,
        backend: args.backend,
        jobs: None,
        recipe: args.recipe.clone(),
    })?;
    run_report(&ReportArgs {
        outcomes: (0..folds)
            .map(|fold| args.out.join(format!("seed{}-fold{fold}.jsonl", args.seed)))
            .collect(),
        votes: Vec::new(),
        label_bias: false,
        json: false,
        pictures: None,
    })
}

fn run_report(args: &ReportArgs) -> Result<()> {
    let runs = match args.votes.is_empty() {
        true => report::read_runs(&args.outcomes)?,
        false => report::read_votes(&args.outcomes, &args.votes)?,
    };
    let found = report::CrossValidation::new(&runs, args.label_bias);
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

fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "train", &mut script);
    print(&String::from_utf8(script)?)
}

#[cfg(test)]
mod tests;
