//! Training on disk: one file, replaced whole or not at all.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | magic `EMOC` |
//! | 4 | format version, little-endian |
//! | 4 | length `n` of the header, little-endian |
//! | n | [`Header`], as JSON |
//! | ... | the parts that the header gives the lengths of |
//! | 32 | SHA-256 of all bytes before |

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::history::History;
use crate::io::atomic;
use crate::learn::trainer::{Counters, Snapshot};

const MAGIC: [u8; 4] = *b"EMOC";
const VERSION: u32 = 1;
/// Magic, version and header length.
const PREFIX: usize = 12;
const CHECKSUM: usize = 32;

/// The settings that decide the result of a training, by name: recipe, seed, recordings and so on. Training goes
/// on from a checkpoint only where all of it is the same.
pub type Settings = BTreeMap<String, String>;

/// Training that can go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub settings: Settings,
    pub history: History,
    pub snapshot: Snapshot,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    settings: Settings,
    history: History,
    counters: Counters,
    /// Lengths of the network, the optimizer, the weight average and the best weights so far.
    lengths: [usize; 4],
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
        fs::read(path)
            .map_err(anyhow::Error::from)
            .and_then(|bytes| Self::from_bytes(&bytes))
            .map(Some)
            .with_context(|| {
                format!(
                    "cannot resume from the checkpoint {}: give --restart to begin anew",
                    path.display()
                )
            })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let Snapshot {
            counters,
            net,
            optimizer,
            average,
        } = &self.snapshot;
        let parts = [net, optimizer, average, &self.history.best_weights];
        let header = serde_json::to_vec(&Header {
            settings: self.settings.clone(),
            history: self.history.clone(),
            counters: counters.clone(),
            lengths: parts.map(Vec::len),
        })?;
        let length = u32::try_from(header.len())?;
        let mut bytes = [&MAGIC[..], &VERSION.to_le_bytes(), &length.to_le_bytes()].concat();
        bytes.extend(header);
        parts.iter().for_each(|part| bytes.extend_from_slice(part));
        bytes.extend_from_slice(&Sha256::digest(&bytes));
        Ok(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Checkpoint> {
        let Some((content, checksum)) = bytes.split_last_chunk::<CHECKSUM>() else {
            bail!("it is cut short");
        };
        if !content.starts_with(&MAGIC) || content.len() < PREFIX {
            bail!("it is no checkpoint");
        }
        if Sha256::digest(content)[..] != checksum[..] {
            bail!("it is damaged: its checksum is wrong");
        }
        let number = |at: usize| {
            let bytes = content[at..at + 4].iter().rev();
            bytes.fold(0, |number, &byte| number << 8 | u32::from(byte))
        };
        if number(4) != VERSION {
            bail!("it is of format {}, not {VERSION}", number(4));
        }
        let (header, mut rest) = content[PREFIX..]
            .split_at_checked(number(8) as usize)
            .context("it is cut short")?;
        let header: Header = serde_json::from_slice(header).context("its header is wrong")?;
        let mut parts = header.lengths.map(|length| {
            let (part, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(part.to_vec())
        });
        let mut part = |at: usize| parts[at].take().context("it is cut short");
        Ok(Checkpoint {
            settings: header.settings,
            snapshot: Snapshot {
                counters: header.counters,
                net: part(0)?,
                optimizer: part(1)?,
                average: part(2)?,
            },
            history: History {
                best_weights: part(3)?,
                ..header.history
            },
        })
    }
}
