//! The held-out speakers of each fold.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use crate::data::corpus::{Choice, Corpus, Names, Speaker, Tag};

/// Default number of folds.
pub const FOLDS: usize = 5;
/// The actors of RAVDESS that are cross-validated on; it has four more, which are the sealed test set.
const ACTORS: std::ops::RangeInclusive<u32> = 1..=20;
/// Each of the five folds holds out so many consecutive actors, half of them women.
const ACTORS_A_FOLD: u32 = 4;

/// The speakers that each of `n` folds holds out: every `n`th speaker, and of RAVDESS speech in five folds four
/// consecutive actors.
///
/// # Errors
/// Where there are fewer known speakers than folds.
pub fn folds(corpus: &Corpus, n: usize) -> Result<BTreeMap<u32, BTreeSet<Speaker>>> {
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
    // The sealed test set is in no fold, whatever their number.
    let is_sealed = |speaker: &Speaker| match (corpus.names(), speaker) {
        (Some(Names::Ravdess), Tag::Number(actor)) => !ACTORS.contains(actor),
        _ => false,
    };
    let speakers = corpus.speakers();
    for (index, speaker) in speakers.iter().filter(|s| !is_sealed(s)).enumerate() {
        let fold = folds.entry((index % n) as u32).or_default();
        fold.insert((*speaker).clone());
    }
    if folds.len() < n {
        bail!(
            "{n} folds need as many speakers, and {} are known",
            folds.len()
        );
    }
    Ok(folds)
}
