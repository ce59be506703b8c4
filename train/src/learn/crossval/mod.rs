//! Cross-validation: a recipe on every fold and seed, with a record of each run.
//!
//! Each run trains in a process of its own: burn has one random generator a process, so runs beside one another
//! would otherwise not be reproducible.

mod child;
mod files;
mod folds;
mod record;
mod summary;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use burn::module::Module;
use emotionai_voice::Classifier;
use sha2::Sha256;

use crate::data::cache::Location;
use crate::data::corpus::{Choice, Corpus, Speaker, skips};
use crate::eval::{self, Answers};
use crate::io::model;
use crate::io::output::note;
use crate::learn::backend::Backend;
use crate::learn::fit::LogEntry;
use crate::learn::recipe::{Network, REVISION, Recipe};
use files::Files;
use folds::folds;
use record::{Identity, Run, Table};

pub use folds::FOLDS;
pub use summary::summary;

/// The inputs and options of a cross-validation.
pub struct CrossvalOptions {
    /// The recordings.
    pub corpus: Corpus,
    /// Name of the recipe in the table.
    pub name: String,
    /// The table of runs; `None` for `runs.jsonl` in `out`.
    pub table: Option<PathBuf>,
    /// Folder for models, logs and outcomes.
    pub out: PathBuf,
    /// Folds to run; empty for all.
    pub folds: Vec<u32>,
    /// Seeds to run.
    pub seeds: Vec<u64>,
    /// Number of folds.
    pub n_folds: usize,
    /// Where to train.
    pub backend: Backend,
    /// Runs at a time; `None` for one a core.
    pub jobs: Option<usize>,
    /// Where the variants of the recordings are kept, which folds and seeds share.
    pub cache: Location,
    /// The network that the recipe is based on.
    pub network: Network,
    /// The recipe.
    pub recipe: Recipe,
    /// The program that trains, by its command `fit`.
    pub program: PathBuf,
    /// The option that messages recommend to change where runs of another recipe are found.
    pub rename: &'static str,
}

/// Receives a line after each run.
type Progress = dyn FnMut(&str) -> Result<()> + Send;

/// A seed and a fold.
type Cell = (u64, u32);

