//! `train fit`: trains a model and writes its file, or cross-validates a recipe.

mod dashboard;
mod lines;

use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use emotionai_voice::training::ParameterType;

use self::dashboard::Dashboard;
use self::lines::{JsonLines, Lines};
use super::args::{CacheArgs, CalibrationArgs, DataArgs, RecipeArgs, values};
use crate::data::corpus::{Choice, Corpus, Names, parse_choice};
use crate::data::same_sound;
use crate::eval::{CrossValidation, read_runs, report};
use crate::io::output::{note, print};
use crate::learn::backend::Backend;
use crate::learn::crossval::CrossvalOptions;
use crate::learn::fit::{Event, Fit, Listener, Stop};

/// RAVDESS and nEMO are CC BY-NC-SA 4.0, and so are models that are trained on them.
const SHARE_ALIKE: &str = "CC-BY-NC-SA-4.0";
/// The SPDX expression for an unknown licence.
const UNKNOWN_LICENCE: &str = "NOASSERTION";
/// Exit code after a second Ctrl-C: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

const EXAMPLES: &str = "\
Examples:
  train fit --data ravdess
  train fit --data ravdess --train 1-16 --valid 17-20 --seed 7 --out mine.emo
  train fit --data ravdess --network cnn-gru --set augment.noise=0.25 --out runs/gru
  train fit --data corpus.csv --set sampling=balanced             # rare labels as often as others
  train fit --data ravdess --valid none --parameters f16 --out everybody.emo
  train fit --data ravdess --train 1-16 --valid 17-20 --evaluate-every 5 --patience 4
  train fit --data ravdess --folds 5 --out runs/five              # cross-validation
  train fit --data mel --train 1-16 --valid 17-20                 # what `preprocess` made
  train fit --data ravdess --json > events.jsonl                  # for tools

Training that was stopped, by Ctrl-C or by a power cut, is resumed by the same command, and ends with the
same model as if it had never stopped. In a terminal a dashboard shows its progress; --plain prints lines
instead.

Rare labels count as much as frequent ones in the loss: balance=1 of the recipe, 0 for not at all. With
sampling=balanced their recordings are repeated in place of those of frequent labels.";

/// Options of `fit`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct FitArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Model file to write (.emo), or a folder for model.emo and log.jsonl. The checkpoint is kept
    /// beside the model during training; the same command resumes from it.
    #[arg(long, default_value = "model.emo")]
    out: PathBuf,
    /// Begin anew where an earlier process left a checkpoint.
    #[arg(long)]
    restart: bool,
    /// Training speakers, such as 1-16,18 or DC,JE; split:NAME for a split of the manifest; or
    /// all [default: the manifest's split train; of RAVDESS speech 1-20].
    #[arg(long, value_parser = parse_choice)]
    train: Option<Choice>,
    /// Held-out speakers to evaluate on, in the same way, or none [default: the manifest's split
    /// valid; of RAVDESS speech 21-24].
    #[arg(long, value_parser = parse_choice)]
    valid: Option<Choice>,
    /// Licence of the weights, as an SPDX expression
    /// [default: CC-BY-NC-SA-4.0 of RAVDESS and nEMO, else NOASSERTION].
    #[arg(long)]
    licence: Option<String>,
    /// Same seed, same machine: same model.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Cross-validate instead, with so many folds: each model is evaluated on held-out speakers, and the
    /// metrics are over all of them. --out is then a folder for their models and outcomes; completed runs
    /// in it are kept. Five folds of RAVDESS speech are the protocol's.
    #[arg(
        long,
        value_parser = clap::value_parser!(u32).range(2..),
        requires = "out",
        conflicts_with_all = [
            "train", "valid", "licence", "log", "json", "plain", "patience", "evaluate_every", "parameters", "restart",
            "temperature", "label_bias", "neutral_logits", "uncertain_below",
        ],
    )]
    folds: Option<u32>,
    /// Backend to train on. The result differs a little between backends.
    #[arg(long, value_parser = values::backend(), default_value = "flex")]
    backend: Backend,
    /// File to write the metrics of each epoch to, one JSON object a line [default: log.jsonl where
    /// --out is a folder].
    #[arg(long)]
    log: Option<PathBuf>,
    /// Print events as JSON objects, one a line: started, epoch, then finished or failed.
    #[arg(long, conflicts_with = "plain")]
    json: bool,
    /// Print lines instead of the dashboard in a terminal, too.
    #[arg(long)]
    plain: bool,
    /// Stop after so many evaluations without a better UAR on the held-out speakers, and keep the
    /// weights of the best one. The metrics on those speakers are then optimistic.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    patience: Option<u32>,
    /// Epochs from one evaluation on the held-out speakers to the next.
    #[arg(long, alias = "judge-every", default_value_t = 10, value_parser = values::from::<1>())]
    evaluate_every: usize,
    /// How the file stores the parameters: f32, f16 for half the size, or int8 for about a quarter.
    #[arg(long, default_value_t)]
    parameters: ParameterType,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    calibration: CalibrationArgs,
    // The last, so that its heading is that of no other option.
    #[command(flatten)]
    recipe: RecipeArgs,
}

