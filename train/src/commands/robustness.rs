//! `train robustness`: the metrics of a model under noise, reverberation, codecs and microphones.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use emotionai_voice::Classifier;

use super::args::DataArgs;
use crate::data::corpus::{Choice, Clip, Corpus, Skip, parse_choice, skips};
use crate::data::decode::read_waveform;
use crate::data::seeded;
use crate::data::simulate::babble::Voices;
use crate::data::simulate::resample;
use crate::eval::robustness::conditions::{self, Condition, Need, RATE, Speech};
use crate::eval::robustness::{Clean, Report, Row, compare, no_speech};
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
    let missing = |condition: &Condition| match condition.need {
        Need::OtherVoices if alone => Some(
            "the corpus has one actor alone, and no other speakers for the background".to_owned(),
        ),
        Need::Nothing | Need::OtherVoices => None,
        Need::Codec(codec) => codec.missing(),
    };
    let conditions: Vec<_> = conditions.into_iter().map(|it| (it, missing(it))).collect();
    let can_run = conditions.iter().filter(|(_, missing)| missing.is_none());
    let run: Vec<&Condition> = can_run.map(|&(condition, _)| condition).collect();

    let labels = parts[0].labels();
    let (outcomes, unusable) = classify(&parts, &voices, &run, args.seed)?;
    note(skips(&unusable));
    let mut outcomes = outcomes.into_iter();
    let clean = outcomes.next().unwrap_or_default();
    let rows = conditions.into_iter().map(|(condition, missing)| {
        let metrics = match missing {
            None => Ok(compare(
                &clean,
                &outcomes.next().unwrap_or_default(),
                labels,
            )),
            Some(reason) => Err(reason),
        };
        Row::new(condition, metrics)
    });
    let rows: Vec<Row> = rows.collect();
    let confusion = Confusion::of(&clean, labels.len());
    let count = |passed| rows.iter().filter(|row| row.passed == passed).count();
    let ids = parts.iter().map(|part| part.classifier.model().id.as_str());
    let speakers = args.actors.iter().map(Choice::to_string);
    let report = Report {
        model: ids.collect::<Vec<_>>().join(" "),
        speakers: speakers.collect::<Vec<_>>().join(" "),
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
    show(args.json, &report, Report::table)
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

    fn holds(&self, clip: &Clip) -> bool {
        self.clips.iter().any(|own| own.path == clip.path)
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
        if let Some(both) = before.find(|clip| part.holds(clip)) {
            bail!(
                "{} is in two --actors: each must name other speakers than those before it",
                both.path.display()
            );
        }
        let labels = parts.first().unwrap_or(&part).labels();
        if labels != part.labels() {
            bail!(
                "models of different labels cannot be evaluated together: {} and {}",
                labels.join(", "),
                part.labels().join(", ")
            );
        }
        parts.push(part);
    }
    Ok(parts)
}

/// The conditions of these names, in the order of the table; all without names.
fn select(only: &[String]) -> Result<Vec<&'static Condition>> {
    let names: Vec<&str> = conditions::ALL
        .iter()
        .map(|condition| condition.name)
        .collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        let names = names.join(", ");
        bail!("--only {unknown} is no condition: expected some of {names}");
    }
    let is_wanted = |it: &&Condition| only.is_empty() || only.iter().any(|name| name == it.name);
    Ok(conditions::ALL.iter().filter(is_wanted).collect())
}

/// The outcomes of all clips unchanged, then under one condition after the other; and the clips that
/// cannot be used under each of them, which are in none.
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
    let outcomes_of = |&(classifier, clip): &(&Classifier, &Clip)| {
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
        Ok(outcomes)
    };
    let counted = |clip: &_| {
        let outcomes = outcomes_of(clip);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(20) || done == clips.len() {
            note(format_args!("{done}/{} clips", clips.len()));
        }
        outcomes
    };
    let (of_clips, skipped) = eval::usable(&clips, |(_, clip)| &clip.path, counted)?;
    let mut by_condition = vec![Vec::new(); 1 + conditions.len()];
    for outcomes in of_clips {
        for (of_condition, outcome) in by_condition.iter_mut().zip(outcomes) {
            of_condition.push(outcome);
        }
    }
    Ok((by_condition, skipped))
}
