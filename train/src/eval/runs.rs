//! The outcome files of a cross-validation, found by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use emotionai_voice::training::Calibration;

use crate::data::corpus::Speaker;
use crate::eval::{Outcome, read_outcomes};

/// The outcomes of a model on the held-out speakers of one fold.
#[derive(Debug, Clone)]
pub struct Run {
    /// Seed of the training.
    pub seed: u64,
    /// The fold that was held out.
    pub fold: u32,
    /// The clips of its speakers, in the same order in each run of the fold.
    pub outcomes: Vec<Outcome>,
}

impl Run {
    /// The run with the calibration's bias added to all logits.
    pub fn with_label_bias(&self, calibration: &Calibration) -> Run {
        let mut run = self.clone();
        if let Some(bias) = &calibration.label_bias {
            for outcome in &mut run.outcomes {
                *outcome = outcome.with_label_bias(bias);
            }
        }
        run
    }

    /// The speakers that were held out.
    pub fn speakers(&self) -> BTreeSet<Speaker> {
        let speakers = self.outcomes.iter().map(|outcome| outcome.speaker.clone());
        speakers.flatten().collect()
    }
}

/// Reads runs from files named `seed<S>-fold<K>.jsonl` and from folders of such files, by seed,
/// then fold.
///
/// # Errors
/// Where a file cannot be used; where the folds overlap, differ between seeds or are fewer than
/// two: calibration on one fold is learned from the others.
pub fn read_runs(paths: &[PathBuf]) -> Result<Vec<Run>> {
    let mut runs = BTreeMap::new();
    for file in files(paths)? {
        let name = file.display();
        let (seed, fold) = parse(&file).with_context(|| {
            format!("{name} is not named seed<S>-fold<K>.jsonl, such as seed1-fold0.jsonl")
        })?;
        let mut outcomes = read_outcomes(&file)?;
        // Stable: clips that go by the same name stay in the corpus's order.
        outcomes.sort_by(|a, b| a.clip().cmp(&b.clip()));
        let run = Run {
            seed,
            fold,
            outcomes,
        };
        let is_new = runs.insert((seed, fold), run).is_none();
        ensure!(
            is_new,
            "seed {seed}, fold {fold} is there more than once: {name}"
        );
    }
    let runs: Vec<Run> = runs.into_values().collect();
    check(&runs)?;
    Ok(runs)
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let context = || format!("cannot read the folder {}", path.display());
            for entry in std::fs::read_dir(path).with_context(context)? {
                let file = entry.with_context(context)?.path();
                // A folder may hold other things; a file that is named must fit.
                if parse(&file).is_some() {
                    files.push(file);
                }
            }
        } else {
            files.push(path.clone());
        }
    }
    ensure!(
        !files.is_empty(),
        "no outcome file: expected seed1-fold0.jsonl and so on, as train evaluate --outcomes writes them"
    );
    Ok(files)
}

/// Seed and fold of a file's name.
fn parse(path: &Path) -> Option<(u64, u32)> {
    let name = path.file_name()?.to_str()?.strip_suffix(".jsonl")?;
    let (seed, fold) = name.strip_prefix("seed")?.split_once("-fold")?;
    Some((seed.parse().ok()?, fold.parse().ok()?))
}

/// Whether sorted outcomes hold a clip more than once, rather than another clip of the same name.
fn holds_duplicate(outcomes: &[Outcome]) -> bool {
    let mut of_one_name = outcomes.chunk_by(|a, b| a.clip() == b.clip());
    of_one_name.any(|same| (1..same.len()).any(|at| same[..at].contains(&same[at])))
}

