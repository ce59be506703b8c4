//! Corpora of voices and sounds that voice activity detection learns from and is judged on, by the
//! names of their folders.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Whether recordings are for learning or for judging. No recording is for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// To learn from.
    Learn,
    /// To judge on.
    Judge,
}

/// A recording of a sound or a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The audio file.
    pub path: PathBuf,
    /// The corpus, or the kind of sound: `dog`.
    pub kind: String,
    /// Whether it holds a human voice.
    pub voice: bool,
    /// What it is for.
    pub role: Role,
}

/// The line of a list of recordings; other columns do not matter.
#[derive(Deserialize)]
struct Row {
    path: String,
    #[serde(default)]
    speaker: String,
    /// Of ESC-10: a number and a name.
    #[serde(default)]
    sound: String,
}

/// Reads a list's lines into recordings.
type Reader = fn(&Row) -> (String, bool, Role);

/// Folder, list and reader of each corpus.
const CORPORA: [(&str, &str, Reader); 9] = [
    ("esc-10", "labels.csv", esc_10),
    ("indian", "sounds.csv", |row| {
        ("background".into(), false, fifth(&row.path))
    }),
    ("indian", "labels.csv", |row| {
        ("indian".into(), true, fifth(&row.path))
    }),
    ("nemo", "labels.csv", |row| {
        let judged = ["KS0", "SM0"].contains(&row.speaker.as_str());
        (
            "nemo".into(),
            true,
            if judged { Role::Judge } else { Role::Learn },
        )
    }),
    ("librispeech", "labels.csv", |row| {
        // The readers to learn from lie as their snapshot has them, the others side by side.
        let learned = row.path.contains('/');
        (
            "librispeech".into(),
            true,
            if learned { Role::Learn } else { Role::Judge },
        )
    }),
    ("emogator", "labels.csv", |row| {
        ("emogator".into(), true, fifth(&row.speaker))
    }),
    ("emo-db", "labels.csv", |_| {
        ("emo-db".into(), true, Role::Judge)
    }),
    ("emovo", "labels.csv", |_| {
        ("emovo".into(), true, Role::Judge)
    }),
    ("ased", "labels.csv", |_| ("ased".into(), true, Role::Judge)),
];

/// ESC-10: the first digit of a name is its fold; folds 4 and 5 judge. A baby's cry is a voice.
fn esc_10(row: &Row) -> (String, bool, Role) {
    let kind = row
        .sound
        .trim_start_matches(|c: char| !c.is_alphabetic())
        .to_lowercase();
    let judged = row.path.starts_with(['4', '5']);
    let is_voice = kind == "baby cry";
    (
        kind,
        is_voice,
        if judged { Role::Judge } else { Role::Learn },
    )
}

/// A fixed fifth of all names is for judging.
fn fifth(name: &str) -> Role {
    // FNV-1a, whose lowest bits depend on the last letters alone.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    match (hash >> 7).is_multiple_of(5) {
        true => Role::Judge,
        false => Role::Learn,
    }
}

/// The recordings of every known corpus in these folders, each of which holds corpora by their folders' names.
///
/// # Errors
/// Where a list cannot be read, and for a folder without any.
pub fn recordings(folders: &[PathBuf]) -> Result<Vec<Recording>> {
    let mut recordings = Vec::new();
    for folder in folders {
        let before = recordings.len();
        for (name, list, reader) in CORPORA {
            let (folder, list) = (folder.join(name), folder.join(name).join(list));
            if list.is_file() {
                let read = read(&folder, &list, reader);
                recordings.extend(read.with_context(|| format!("cannot use {}", list.display()))?);
            }
        }
        if recordings.len() == before {
            let names: BTreeSet<&str> = CORPORA.iter().map(|(name, ..)| *name).collect();
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            bail!(
                "{} holds no known corpus: expected a folder with its list, of {names}",
                folder.display()
            );
        }
    }
    Ok(recordings)
}

fn read(folder: &Path, list: &Path, reader: Reader) -> Result<Vec<Recording>> {
    let mut table = csv::Reader::from_path(list)?;
    let rows = table.deserialize::<Row>().map(|row| {
        let row = row?;
        let (kind, voice, role) = reader(&row);
        Ok(Recording {
            path: folder.join(&row.path),
            kind,
            voice,
            role,
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::{folder, message};

    #[test]
    fn every_recording_is_for_learning_or_for_judging() {
        let root = folder("recorded", &[]);
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "esc-10/labels.csv",
            "path,sound,kind\n3-1-A.flac,001 - Dog bark,environment\n4-2-A.flac,004 - Baby cry,environment\n",
        );
        let lines: String = (0..100)
            .map(|i| format!("House/{i}.wav,no-speech,background,\n"))
            .collect();
        write(
            "indian/sounds.csv",
            &format!("path,label,speaker,gender\n{lines}"),
        );
        write(
            "librispeech/labels.csv",
            "path,label,speaker\n1.flac,neutral,1\na/2.flac,neutral,2\n",
        );

        let all = recordings(std::slice::from_ref(&root)).unwrap();
        let [dog, baby] = [&all[0], &all[1]];
        assert_eq!(
            (dog.kind.as_str(), dog.voice, dog.role),
            ("dog bark", false, Role::Learn)
        );
        assert_eq!(
            (baby.kind.as_str(), baby.voice, baby.role),
            ("baby cry", true, Role::Judge)
        );
        assert_eq!(dog.path, root.join("esc-10/3-1-A.flac"));
        let backgrounds = all.iter().filter(|r| r.kind == "background");
        let judged = backgrounds.filter(|r| r.role == Role::Judge).count();
        // A fifth, by chance.
        assert!((10..=32).contains(&judged), "{judged}");
        let readers: Vec<Role> = all[102..].iter().map(|r| r.role).collect();
        assert_eq!(readers, [Role::Judge, Role::Learn]);
    }

    #[test]
    fn a_folder_without_a_known_corpus_is_refused() {
        let root = folder("recorded-nothing", &[]);
        let error = message(recordings(&[root]));
        assert!(error.contains("esc-10, indian"), "{error}");
    }
}