impl CrossvalOptions {
    /// Runs the cells that are missing in the table and returns the runs of all cells. `progress` receives a line
    /// after each run.
    ///
    /// # Errors
    /// Where a run fails; the others are completed and recorded.
    pub fn run(&self, progress: &mut Progress) -> Result<Vec<Run>> {
        // What would fail in every run is found before the first.
        let plan = Plan::new(self)?;
        let mut done = plan.table.read(&self.name, self.rename)?;
        let missing = plan.missing(&done)?;
        fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot create {}", self.out.display()))?;
        plan.table.open()?;
        let (finished, failure) = plan.run_all(missing, progress);
        done.extend(finished.into_iter().map(|run| ((run.seed, run.fold), run)));
        failure.map_or(Ok(done.into_values().collect()), Err)
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // The values are consistent whatever happened to the thread that held them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The common part of all runs.
struct Plan<'a> {
    options: &'a CrossvalOptions,
    table: Table,
    /// All folds, with their held-out speakers.
    folds: BTreeMap<u32, BTreeSet<Speaker>>,
    recordings: Sha256,
    /// The recipe as options of `train fit`.
    recipe: String,
    /// Every field of the recipe.
    config: Vec<String>,
}

impl<'a> Plan<'a> {
    fn new(options: &'a CrossvalOptions) -> Result<Plan<'a>> {
        let corpus = &options.corpus;
        corpus.check_out(&options.out)?;
        let folds = folds(corpus, options.n_folds)?;
        if let Some(fold) = options.folds.iter().find(|fold| !folds.contains_key(fold)) {
            bail!("--folds {fold}: there are folds 0 to {}", folds.len() - 1);
        }
        let table = options.table.clone();
        Ok(Plan {
            options,
            table: Table(table.unwrap_or_else(|| options.out.join("runs.jsonl"))),
            recordings: record::recordings(corpus, &folds)?,
            folds,
            recipe: options.recipe.options(options.network)?,
            config: options.recipe.assignments()?,
        })
    }

    /// The wanted cells that are not done.
    ///
    /// # Errors
    /// Where runs that are done, or files in the folder, are of another recipe.
    fn missing(&self, done: &BTreeMap<Cell, Run>) -> Result<VecDeque<Cell>> {
        let options = self.options;
        for run in done.values() {
            if let Some(different) = self.identity(run.fold).difference(&run.identity) {
                bail!(
                    "{} has runs called {} with {different}: choose another {}",
                    self.table.0.display(),
                    options.name,
                    options.rename,
                );
            }
        }
        let wanted: Vec<u32> = match options.folds.is_empty() {
            true => self.folds.keys().copied().collect(),
            false => options.folds.clone(),
        };
        let mut missing = VecDeque::new();
        for &seed in &options.seeds {
            for &fold in &wanted {
                let files = self.files((seed, fold));
                files.check(&self.identity(fold))?;
                if !(done.contains_key(&(seed, fold)) && files.outcomes().exists()) {
                    missing.push_back((seed, fold));
                }
            }
        }
        Ok(missing)
    }

    /// The runs that succeed, each recorded as soon as it does, and the first failure.
    fn run_all(
        &self,
        cells: VecDeque<Cell>,
        progress: &mut Progress,
    ) -> (Vec<Run>, Option<anyhow::Error>) {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.options.jobs.unwrap_or(cores);
        let jobs = jobs.clamp(1, cells.len().max(1));
        let threads = (cores / jobs).max(1);
        let (queue, finished) = (Mutex::new(cells), Mutex::new(Vec::new()));
        let progress = Mutex::new(progress);
        let failures: Vec<anyhow::Error> = thread::scope(|scope| {
            let worker = || self.work(&queue, threads, &finished, &progress);
            let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
            let ended = workers.into_iter().map(|worker| worker.join());
            let failures = ended.filter_map(|failure| match failure {
                Ok(failure) => failure,
                Err(_) => Some(anyhow::anyhow!("a worker panicked")),
            });
            failures.collect()
        });
        let finished = lock(&finished).drain(..).collect();
        (finished, failures.into_iter().next())
    }

    /// Runs the cells of the queue until it is empty, and returns the first failure.
    fn work(
        &self,
        queue: &Mutex<VecDeque<Cell>>,
        threads: usize,
        finished: &Mutex<Vec<Run>>,
        progress: &Mutex<&mut Progress>,
    ) -> Option<anyhow::Error> {
        let mut failure = None;
        loop {
            let next = lock(queue).pop_front();
            let Some((seed, fold)) = next else {
                return failure;
            };
            let recorded = self.run_cell((seed, fold), threads).and_then(|run| {
                let line = format!(
                    "fold {}   seed {}   UAR {:.3}   {:.0} s\n",
                    run.fold, run.seed, run.uar, run.seconds
                );
                self.table.append(&run)?;
                lock(finished).push(run);
                (lock(progress))(&line)
            });
            if let Err(error) = recorded.context(format!("fold {fold}, seed {seed}")) {
                note(format_args!("failed: {error:#}"));
                failure.get_or_insert(error);
            }
        }
    }

    fn files(&self, (seed, fold): Cell) -> Files<'_> {
        Files {
            folder: &self.options.out,
            seed,
            fold,
        }
    }

    /// The training speakers and the held-out speakers of a fold.
    fn choices(&self, fold: u32) -> (Choice, Choice) {
        let of = |is_chosen: &dyn Fn(u32) -> bool| {
            let folds = self.folds.iter();
            let folds = folds.filter(|(number, _)| is_chosen(**number));
            Choice::Speakers(folds.flat_map(|(_, speakers)| speakers.clone()).collect())
        };
        (of(&|number| number != fold), of(&|number| number == fold))
    }

