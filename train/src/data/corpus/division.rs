//! The split of a corpus into training and held-out recordings.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use rayon::prelude::*;

use super::{Choice, Clip, Corpus, Names, Speaker, Tag, format_speakers};

/// Shorter files hold no audio, and are alike without being recordings: empty ones, failed downloads.
const LEAST_BYTES: u64 = 1 << 10;

/// Training and held-out recordings of a corpus.
#[derive(Debug)]
pub struct Division {
    /// Training recordings.
    pub train: Vec<Clip>,
    /// Held-out recordings.
    pub valid: Vec<Clip>,
    /// The choice of training recordings.
    pub train_choice: Choice,
    /// The choice of held-out recordings.
    pub valid_choice: Choice,
}

impl Corpus {
    /// Divides the corpus as `--train` and `--valid` say. Without them, by the splits `train` and
    /// `valid` of a manifest that has these; of RAVDESS speech actors 21 to 24 are held out.
    pub fn divide(&self, train: Option<&Choice>, valid: Option<&Choice>) -> Result<Division> {
        let (train, valid) = self.choices(train, valid)?;
        if train.is_none() {
            bail!(
                "--train none leaves nobody to train on: name some speakers, such as --train 1-20"
            );
        }
        if self.found.labels.len() < 2 {
            bail!(
                "{} has no other label than {}: a model tells two or more apart",
                self.root.display(),
                self.found.labels.join(", ")
            );
        }
        let division = Division {
            train: self.select(&train, "--train")?,
            valid: self.select(&valid, "--valid")?,
            train_choice: train,
            valid_choice: valid,
        };
        division.check()?;
        Ok(division)
    }

    fn choices(&self, train: Option<&Choice>, valid: Option<&Choice>) -> Result<(Choice, Choice)> {
        let range =
            |ends: RangeInclusive<u32>| Some(Choice::Speakers(ends.map(Tag::Number).collect()));
        let splits = self.splits();
        let split = |name: &str| Some(Choice::Split(name.to_owned()));
        let defaults = match self.found.names {
            _ if splits.contains("train") && splits.contains("valid") => {
                (split("train"), split("valid"))
            }
            Some(Names::Ravdess) => (range(1..=20), range(21..=24)),
            _ => (None, None),
        };
        let choose = |asked: Option<&Choice>, default: Option<Choice>, option: &str| {
            asked.cloned().or(default).ok_or_else(|| {
                let speakers = self.speakers();
                match (speakers.is_empty(), splits.is_empty()) {
                    (false, _) => anyhow!(
                        "{option} is missing: name some of the speakers {}, or a split",
                        format_speakers(speakers)
                    ),
                    (true, false) => anyhow!(
                        "{option} is missing: name one of the splits, such as split:{}",
                        splits.iter().next().unwrap_or(&"train")
                    ),
                    (true, true) => anyhow!(
                        "{option} is missing, and {} has neither speakers nor splits to name: give --train all --valid none, or add a column speaker",
                        self.root.display()
                    ),
                }
            })
        };
        Ok((
            choose(train, defaults.0, "--train")?,
            choose(valid, defaults.1, "--valid (which may be none)")?,
        ))
    }
}

impl Division {
    fn check(&self) -> Result<()> {
        let speakers = |clips: &[Clip]| -> BTreeSet<Speaker> {
            clips.iter().filter_map(|c| c.speaker.clone()).collect()
        };
        let both = &speakers(&self.train) & &speakers(&self.valid);
        if !both.is_empty() {
            bail!(
                "speaker {} is in --train and in --valid: a model is evaluated on speakers that it was not trained on",
                format_speakers(&both)
            );
        }
        let train: HashSet<&Path> = self.train.iter().map(|clip| clip.path.as_path()).collect();
        if let Some(both) = self.valid.iter().find(|c| train.contains(c.path.as_path())) {
            bail!("{} is in --train and in --valid", both.path.display());
        }
        if let Some((train, valid)) = self.same_bytes() {
            bail!(
                "{} in --train and {} in --valid are the same recording, byte for byte: a model would be evaluated on what it was trained on. Remove one of them, or list both in one split",
                train.path.display(),
                valid.path.display()
            );
        }
        Ok(())
    }

