//! `train robustness`: the metrics of a model under noise, reverberation, codecs and microphones.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use emotionai_voice::Classifier;
use rayon::iter::Either;
use rayon::prelude::*;

use super::args::DataArgs;
use crate::data::corpus::{Choice, Clip, Corpus, Skip, parse_choice, skips};
use crate::data::decode::read_waveform;
use crate::data::seeded;
use crate::data::simulate::babble::Voices;
use crate::data::simulate::resample;
use crate::eval::robustness::conditions::{self, Condition, Criterion, Need, RATE, Speech};
use crate::eval::robustness::metrics::{Metrics, compare, no_speech};
use crate::eval::robustness::{Clean, Report, Row, table};
use crate::eval::{self, Confusion, Outcome, known_speakers};
use crate::io::model::load;
use crate::io::output::{note, show};

const EXAMPLES: &str = "\
Examples:
  train robustness --data ravdess --actors 17-20 --model mine.emo
  train robustness --data ravdess --actors 17-20 --model mine.emo --json > robustness.json
  train robustness --data ravdess --actors 21-24                  # of the shipped weights
  train robustness --data ravdess --actors 1-4 --model fold0.emo --actors 5-8 --model fold1.emo";

/// Options of `robustness`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct RobustnessArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Held-out speakers to evaluate on, such as 17-20. The others speak in the background.
    #[arg(long, visible_alias = "speakers", required = true, value_parser = parse_choice)]
    actors: Vec<Choice>,
    /// Model file [default: the shipped weights]. The models of folds are evaluated together when each is given with
    /// its own --actors, in the same order.
    #[arg(long)]
    model: Vec<PathBuf>,
    /// Conditions to run, by name and separated by commas [default: all].
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Seed of the noises, rooms and microphones of each clip.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Evaluates the models under all conditions and prints the table.
///
/// # Errors
/// Where the recordings or a model cannot be used. A criterion that is not met is no error.
pub fn run(args: &RobustnessArgs) -> Result<()> {
    let conditions = select(&args.only)?;
    let corpus = args.data.open()?;
    let parts = parts(args, &corpus)?;
    let (voices, unreadable) = Voices::load(corpus.clips(), RATE);
    note(skips(&unreadable));
    let mut clips = parts.iter().flat_map(|part| &part.clips);
    let alone = clips.any(|clip| voices.others(clip.speaker.as_ref()).is_empty());
    let skipped: Vec<Option<String>> = conditions
        .iter()
        .map(|condition| match condition.need {
            Need::Nothing => None,
            Need::OtherVoices => alone.then(|| {
                "the corpus has one actor alone, and no other speakers for the background".into()
            }),
            Need::Codec(codec) => codec.missing(),
        })
        .collect();
    let run: Vec<&Condition> = conditions
        .iter()
        .zip(&skipped)
        .filter_map(|(condition, skipped)| skipped.is_none().then_some(*condition))
        .collect();

    let labels = parts[0].labels();
    let (outcomes, unusable) = classify(&parts, &voices, &run, args.seed)?;
    note(skips(&unusable));
    let mut outcomes = outcomes.into_iter();
    let clean = outcomes.next().unwrap_or_default();
    let mut rows = Vec::new();
    for (condition, skipped) in conditions.into_iter().zip(skipped) {
        let changed = match skipped {
            None => outcomes.next(),
            Some(_) => None,
        };
        let metrics = changed.map(|changed| compare(&clean, &changed, labels));
        rows.push(row(condition, skipped, metrics));
    }
    let confusion = Confusion::of(&clean, labels.len());
    let count = |passed| rows.iter().filter(|row| row.passed == passed).count();
    let ids = parts.iter().map(|part| &*part.classifier.model().id);
    let report = Report {
        model: ids.collect::<Vec<_>>().join(" "),
        actors: args
            .actors
            .iter()
            .map(Choice::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        clips: clean.len(),
        seed: args.seed,
        clean: Clean {
            uar: confusion.uar(),
            accuracy: confusion.accuracy(),
            no_speech: no_speech(&clean),
        },
        passed: count(Some(true)),
        failed: count(Some(false)),
        skipped: rows.iter().filter(|row| row.skipped.is_some()).count(),
        rows,
    };
    show(args.json, &report, table::table)
}

/// A model and its clips.
struct Part {
    classifier: Classifier,
    clips: Vec<Clip>,
}

impl Part {
    fn labels(&self) -> &[String] {
        &self.classifier.model().labels
    }
}

/// Each model with its clips; all of the same labels.
fn parts(args: &RobustnessArgs, corpus: &Corpus) -> Result<Vec<Part>> {
    let models: Vec<Option<&Path>> = match args.model.is_empty() {
        true => vec![None],
        false => args.model.iter().map(|path| Some(&**path)).collect(),
    };
    if models.len() != args.actors.len() {
        bail!(
            "{} models and {} --actors: give one --actors for each --model, in the same order",
            models.len(),
            args.actors.len()
        );
    }
    let mut parts: Vec<Part> = Vec::new();
    for (model, actors) in models.into_iter().zip(&args.actors) {
        if actors.is_none() {
            bail!("--actors none leaves nobody to evaluate on: name some, such as --actors 17-20");
        }
        let part = Part {
            classifier: load(model)?,
            clips: corpus.select(actors, "--actors")?,
        };
        eval::check_labels(&part.classifier, &part.clips)?;
        known_speakers::warn(part.classifier.model(), corpus, &part.clips);
        let mut before = parts.iter().flat_map(|part| &part.clips);
        if let Some(both) = before.find(|clip| part.clips.iter().any(|it| it.path == clip.path)) {
            bail!(
                "{} is in two --actors: each must name other speakers than those before it",
                both.path.display()
            );
        }
        if let Some(first) = parts
            .first()
            .filter(|first| first.labels() != part.labels())
        {
            bail!(
                "models of different labels cannot be evaluated together: {} and {}",
                first.labels().join(", "),
                part.labels().join(", ")
            );
        }
        parts.push(part);
    }
    Ok(parts)
}

/// The conditions of these names, in the order of the table; all without names.
fn select(only: &[String]) -> Result<Vec<&'static Condition>> {
    let all = conditions::ALL;
    if let Some(unknown) = only
        .iter()
        .find(|name| all.iter().all(|c| c.name != **name))
    {
        let names: Vec<&str> = all.iter().map(|condition| condition.name).collect();
        bail!(
            "--only {unknown} is no condition: expected some of {}",
            names.join(", ")
        );
    }
    let wanted = |c: &&Condition| only.is_empty() || only.iter().any(|name| name == c.name);
    Ok(all.iter().filter(wanted).collect())
}

