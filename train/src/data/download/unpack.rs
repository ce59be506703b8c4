//! An archive to a folder.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use zip::ZipArchive;

/// Unpacks a zip file to `folder`.
///
/// # Errors
/// Where it is no zip file, is damaged, or holds a link or a name that leads out of the folder; nothing is
/// unpacked then.
pub fn unpack(archive: &Path, folder: &Path, bar: &ProgressBar) -> Result<()> {
    let context = || format!("cannot unpack {}", archive.display());
    let file = File::open(archive).with_context(context)?;
    let mut zip = ZipArchive::new(file).with_context(context)?;
    let mut paths: Vec<PathBuf> = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).with_context(context)?;
        match entry.enclosed_name() {
            Some(path) if !entry.is_symlink() => paths.push(folder.join(path)),
            _ => bail!(
                "the archive holds {:?}, which leads out of the folder that it is unpacked to; nothing was unpacked",
                entry.name().unwrap_or_default()
            ),
        }
    }
    bar.set_length(paths.len() as u64);
    for (index, path) in paths.iter().enumerate() {
        let mut entry = zip.by_index(index).with_context(context)?;
        let context = || format!("cannot unpack {}", path.display());
        if entry.is_dir() {
            fs::create_dir_all(path).with_context(context)?;
        } else {
            fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(context)?;
            let mut file = File::create(path).with_context(context)?;
            // The sum of each entry is checked as its last byte is read.
            io::copy(&mut entry, &mut file).with_context(context)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Moves everything in `from` into the same folders of `to`.
pub fn merge(from: &Path, to: &Path) -> Result<()> {
    let context = || format!("cannot move {} to {}", from.display(), to.display());
    fs::create_dir_all(to).with_context(context)?;
    for entry in fs::read_dir(from).with_context(context)? {
        let entry = entry.with_context(context)?;
        let target = to.join(entry.file_name());
        match entry.file_type().with_context(context)?.is_dir() {
            true => merge(&entry.path(), &target)?,
            false => fs::rename(entry.path(), target).with_context(context)?,
        }
    }
    Ok(())
}
