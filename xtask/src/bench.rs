//! `cargo xtask bench`: what a window costs in Chromium.

use std::path::{PathBuf, absolute};
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{package, process, suite};

/// Times the shipped model, and `models` beside it, on the built package.
pub fn run(workspace: &Workspace, models: &[PathBuf]) -> Result<()> {
    if let Some(missing) = models.iter().find(|model| !model.is_file()) {
        bail!(
            "{} is no file: name model files (.emo), as `train fit` writes them",
            missing.display()
        );
    }
    let chromium = suite::set_up(workspace)?;
    package::build(workspace)?;
    let mut node = Command::new("node");
    node.arg(workspace.root.join(suite::PACKAGE_TESTS).join("bench.mjs"))
        .env("PKG_DIR", workspace.pkg())
        .env("CHROMIUM", chromium);
    for model in models {
        node.arg(absolute(model)?);
    }
    process::run(&mut node)
}
