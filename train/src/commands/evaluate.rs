//! `train evaluate`: the metrics of a model on held-out speakers, or the difference between two models.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{ArgAction, Args};
use emotionai_voice::Classifier;

use super::args::DataArgs;
use crate::data::corpus::{Choice, Clip, Corpus, parse_choice, skips};
use crate::eval::profile::{Comparison, PairedOutcomes};
use crate::eval::report::{self, Compared, Report, Side};
use crate::eval::{self, Answers, Difference, Outcome, known_speakers, pictures};
use crate::io::model::load;
use crate::io::output::{note, show};

const EXAMPLES: &str = "\
Examples:
  train evaluate --data ravdess --actors 21-24
  train evaluate --data ravdess --actors 17-20 --model mine.emo --pictures pictures
  train evaluate --data ravdess --actors 17-20 --model mine.emo --json > metrics.json
  train evaluate --data ravdess --actors 17-20 --model mine.emo --html report.html # all in one file
  train evaluate --data ravdess --actors 17-20 --compare a.emo b.emo
  train evaluate --data ravdess --actors 17-20 --model mine.emo --profile # the effect of speaker profiles

Name actors that the model was not trained on, which are 21-24 alone for the shipped weights: metrics on
training speakers are optimistic.";

/// Options of `evaluate`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct EvaluateArgs {
    #[command(flatten, next_help_heading = "Recordings")]
    data: DataArgs,
    /// Speakers to evaluate on, such as 21-24 or DC,JE; split:NAME for a split of the manifest; or all.
    #[arg(long, visible_alias = "speakers", value_parser = parse_choice, help_heading = "Recordings")]
    actors: Choice,
    /// Model file [default: the shipped weights].
    #[arg(long, help_heading = "Model")]
    model: Option<PathBuf>,
    /// Evaluate the effect of speaker profiles: each actor's clips with the profile of two of the actor's
    /// neutral clips, and without, over every such pair.
    #[arg(long, help_heading = "Model")]
    profile: bool,
    /// Compare two model files: metrics, the difference in UAR with the paired bootstrap
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
    /// HTML file to write the report to: every table and picture, in one file.
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

/// Evaluates the model, or compares two.
pub fn run(args: &EvaluateArgs) -> Result<()> {
    if args.actors.is_none() {
        bail!("--actors none leaves nobody to evaluate on: name some, such as --actors 21-24");
    }
    let corpus = args.data.open()?;
    let clips = corpus.select(&args.actors, "--actors")?;
    if let [first, second] = &args.compare[..] {
        return compare(args, [first, second], &corpus, clips);
    }
    let classifier = load(args.model.as_deref())?;
    known_speakers::warn(classifier.model(), &corpus, &clips);
    let Answers { outcomes, skipped } = eval::classify_usable(&classifier, &clips)?;
    note(skips(&skipped));
    if let Some(path) = &args.outcomes {
        eval::write_outcomes(path, &outcomes)?;
    }
    let header = classifier.model();
    if args.profile {
        let Some(neutral) = &header.calibration.neutral else {
            bail!("{} was not calibrated for speaker profiles", header.id);
        };
        let comparison = PairedOutcomes::new(&outcomes, neutral)?.compare(header.labels.len());
        return show(args.json, &comparison, Comparison::table);
    }
    let evaluation = eval::evaluate(&outcomes, &header.labels, &header.calibration);
    if let Some(folder) = &args.pictures {
        pictures::write(folder, &evaluation)?;
    }
    let title = format!("Evaluation of {}", header.id);
    write_html(args, || report::illustrated(&evaluation), &title)?;
    show(args.json, &evaluation, |it| {
        report::evaluation(it).markdown()
    })
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
            "{} has the labels {labels:?}, but {} has {:?}: only models of the same labels can be compared",
            models[0].display(),
            models[1].display(),
            second.model().labels
        );
    }
    for model in [&first, &second] {
        known_speakers::warn(model.model(), corpus, &clips);
    }
    let outcomes = classify_both([&first, &second], clips)?;
    let found = Compared {
        difference: Difference::new(&outcomes[0], &outcomes[1], labels.len()),
        first: Side::new(models[0], first.model(), &outcomes[0]),
        second: Side::new(models[1], second.model(), &outcomes[1]),
    };
    let title = format!("{} against {}", found.second.file, found.first.file);
    write_html(args, || found.illustrated(), &title)?;
    show(args.json, &found, |found| found.report().markdown())
}

/// The outcomes of two models on the clips that both can use.
fn classify_both(models: [&Classifier; 2], mut clips: Vec<Clip>) -> Result<[Vec<Outcome>; 2]> {
    loop {
        let first = eval::classify_usable(models[0], &clips)?;
        let second = eval::classify_usable(models[1], &clips)?;
        if first.skipped.is_empty() && second.skipped.is_empty() {
            return Ok([first.outcomes, second.outcomes]);
        }
        let mut skipped = [first.skipped, second.skipped].concat();
        skipped.sort_by(|a, b| a.path.cmp(&b.path));
        skipped.dedup_by(|a, b| a.path == b.path);
        note(skips(&skipped));
        clips.retain(|clip| skipped.iter().all(|skip| skip.path != clip.path));
    }
}

fn write_html(args: &EvaluateArgs, report: impl FnOnce() -> Report, title: &str) -> Result<()> {
    let Some(path) = args.html.as_deref().map(Path::new) else {
        return Ok(());
    };
    std::fs::write(path, report().html(title))
        .with_context(|| format!("cannot write {}", path.display()))
}
