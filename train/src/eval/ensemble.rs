//! The ensemble of several models, computed from their outcomes on the same clips.
//!
//! A clip's logits are a mean over its windows, and those of an ensemble a mean over its members: in
//! either order the result is the same, so that members need not be joined to be evaluated together.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::slice;

use anyhow::{Context, Result, bail, ensure};

use super::runs::{Run, read_runs};
use crate::eval::Outcome;

/// Reads the runs of a model from each path, as [`read_runs`] does, and computes the ensemble of the models.
///
/// # Errors
/// As [`read_runs`]; where there are not as many weights as paths, or the models have outcomes of different
/// clips.
pub fn read_ensemble(paths: &[PathBuf], weights: &[f32]) -> Result<Vec<Run>> {
    let shares = shares(weights, paths.len())?;
    let members = paths.iter().map(|path| read_runs(slice::from_ref(path)));
    ensemble(&members.collect::<Result<Vec<_>>>()?, &shares)
}

/// The weights of the models, scaled to a sum of 1; equal ones where none are given.
///
/// # Errors
/// Where there are not as many weights.
pub fn shares(weights: &[f32], n_models: usize) -> Result<Vec<f32>> {
    if weights.is_empty() {
        return shares(&vec![1.0; n_models], n_models);
    }
    ensure!(
        weights.len() == n_models,
        "--weights has {} values for {n_models} models: give each of them one",
        weights.len()
    );
    let weights = weights.iter().copied().map(f64::from);
    let total: f64 = weights.clone().sum();
    Ok(weights.map(|weight| (weight / total) as f32).collect())
}

/// The ensemble at each seed of the member that has the most.
fn ensemble(members: &[Vec<Run>], shares: &[f32]) -> Result<Vec<Run>> {
    let Some(most) = members.iter().rev().max_by_key(|runs| seeds(runs).len()) else {
        return Ok(Vec::new());
    };
    ensure!(
        members.iter().all(|runs| folds(runs) == folds(most)),
        "the models were not evaluated on the same folds, so they make no ensemble"
    );
    let together = |run: &Run| {
        let runs = members.iter().map(|runs| beside(runs, run));
        let runs = runs.collect::<Result<Vec<&Run>>>()?;
        let clips = run.outcomes.iter().enumerate();
        let outcomes = clips.map(|(index, clip)| mean(index, clip, &runs, shares));
        Ok(Run {
            outcomes: outcomes.collect::<Result<_>>()?,
            ..*run
        })
    };
    most.iter().map(together).collect()
}

fn seeds(runs: &[Run]) -> BTreeSet<u64> {
    runs.iter().map(|run| run.seed).collect()
}

fn folds(runs: &[Run]) -> BTreeSet<u32> {
    runs.iter().map(|run| run.fold).collect()
}

/// The run of a model that is combined with `run`: its own of that seed and fold, or of its only seed.
fn beside<'a>(runs: &'a [Run], run: &Run) -> Result<&'a Run> {
    let has_one = seeds(runs).len() == 1;
    let is_its = |other: &&Run| other.fold == run.fold && (has_one || other.seed == run.seed);
    let Some(found) = runs.iter().find(is_its) else {
        let seed = run.seed;
        bail!("not every model has seed {seed}: give models of the same seeds, or of one alone");
    };
    ensure!(
        found.outcomes.len() == run.outcomes.len(),
        "the models have {} and {} clips in fold {}: an ensemble needs the same ones",
        run.outcomes.len(),
        found.outcomes.len(),
        run.fold
    );
    Ok(found)
}

