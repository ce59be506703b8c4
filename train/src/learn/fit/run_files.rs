//! Where a training keeps what it writes.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::history::{History, LogEntry};
use crate::io::{atomic, model};

/// The files that may be in a folder that `--out` names, left by an earlier process, the first two
/// perhaps unfinished.
const OURS: [&str; 3] = ["model.emo", "model.checkpoint", "log.jsonl"];

/// The files of a training.
pub struct RunFiles {
    /// The model, written at the end.
    pub model: PathBuf,
    /// Training that can go on, while there is some left to do.
    pub checkpoint: PathBuf,
    log: Option<PathBuf>,
}

impl RunFiles {
    /// The files that `--out` and `--log` ask for; makes the folder where `--out` is one.
    pub fn new(out: &Path, log: Option<&Path>) -> Result<RunFiles> {
        let is_file = out.extension().is_some_and(|extension| extension == "emo");
        let mut log = log.map(Path::to_owned);
        let model = match is_file && !out.is_dir() {
            true => {
                model::check_out(out, &[])?;
                out.to_owned()
            }
            false => {
                make_folder(out)?;
                log.get_or_insert_with(|| out.join("log.jsonl"));
                out.join("model.emo")
            }
        };
        Ok(RunFiles {
            checkpoint: model.with_extension("checkpoint"),
            model,
            log,
        })
    }

    /// Begins the log with the epochs of an earlier start.
    pub fn write_log(&self, history: &History) -> Result<()> {
        let Some(path) = &self.log else { return Ok(()) };
        let mut file = File::create(path).with_context(|| cannot_write(path))?;
        for entry in &history.epochs {
            writeln!(file, "{}", serde_json::to_string(entry)?)?;
        }
        Ok(())
    }

    /// Adds an epoch to the log.
    pub fn append_log(&self, entry: &LogEntry) -> Result<()> {
        let Some(path) = &self.log else { return Ok(()) };
        let line = format!("{}\n", serde_json::to_string(entry)?);
        OpenOptions::new()
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .with_context(|| cannot_write(path))
    }

    /// Writes the model, whole or not at all, and removes the checkpoint.
    pub fn write_model(&self, bytes: &[u8]) -> Result<()> {
        atomic::write_durably(&self.model, bytes)?;
        match fs::remove_file(&self.checkpoint) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.checkpoint.display()))
            }
            _ => Ok(()),
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Makes a folder, or accepts one that holds the files of a training run alone: a slip of the keyboard must not mix
/// them with recordings.
fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("--out {} cannot be made", folder.display()))?;
    let entries = fs::read_dir(folder)
        .with_context(|| format!("--out {} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let finished = match path.extension() {
            Some(ending) if ending == atomic::UNFINISHED => path.file_stem(),
            _ => path.file_name(),
        };
        let name = finished.unwrap_or_default();
        if !OURS.iter().any(|ours| name == *ours) {
            bail!(
                "--out {} holds other files, such as {}: name a new folder, or a file that ends in .emo",
                folder.display(),
                name.display()
            );
        }
    }
    Ok(())
}
