//! `train crossval`: a recipe on every fold and seed, with a record of each run.
//!
//! Each training is a process of its own: burn draws from one random generator a process, so runs
//! beside one another would otherwise not be repeatable.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};
use burn::module::Module;
use emotionai_voice::{Classifier, Model};
use serde::{Deserialize, Serialize};

use crate::cli::{self, CrossvalArgs, option_value};
use crate::corpus::{Choice, Corpus, Names, Speaker, Tag};
use crate::fit::LogEntry;
use crate::{evaluation, training};

/// Folds of a cross-validation where nobody says.
pub const FOLDS: usize = 5;
/// The actors of RAVDESS that are cross-validated on; it has four more, which are the sealed test.
const ACTORS: std::ops::RangeInclusive<u32> = 1..=20;
/// Of these each of the five folds holds out neighbours, half of them women.
const ACTORS_A_FOLD: u32 = 4;

/// One run, as a line of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Run {
    /// What the recipe is called.
    name: String,
    fold: u32,
    seed: u64,
    /// The recipe, as options of `train fit`.
    recipe: String,
    /// On the held-out actors, after the last epoch.
    uar: f64,
    accuracy: f64,
    parameters: usize,
    seconds: f64,
    /// `[epoch, loss, accuracy on augmented windows, held-out UAR]` of some epochs.
    curve: Vec<(usize, f64, f64, Option<f64>)>,
}