/// The weighted mean of the logits of `clip`, which has this index in each of the `runs`.
fn mean(index: usize, clip: &Outcome, runs: &[&Run], shares: &[f32]) -> Result<Outcome> {
    let mut logits = vec![0.0; clip.labels.len()];
    let mut is_speech = true;
    for (run, share) in runs.iter().zip(shares) {
        let is_same = |other: &&Outcome| {
            (other.clip(), &other.labels, other.truth) == (clip.clip(), &clip.labels, clip.truth)
        };
        let own = run.outcomes.get(index).filter(is_same).with_context(|| {
            let (file, fold) = (&clip.file, run.fold);
            format!("not every model has {file} in fold {fold}, with the same labels")
        })?;
        is_speech &= own.logits.is_some();
        for (sum, logit) in logits.iter_mut().zip(own.logits.iter().flatten()) {
            *sum += share * logit;
        }
    }
    Ok(Outcome {
        logits: is_speech.then_some(logits),
        ..clip.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::tests::outcome;

    /// One clip of speaker 1, whose likeliest label has these odds against every other; `None` for silence.
    fn run(seed: u64, fold: u32, label: usize, odds: Option<f32>) -> Run {
        let mut clip = outcome(1, 0, Some(&[1.0; 8]));
        match odds {
            Some(odds) => clip.logits.as_mut().unwrap()[label] = odds.ln(),
            None => clip.logits = None,
        }
        Run {
            seed,
            fold,
            outcomes: vec![clip],
        }
    }

    fn named(runs: &[Run]) -> Vec<Option<usize>> {
        runs.iter().map(|run| run.outcomes[0].predicted()).collect()
    }

    #[test]
    fn the_member_with_the_larger_weight_prevails() {
        let members = [[run(1, 0, 2, Some(8.0))], [run(1, 0, 5, Some(4.0))]].map(Vec::from);
        assert_eq!(named(&ensemble(&members, &[0.5, 0.5]).unwrap()), [Some(2)]);
        let runs = ensemble(&members, &shares(&[1.0, 3.0], 2).unwrap()).unwrap();
        assert_eq!(named(&runs), [Some(5)]);
        let logits = runs[0].outcomes[0].logits.as_ref().unwrap();
        assert!((logits[2] - 0.25 * 8f32.ln()).abs() < 1e-6);
        assert!((logits[5] - 0.75 * 4f32.ln()).abs() < 1e-6);
    }

    #[test]
    fn one_seed_is_combined_with_every_seed_of_the_other() {
        let several = vec![run(1, 0, 2, Some(8.0)), run(2, 0, 3, Some(8.0))];
        let one = vec![run(7, 0, 5, Some(4.0))];
        for members in [[several.clone(), one.clone()], [one, several]] {
            let runs = ensemble(&members, &[0.5, 0.5]).unwrap();
            assert_eq!(named(&runs), [Some(2), Some(3)]);
            assert_eq!(runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [1, 2]);
        }
    }

    #[test]
    fn without_speech_for_one_there_is_no_answer() {
        let members = [[run(1, 0, 2, Some(8.0))], [run(1, 0, 5, None)]].map(Vec::from);
        assert_eq!(named(&ensemble(&members, &[0.5, 0.5]).unwrap()), [None]);
    }

    #[test]
    fn models_of_different_clips_make_no_ensemble_in_either_order() {
        let said = |members: [Vec<Run>; 2], [first, second]: [&str; 2]| {
            let [a, b] = members.clone();
            for (members, part) in [(members, first), ([b, a], second)] {
                let error = ensemble(&members, &[0.5, 0.5]).unwrap_err().to_string();
                assert!(error.contains(part), "{part}: {error}");
            }
        };
        let with = |seed, fold| run(seed, fold, 2, Some(8.0));
        let seeds = [vec![with(1, 0), with(2, 0)], vec![with(1, 0), with(3, 0)]];
        said(seeds, ["seed 2", "seed 3"]);
        let folds = [vec![with(1, 0), with(1, 1)], vec![with(1, 0)]];
        said(folds, ["the same folds"; 2]);
        let mut other = with(1, 0);
        other.outcomes[0].file = "other.wav".into();
        said([vec![with(1, 0)], vec![other]], ["1-0.wav", "other.wav"]);
        let mut more = with(1, 0);
        more.outcomes.push(outcome(1, 1, None));
        said(
            [vec![with(1, 0)], vec![more]],
            ["1 and 2 clips", "2 and 1 clips"],
        );
    }

    #[test]
    fn each_model_has_one_weight_and_shares_add_up() {
        assert_eq!(shares(&[1.0, 3.0], 2).unwrap(), [0.25, 0.75]);
        assert_eq!(shares(&[f32::MAX; 2], 2).unwrap(), [0.5, 0.5]);
        assert_eq!(shares(&[], 4).unwrap(), [0.25; 4]);
        let error = shares(&[1.0], 2).unwrap_err().to_string();
        assert!(error.contains("1 values for 2 models"), "{error}");
    }
}
