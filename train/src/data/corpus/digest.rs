//! Digests of files, by which copies of a recording are known.

use std::fmt;
use std::io::{BufReader, copy};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

use super::Clip;
use crate::io::files;
use crate::io::hex::hex;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// The SHA-256 of a file's bytes.
pub type Sha256Digest = [u8; 32];

/// The SHA-256 of a clip's file. It is computed when it is first asked for; copies of a clip share it.
#[derive(Clone, Default)]
pub struct Digest(Arc<OnceLock<Sha256Digest>>);

/// A clip is the same clip before its digest is computed and after.
impl PartialEq for Digest {
    fn eq(&self, _: &Digest) -> bool {
        true
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.get().map_or_else(String::new, |bytes| hex(bytes)))
    }
}

impl Clip {
    /// The SHA-256 of its file's bytes. The file is read at the first call alone.
    pub fn digest(&self) -> Result<Sha256Digest> {
        if let Some(known) = self.digest.0.get() {
            return Ok(*known);
        }
        let digest = sha256(&self.path)?;
        Ok(*self.digest.0.get_or_init(|| digest))
    }
}

fn sha256(path: &Path) -> Result<Sha256Digest> {
    let mut hash = Sha256::new();
    let mut file = BufReader::with_capacity(BLOCK, files::open(path)?);
    copy(&mut file, &mut hash).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;

    #[test]
    fn a_file_is_read_once_for_all_copies_of_its_clip() {
        let path = scratch("digest").join("a.wav");
        std::fs::write(&path, "abc").unwrap();
        let clip = Clip {
            path: path.clone(),
            ..Clip::default()
        };
        let copy = clip.clone();
        // FIPS 180-2, appendix B.1.
        assert!(hex(&clip.digest().unwrap()).starts_with("ba7816bf8f01cfea414140de5dae2223"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(copy.digest().unwrap(), clip.digest().unwrap());
        let other = Clip {
            path,
            ..Clip::default()
        };
        assert_eq!(other, clip);
        assert!(other.digest().is_err());
    }
}
