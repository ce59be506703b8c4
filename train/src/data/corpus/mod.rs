//! Recordings with their labels: RAVDESS, the other common corpora, or whatever a CSV file lists.
//!
//! The labels of a corpus stand in a fixed order, which is that of a model's logits: those of the
//! eight of [`Emotion`] that it has, in their order, then all others by the alphabet.

mod adapters;
mod digest;
mod division;
mod find;
mod manifest;
mod names;
mod out;
mod resolve;
mod speaker;
mod spelling;
mod table;
mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use emotionai_voice::Emotion;
use serde::{Deserialize, Serialize};

use crate::data::file_kind::is_spectrogram;

pub use digest::{Digest, Sha256Digest};
pub use division::Division;
pub use names::Names;
pub use speaker::{Choice, Speaker, Tag, format_speakers, parse_choice};
pub use walk::{Skip, skips};

/// The labels of a corpus or a model, in the order of the logits.
pub type Labels = Arc<[String]>;

/// One recording. Of all but path and label it may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clip {
    /// The audio file, or the `.npy` file that `preprocess` made of it.
    pub path: PathBuf,
    /// Index of its label.
    pub label: usize,
    /// The labels of its corpus.
    pub labels: Labels,
    /// The speaker.
    pub speaker: Option<Speaker>,
    /// The speaker's gender.
    pub gender: Option<Gender>,
    /// How strongly it is acted.
    pub intensity: Option<Intensity>,
    /// Which sentence or word is spoken.
    pub statement: Option<Tag>,
    /// Number of the repetition.
    pub repetition: Option<u32>,
    /// The part of the corpus that a manifest puts it in.
    pub split: Option<String>,
    /// Which features a spectrogram was made with.
    pub config: Option<String>,
    /// Of the file's bytes, once it is asked for.
    pub digest: Digest,
}

impl Clip {
    /// The name of its label.
    pub fn label_name(&self) -> &str {
        &self.labels[self.label]
    }

    /// Whether it is a spectrogram that `preprocess` made, by the extension of its file.
    pub fn is_spectrogram(&self) -> bool {
        is_spectrogram(&self.path)
    }
}

/// How strongly an emotion is acted: RAVDESS has the first two, CREMA-D the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intensity {
    /// 01 in a file name. Neutral has no other.
    Normal,
    /// 02.
    Strong,
    /// LO.
    Low,
    /// MD.
    Medium,
    /// HI.
    High,
}

/// The gender of a speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gender {
    /// In RAVDESS actors of an even number.
    Female,
    /// Actors of an odd number.
    Male,
}

/// The recordings of a corpus, by speaker.
#[derive(Debug, Clone)]
pub struct Corpus {
    root: PathBuf,
    is_listed: bool,
    /// The clips are in the order of the speakers, then of the paths.
    found: Found,
}

/// The content of a manifest or a folder.
#[derive(Debug, Clone)]
struct Found {
    /// The corpus that the recordings are of, where that is known.
    names: Option<Names>,
    clips: Vec<Clip>,
    /// All labels of the corpus that is known, and those of the clips.
    labels: Labels,
    /// The files that are left out.
    skipped: Vec<Skip>,
    /// What is read in another way than it is written.
    notes: Vec<String>,
}

impl Corpus {
    /// Reads a manifest, or finds every recording below a folder.
    ///
    /// # Errors
    /// Where the folder cannot be read, holds no recording, or several corpora that it cannot
    /// choose from; as [`manifest::read`].
    pub fn open(root: &Path, names: Option<Names>) -> Result<Corpus> {
        let manifest = root.join(manifest::FILE_NAME);
        let list = match root.is_file() {
            true => root,
            false => &manifest,
        };
        let is_listed = names.is_none() && list.is_file();
        let mut found = if is_listed {
            manifest::read(list)?
        } else {
            let (files, skipped) = walk::recordings(root)?;
            let names = match names {
                Some(names) => names,
                None => find::detect(root, &files)?,
            };
            find::named(names, files, skipped)
        };
        if found.clips.is_empty() {
            let example =
                |names: Names| format!(" of {} (such as {})", names.title(), names.example());
            bail!(
                "{} holds no recording{} that can be used\n{}",
                root.display(),
                found.names.map_or_else(String::new, example),
                skips(&found.skipped).trim_end()
            );
        }
        found
            .clips
            .sort_by(|a, b| (&a.speaker, &a.path).cmp(&(&b.speaker, &b.path)));
        Ok(Corpus {
            root: root.to_owned(),
            is_listed,
            found,
        })
    }

