//! The record of a run: a line of the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::data::corpus::{Choice, Corpus, Speaker};
use crate::io::files;
use crate::io::hex::hex;

/// One run, as a line of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Name of the recipe.
    pub name: String,
    /// The fold that was held out.
    pub fold: u32,
    /// Seed of the training.
    pub seed: u64,
    /// The rest of what decides its result.
    #[serde(flatten)]
    pub identity: Identity,
    /// Unweighted average recall on the held-out speakers, after the last epoch.
    pub uar: f64,
    /// Accuracy on the held-out speakers.
    pub accuracy: f64,
    /// Parameters of the network.
    pub parameters: usize,
    /// Duration of the training, in seconds.
    pub seconds: f64,
    /// `[epoch, loss, accuracy on augmented windows, held-out UAR]` of some epochs.
    pub curve: Vec<(usize, f64, f64, Option<f64>)>,
}

/// The settings that decide the result of a run, beside its seed and its fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The recipe, as options of `train fit`: its differences from the default of its day.
    pub recipe: String,
    /// [`REVISION`](crate::learn::recipe::REVISION) of the trainer.
    pub revision: u32,
    /// Every field of the recipe, as an assignment.
    pub config: Vec<String>,
    /// Number of folds.
    pub folds: usize,
    /// Backend of the training.
    pub backend: String,
    /// Digest of the recordings, training and held out.
    pub recordings: String,
}

impl Identity {
    /// How `found` differs from this identity; `None` where it does not.
    pub fn difference(&self, found: &Identity) -> Option<String> {
        if found.recipe != self.recipe {
            return Some(format!("another recipe ({})", found.recipe));
        }
        let others = found.config.iter().filter(|it| !self.config.contains(it));
        let others: Vec<&str> = others.map(String::as_str).collect();
        if !others.is_empty() {
            return Some(format!("another recipe ({})", others.join(", ")));
        }
        if found.revision != self.revision {
            return Some("the trainer of another version".to_owned());
        }
        if found.folds != self.folds {
            return Some(format!("{} folds", found.folds));
        }
        if found.backend != self.backend {
            return Some(format!("--backend {}", found.backend));
        }
        (found.recordings != self.recordings).then(|| "other recordings".to_owned())
    }
}

/// A digest of the recordings of all folds: their paths in the corpus, labels and file lengths.
pub fn recordings(corpus: &Corpus, folds: &BTreeMap<u32, BTreeSet<Speaker>>) -> Result<Sha256> {
    let all = Choice::Speakers(folds.values().flatten().cloned().collect());
    let mut digest = Sha256::new();
    for clip in corpus.select(&all, "crossval")? {
        let name = clip.path.strip_prefix(corpus.folder());
        let name = name.unwrap_or(&clip.path).display();
        let length = fs::metadata(&clip.path).map_or(0, |file| file.len());
        digest.update(format!("{name} {} {length}\n", clip.label_name()));
    }
    Ok(digest)
}

/// The digest of these recordings where some speakers are held out.
pub fn digest(recordings: &Sha256, held_out: &Choice) -> String {
    let digest = recordings.clone().chain_update(held_out.to_string());
    hex(&digest.finalize()[..8])
}

/// The values of a file that holds one a line.
pub fn json_lines<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>> {
    let text = String::from_utf8(files::read(path)?)?;
    let lines = text.lines().map(|line| {
        serde_json::from_str(line).with_context(|| format!("{}: {line}", path.display()))
    });
    lines.collect()
}

/// The table of runs, in JSON Lines. It may hold runs of many recipes.
pub struct Table(pub PathBuf);

impl Table {
    /// The runs of this name, by seed and fold; the last line of each counts. Empty where there is no table.
    pub fn read(&self, name: &str, rename: &str) -> Result<BTreeMap<(u64, u32), Run>> {
        if !self.0.exists() {
            return Ok(BTreeMap::new());
        }
        let lines = json_lines::<serde_json::Value>(&self.0)?;
        let of_name = lines.into_iter().filter(|line| line["name"] == name);
        let runs = of_name.map(|line| {
            let run: Run = serde_json::from_value(line).with_context(|| {
                format!(
                    "{} has runs called {name} of an earlier version: choose another {rename}",
                    self.0.display()
                )
            })?;
            Ok(((run.seed, run.fold), run))
        });
        runs.collect()
    }

    /// Opens the table to append to it; it is made where there is none.
    pub fn open(&self) -> Result<File> {
        self.0
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| OpenOptions::new().create(true).append(true).open(&self.0))
            .with_context(|| {
                format!(
                    "cannot write the table {}: name another by --table",
                    self.0.display()
                )
            })
    }

    /// Appends a line.
    pub fn append(&self, run: &Run) -> Result<()> {
        // One write, so that the lines of two processes beside each other do not mix.
        let line = format!("{}\n", serde_json::to_string(run)?);
        Ok(self.open()?.write_all(line.as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;

    /// As versions before the first release wrote it.
    const OLD: &str = r#"{"name":"a","fold":4,"seed":1,"recipe":"--network cnn","uar":0.5,"accuracy":0.5,"parameters":7,"seconds":8.0,"curve":[[10,1.865,0.2979,null]]}"#;

    fn identity() -> Identity {
        Identity {
            recipe: "--network cnn".into(),
            revision: 2,
            config: vec!["epochs=100".into(), "mixup=0.2".into()],
            folds: 5,
            backend: "flex".into(),
            recordings: "ab".into(),
        }
    }

    #[test]
    fn the_last_line_of_a_run_counts_and_incomplete_lines_are_refused_by_name() {
        let table = Table(scratch("old-table").join("runs.jsonl"));
        fs::write(&table.0, format!("{OLD}\n")).unwrap();
        let error = format!("{:#}", table.read("a", "--name").unwrap_err());
        assert!(error.contains("choose another --name"), "{error}");

        let run = |uar| Run {
            name: "b".into(),
            fold: 4,
            seed: 1,
            identity: identity(),
            uar,
            accuracy: 0.5,
            parameters: 7,
            seconds: 8.0,
            curve: vec![(10, 1.865, 0.2979, None)],
        };
        table.append(&run(0.5)).unwrap();
        table.append(&run(0.6)).unwrap();
        let runs = table.read("b", "--name").unwrap();
        assert_eq!(runs.into_values().collect::<Vec<_>>(), [run(0.6)]);
        assert!(table.read("c", "--name").unwrap().is_empty());
    }

    #[test]
    fn what_makes_a_run_another_is_said() {
        let said = |change: &dyn Fn(&mut Identity)| {
            let mut found = identity();
            change(&mut found);
            identity().difference(&found).unwrap_or_default()
        };
        assert_eq!(said(&|_| {}), "");
        assert!(said(&|it| it.recipe = "--network plain".into()).contains("--network plain"));
        // The same options, when the defaults were others.
        let defaults = said(&|it| it.config = vec!["epochs=60".into(), "mixup=0.2".into()]);
        assert_eq!(defaults, "another recipe (epochs=60)");
        assert!(said(&|it| it.revision = 1).contains("another version"));
        assert_eq!(said(&|it| it.folds = 3), "3 folds");
        assert_eq!(said(&|it| it.backend = "cuda".into()), "--backend cuda");
        assert_eq!(said(&|it| it.recordings = "cd".into()), "other recordings");
    }
}
