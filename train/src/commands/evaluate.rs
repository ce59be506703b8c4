//! `train evaluate`: what a model is worth on voices it has never heard, or which of two is better.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{ArgAction, Args};
use emotionai_voice::Classifier;

use crate::commands::cli::{load, show};
use crate::data::corpus::{Choice, Clip, Corpus, DataArgs, parse_choice, skips};
use crate::eval;
use crate::eval::Outcome;
use crate::eval::known_speakers;
use crate::eval::pictures;
use crate::eval::profile;
use crate::eval::report;

/// Options of `evaluate`.
#[derive(Args)]
pub struct EvaluateArgs {
    #[command(flatten, next_help_heading = "Recordings")]
    data: DataArgs,
    /// Speakers to judge on, such as 21-24 or DC,JE; split:NAME for a split of the manifest; or all.
    #[arg(long, visible_alias = "speakers", value_parser = parse_choice, help_heading = "Recordings")]
    actors: Choice,
    /// Model file [default: the shipped weights].
    #[arg(long, help_heading = "Model")]
    model: Option<PathBuf>,
    /// Judge what a voice profile is worth: each actor's clips with the profile that two of its
    /// neutral clips make, and without, over every such pair.
    #[arg(long, help_heading = "Model")]
    profile: bool,
    /// Put two model files side by side: figures, the difference in UAR with the paired bootstrap
    /// over speakers, and McNemar's exact test over clips.
    #[arg(
        long,
        num_args = 2,
        action = ArgAction::Set,
        value_names = ["A", "B"],
        conflicts_with_all = ["model", "profile", "outcomes", "pictures"],
        help_heading = "Model"
    )]
    compare: Vec<PathBuf>,
    /// Print one JSON object instead of tables.
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// File to write a report to that needs nothing beside it: every table and picture.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "profile",
        help_heading = "Output"
    )]
    html: Option<PathBuf>,
    /// File to write each clip's logits to, one JSON object a line. For `report`, name it
    /// seed<S>-fold<K>.jsonl.
    #[arg(long, help_heading = "Output")]
    outcomes: Option<PathBuf>,
    /// Folder to write confusion.svg, confusion.png, reliability.svg and risk-coverage.svg to.
    #[arg(long, help_heading = "Output")]
    pictures: Option<PathBuf>,
}

/// Judges, and shows what came of it.
///
/// # Errors
/// Where a recording or a model cannot be used, or a file cannot be written.
pub fn run(args: &EvaluateArgs) -> Result<()> {
    if args.actors.is_none() {
        bail!("--actors none leaves nobody to judge on: name some, such as --actors 21-24");
    }
    let corpus = args.data.open()?;
    let clips = corpus.select(&args.actors, "--actors")?;
    if let [first, second] = &args.compare[..] {
        return compare(args, [first, second], &corpus, clips);
    }
    let classifier = load(args.model.as_deref())?;
    known_speakers::warn(classifier.model(), &corpus, &clips);
    let eval::Heard { outcomes, skipped } = eval::run_on_usable(&classifier, &clips)?;
    eprint!("{}", skips(&skipped));
    if let Some(path) = &args.outcomes {
        eval::write_outcomes(path, &outcomes)?;
    }
    let header = classifier.model();
    if args.profile {
        let Some(neutral) = &header.calibration.neutral else {
            bail!("{} was not calibrated for voice profiles", header.id);
        };
        let comparison = profile::Twice::new(&outcomes, neutral)?.compare(header.labels.len());
        return show(args.json, &comparison, profile::Comparison::table);
    }
    let evaluation = eval::evaluate(&outcomes, &header.labels, &header.calibration);
    if let Some(folder) = &args.pictures {
        pictures::write(folder, &evaluation)?;
    }
    write_page(args.html.as_deref(), || {
        report::page(&evaluation, &format!("Evaluation of {}", header.id))
    })?;
    show(args.json, &evaluation, report::table)
}

fn compare(
    args: &EvaluateArgs,
    models: [&PathBuf; 2],
    corpus: &Corpus,
    clips: Vec<Clip>,
) -> Result<()> {
    let [first, second] = [load(Some(models[0]))?, load(Some(models[1]))?];
    let labels = &first.model().labels;
    if *labels != second.model().labels {
        bail!(
            "{} names {labels:?}, but {} names {:?}: only models of the same labels can be compared",
            models[0].display(),
            models[1].display(),
            second.model().labels
        );
    }
    for model in [&first, &second] {
        known_speakers::warn(model.model(), corpus, &clips);
    }
    let heard = hear_both([&first, &second], clips)?;
    let found = report::Compared {
        difference: eval::Difference::new(&heard[0], &heard[1], labels.len()),
        first: report::Side::new(models[0], first.model(), &heard[0]),
        second: report::Side::new(models[1], second.model(), &heard[1]),
    };
    write_page(args.html.as_deref(), || {
        found.page(&format!(
            "{} against {}",
            found.second.file, found.first.file
        ))
    })?;
    show(args.json, &found, report::Compared::table)
}

/// The outcomes of two models on the clips that both can use.
fn hear_both(models: [&Classifier; 2], mut clips: Vec<Clip>) -> Result<[Vec<Outcome>; 2]> {
    loop {
        let first = eval::run_on_usable(models[0], &clips)?;
        let second = eval::run_on_usable(models[1], &clips)?;
        if first.skipped.is_empty() && second.skipped.is_empty() {
            return Ok([first.outcomes, second.outcomes]);
        }
        let mut skipped = [first.skipped, second.skipped].concat();
        skipped.sort_by(|a, b| a.path.cmp(&b.path));
        skipped.dedup_by(|a, b| a.path == b.path);
        eprint!("{}", skips(&skipped));
        clips.retain(|clip| skipped.iter().all(|skip| skip.path != clip.path));
    }
}

fn write_page(path: Option<&Path>, page: impl FnOnce() -> String) -> Result<()> {
    let Some(path) = path else {
        return Ok(());
    };
    std::fs::write(path, page()).with_context(|| format!("cannot write {}", path.display()))
}
