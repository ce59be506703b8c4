//! Where things lie, and the version that they carry.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

/// The npm and cargo name of what is built here.
pub const PACKAGE: &str = "emotionai-voice";

/// The checkout that this program works on.
pub struct Workspace {
    /// The repository's top folder.
    pub root: PathBuf,
    /// cargo's target folder (`CARGO_TARGET_DIR` or `target/`).
    pub target: PathBuf,
    /// The version of the root crate, and so of the npm package.
    pub version: String,
}

impl Workspace {
    /// The workspace around the current folder. Asks cargo, which knows about `CARGO_TARGET_DIR` and inherited
    /// versions; what was true when this program was compiled may be another checkout with the same target folder.
    pub fn find() -> Result<Self> {
        let sh = Shell::new()?;
        let metadata = cmd!(sh, "cargo metadata --no-deps --format-version 1");
        let metadata: Value = serde_json::from_str(&metadata.quiet().read()?)?;
        let folder = |name: &str| {
            let folder = metadata[name].as_str().map(PathBuf::from);
            folder.with_context(|| format!("`cargo metadata` names no {name}"))
        };
        let mut packages = metadata["packages"].as_array().into_iter().flatten();
        let package = packages.find(|package| package["name"] == PACKAGE);
        let version = package.and_then(|package| package["version"].as_str());
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            version: version
                .with_context(|| format!("`cargo metadata` lists no package {PACKAGE}"))?
                .to_owned(),
        })
    }

    /// A shell in the repository.
    pub fn shell(&self) -> Result<Shell> {
        self.shell_in("")
    }

    /// A shell in a folder of the repository.
    pub fn shell_in(&self, folder: impl AsRef<Path>) -> Result<Shell> {
        let sh = Shell::new()?;
        sh.change_dir(self.root.join(folder));
        Ok(sh)
    }

    /// The trainer, once it is built.
    pub fn trainer(&self) -> PathBuf {
        self.target.join("release/train")
    }

    /// The npm package that `build` leaves.
    pub fn pkg(&self) -> PathBuf {
        self.root.join("pkg")
    }

    /// The assembled demo.
    pub fn dist(&self) -> PathBuf {
        self.root.join("www/dist")
    }

    /// The TypeScript half of the package.
    pub fn js(&self) -> PathBuf {
        self.root.join("src/js")
    }

    /// What a user reads of the package beside its README, and the tools that write it.
    pub fn docs(&self) -> PathBuf {
        self.js().join("docs")
    }

    /// Caches and half-built things of this program; deleting it costs time, nothing else.
    pub fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }
}

/// Where a program lies on the PATH.
pub fn on_path(program: impl AsRef<Path>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let files = std::env::split_paths(&path).map(|folder| folder.join(&program));
    files.into_iter().find(|file| file.is_file())
}
