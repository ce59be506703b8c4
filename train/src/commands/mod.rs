//! The commands of `train`: a file or a folder for each, with its options and its `run`. They alone name clap,
//! and none knows another.

mod args;
mod cache;
mod completions;
mod crossval;
mod describe;
mod download;
mod evaluate;
mod export;
mod fit;
mod import;
mod join;
mod predict;
mod preprocess;
mod recipe;
mod report;
mod robustness;
mod synthesize;
#[cfg(test)]
mod tests;
mod vad;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::io::output::{Closed, note};

const HELP: &str = "\
First steps, with RAVDESS unpacked in ./ravdess:
  train predict voice.wav                                         # by the shipped weights
  train fit --data ravdess --train 1-16 --valid 17-20 --out mine.emo
  train evaluate --data ravdess --actors 17-20 --model mine.emo   # on held-out speakers
  train predict --model mine.emo recordings/                      # a folder, all cores

Exit codes:
  0  done
  1  failure: a file that cannot be read (`predict` names it and goes on), a model that does not fit, a
     full disk
  2  wrong usage: an unknown option or value";

/// Trains speech emotion models from scratch, evaluates them, and applies them to files.
#[derive(Parser)]
#[command(version, name = "train", after_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch the recordings of RAVDESS, check and unpack them.
    Download(download::DownloadArgs),
    /// Convert every recording of a corpus to a mel spectrogram that NumPy reads.
    Preprocess(preprocess::PreprocessArgs),
    /// Train a model and write its file.
    Fit(Box<fit::FitArgs>),
    /// Print every field of a recipe, as a TOML file that --recipe takes.
    Recipe(recipe::RecipeCommandArgs),
    /// Train and evaluate a recipe on every fold of a cross-validation, and keep the record.
    Crossval(crossval::CrossvalArgs),
    /// Evaluate a model on held-out speakers, through the pipeline that ships.
    Evaluate(evaluate::EvaluateArgs),
    /// Evaluate a model under noise, reverberation, codecs and microphones.
    Robustness(robustness::RobustnessArgs),
    /// Train the network of the voice activity detector, and write it for the core.
    #[command(alias = "gate")]
    Vad(vad::VadArgs),
    /// Predict the emotion of each recording.
    Predict(predict::PredictArgs),
    /// Sum up a cross-validation: metrics with their spread, calibration, pictures.
    Report(report::ReportArgs),
    /// Show or clear the cache of prepared recordings.
    Cache(cache::CacheCommandArgs),
    /// Describe the size and the cost of a model.
    Describe(describe::DescribeArgs),
    /// Print a script that completes commands and options in a shell.
    Completions(completions::CompletionsArgs),
    /// Export a model: as a smaller model file, or as ONNX.
    Export(export::ExportArgs),
    /// Join several models to an ensemble, whose answer is the weighted mean of theirs.
    Join(join::JoinArgs),
    /// Convert a PyTorch checkpoint of plain convolutions (emotion_cnn.pt) to a model file.
    Import(import::ImportArgs),
    /// Synthesize a corpus of artificial voices and three labels, to try the other commands on.
    #[command(hide = true)]
    Synthesize(synthesize::SynthesizeArgs),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        // The reader of the result needs no more of it.
        Err(error) if error.is::<Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self) -> Result<ExitCode> {
        match self.command {
            Command::Download(args) => download::run(&args),
            Command::Preprocess(args) => preprocess::run(&args),
            Command::Fit(args) => fit::run(*args),
            Command::Recipe(args) => recipe::run(&args),
            Command::Crossval(args) => crossval::run(args),
            Command::Evaluate(args) => evaluate::run(&args),
            Command::Robustness(args) => robustness::run(&args),
            Command::Vad(args) => vad::run(&args),
            Command::Predict(args) => return predict::run(&args),
            Command::Report(args) => report::run(&args),
            Command::Cache(args) => cache::run(&args),
            Command::Describe(args) => describe::run(&args),
            Command::Completions(args) => completions::run(&args, Cli::command()),
            Command::Export(args) => export::run(&args),
            Command::Join(args) => join::run(&args),
            Command::Import(args) => import::run(&args),
            Command::Synthesize(args) => synthesize::run(&args),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}