    /// The folder or manifest that it was opened from.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The labels, in the order of a model's logits.
    pub fn labels(&self) -> &Labels {
        &self.found.labels
    }

    /// The folder that the recordings lie in, or that the paths of the manifest are relative to.
    pub fn folder(&self) -> &Path {
        match self.root.is_file() {
            true => self.root.parent().unwrap_or(Path::new("")),
            false => &self.root,
        }
    }

    /// Which corpus it is, by its file names or as its manifest says; `None` of another.
    pub fn names(&self) -> Option<Names> {
        self.found.names
    }

    /// Whether a manifest lists its recordings.
    pub fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// The files that are left out, each with the reason.
    pub fn skipped(&self) -> &[Skip] {
        &self.found.skipped
    }

    /// What a manifest writes and is read in another way, a sentence each.
    pub fn notes(&self) -> &[String] {
        &self.found.notes
    }

    /// All recordings, in the order of the speakers.
    pub fn clips(&self) -> &[Clip] {
        &self.found.clips
    }

    /// Whether samples are missing: some of it is there as spectrograms only.
    pub fn has_spectrograms(&self) -> bool {
        self.found.clips.iter().any(Clip::is_spectrogram)
    }

    /// The speakers that are known, in their order.
    pub fn speakers(&self) -> BTreeSet<&Speaker> {
        let speakers = self
            .found
            .clips
            .iter()
            .filter_map(|clip| clip.speaker.as_ref());
        speakers.collect()
    }

    /// The recordings that are asked for, in the order of the speakers.
    ///
    /// # Errors
    /// Where a speaker or a split is missing; the message names it and `option`, which asked for it.
    pub fn select(&self, choice: &Choice, option: &str) -> Result<Vec<Clip>> {
        let none = match option {
            "--valid" => ", or --valid none to hold none out",
            _ => "",
        };
        let root = self.root.display();
        let chosen = |is_chosen: &dyn Fn(&Clip) -> bool| -> Vec<Clip> {
            let clips = self.found.clips.iter().filter(|clip| is_chosen(clip));
            clips.cloned().collect()
        };
        match choice {
            Choice::All => Ok(self.found.clips.clone()),
            Choice::Split(name) => {
                let clips = chosen(&|clip| clip.split.as_ref() == Some(name));
                if clips.is_empty() {
                    let there = self.splits();
                    let there = match there.is_empty() {
                        true => "no split at all".into(),
                        false => there.into_iter().collect::<Vec<_>>().join(", "),
                    };
                    bail!("{option} asks for the split {name}, but {root} has {there}{none}");
                }
                Ok(clips)
            }
            Choice::Speakers(wanted) => {
                let there = self.speakers();
                if there.is_empty() && !wanted.is_empty() {
                    bail!(
                        "{option} asks for speakers, but {root} has no speaker column: choose with split:NAME or all{none}"
                    );
                }
                let missing: Vec<&Speaker> = wanted.iter().filter(|s| !there.contains(s)).collect();
                if !missing.is_empty() {
                    bail!(
                        "{option} asks for speaker {}, but {root} holds only {}; name other speakers with {option}{none}",
                        format_speakers(missing),
                        format_speakers(there),
                    );
                }
                let is_wanted =
                    |clip: &Clip| clip.speaker.as_ref().is_some_and(|s| wanted.contains(s));
                Ok(chosen(&is_wanted))
            }
        }
    }

    fn splits(&self) -> BTreeSet<&str> {
        let splits = self
            .found
            .clips
            .iter()
            .filter_map(|clip| clip.split.as_deref());
        splits.collect()
    }
}