    /// A training and a held-out recording of the same bytes. Files that cannot be read are no copies
    /// here; whoever decodes them says why.
    fn same_bytes(&self) -> Option<(&Clip, &Clip)> {
        let length = |clip: &Clip| {
            let length = std::fs::metadata(&clip.path).ok()?.len();
            (length >= LEAST_BYTES).then_some(length)
        };
        let mut held_out: HashMap<u64, Vec<&Clip>> = HashMap::new();
        for clip in &self.valid {
            if let Some(length) = length(clip) {
                held_out.entry(length).or_default().push(clip);
            }
        }
        // Copies are of one length, so most files need not be read.
        self.train.par_iter().find_map_first(|train| {
            let mut equal = held_out.get(&length(train)?)?.iter();
            let digest = train.digest().ok()?;
            let valid = equal.find(|valid| valid.digest().is_ok_and(|it| it == digest))?;
            Some((train, *valid))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::{choice, folder, message};

    #[test]
    fn nobody_is_both_trained_on_and_held_out() {
        let root = folder("divide", &["DC_a01.wav", "JE_n01.wav"]);
        let corpus = Corpus::open(&root, None).unwrap();
        let divide = |train: Option<&str>, valid: Option<&str>| {
            corpus.divide(train.map(choice).as_ref(), valid.map(choice).as_ref())
        };
        let division = divide(Some("DC"), Some("JE")).unwrap();
        assert_eq!((division.train.len(), division.valid.len()), (1, 1));
        assert!(message(divide(Some("DC"), None)).contains("--valid"));
        assert!(message(divide(None, Some("DC"))).contains("--train is missing"));
        assert!(message(divide(Some("none"), Some("DC"))).contains("nobody to train on"));
        assert!(message(divide(Some("all"), Some("JE"))).contains("speaker JE is in --train"));

        let one = folder("one-label", &["a.wav"]);
        std::fs::write(one.join("manifest.csv"), "path,label\na.wav,yes\n").unwrap();
        let corpus = Corpus::open(&one, None).unwrap();
        let unknown = message(corpus.divide(None, None));
        assert!(unknown.contains("--train all --valid none"), "{unknown}");
        assert!(message(corpus.divide(Some(&Choice::All), Some(&choice("none")))).contains("yes"));
    }

    #[test]
    fn a_copy_of_a_training_recording_is_not_held_out() {
        let root = folder("copies", &["DC_a01.wav", "JE_n01.wav", "JE_n02.wav"]);
        for copy in ["DC_a01.wav", "JE_n02.wav"] {
            std::fs::write(root.join(copy), [1; 2_048]).unwrap();
        }
        let corpus = Corpus::open(&root, None).unwrap();
        let division = corpus.divide(Some(&choice("DC")), Some(&choice("JE")));
        let copies = message(division);
        for said in [
            "DC_a01.wav in --train",
            "JE_n02.wav in --valid",
            "byte for byte",
        ] {
            assert!(copies.contains(said), "{said}: {copies}");
        }
        std::fs::write(root.join("JE_n02.wav"), [2; 2_048]).unwrap();
        corpus
            .divide(Some(&choice("DC")), Some(&choice("JE")))
            .unwrap_err();
        let again = Corpus::open(&root, None).unwrap();
        again
            .divide(Some(&choice("DC")), Some(&choice("JE")))
            .unwrap();
    }

    #[test]
    fn a_manifest_may_divide_its_corpus() {
        let root = folder("splits", &["a.wav", "b.wav", "c.wav"]);
        let write = |text: &str| std::fs::write(root.join("manifest.csv"), text).unwrap();
        write("path,label,split\na.wav,yes,train\nb.wav,no,valid\nc.wav,no,test\n");
        let corpus = Corpus::open(&root, None).unwrap();
        let division = corpus.divide(None, None).unwrap();
        assert_eq!(division.train[0].path, root.join("a.wav"));
        assert_eq!(division.valid[0].path, root.join("b.wav"));
        assert_eq!(division.train_choice.to_string(), "split:train");
        let speakers = message(corpus.select(&choice("1"), "--actors"));
        assert!(speakers.contains("no speaker column"), "{speakers}");
        let both = message(corpus.divide(Some(&Choice::All), Some(&choice("split:test"))));
        assert!(
            both.contains("c.wav is in --train and in --valid"),
            "{both}"
        );
    }
}
