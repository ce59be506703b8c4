//! Folders as values: copied whole, compared by a hash, replaced in one step.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The files under a folder, sorted, relative to it. Folders of the given names are left out.
pub fn list(folder: &Path, without: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    walk(folder, Path::new(""), without, &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(top: &Path, inner: &Path, without: &[&str], found: &mut Vec<PathBuf>) -> Result<()> {
    let folder = top.join(inner);
    for entry in
        fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name();
        if !entry.path().is_dir() {
            found.push(inner.join(name));
        } else if !without.iter().any(|skipped| name == *skipped) {
            walk(top, &inner.join(name), without, found)?;
        }
    }
    Ok(())
}

/// Copies a file, making the folder it goes to.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to)
        .with_context(|| format!("could not copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Copies what lies under a folder into another one.
pub fn copy_tree(from: &Path, to: &Path, without: &[&str]) -> Result<()> {
    for file in list(from, without)? {
        copy(&from.join(&file), &to.join(&file))?;
    }
    Ok(())
}

/// An empty folder: made, or cleared of what an earlier run left.
pub fn fresh(folder: &Path) -> Result<()> {
    remove(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))
}

/// The same, but what lies in it under one name stays.
pub fn fresh_but_for(folder: &Path, kept: &str) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == kept {
            continue;
        }
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            remove(&path)?;
        } else {
            fs::remove_file(&path)
                .with_context(|| format!("could not remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Puts a finished folder in the place of `to`. Renames where it can, so that nobody sees a half one.
pub fn replace(to: &Path, finished: &Path) -> Result<()> {
    remove(to)?;
    match fs::rename(finished, to) {
        // cargo's target folder may lie on another disk.
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            copy_tree(finished, to, &[])?;
            remove(finished)
        }
        renamed => renamed
            .with_context(|| format!("could not move {} to {}", finished.display(), to.display())),
    }
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", folder.display()))
        }
        _ => Ok(()),
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
    pub fn add_tree(mut self, folder: &Path, without: &[&str]) -> Result<Self> {
        for file in list(folder, without)? {
            self = self.add(&file).add_file(&folder.join(&file))?;
        }
        Ok(self)
    }

    /// The hash as text.
    pub fn finish(self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// Whether a stamp file holds this text. A missing one does not.
pub fn is_stamped(stamp: &Path, text: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|found| found == text)
}

/// Writes a stamp file.
pub fn stamp(stamp: &Path, text: &str) -> Result<()> {
    fs::write(stamp, text).with_context(|| format!("could not write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> Result<PathBuf> {
        let folder =
            std::env::temp_dir().join(format!("xtask-files-{name}-{}", std::process::id()));
        fresh(&folder)?;
        Ok(folder)
    }

    #[test]
    fn a_copied_tree_has_the_same_files_and_hash_but_for_what_is_left_out() -> Result<()> {
        let top = folder("copy")?;
        for file in ["a.txt", "inner/b.txt", "skip/c.txt"] {
            fs::create_dir_all(top.join("from").join(file).parent().context("no parent")?)?;
            fs::write(top.join("from").join(file), file)?;
        }
        copy_tree(&top.join("from"), &top.join("to"), &["skip"])?;
        assert_eq!(
            list(&top.join("to"), &[])?,
            [PathBuf::from("a.txt"), PathBuf::from("inner/b.txt")]
        );
        let hash = |folder: &str| {
            Ok::<_, anyhow::Error>(
                Fingerprint::default()
                    .add_tree(&top.join(folder), &["skip"])?
                    .finish(),
            )
        };
        assert_eq!(hash("from")?, hash("to")?);
        fs::write(top.join("to/a.txt"), "changed")?;
        assert_ne!(hash("from")?, hash("to")?);
        remove(&top)
    }

    #[test]
    fn a_folder_is_cleared_but_for_what_is_kept() -> Result<()> {
        let top = folder("kept")?;
        for file in ["a.txt", "inner/b.txt", "kept/c.txt"] {
            fs::create_dir_all(top.join(file).parent().context("no parent")?)?;
            fs::write(top.join(file), file)?;
        }
        fresh_but_for(&top, "kept")?;
        assert_eq!(list(&top, &[])?, [PathBuf::from("kept/c.txt")]);
        remove(&top)
    }

    #[test]
    fn replace_leaves_nothing_of_what_was_there() -> Result<()> {
        let top = folder("replace")?;
        fresh(&top.join("old"))?;
        fs::write(top.join("old/stale"), "")?;
        fresh(&top.join("new"))?;
        fs::write(top.join("new/file"), "")?;
        replace(&top.join("old"), &top.join("new"))?;
        assert_eq!(list(&top, &[])?, [PathBuf::from("old/file")]);
        remove(&top)
    }
}
