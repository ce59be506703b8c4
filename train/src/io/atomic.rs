//! Files that are written completely or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// The extension of a file while it is being written.
pub const UNFINISHED: &str = "part";

/// Writes a file beside `path` and then gives it that name, which no crash can do by halves. What
/// an earlier crash left beside it is overwritten.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, |_| Ok(()))
}

/// As [`write`], for files that must outlast a power cut, too: the bytes are on the disk before the name is
/// given. That is slow.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, bytes, |file| file.sync_all())
}

fn replace(path: &Path, bytes: &[u8], finish: fn(&File) -> std::io::Result<()>) -> Result<()> {
    let part = path.with_added_extension(UNFINISHED);
    File::create(&part)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            finish(&file)
        })
        .and_then(|()| fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
