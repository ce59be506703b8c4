//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Writes a file beside `path` and then gives it that name, which no crash can do by halves. What
/// an earlier crash left beside it is overwritten.
///
/// # Errors
/// Names the file that cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = beside(path, ".part");
    fs::write(&part, bytes)
        .and_then(|()| fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The path with something after its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