fn check(runs: &[Run]) -> Result<()> {
    let mut folds: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
    let mut clips: BTreeMap<u32, Vec<(Option<&Speaker>, &str)>> = BTreeMap::new();
    let mut speakers: BTreeMap<Speaker, u32> = BTreeMap::new();
    let outcomes = || runs.iter().flat_map(|run| &run.outcomes);
    let labels = outcomes().next().map(|outcome| &outcome.labels);
    for run in runs {
        let (seed, fold) = (run.seed, run.fold);
        ensure!(
            run.outcomes.iter().all(|it| Some(&it.labels) == labels),
            "seed {seed}, fold {fold} is of a model with other labels"
        );
        folds.entry(seed).or_default().insert(fold);
        ensure!(
            !holds_duplicate(&run.outcomes),
            "seed {seed}, fold {fold} holds a clip more than once"
        );
        let of_run: Vec<_> = run.outcomes.iter().map(Outcome::clip).collect();
        ensure!(
            *clips.entry(fold).or_insert_with(|| of_run.clone()) == of_run,
            "fold {fold} of seed {seed} holds other clips than that of another seed"
        );
        for speaker in run.speakers() {
            let first = *speakers.entry(speaker.clone()).or_insert(fold);
            let is_one = first == fold;
            ensure!(
                is_one,
                "speaker {speaker} is in fold {first} and in fold {fold}"
            );
        }
    }
    let all: BTreeSet<u32> = folds.values().flatten().copied().collect();
    ensure!(
        all.len() >= 2,
        "one fold alone: what is calibrated on a fold is learned from the others"
    );
    for (seed, folds) in &folds {
        if let Some(missing) = all.difference(folds).next() {
            bail!("seed {seed} lacks fold {missing}: every seed must hold the same folds");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::{Tag, tests::scratch};
    use crate::eval::{tests::outcome, write_outcomes};

    fn run(seed: u64, fold: u32, speaker: u32) -> Run {
        Run {
            seed,
            fold,
            outcomes: vec![outcome(speaker, 0, None), outcome(speaker, 1, None)],
        }
    }

    #[test]
    fn names_carry_seed_and_fold() {
        assert_eq!(parse(Path::new("a/seed12-fold3.jsonl")), Some((12, 3)));
        let wrong = "seed1-fold.jsonl fold1.jsonl seed1-fold1.json seed-1-fold1.jsonl";
        for name in wrong.split(' ') {
            assert_eq!(parse(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn only_a_full_grid_of_separate_folds_is_a_cross_validation() {
        check(&[run(1, 0, 1), run(1, 1, 2), run(2, 0, 1), run(2, 1, 2)]).unwrap();
        let mut duplicate = run(1, 0, 1);
        duplicate.outcomes.insert(0, duplicate.outcomes[0].clone());
        for (runs, said) in [
            (vec![run(1, 0, 1), run(2, 0, 1)], "one fold"),
            (vec![run(1, 0, 1), run(1, 1, 1)], "speaker 1"),
            (
                vec![run(1, 0, 1), run(1, 1, 2), run(2, 1, 2)],
                "seed 2 lacks fold 0",
            ),
            (vec![run(1, 0, 1), run(2, 0, 3)], "other clips"),
            (vec![duplicate, run(1, 1, 2)], "more than once"),
        ] {
            let error = check(&runs).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    /// SAVEE has a folder for each voice with files of the same names, and a manifest may list several for one.
    #[test]
    fn clips_of_the_same_name_are_told_apart() {
        let folder = scratch("same-names");
        let named = |speaker, repetition, logit| Outcome {
            file: "a01.wav".into(),
            repetition: Some(repetition),
            ..outcome(speaker, 0, Some(&[logit; 8]))
        };
        for (fold, speakers) in [(0, [2, 1]), (1, [3, 4])] {
            let outcomes =
                speakers.map(|speaker| [named(speaker, 1, 0.5), named(speaker, 2, 0.25)]);
            let file = folder.join(format!("seed1-fold{fold}.jsonl"));
            write_outcomes(&file, outcomes.as_flattened()).unwrap();
        }
        let runs = read_runs(&[folder]).unwrap();
        let outcomes = runs[0].outcomes.iter();
        let found = outcomes.map(|it| (it.speaker.clone(), it.repetition));
        let expected = [(1, 1), (1, 2), (2, 1), (2, 2)];
        assert!(found.eq(expected.map(|(speaker, n)| (Some(Tag::Number(speaker)), Some(n)))));
    }
}
