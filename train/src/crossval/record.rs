//! What a run is, and where it is kept: a line of the table, and files in a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use emotionai_voice::{Model, Provenance};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::atomic;
use crate::corpus::{Choice, Corpus, Speaker};
use crate::hex::hex;
use crate::training;

/// One run, as a line of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What the recipe is called.
    pub name: String,
    pub fold: u32,
    pub seed: u64,
    /// What else it is.
    #[serde(flatten)]
    pub identity: Identity,
    /// On the held-out actors, after the last epoch.
    pub uar: f64,
    pub accuracy: f64,
    pub parameters: usize,
    pub seconds: f64,
    /// `[epoch, loss, accuracy on augmented windows, held-out UAR]` of some epochs.
    pub curve: Vec<(usize, f64, f64, Option<f64>)>,
}

/// What decides what comes of a run, beside its seed and its fold. Of lines that earlier versions
/// wrote not all of it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The recipe, as options of `train fit`: how it differs from the default of its day.
    pub recipe: String,
    /// [`REVISION`](crate::recipe::REVISION) of the trainer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Every field of it, as an assignment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Vec<String>>,
    /// How many folds there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<usize>,
    /// Where it was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// A digest of what was learned from and judged on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recordings: Option<String>,
}

impl Identity {
    /// What `found` has that this one has not, as far as it is known.
    pub fn difference(&self, found: &Identity) -> Option<String> {
        if found.recipe != self.recipe {
            return Some(format!("another recipe ({})", found.recipe));
        }
        let own = self.config.as_deref().unwrap_or_default();
        let others = found.config.iter().flatten().filter(|it| !own.contains(it));
        let others: Vec<&str> = others.map(String::as_str).collect();
        if !others.is_empty() {
            return Some(format!("another recipe ({})", others.join(", ")));
        }
        if found.revision != self.revision {
            return Some("the trainer of another version".to_owned());
        }
        let folds = found.folds.filter(|_| found.folds != self.folds);
        let backend = (found.backend.as_ref()).filter(|_| found.backend != self.backend);
        folds
            .map(|folds| format!("{folds} folds"))
            .or_else(|| backend.map(|backend| format!("--backend {backend}")))
            .or_else(|| {
                let is_other = found.recordings.is_some() && found.recordings != self.recordings;
                is_other.then(|| "other recordings".to_owned())
            })
    }
}

/// What a corpus is told from another by: where in it the recordings of all folds lie, their labels
/// and their lengths.
///
/// # Errors
/// As [`Corpus::select`].
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

/// The files of a run in the folder that `--out` names.
pub struct Files<'a> {
    pub folder: &'a Path,
    pub seed: u64,
    pub fold: u32,
}

