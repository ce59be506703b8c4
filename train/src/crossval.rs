//! `train crossval`: a recipe on every fold and seed, with a record of each run.
//!
//! Each training is a process of its own: burn draws from one random generator a process, so runs
//! beside one another would otherwise not be repeatable.

mod folds;
mod record;
mod summary;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use burn::module::Module;
use emotionai_voice::{Classifier, CorpusUse, Provenance};
use serde_json::Value;
use sha2::Sha256;

use crate::cli::{self, CrossvalArgs, option_value};
use crate::corpus::{Choice, Corpus, Speaker, skips};
use crate::evaluation::Heard;
use crate::fit::LogEntry;
use crate::recipe::REVISION;
use crate::{evaluation, provenance, training};
use folds::folds;
use record::{Files, Identity, Run, append, json_lines, open_table, read_table};
use summary::summary;

pub use folds::FOLDS;

/// Runs what the table does not have yet, and prints the table of the recipe.
///
/// # Errors
/// Where a run fails; the others go on, and what they gave is kept.
pub fn run(args: &CrossvalArgs) -> Result<()> {
    // What would fail in every run is found before the first.
    let plan = Plan::new(args)?;
    let mut done = read_table(&plan.table, &args.name)?;
    let missing = plan.missing(&done)?;
    fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot create {}", args.out.display()))?;
    open_table(&plan.table)?;
    let (finished, failure) = plan.run_all(missing);
    done.extend(finished.into_iter().map(|run| ((run.seed, run.fold), run)));
    // `fit` sums up as `report` does, and two tables of figures are one too many.
    if !args.of_fit {
        cli::print(&summary(done.values()))?;
    }
    failure.map_or(Ok(()), Err)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A queue and a list are whole whatever happened to the thread that held them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A seed and a fold.
type Place = (u64, u32);

/// What the runs have in common.
struct Plan<'a> {
    args: &'a CrossvalArgs,
    table: PathBuf,
    corpus: Corpus,
    /// All folds, those that are not wanted too.
    folds: BTreeMap<u32, BTreeSet<Speaker>>,
    recordings: Sha256,
    /// As options of `train fit`.
    recipe: String,
    /// The fields by which it differs from the default.
    changes: BTreeMap<String, Value>,
    /// Every field of it.
    config: Vec<String>,
}