/// Some labels in the order that this module states.
fn labels(names: BTreeSet<&str>) -> Labels {
    let known = Emotion::ALL.map(Emotion::name);
    let (common, others): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| known.contains(name));
    let common = known.into_iter().filter(|name| common.contains(name));
    common.chain(others).map(str::to_owned).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An empty folder of a test's own.
    pub fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("corpus-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// A folder of files that hold something.
    pub fn folder(name: &str, files: &[&str]) -> PathBuf {
        let root = scratch(name);
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            // Of its own: files of the same bytes are the same recording.
            std::fs::write(path, file).unwrap();
        }
        root
    }

    pub fn choice(text: &str) -> Choice {
        parse_choice(text).unwrap()
    }

    pub fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
        format!("{:#}", result.unwrap_err())
    }

    #[test]
    fn labels_stand_in_the_order_of_the_eight_and_then_of_the_alphabet() {
        let of = |names: &[&str]| labels(names.iter().copied().collect()).to_vec();
        assert_eq!(
            of(&["no", "yes", "surprised", "angry", "Maybe"]),
            ["angry", "surprised", "Maybe", "no", "yes"]
        );
        for names in Names::ALL {
            assert_eq!(of(names.labels()), names.labels(), "{}", names.title());
        }
    }

    #[test]
    fn a_corpus_is_known_by_its_names_and_only_its_files_are_taken() {
        let root = folder(
            "detect",
            &[
                "Actor_01/03-01-05-02-01-01-01.wav",
                "Actor_01/03-02-05-02-01-01-01.wav",
                "Actor_10/03-01-01-01-01-01-10.wav",
                "Actor_02/03-01-01-01-01-01-02.wav",
                "copy/Actor_01/03-01-05-02-01-01-01.wav",
                "voice memo.wav",
                "readme.txt",
            ],
        );
        let corpus = Corpus::open(&root, None).unwrap();
        assert_eq!(corpus.names(), Some(Names::Ravdess));
        assert_eq!(*corpus.labels().clone(), Emotion::ALL.map(Emotion::name));
        let speakers: Vec<String> = corpus
            .found
            .clips
            .iter()
            .map(|c| c.path.display().to_string())
            .collect();
        assert!(
            speakers[0].ends_with("Actor_01/03-01-05-02-01-01-01.wav"),
            "{speakers:?}"
        );
        assert!(speakers[2].contains("Actor_10"), "by number, not by name");
        assert_eq!(corpus.found.clips[0].label_name(), "angry");
        assert_eq!(corpus.skipped().len(), 3, "song, copy and memo");

        let song = Corpus::open(&root, Some(Names::RavdessSong)).unwrap();
        assert_eq!((song.clips().len(), song.labels().len()), (1, 6));
        let none = message(Corpus::open(&root, Some(Names::Tess)));
        assert!(none.contains("OAF_back_angry.wav"), "{none}");

        std::fs::write(root.join("1001_DFA_ANG_XX.wav"), "x").unwrap();
        let both = message(Corpus::open(&root, None));
        assert!(
            both.contains("1 files of CREMA-D") && both.contains("--corpus"),
            "{both}"
        );
        let unknown = message(Corpus::open(&folder("unknown", &["x.wav"]), None));
        assert!(
            unknown.contains("CSV") && unknown.contains("nEMO"),
            "{unknown}"
        );
    }

    #[test]
    fn a_choice_that_cannot_be_met_is_named_with_its_option() {
        let root = folder("choice", &["DC_a01.wav", "JE_n01.wav", "KL_h01.wav"]);
        let corpus = Corpus::open(&root, None).unwrap();
        let select = |text: &str| corpus.select(&choice(text), "--valid");
        assert_eq!(select("all").unwrap().len(), 3);
        assert_eq!(select("JE,DC").unwrap()[0].path, root.join("DC_a01.wav"));
        assert!(select("none").unwrap().is_empty());
        let missing = message(select("DC,XX"));
        for part in ["--valid asks for speaker XX", "DC,JE,KL", "--valid none"] {
            assert!(missing.contains(part), "{missing}");
        }
        assert!(message(select("split:dev")).contains("no split at all"));
    }
}