/// Runs what the table does not have yet, and prints the table of the recipe.
///
/// # Errors
/// Where a run fails; the others go on, and what they gave is kept.
pub fn run(args: &CrossvalArgs) -> Result<()> {
    // What would fail in every run is found before the first.
    let corpus = args.data.open()?;
    let folds = folds(&corpus, args.n_folds)?;
    let recipe = args.recipe.told_again(&args.recipe.load_for(&corpus)?)?;
    let wanted: Vec<u32> = match args.folds.is_empty() {
        true => folds.keys().copied().collect(),
        false => args.folds.clone(),
    };
    if let Some(fold) = wanted.iter().find(|fold| !folds.contains_key(fold)) {
        bail!("--folds {fold}: there are folds 0 to {}", folds.len() - 1);
    }
    let mut done = read_table(&args.table)?;
    done.retain(|run| run.name == args.name);
    if let Some(other) = done.iter().find(|run| run.recipe != recipe) {
        bail!(
            "{} has runs called {} with another recipe ({}): choose another --name, or another --out of `fit`",
            args.table.display(),
            args.name,
            other.recipe
        );
    }
    fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot create {}", args.out.display()))?;

    let missing: VecDeque<(u64, u32)> = args
        .seeds
        .iter()
        .flat_map(|&seed| wanted.iter().map(move |&fold| (seed, fold)))
        .filter(|&(seed, fold)| !done.iter().any(|run| (run.seed, run.fold) == (seed, fold)))
        .collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let jobs = args.jobs.unwrap_or(cores).clamp(1, missing.len().max(1));
    let threads = (cores / jobs).max(1);
    let (queue, finished) = (Mutex::new(missing), Mutex::new(Vec::new()));
    let failures = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|_| {
                scope.spawn(|| -> Result<()> {
                    loop {
                        let next = lock(&queue).pop_front();
                        let Some((seed, fold)) = next else {
                            return Ok(());
                        };
                        let run = run_fold(args, (&corpus, &folds), &recipe, (seed, fold), threads)
                            .with_context(|| format!("fold {fold}, seed {seed}"))?;
                        let line = format!(
                            "fold {fold}   seed {seed}   UAR {:.3}   {:.0} s\n",
                            run.uar, run.seconds
                        );
                        let mut finished = lock(&finished);
                        append(&args.table, &run)?;
                        finished.push(run);
                        cli::print(&line)?;
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .filter_map(|worker| match worker.join() {
                Ok(result) => result.err(),
                Err(_) => Some(anyhow::anyhow!("a worker panicked")),
            })
            .collect::<Vec<_>>()
    });
    done.append(&mut lock(&finished));
    cli::print(&summary(&done))?;
    failures.into_iter().next().map_or(Ok(()), Err)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A queue and a list are whole whatever happened to the thread that held them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The speakers that each of `n` folds holds out: every `n`th, but of RAVDESS speech in five folds
/// four neighbours.
fn folds(corpus: &Corpus, n: usize) -> Result<BTreeMap<u32, BTreeSet<Speaker>>> {
    let mut folds: BTreeMap<u32, BTreeSet<Speaker>> = BTreeMap::new();
    if corpus.names() == Some(Names::Ravdess) && n == FOLDS {
        for actor in ACTORS {
            let fold = folds.entry((actor - 1) / ACTORS_A_FOLD).or_default();
            fold.insert(Tag::Number(actor));
        }
        let all = Choice::Speakers(folds.values().flatten().cloned().collect());
        corpus.select(&all, "crossval")?;
        return Ok(folds);
    }
    // The sealed test is in no fold, whatever their number.
    let is_sealed = |speaker: &Speaker| match (corpus.names(), speaker) {
        (Some(Names::Ravdess), Tag::Number(actor)) => !ACTORS.contains(actor),
        _ => false,
    };
    let speakers = corpus.speakers();
    for (place, speaker) in speakers.iter().filter(|s| !is_sealed(s)).enumerate() {
        let fold = folds.entry((place % n) as u32).or_default();
        fold.insert((*speaker).clone());
    }
    if folds.len() < n {
        bail!(
            "{n} folds need as many speakers who are known by name, and there are {}",
            folds.len()
        );
    }
    Ok(folds)
}

/// Trains on the other folds, in a process of its own, and judges on this one.
fn run_fold(
    args: &CrossvalArgs,
    (corpus, folds): (&Corpus, &BTreeMap<u32, BTreeSet<Speaker>>),
    recipe: &str,
    (seed, fold): (u64, u32),
    threads: usize,
) -> Result<Run> {
    let of = |is_chosen: &dyn Fn(u32) -> bool| {
        let folds = folds.iter().filter(|(number, _)| is_chosen(**number));
        Choice::Speakers(folds.flat_map(|(_, speakers)| speakers.clone()).collect())
    };
    let (held_out, train) = (of(&|number| number == fold), of(&|number| number != fold));
    let file = |extension: &str| args.out.join(format!("seed{seed}-fold{fold}.{extension}"));
    let (model, log) = (file("emo"), file("log"));
    let told = format!("--train {train} --valid {held_out} {recipe} ");
    let model = match trained(&model, &told) {
        Some(model) => model,
        None => {
            let mut fit =
                Command::new(std::env::current_exe().context("cannot find this program")?);
            fit.env("RAYON_NUM_THREADS", threads.to_string());
            fit.arg("fit").arg("--data").arg(&args.data.data);
            if let Some(names) = args.data.corpus {
                fit.args(["--corpus", &names.option()]);
            }
            fit.args(["--train", &train.to_string()]);
            fit.args(["--valid", &held_out.to_string()]);
            fit.args(["--network", &args.recipe.network_name()]);
            for change in args.recipe.load_for(corpus)?.changes(args.recipe.network)? {
                fit.args(["--set", &change]);
            }
            fit.args(["--seed", &seed.to_string(), "--temperature", "1"]);
            fit.args(["--backend", &option_value(args.backend)]);
            fit.arg("--out").arg(&model).arg("--log").arg(&log);
            finish(fit, &file("txt"))?;
            Model::from_bytes(&read(&model)?, &training::device())?
        }
    };

    let parameters = model.net.num_params();
    let classifier = Classifier::from_model(model, training::device());
    let outcomes = evaluation::run(&classifier, &corpus.select(&held_out, "crossval")?)?;
    evaluation::write_outcomes(&file("jsonl"), &outcomes)?;
    let header = classifier.model();
    let figures = evaluation::evaluate(&outcomes, &header.labels, &header.calibration);
    let curve: Vec<LogEntry> = json_lines(&log)?;
    let every = (curve.len() / 10).max(1);
    Ok(Run {
        name: args.name.clone(),
        fold,
        seed,
        recipe: recipe.to_owned(),
        uar: figures.uar,
        accuracy: figures.accuracy,
        parameters,
        seconds: curve.last().map_or(0.0, |last| last.seconds.round()),
        curve: curve
            .iter()
            .filter(|entry| entry.epoch % every == 0 || entry.epoch == curve.len())
            .map(|e| {
                (
                    e.epoch,
                    round(e.loss),
                    round(e.accuracy),
                    e.held_out_uar.map(round),
                )
            })
            .collect(),
    })
}

/// The model of an earlier start that got this far, if these options made it: it is written at the
/// very end of training.
fn trained(model: &Path, told: &str) -> Option<Model> {
    let bytes = fs::read(model).ok()?;
    let model = Model::from_bytes(&bytes, &training::device()).ok()?;
    let command = &model.header.command;
    command.contains(told).then_some(model)
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Waits for the command, its output in `stdout`.
fn finish(mut command: Command, stdout: &Path) -> Result<()> {
    let file =
        File::create(stdout).with_context(|| format!("cannot write {}", stdout.display()))?;
    let output = command.stdout(file).stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    bail!(
        "{}: {}",
        output.status,
        text.lines().last().unwrap_or("it said nothing")
    );
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn json_lines<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>> {
    let text = String::from_utf8(read(path)?)?;
    text.lines()
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("{}: {line}", path.display()))
        })
        .collect()
}

fn read_table(path: &Path) -> Result<Vec<Run>> {
    if path.exists() {
        json_lines(path)
    } else {
        Ok(Vec::new())
    }
}

fn append(table: &Path, run: &Run) -> Result<()> {
    if let Some(folder) = table.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(table)
        .with_context(|| format!("cannot write {}", table.display()))?;
    // One write, so that two runners beside each other do not mix their lines.
    file.write_all(format!("{}\n", serde_json::to_string(run)?).as_bytes())?;
    Ok(())
}

/// UAR by seed and fold, and their means.
fn summary(runs: &[Run]) -> String {
    let mut folds: Vec<u32> = runs.iter().map(|run| run.fold).collect();
    let mut seeds: Vec<u64> = runs.iter().map(|run| run.seed).collect();
    folds.sort_unstable();
    folds.dedup();
    seeds.sort_unstable();
    seeds.dedup();
    let mean = |pick: &dyn Fn(&Run) -> bool| {
        let uars: Vec<f64> = runs
            .iter()
            .filter(|run| pick(run))
            .map(|run| run.uar)
            .collect();
        uars.iter().sum::<f64>() / uars.len() as f64
    };
    let mut text = String::from("UAR      ");
    for fold in &folds {
        text.push_str(&format!("  fold {fold}"));
    }
    text.push_str("    mean\n");
    for &seed in &seeds {
        text.push_str(&format!("seed {seed:<4}"));
        for &fold in &folds {
            let uar = mean(&|run| run.seed == seed && run.fold == fold);
            text.push_str(&format!("{uar:>8.3}"));
        }
        text.push_str(&format!("{:>8.3}\n", mean(&|run| run.seed == seed)));
    }
    text.push_str("mean     ");
    for &fold in &folds {
        text.push_str(&format!("{:>8.3}", mean(&|run| run.fold == fold)));
    }
    text.push_str(&format!("{:>8.3}\n", mean(&|_| true)));
    text
}
