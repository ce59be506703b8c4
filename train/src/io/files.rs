//! Files as they are named by whoever runs the program, who may name anything.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Opens a file. Pipes and devices are refused: they may never begin, or never end.
pub fn open(path: &Path) -> Result<File> {
    let cannot = || format!("cannot open {}", path.display());
    let kind = std::fs::metadata(path).with_context(cannot)?;
    if kind.is_dir() {
        bail!("{} is a folder where a file is expected", path.display());
    }
    if !kind.is_file() {
        bail!(
            "{} is a pipe or a device where a file is expected: copy what it gives to a file, or pipe a recording into `train predict -`",
            path.display()
        );
    }
    File::open(path).with_context(cannot)
}

/// Reads a whole file, as [`open`] opens it.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}