/// Trains the model, or cross-validates the recipe.
pub fn run(args: FitArgs) -> Result<()> {
    if let Some(folds) = args.folds {
        return cross_validate(args, folds);
    }
    let json = args.json;
    let result = train(args);
    if let (true, Err(error)) = (json, &result) {
        let error = format!("{error:#}");
        JsonLines.on_event(&Event::Failed { error })?;
    }
    result
}

fn train(args: FitArgs) -> Result<()> {
    let corpus = args.data.open()?;
    let division = corpus.divide(args.train.as_ref(), args.valid.as_ref())?;
    note(same_sound::warning(&same_sound::same_sound(&division)));
    let recipe = args.recipe.load_for(&corpus)?;
    if corpus.has_spectrograms() {
        note(format_args!(
            "{} holds spectrograms, which cannot be played faster or distorted: training goes without other speeds, distorted copies and prosody. For a model for microphones, train on the recordings themselves",
            args.data.data.display()
        ));
    }
    let changes = recipe.changed_fields(args.recipe.network)?;
    let (is_json, is_plain) = (args.json, args.plain);
    let fit = Fit {
        licence: args.licence.unwrap_or_else(|| licence(&corpus).to_owned()),
        division,
        corpus,
        recipe,
        seed: args.seed,
        backend: args.backend,
        patience: args.patience,
        evaluate_every: args.evaluate_every,
        parameters: args.parameters,
        calibration: args.calibration.given(),
        changes,
        out: args.out,
        log: args.log,
        cache: args.cache.location(),
        restart: args.restart,
    };
    let stop = Stop::default();
    fit.run(stop.clone(), |header| {
        let asked = stop.clone();
        ctrlc::set_handler(move || request(&asked)).context("cannot catch Ctrl-C")?;
        let is_terminal = stdout().is_terminal() && stderr().is_terminal();
        Ok(match (is_json, is_terminal && !is_plain) {
            (true, _) => Box::new(JsonLines),
            (false, false) => Box::new(Lines::default()),
            (false, true) => {
                let title = format!("train fit   {}", header.architecture.name());
                Box::new(Dashboard::new(title, stop)?)
            }
        })
    })
}

/// The first request saves and stops; the second ends the program at once, and the last checkpoint remains.
fn request(stop: &Stop) {
    if stop.request() {
        ratatui::restore();
        std::process::exit(INTERRUPTED);
    }
}

fn licence(corpus: &Corpus) -> &'static str {
    match corpus.names() {
        Some(Names::Ravdess | Names::RavdessSong | Names::Nemo) => SHARE_ALIKE,
        _ => UNKNOWN_LICENCE,
    }
}

fn cross_validate(args: FitArgs, folds: u32) -> Result<()> {
    let corpus = args.data.open()?;
    let options = CrossvalOptions {
        recipe: args.recipe.load_for(&corpus)?,
        network: args.recipe.network,
        corpus,
        name: format!("{folds}-folds"),
        table: None,
        folds: Vec::new(),
        seeds: vec![args.seed],
        n_folds: folds as usize,
        backend: args.backend,
        jobs: None,
        cache: args.cache.location(),
        program: std::env::current_exe().context("cannot find this program")?,
        out: args.out.clone(),
        rename: "--out",
    };
    // The report has a table of its own.
    options.run(&mut |_| Ok(()))?;
    let outcomes = |fold| args.out.join(format!("seed{}-fold{fold}.jsonl", args.seed));
    let outcomes: Vec<PathBuf> = (0..folds).map(outcomes).collect();
    let found = CrossValidation::new(&read_runs(&outcomes)?, false);
    print(&report::cross_validation(&found).markdown())
}