/// The outcomes of all clips unchanged, then under one condition after the other; and the clips that
/// cannot be used under each of them, which are in none.
///
/// # Errors
/// Where that is every clip.
fn classify(
    parts: &[Part],
    voices: &Voices,
    conditions: &[&Condition],
    seed: u64,
) -> Result<(Vec<Vec<Outcome>>, Vec<Skip>)> {
    let done = AtomicUsize::new(0);
    let mut clips: Vec<(&Classifier, &Clip)> = Vec::new();
    for part in parts {
        clips.extend(part.clips.iter().map(|clip| (&part.classifier, clip)));
    }
    let outcomes_of = |classifier: &Classifier, clip: &Clip| {
        let native = read_waveform(&clip.path)?;
        let speech = Speech {
            samples: resample(native.samples(), native.sample_rate(), RATE)?,
            native: &native,
            others: voices.others(clip.speaker.as_ref()),
        };
        let mut outcomes = vec![eval::classify(classifier, clip, &native)?];
        for condition in conditions {
            let mut rng = seeded::of_clip(seed, condition.name, clip);
            let outcome = (condition.apply)(&speech, &mut rng)
                .and_then(|changed| eval::classify(classifier, clip, &changed));
            outcomes.push(outcome.map_err(|e| anyhow!("{}: {}", condition.name, e.root_cause()))?);
        }
        anyhow::Ok(outcomes)
    };
    let (of_clips, skipped): (Vec<_>, Vec<Skip>) =
        clips.par_iter().partition_map(|&(classifier, clip)| {
            let outcomes = outcomes_of(classifier, clip);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(20) || done == clips.len() {
                note(format_args!("{done}/{} clips", clips.len()));
            }
            match outcomes {
                Ok(outcomes) => Either::Left(outcomes),
                Err(error) => Either::Right(Skip::because(&clip.path, &error)),
            }
        });
    if of_clips.is_empty() {
        bail!(eval::no_recording(&skipped));
    }
    let mut by_condition = vec![Vec::new(); 1 + conditions.len()];
    for outcomes in of_clips {
        for (of_condition, outcome) in by_condition.iter_mut().zip(outcomes) {
            of_condition.push(outcome);
        }
    }
    Ok((by_condition, skipped))
}

fn row(condition: &Condition, skipped: Option<String>, metrics: Option<Metrics>) -> Row {
    let met = |m: &Metrics| {
        condition.criterion.map(|criterion| match criterion {
            Criterion::UnchangedAtLeast(share) => m.unchanged >= share,
            Criterion::UarFallsLessThan(fall) => m.uar_change > -fall,
        })
    };
    Row {
        name: condition.name,
        about: condition.about,
        criterion: condition.criterion,
        passed: metrics.as_ref().and_then(met),
        skipped,
        metrics,
    }
}