impl<'a> Plan<'a> {
    fn new(args: &'a CrossvalArgs) -> Result<Plan<'a>> {
        let corpus = args.data.open()?;
        corpus.check_out(&args.out)?;
        let folds = folds(&corpus, args.n_folds)?;
        if let Some(fold) = args.folds.iter().find(|fold| !folds.contains_key(fold)) {
            bail!("--folds {fold}: there are folds 0 to {}", folds.len() - 1);
        }
        let recipe = args.recipe.load_for(&corpus)?;
        Ok(Plan {
            args,
            table: args
                .table
                .clone()
                .unwrap_or_else(|| args.out.join("runs.jsonl")),
            recordings: record::recordings(&corpus, &folds)?,
            corpus,
            folds,
            recipe: args.recipe.told_again(&recipe)?,
            changes: args.recipe.changes(&recipe)?,
            config: recipe.assignments()?,
        })
    }

    /// The wanted runs that are not done.
    ///
    /// # Errors
    /// Where those that are done, or the files that are there, are of another recipe.
    fn missing(&self, done: &BTreeMap<Place, Run>) -> Result<VecDeque<Place>> {
        let args = self.args;
        for run in done.values() {
            if let Some(different) = self.identity(run.fold).difference(&run.identity) {
                bail!(
                    "{} has runs called {} with {different}: choose another {}",
                    self.table.display(),
                    args.name,
                    if args.of_fit { "--out" } else { "--name" },
                );
            }
        }
        let wanted: Vec<u32> = match args.folds.is_empty() {
            true => self.folds.keys().copied().collect(),
            false => args.folds.clone(),
        };
        let mut missing = VecDeque::new();
        for &seed in &args.seeds {
            for &fold in &wanted {
                let files = self.files(seed, fold);
                files.check(&self.identity(fold), |found| self.is_of(fold, found))?;
                if !(done.contains_key(&(seed, fold)) && files.outcomes().exists()) {
                    missing.push_back((seed, fold));
                }
            }
        }
        Ok(missing)
    }

    /// Those that succeed, each in the table as soon as it does, and the first failure.
    fn run_all(&self, places: VecDeque<Place>) -> (Vec<Run>, Option<anyhow::Error>) {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let jobs = self
            .args
            .jobs
            .unwrap_or(cores)
            .clamp(1, places.len().max(1));
        let threads = (cores / jobs).max(1);
        let (queue, finished) = (Mutex::new(places), Mutex::new(Vec::new()));
        let failures: Vec<anyhow::Error> = thread::scope(|scope| {
            let worker = || self.work(&queue, threads, &finished);
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

    /// Runs one of the queue after the other until it is empty, and gives the first failure.
    fn work(
        &self,
        queue: &Mutex<VecDeque<Place>>,
        threads: usize,
        finished: &Mutex<Vec<Run>>,
    ) -> Option<anyhow::Error> {
        let mut failure = None;
        loop {
            let next = lock(queue).pop_front();
            let Some((seed, fold)) = next else {
                return failure;
            };
            let place = format!("fold {fold}, seed {seed}");
            let run = self.run_fold((seed, fold), threads);
            let kept = run.and_then(|run| self.keep(run, &mut lock(finished)));
            if let Err(error) = kept.context(place) {
                eprintln!("failed: {error:#}");
                failure.get_or_insert(error);
            }
        }
    }

    fn keep(&self, run: Run, finished: &mut Vec<Run>) -> Result<()> {
        let line = format!(
            "fold {}   seed {}   UAR {:.3}   {:.0} s\n",
            run.fold, run.seed, run.uar, run.seconds
        );
        append(&self.table, &run)?;
        finished.push(run);
        match self.args.of_fit {
            true => Ok(()),
            false => cli::print(&line),
        }
    }

    fn files(&self, seed: u64, fold: u32) -> Files<'_> {
        Files {
            folder: &self.args.out,
            seed,
            fold,
        }
    }

    /// Whom a fold learns from, and whom it holds out.
    fn choices(&self, fold: u32) -> (Choice, Choice) {
        let of = |is_chosen: &dyn Fn(u32) -> bool| {
            let folds = self.folds.iter();
            let folds = folds.filter(|(number, _)| is_chosen(**number));
            Choice::Speakers(folds.flat_map(|(_, speakers)| speakers.clone()).collect())
        };
        (of(&|number| number != fold), of(&|number| number == fold))
    }

    /// Whether a model was made for a fold, as its provenance says.
    fn is_of(&self, fold: u32, found: &Provenance) -> bool {
        let (train, held_out) = self.choices(fold);
        let own = provenance::corpus_use(&self.corpus, &train, &held_out);
        let is_same = |of: &CorpusUse| (&of.train, &of.valid) == (&own.train, &own.valid);
        found.corpora.iter().any(is_same) && found.recipe == self.changes
    }

    fn identity(&self, fold: u32) -> Identity {
        let (_, held_out) = self.choices(fold);
        Identity {
            recipe: self.recipe.clone(),
            revision: Some(REVISION),
            config: Some(self.config.clone()),
            folds: Some(self.args.n_folds),
            backend: Some(option_value(self.args.backend)),
            recordings: Some(record::digest(&self.recordings, &held_out)),
        }
    }

    /// Trains on the other folds, in a process of its own, and judges on this one.
    fn run_fold(&self, (seed, fold): Place, threads: usize) -> Result<Run> {
        let (args, files) = (self.args, self.files(seed, fold));
        let (train, held_out) = self.choices(fold);
        let log = files.path("log");
        let identity = self.identity(fold);
        let model = match files.model() {
            Some(model) => model,
            None => {
                files.begin(&identity)?;
                let program = std::env::current_exe().context("cannot find this program")?;
                let mut fit = Command::new(program);
                fit.env("RAYON_NUM_THREADS", threads.to_string());
                fit.arg("fit").arg("--data").arg(&args.data.data);
                if let Some(names) = args.data.corpus {
                    fit.args(["--corpus", &names.option()]);
                }
                fit.args(["--train", &train.to_string()]);
                fit.args(["--valid", &held_out.to_string()]);
                fit.args(["--network", &args.recipe.network_name()]);
                let recipe = args.recipe.load_for(&self.corpus)?;
                for change in recipe.changes(args.recipe.network)? {
                    fit.args(["--set", &change]);
                }
                fit.args(["--seed", &seed.to_string(), "--temperature", "1"]);
                fit.args(["--backend", &option_value(args.backend)]);
                fit.arg("--out").arg(files.path("emo"));
                fit.arg("--log").arg(&log);
                let whom = match args.seeds.len() {
                    1 => format!("fold {fold}"),
                    _ => format!("fold {fold}   seed {seed}"),
                };
                finish(fit, &files.path("txt"), &whom)?;
                files
                    .model()
                    .context("the model that was written is none")?
            }
        };

        let parameters = model.net.num_params();
        let classifier = Classifier::from_model(model, training::device());
        let clips = self.corpus.select(&held_out, "crossval")?;
        let Heard { outcomes, skipped } = evaluation::run_on_usable(&classifier, &clips)?;
        // Each recording is held out once, so each that cannot be used is named once.
        eprint!("{}", skips(&skipped));
        evaluation::write_outcomes(&files.outcomes(), &outcomes)?;
        let header = classifier.model();
        let figures = evaluation::evaluate(&outcomes, &header.labels, &header.calibration);
        let curve: Vec<LogEntry> = match log.exists() {
            true => json_lines(&log)?,
            false => Vec::new(),
        };
        Ok(Run {
            name: args.name.clone(),
            fold,
            seed,
            identity,
            uar: figures.uar,
            accuracy: figures.accuracy,
            parameters,
            seconds: curve.last().map_or(0.0, |last| last.seconds.round()),
            curve: sample(&curve),
        })
    }
}

/// Some epochs of a log, the last among them.
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

/// Waits for a training of `whom`. All that it says is kept in the file `said`; how its epochs went is
/// told at once.
fn finish(mut command: Command, said: &Path, whom: &str) -> Result<()> {
    let cannot = || format!("cannot write {}", said.display());
    let mut file = File::create(said).with_context(cannot)?;
    let output = file.try_clone().with_context(cannot)?;
    let mut child = command.stdout(output).stderr(Stdio::piped()).spawn()?;
    let (mut written, mut problem) = (Ok(()), Vec::new());
    for line in child.stderr.take().into_iter().flat_map(lines) {
        if line.starts_with("epoch ") {
            // Nobody is told where standard error is closed, and that is no failure.
            let _ = writeln!(io::stderr(), "{whom}   {line}");
        }
        written = written.and_then(|()| writeln!(file, "{line}"));
        if line.starts_with("error: ") {
            problem.clear();
        }
        problem.push(line);
    }
    let status = child.wait()?;
    written.with_context(cannot)?;
    if status.success() {
        return Ok(());
    }
    bail!("{status}: {}", problem.join("\n"));
}

/// The lines of a text to its end, whatever bytes are in it.
fn lines(text: impl Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(text).split(b'\n').map_while(io::Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).into_owned())
}