    fn identity(&self, fold: u32) -> Identity {
        let (_, held_out) = self.choices(fold);
        Identity {
            recipe: self.recipe.clone(),
            revision: REVISION,
            config: self.config.clone(),
            folds: self.options.n_folds,
            backend: self.options.backend.to_string(),
            recordings: record::digest(&self.recordings, &held_out),
        }
    }

    /// Trains on the other folds in a process of its own, and evaluates on this fold.
    fn run_cell(&self, (seed, fold): Cell, threads: usize) -> Result<Run> {
        let files = self.files((seed, fold));
        let (_, held_out) = self.choices(fold);
        let log = files.path("log");
        let identity = self.identity(fold);
        let model = match files.model() {
            Some(model) => model,
            None => {
                files.begin(&identity)?;
                let name = match self.options.seeds.len() {
                    1 => format!("fold {fold}"),
                    _ => format!("fold {fold}   seed {seed}"),
                };
                let fit = self.fit_command(&files, &log, threads)?;
                let epochs = self.options.recipe.epochs;
                child::run(fit, &files.path("txt"), &name, epochs)?;
                files
                    .model()
                    .context("the model that was written cannot be read")?
            }
        };

        let parameters = model.net.num_params();
        let classifier = Classifier::from_model(model, model::device())?;
        let clips = self.options.corpus.select(&held_out, "crossval")?;
        let Answers { outcomes, skipped } = eval::classify_usable(&classifier, &clips)?;
        // Each recording is held out once, so each skipped one is reported once.
        note(skips(&skipped));
        eval::write_outcomes(&files.outcomes(), &outcomes)?;
        let header = classifier.model();
        let metrics = eval::evaluate(&outcomes, &header.labels, &header.calibration);
        let curve: Vec<LogEntry> = match log.exists() {
            true => record::json_lines(&log)?,
            false => Vec::new(),
        };
        Ok(Run {
            name: self.options.name.clone(),
            fold,
            seed,
            identity,
            uar: metrics.uar,
            accuracy: metrics.accuracy,
            parameters,
            seconds: curve.last().map_or(0.0, |last| last.seconds.round()),
            curve: sample(&curve),
        })
    }

    fn fit_command(&self, files: &Files, log: &Path, threads: usize) -> Result<Command> {
        let options = self.options;
        let (train, held_out) = self.choices(files.fold);
        let mut fit = Command::new(&options.program);
        fit.env("RAYON_NUM_THREADS", threads.to_string());
        fit.args(["fit", "--json", "--data"])
            .arg(options.corpus.root());
        if let Some(names) = options
            .corpus
            .names()
            .filter(|_| !options.corpus.is_listed())
        {
            fit.args(["--corpus", names.option()]);
        }
        fit.args(["--train", &train.to_string()]);
        fit.args(["--valid", &held_out.to_string()]);
        fit.args(["--network", options.network.name()]);
        for change in options.recipe.changes(options.network)? {
            fit.args(["--set", &change]);
        }
        fit.args(["--seed", &files.seed.to_string(), "--temperature", "1"]);
        fit.args(["--backend", options.backend.name()]);
        match &options.cache {
            Location::Default => {}
            Location::Folder(folder) => {
                fit.arg("--cache").arg(folder);
            }
            Location::Temporary => {
                fit.arg("--no-cache");
            }
        }
        fit.arg("--out").arg(files.path("emo"));
        fit.arg("--log").arg(log);
        Ok(fit)
    }
}

/// About ten epochs of a log, the last among them.
fn sample(log: &[LogEntry]) -> Vec<(usize, f64, f64, Option<f64>)> {
    let every = (log.len() / 10).max(1);
    log.iter()
        .filter(|entry| entry.epoch % every == 0 || entry.epoch == log.len())
        .map(|e| {
            let held_out = e.held_out_uar.map(round);
            (e.epoch, round(e.loss), round(e.accuracy), held_out)
        })
        .collect()
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
