//! The folder on disk in which what is computed of recordings is kept for later runs.
//!
//! An entry is named by the SHA-256 of everything that it depends on, so it is never out of date: another
//! recipe, or a recording that changed, asks for another entry. Folds and seeds share the folder, also at the
//! same time.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempDir};
use walkdir::WalkDir;

use crate::io::hex::hex;

/// The folder's name below the user's folder for caches.
const NAME: &str = "emotionai-voice";
/// The environment variable that names another folder.
pub const VARIABLE: &str = "EMOTIONAI_CACHE";
/// The extension of an entry.
const EXTENSION: &str = "variant";
/// What the name of an unfinished entry begins with; one that is left was not finished by a process that was
/// killed.
const UNFINISHED: &str = ".unfinished-";

/// Where the cache lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Location {
    /// The folder that `EMOTIONAI_CACHE` names, else one in the user's folder for caches.
    #[default]
    Default,
    /// This folder.
    Folder(PathBuf),
    /// A folder that is removed at the end of the run.
    Temporary,
}

/// The name of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of what depends on `all` alone.
    pub fn of(all: &impl Serialize) -> Result<Key> {
        Ok(Key(Sha256::digest(serde_json::to_vec(all)?).into()))
    }
}

/// The error of a cache that cannot be written: no fault of a recording.
#[derive(Debug)]
pub struct Unwritable(PathBuf);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "cannot write to the cache {}: name a folder with more space with --cache DIR, or empty this one with `train cache --clear`",
            self.0.display()
        )
    }
}

/// A folder of entries.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// Removes the folder, where it is a temporary one.
    _temporary: Option<TempDir>,
}

/// The size of a cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Number of entries.
    pub entries: usize,
    /// Bytes in all entries together.
    pub bytes: u64,
}

impl Cache {
    /// The cache at `location`. Its folder is made with the first entry.
    ///
    /// # Errors
    /// Where the user has no folder for caches, or no temporary folder can be made.
    pub fn open(location: &Location) -> Result<Cache> {
        let folder = match location {
            Location::Folder(folder) => folder.clone(),
            Location::Default => match std::env::var_os(VARIABLE).filter(|it| !it.is_empty()) {
                Some(folder) => folder.into(),
                None => dirs::cache_dir()
                    .with_context(|| {
                        format!("this user has no folder for caches: name one with --cache DIR or {VARIABLE}")
                    })?
                    .join(NAME),
            },
            Location::Temporary => {
                let temporary = TempDir::with_prefix(NAME).context("cannot make a temporary folder")?;
                return Ok(Cache {
                    folder: temporary.path().to_owned(),
                    _temporary: Some(temporary),
                });
            }
        };
        Ok(Cache {
            folder,
            _temporary: None,
        })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of an entry, whether it is there or not.
    pub fn path(&self, key: Key) -> PathBuf {
        let name = hex(&key.0);
        let (first, rest) = name.split_at(2);
        self.folder.join(first).join(rest).with_extension(EXTENSION)
    }

    /// Writes an entry, completely or not at all; other processes may write the same one.
    ///
    /// # Errors
    /// [`Unwritable`].
    pub fn write(&self, key: Key, bytes: &[u8]) -> Result<()> {
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.folder);
        let write = || {
            fs::create_dir_all(folder)?;
            let mut file = NamedTempFile::with_prefix_in(UNFINISHED, folder)?;
            file.write_all(bytes)?;
            file.persist(&path).map_err(|error| error.error)
        };
        match write() {
            Ok(_) => Ok(()),
            Err(error) => Err(error).context(Unwritable(self.folder.clone())),
        }
    }

    /// The number and the size of its entries.
    pub fn size(&self) -> Result<Size> {
        let mut size = Size::default();
        for path in self.files(is_entry)? {
            size.entries += 1;
            // Another process may have cleared it since.
            size.bytes += fs::metadata(path).map_or(0, |it| it.len());
        }
        Ok(size)
    }

    /// Removes all entries, and nothing else that lies in the folder.
    pub fn clear(&self) -> Result<()> {
        for path in self.files(|path| is_entry(path) || is_unfinished(path))? {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
            if let Some(folder) = path.parent() {
                // It stays where it holds more.
                let _ = fs::remove_dir(folder);
            }
        }
        Ok(())
    }

    fn files(&self, is_one: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
        if !self.folder.exists() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for file in WalkDir::new(&self.folder).min_depth(2).max_depth(2) {
            let file =
                file.with_context(|| format!("cannot read the cache {}", self.folder.display()))?;
            if file.file_type().is_file() && is_one(file.path()) {
                found.push(file.into_path());
            }
        }
        Ok(found)
    }
}

/// Whether a file is named as entries are.
fn is_entry(path: &Path) -> bool {
    let is_hex = |name: Option<&OsStr>, len| {
        let name = name.unwrap_or_default().as_encoded_bytes();
        name.len() == len && name.iter().all(u8::is_ascii_hexdigit)
    };
    path.extension().is_some_and(|it| it == EXTENSION)
        && is_hex(path.file_stem(), 62)
        && is_hex(path.parent().and_then(Path::file_name), 2)
}

fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(UNFINISHED.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;

    #[test]
    fn entries_are_kept_counted_and_cleared_and_other_files_stay() {
        let folder = scratch("cache").join("made with the first entry");
        let cache = Cache::open(&Location::Folder(folder.clone())).unwrap();
        assert_eq!(cache.size().unwrap(), Size::default());
        let keys = ["one", "two"].map(|it| Key::of(&it).unwrap());
        for key in keys {
            cache.write(key, b"1234").unwrap();
            cache.write(key, b"12345").unwrap();
        }
        assert_eq!(fs::read(cache.path(keys[0])).unwrap(), b"12345");
        let size = cache.size().unwrap();
        assert_eq!((size.entries, size.bytes), (2, 10));

        let others = [
            folder.join("notes.txt"),
            cache.path(keys[0]).with_file_name("x.variant"),
        ];
        let left = cache.path(keys[1]).with_file_name(format!("{UNFINISHED}x"));
        for path in others.iter().chain([&left]) {
            fs::write(path, "").unwrap();
        }
        cache.clear().unwrap();
        assert_eq!(cache.size().unwrap(), Size::default());
        assert!(others.iter().all(|path| path.exists()) && !left.exists());
    }

    #[test]
    fn a_temporary_cache_is_gone_with_its_run() {
        let cache = Cache::open(&Location::Temporary).unwrap();
        cache.write(Key::of(&1).unwrap(), b"1").unwrap();
        let folder = cache.folder().to_owned();
        assert!(folder.exists());
        drop(cache);
        assert!(!folder.exists());
    }

    #[test]
    fn a_cache_that_cannot_be_written_says_how_to_choose_another() {
        let file = scratch("no-cache").join("file");
        fs::write(&file, "").unwrap();
        let cache = Cache::open(&Location::Folder(file)).unwrap();
        let error = cache.write(Key::of(&1).unwrap(), b"1").unwrap_err();
        assert!(error.is::<Unwritable>());
        assert!(error.to_string().contains("--cache"), "{error}");
    }
}