impl Files<'_> {
    /// The file of this extension.
    pub fn path(&self, extension: &str) -> PathBuf {
        self.folder
            .join(format!("seed{}-fold{}.{extension}", self.seed, self.fold))
    }

    /// The clips with their logits: they are written last.
    pub fn outcomes(&self) -> PathBuf {
        self.path("jsonl")
    }

    /// Fails where a run that is another than `wanted` left something that this one would overwrite.
    ///
    /// # Errors
    /// Says what is different, or what cannot be read.
    pub fn check(&self, wanted: &Identity, is_same: impl Fn(&Provenance) -> bool) -> Result<()> {
        let is_there = ["emo", "checkpoint", "jsonl"].map(|it| self.path(it).exists());
        if !is_there.contains(&true) {
            return Ok(());
        }
        let path = self.path("json");
        let different = match path.exists() {
            true => wanted.difference(
                &serde_json::from_slice(&read(&path)?)
                    .with_context(|| format!("cannot use {}", path.display()))?,
            ),
            // An earlier version did not write it down.
            false => self
                .model()
                .is_some_and(|model| !is_same(&model.header.provenance))
                .then(|| "another recipe or other speakers".to_owned()),
        };
        match different {
            None => Ok(()),
            Some(different) => bail!(
                "{} holds seed {}, fold {} of a cross-validation with {different}, which would be overwritten: choose another --out",
                self.folder.display(),
                self.seed,
                self.fold
            ),
        }
    }

    /// Writes down what the run is, before anything comes of it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin(&self, identity: &Identity) -> Result<()> {
        atomic::write(&self.path("json"), &serde_json::to_vec(identity)?)
    }

    /// The model, where an earlier start got so far: it is written at the very end of training.
    pub fn model(&self) -> Option<Model> {
        let bytes = fs::read(self.path("emo")).ok()?;
        Model::from_bytes(&bytes, &training::device()).ok()
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The values of a file that holds one a line.
///
/// # Errors
/// Names the file, and the line that is none.
pub fn json_lines<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>> {
    let text = String::from_utf8(read(path)?)?;
    text.lines()
        .map(|line| {
            serde_json::from_str(line).with_context(|| format!("{}: {line}", path.display()))
        })
        .collect()
}

/// The runs of this name, by seed and fold; the last line counts. None where there is no table.
///
/// # Errors
/// As [`json_lines`].
pub fn read_table(path: &Path, name: &str) -> Result<BTreeMap<(u64, u32), Run>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let runs = json_lines::<Run>(path)?.into_iter();
    Ok(runs
        .filter(|run| run.name == name)
        .map(|run| ((run.seed, run.fold), run))
        .collect())
}

/// The table, to be added to; it is made where there is none.
///
/// # Errors
/// Where it cannot be written.
pub fn open_table(table: &Path) -> Result<File> {
    table
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(table))
        .with_context(|| {
            format!(
                "cannot write the table {}: name another by --table",
                table.display()
            )
        })
}

/// Adds a line to the table.
///
/// # Errors
/// Where it cannot be written.
pub fn append(table: &Path, run: &Run) -> Result<()> {
    let mut file = open_table(table)?;
    // One write, so that two runners beside each other do not mix their lines.
    file.write_all(format!("{}\n", serde_json::to_string(run)?).as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tests::scratch;

    /// As every version before this one wrote it.
    const OLD: &str = r#"{"name":"a","fold":4,"seed":1,"recipe":"--network cnn","uar":0.5,"accuracy":0.5,"parameters":7,"seconds":8.0,"curve":[[10,1.865,0.2979,null]]}"#;

    fn identity() -> Identity {
        Identity {
            recipe: "--network cnn".into(),
            revision: Some(2),
            config: Some(vec!["epochs=100".into(), "mixup=0.2".into()]),
            folds: Some(5),
            backend: Some("flex".into()),
            recordings: Some("ab".into()),
        }
    }

    #[test]
    fn a_line_of_an_earlier_version_is_read_and_is_another_run() {
        let table = scratch("old-table").join("runs.jsonl");
        fs::write(&table, format!("{OLD}\n")).unwrap();
        let old = read_table(&table, "a").unwrap().remove(&(1, 4)).unwrap();
        let different = identity().difference(&old.identity);
        assert_eq!(different.as_deref(), Some("the trainer of another version"));
        assert_eq!(serde_json::to_string(&old).unwrap(), OLD);

        let new = Run {
            identity: identity(),
            uar: 0.6,
            ..old
        };
        append(&table, &new).unwrap();
        let runs = read_table(&table, "a").unwrap();
        assert_eq!(runs.into_values().collect::<Vec<_>>(), [new]);
        assert!(read_table(&table, "b").unwrap().is_empty());
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
        let defaults = said(&|it| it.config = Some(vec!["epochs=60".into(), "mixup=0.2".into()]));
        assert_eq!(defaults, "another recipe (epochs=60)");
        assert!(said(&|it| it.revision = Some(1)).contains("another version"));
        assert_eq!(said(&|it| it.folds = Some(3)), "3 folds");
        assert_eq!(
            said(&|it| it.backend = Some("cuda".into())),
            "--backend cuda"
        );
        assert_eq!(
            said(&|it| it.recordings = Some("cd".into())),
            "other recordings"
        );
    }
}
