//! What a recording is known by: its bytes, whatever its file is called.

use std::path::Path;

use anyhow::Result;
use sha2::{Digest as _, Sha256};

use crate::io::files;

/// SHA-256 of a file's bytes.
pub type Digest = [u8; 32];

/// The digest of a recording.
///
/// # Errors
/// Where the file cannot be read.
pub fn of_file(path: &Path) -> Result<Digest> {
    Ok(Sha256::digest(files::read(path)?).into())
}
