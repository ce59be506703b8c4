//! The files of a run, in the folder that `--out` names.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use emotionai_voice::Model;

use super::record::Identity;
use crate::io::{atomic, files, model};

/// The files of a run.
pub struct Files<'a> {
    pub folder: &'a Path,
    pub seed: u64,
    pub fold: u32,
}

impl Files<'_> {
    /// The file of this extension.
    pub fn path(&self, extension: &str) -> PathBuf {
        self.folder
            .join(format!("seed{}-fold{}.{extension}", self.seed, self.fold))
    }

    /// The clips with their logits; written last.
    pub fn outcomes(&self) -> PathBuf {
        self.path("jsonl")
    }

    /// Fails where files of a run other than `wanted` would be overwritten.
    pub fn check(&self, wanted: &Identity) -> Result<()> {
        let is_there = ["emo", "checkpoint", "jsonl"].map(|it| self.path(it).exists());
        if !is_there.contains(&true) {
            return Ok(());
        }
        let path = self.path("json");
        let different = match path.exists() {
            true => wanted.difference(
                &serde_json::from_slice(&files::read(&path)?)
                    .with_context(|| format!("cannot use {}", path.display()))?,
            ),
            false => Some("an unknown recipe".to_owned()),
        };
        match different {
            None => Ok(()),
            Some(different) => bail!(
                "{} holds seed {}, fold {} of a cross-validation with {different}, which would be overwritten: choose another --out",
                self.folder.display(),
                self.seed,
                self.fold
            ),
        }
    }

    /// Writes the identity of the run, before its first result.
    pub fn begin(&self, identity: &Identity) -> Result<()> {
        atomic::write(&self.path("json"), &serde_json::to_vec(identity)?)
    }

    /// The model, where an earlier process completed the training: it is written at its very end.
    pub fn model(&self) -> Option<Model> {
        let bytes = fs::read(self.path("emo")).ok()?;
        Model::from_bytes(&bytes, &model::device()).ok()
    }
}
