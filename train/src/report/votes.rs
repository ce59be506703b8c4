//! The vote of several models, worked out from what each made of the same clips.
//!
//! A clip's logits are a mean over its windows, and those of a committee a mean over its members: in
//! either order the result is the same, so that members need not be joined to be judged together.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::slice;

use anyhow::{Context, Result, ensure};

use super::runs::{Run, read_runs};
use crate::evaluation::Outcome;

/// Reads the runs of a model from each path, as [`read_runs`] does, and lets the models vote.
///
/// # Errors
/// As [`read_runs`]; where there are not as many votes as paths, or the models did not hear the same
/// clips.
pub fn read_votes(paths: &[PathBuf], votes: &[f32]) -> Result<Vec<Run>> {
    ensure!(
        votes.len() == paths.len(),
        "--votes has {} values for {} models: name a folder of outcomes for each",
        votes.len(),
        paths.len()
    );
    let members = paths.iter().map(|path| read_runs(slice::from_ref(path)));
    vote(&members.collect::<Result<Vec<_>>>()?, votes)
}

/// The vote at each seed that any of the `members` has.
fn vote(members: &[Vec<Run>], votes: &[f32]) -> Result<Vec<Run>> {
    let grid: BTreeSet<(u64, u32)> = match members.iter().rev().max_by_key(|runs| seeds(runs).len()) {
        Some(most) => most.iter().map(|run| (run.seed, run.fold)).collect(),
        None => BTreeSet::new(),
    };
    let total: f32 = votes.iter().sum();
    let together = |(seed, fold): (u64, u32)| {
        let runs = members.iter().map(|runs| voter(runs, seed, fold));
        let runs = runs.collect::<Result<Vec<&Run>>>()?;
        let shares: Vec<f32> = votes.iter().map(|vote| vote / total).collect();
        let outcomes = runs[0].outcomes.iter();
        let outcomes = outcomes.map(|clip| mean(clip, &runs, &shares));
        Ok(Run {
            seed,
            fold,
            outcomes: outcomes.collect::<Result<_>>()?,
        })
    };
    grid.into_iter().map(together).collect()
}

fn seeds(runs: &[Run]) -> BTreeSet<u64> {
    runs.iter().map(|run| run.seed).collect()
}

/// The run of a model that votes at `seed`: its own of that seed, or of its only one.
fn voter(runs: &[Run], seed: u64, fold: u32) -> Result<&Run> {
    let has_one = seeds(runs).len() == 1;
    let found = runs
        .iter()
        .find(|run| run.fold == fold && (has_one || run.seed == seed));
    found.with_context(|| {
        format!("not every model has seed {seed}, fold {fold}: they vote on the same folds, with the same seeds or one alone")
    })
}

/// The weighted mean of what the `runs` made of `clip`.
fn mean(clip: &Outcome, runs: &[&Run], shares: &[f32]) -> Result<Outcome> {
    let mut logits = vec![0.0; clip.labels.len()];
    let mut is_speech = true;
    for (run, share) in runs.iter().zip(shares) {
        let same = |other: &&Outcome| {
            (&other.file, &other.labels, other.truth) == (&clip.file, &clip.labels, clip.truth)
        };
        let own = run.outcomes.iter().find(same).with_context(|| {
            format!(
                "not every model heard {} in fold {}, with the same labels",
                clip.file, run.fold
            )
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
    use crate::evaluation::tests::outcome;

    /// One clip of actor 1, whose likeliest label has these odds against every other; `None` for silence.
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
        runs.iter().map(|run| run.outcomes[0].named()).collect()
    }

    #[test]
    fn what_counts_for_more_outvotes_the_other() {
        let members = [[run(1, 0, 2, Some(8.0))], [run(1, 0, 5, Some(4.0))]].map(Vec::from);
        assert_eq!(named(&vote(&members, &[1.0, 1.0]).unwrap()), [Some(2)]);
        let runs = vote(&members, &[1.0, 3.0]).unwrap();
        assert_eq!(named(&runs), [Some(5)]);
        let logits = runs[0].outcomes[0].logits.as_ref().unwrap();
        assert!((logits[2] - 0.25 * 8f32.ln()).abs() < 1e-6);
        assert!((logits[5] - 0.75 * 4f32.ln()).abs() < 1e-6);
    }

    #[test]
    fn one_seed_votes_beside_every_seed_of_the_other() {
        let several = vec![run(1, 0, 2, Some(8.0)), run(2, 0, 3, Some(8.0))];
        let one = vec![run(7, 0, 5, Some(4.0))];
        for members in [[several.clone(), one.clone()], [one, several]] {
            let runs = vote(&members, &[1.0, 1.0]).unwrap();
            assert_eq!(named(&runs), [Some(2), Some(3)]);
            assert_eq!(runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [1, 2]);
        }
    }

    #[test]
    fn without_speech_for_one_there_is_no_answer() {
        let members = [[run(1, 0, 2, Some(8.0))], [run(1, 0, 5, None)]].map(Vec::from);
        assert_eq!(named(&vote(&members, &[1.0, 1.0]).unwrap()), [None]);
    }

    #[test]
    fn models_that_did_not_hear_the_same_do_not_vote() {
        let refused = |members: [Vec<Run>; 2]| vote(&members, &[1.0, 1.0]).unwrap_err().to_string();
        let with = |seed, fold| run(seed, fold, 2, Some(8.0));
        let two = vec![with(1, 0), with(2, 0)];
        assert!(refused([two.clone(), vec![with(1, 0), with(3, 0)]]).contains("seed 2, fold 0"));
        assert!(refused([two, vec![with(1, 1)]]).contains("seed 1, fold 0"));
        let mut other = with(1, 0);
        other.outcomes[0].file = "other.wav".into();
        assert!(refused([vec![with(1, 0)], vec![other]]).contains("1-0.wav"));
        let paths = [PathBuf::from("a"), PathBuf::from("b")];
        let error = read_votes(&paths, &[1.0]).unwrap_err().to_string();
        assert!(error.contains("1 values for 2 models"), "{error}");
    }
}
