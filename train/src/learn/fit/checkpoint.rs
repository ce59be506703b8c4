//! Training on disk: one file, replaced whole or not at all.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | magic `EMOC` |
//! | 4 | format version, little-endian |
//! | ... | [`Checkpoint`], as CBOR |
//! | 32 | SHA-256 of all bytes before |

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::history::History;
use crate::io::atomic;
use crate::learn::trainer::Snapshot;

const MAGIC: &[u8] = b"EMOC";
const VERSION: u32 = 2;

/// The settings that decide the result of a training, by name: recipe, seed, recordings and so on. Training goes
/// on from a checkpoint only where all of it is the same.
pub type Settings = BTreeMap<String, String>;

/// Training that can go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    pub settings: Settings,
    pub history: History,
    pub snapshot: Snapshot,
}

impl Checkpoint {
    /// Replaces the file at `path`. Whenever the program or the machine stops, the file is the old
    /// one or the new one.
    pub fn write(&self, path: &Path) -> Result<()> {
        self.to_bytes()
            .and_then(|bytes| atomic::write_durably(path, &bytes))
            .context("cannot write the checkpoint")
    }

    /// The checkpoint at `path`; `None` where there is no file.
    pub fn read(path: &Path) -> Result<Option<Checkpoint>> {
        if !path.exists() {
            return Ok(None);
        }
        let read = || Self::from_bytes(&fs::read(path)?);
        read().map(Some).with_context(|| {
            format!(
                "cannot resume from the checkpoint {}: give --restart to begin anew",
                path.display()
            )
        })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = [MAGIC, &VERSION.to_le_bytes()].concat();
        ciborium::into_writer(self, &mut bytes).map_err(|error| anyhow!("{error:?}"))?;
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Checkpoint> {
        let Some((content, checksum)) = bytes.split_last_chunk::<32>() else {
            bail!("it is cut short");
        };
        let rest = content.strip_prefix(MAGIC).context("it is no checkpoint")?;
        if Sha256::digest(content)[..] != checksum[..] {
            bail!("it is damaged: its checksum is wrong");
        }
        let (version, body) = rest.split_first_chunk().context("it is cut short")?;
        match u32::from_le_bytes(*version) {
            VERSION => ciborium::from_reader(body)
                .map_err(|error| anyhow!("its content is wrong: {error:?}")),
            other => bail!("it is of format {other}, not {VERSION}"),
        }
    }
}
