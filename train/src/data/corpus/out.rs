//! Folders that must not be written to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::Corpus;

impl Corpus {
    /// Fails where recordings lie in the folder `out` or below it: what is written there would mix
    /// with them, and a manifest would be read instead of them.
    pub fn check_out(&self, out: &Path) -> Result<()> {
        // A folder that is not there yet holds nothing.
        let Ok(out) = out.canonicalize() else {
            return Ok(());
        };
        let mut folders: BTreeSet<&Path> = (self.found.clips.iter())
            .filter_map(|clip| clip.path.parent())
            .collect();
        folders.insert(self.folder());
        let is_below = |folder: &Path| {
            let folder = match folder.as_os_str().is_empty() {
                true => Path::new("."),
                false => folder,
            };
            let real: Option<PathBuf> = folder.canonicalize().ok();
            real.is_some_and(|folder| folder.starts_with(&out))
        };
        if let Some(folder) = folders.into_iter().find(|folder| is_below(folder)) {
            bail!(
                "--out {} holds recordings of --data, in {}: name another folder",
                out.display(),
                folder.display()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::{folder, message};

    #[test]
    fn where_recordings_lie_nothing_else_is_written() {
        let root = folder(
            "out",
            &["data/DC/a01.wav", "data/JE/n01.wav", "other/x.txt"],
        );
        let corpus = Corpus::open(&root.join("data"), None).unwrap();
        for free in ["other", "new", "data/mel"] {
            corpus.check_out(&root.join(free)).unwrap();
        }
        for taken in ["data", "data/DC", "", "data/../data/JE", "other/.."] {
            let error = message(corpus.check_out(&root.join(taken)));
            assert!(error.contains("holds recordings of --data"), "{error}");
        }
        let list = root.join("other/manifest.csv");
        std::fs::write(list, "path,label\n../data/DC/a01.wav,yes\n").unwrap();
        let corpus = Corpus::open(&root.join("other"), None).unwrap();
        let error = message(corpus.check_out(&root.join("other")));
        assert!(error.contains("name another folder"), "{error}");
    }
}
