//! Provenance for the headers of model files: what a run knows of it, in the types of the core.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use emotionai_voice::{CorpusUse, Speakers};
use serde_json::Value;
use toml::Table;

use crate::corpus::{Choice, Corpus, Speaker, Tag};

/// A corpus of which `train` is learned from and `valid` is held out.
pub fn corpus_use(corpus: &Corpus, train: &Choice, valid: &Choice) -> CorpusUse {
    CorpusUse {
        name: name(corpus),
        digest: None,
        train: speakers(train),
        valid: speakers(valid),
    }
}

/// The name of a corpus: that of its kind, or `manifest` for whatever a manifest lists.
pub fn name(corpus: &Corpus) -> String {
    match corpus.names() {
        Some(names) if !corpus.is_listed() => names.option(),
        _ => "manifest".into(),
    }
}

/// The same choice in a header.
pub fn speakers(choice: &Choice) -> Speakers {
    match choice {
        Choice::All => Speakers::All,
        Choice::Speakers(speakers) => Speakers::Only(speakers.iter().map(speaker).collect()),
        Choice::Split(name) => Speakers::Split(name.clone()),
    }
}

/// Whether a choice in a header names this speaker. Of a split nothing is known here.
pub fn includes(choice: &Speakers, wanted: &Speaker) -> bool {
    match choice {
        Speakers::All => true,
        Speakers::Only(speakers) => speakers.contains(&speaker(wanted)),
        Speakers::Split(_) => false,
    }
}

fn speaker(speaker: &Speaker) -> emotionai_voice::Speaker {
    match speaker {
        Tag::Number(number) => (*number).into(),
        Tag::Name(name) => name.as_str().into(),
    }
}

/// Assignments in TOML, such as `augment.mixup=0.2`, as fields of a recipe.
///
/// # Errors
/// Where one is none.
pub fn fields(assignments: &[String]) -> Result<BTreeMap<String, Value>> {
    let field = |assignment: &String| {
        let (name, value) = assignment.split_once('=').context("no assignment")?;
        let table: Table = format!("value={value}").parse()?;
        let value = table.get("value").context("no value")?;
        Ok((name.to_owned(), serde_json::to_value(value)?))
    };
    assignments.iter().map(field).collect()
}
