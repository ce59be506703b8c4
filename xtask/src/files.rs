//! Folders as values: copied whole, compared by a hash, replaced in one step.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use walkdir::{DirEntry, WalkDir};
use xshell::Shell;

/// The files under a folder, sorted, relative to it. Folders of the given names in it are left out.
pub fn list(folder: &Path, without: &[&str]) -> Result<Vec<PathBuf>> {
    let is_wanted = |entry: &DirEntry| {
        entry.depth() == 0 || !without.iter().any(|name| entry.file_name() == *name)
    };
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let mut found = Vec::new();
    for entry in entries.filter_entry(is_wanted) {
        let entry = entry.with_context(|| format!("could not read {}", folder.display()))?;
        if !entry.path().is_dir() {
            found.push(entry.path().strip_prefix(folder)?.to_owned());
        }
    }
    Ok(found)
}

/// Copies a file, making the folder it goes to.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let sh = Shell::new()?;
    sh.create_dir(to.parent().context("a file lies in a folder")?)?;
    Ok(sh.copy_file(from, to)?)
}

/// Copies what lies under a folder into another one.
pub fn copy_tree(from: &Path, to: &Path, without: &[&str]) -> Result<()> {
    let files = list(from, without)?;
    let mut files = files.iter();
    files.try_for_each(|file| copy(&from.join(file), &to.join(file)))
}

/// An empty folder: made, or cleared of what an earlier run left.
pub fn fresh(folder: &Path) -> Result<()> {
    let sh = Shell::new()?;
    sh.remove_path(folder)?;
    sh.create_dir(folder)?;
    Ok(())
}

/// Puts a finished folder in the place of `to`. Renames where it can, so that nobody sees a half one.
pub fn replace(to: &Path, finished: &Path) -> Result<()> {
    let sh = Shell::new()?;
    sh.remove_path(to)?;
    match fs::rename(finished, to) {
        // cargo's target folder may lie on another disk.
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            copy_tree(finished, to, &[])?;
            Ok(sh.remove_path(finished)?)
        }
        renamed => renamed
            .with_context(|| format!("could not move {} to {}", finished.display(), to.display())),
    }
}

/// A hash of contents, to tell whether something has to be made again. It guards a cache on this
/// machine, so std's hasher will do, though another Rust may give another value.
#[derive(Default)]
pub struct Fingerprint(DefaultHasher);

impl Fingerprint {
    /// Begins with this program itself: when it changes, so may what it makes.
    pub fn of_this_program() -> Result<Self> {
        Self::default().add_file(&std::env::current_exe()?)
    }

    /// Adds a value.
    pub fn add(mut self, value: impl Hash) -> Self {
        value.hash(&mut self.0);
        self
    }

    /// Adds a file's bytes.
    pub fn add_file(self, file: &Path) -> Result<Self> {
        let bytes = fs::read(file).with_context(|| format!("could not read {}", file.display()))?;
        Ok(self.add(bytes))
    }

    /// Adds the names and bytes of all files under a folder.
    pub fn add_tree(self, folder: &Path, without: &[&str]) -> Result<Self> {
        let mut files = list(folder, without)?.into_iter();
        files.try_fold(self, |hash, file| {
            hash.add(&file).add_file(&folder.join(&file))
        })
    }

    fn text(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// Whether a stamp file is that of this hash. A missing one is not.
pub fn is_stamped(stamp: &Path, hash: &Fingerprint) -> bool {
    fs::read_to_string(stamp).is_ok_and(|found| found == hash.text())
}

/// Writes a stamp file.
pub fn stamp(stamp: &Path, hash: &Fingerprint) -> Result<()> {
    fs::write(stamp, hash.text()).with_context(|| format!("could not write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, each of which holds its name.
    fn folder(name: &str, files: &[&str]) -> Result<PathBuf> {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        fresh(&folder)?;
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().context("no parent")?)?;
            fs::write(path, file)?;
        }
        Ok(folder)
    }

    #[test]
    fn a_copied_tree_has_the_same_files_and_hash_but_for_what_is_left_out() -> Result<()> {
        let from = folder("from", &["a.txt", "inner/b.txt", "skip/c.txt"])?;
        let to = folder("to", &[])?;
        copy_tree(&from, &to, &["skip"])?;
        assert_eq!(list(&to, &[])?, ["a.txt", "inner/b.txt"].map(PathBuf::from));
        let hash = |folder| Fingerprint::default().add_tree(folder, &["skip"]);
        stamp(&to.join("skip.stamp"), &hash(&from)?)?;
        assert!(!is_stamped(&to.join("skip.stamp"), &hash(&to)?));
        fs::rename(to.join("skip.stamp"), from.join("skip/stamp"))?;
        assert!(is_stamped(&from.join("skip/stamp"), &hash(&to)?));
        fs::write(to.join("a.txt"), "changed")?;
        assert!(!is_stamped(&from.join("skip/stamp"), &hash(&to)?));
        assert!(!is_stamped(&from.join("no such stamp"), &hash(&to)?));
        fs::remove_dir_all(from)?;
        Ok(fs::remove_dir_all(to)?)
    }

    #[test]
    fn replace_leaves_nothing_of_what_was_there() -> Result<()> {
        let top = folder("replace", &["old/stale", "new/file"])?;
        replace(&top.join("old"), &top.join("new"))?;
        assert_eq!(list(&top, &[])?, [PathBuf::from("old/file")]);
        Ok(fs::remove_dir_all(top)?)
    }
}
