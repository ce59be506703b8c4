//! The demo in `www/dist/`: the files of `www/` with the built package beside them, and the weights of the baseline.

use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::workspace::{PACKAGE, Workspace};

/// Assembles the demo from `www/` and a package that is built. Returns the folder to serve.
pub fn assemble(workspace: &Workspace) -> Result<PathBuf> {
    let staged = workspace.scratch().join("dist");
    files::fresh(&staged)?;
    files::copy_tree(
        &workspace.root.join("www"),
        &staged,
        &["dist", "node_modules"],
    )?;
    files::copy_tree(&workspace.pkg(), &staged.join(PACKAGE), &["node_modules"])?;
    // The package does without it: it is there to compare with.
    files::copy(
        &workspace.root.join("src/weights/plain.emo"),
        &staged.join("models/plain.emo"),
    )?;
    files::replace(&workspace.dist(), &staged)?;
    Ok(workspace.dist())
}
