//! The demo: its sources as a server takes them, or assembled in `www/dist/` for any static host.

use std::path::PathBuf;

use anyhow::Result;

use crate::files;
use crate::workspace::{PACKAGE, Workspace};

/// The folders that the page is made of, and below which path it finds them.
pub fn parts(workspace: &Workspace) -> [(String, PathBuf); 3] {
    let root = &workspace.root;
    [
        (String::new(), root.join("www")),
        (format!("{PACKAGE}/"), workspace.pkg()),
        // The package does without the baseline: it is there to compare with.
        ("models/".into(), root.join("src/weights")),
    ]
}

/// Assembles the demo from `www/` and a package that is built. Returns the folder.
pub fn assemble(workspace: &Workspace) -> Result<PathBuf> {
    let staged = workspace.scratch().join("dist");
    files::fresh(&staged)?;
    let [(_, www), (package, pkg), (models, weights)] = parts(workspace);
    files::copy_tree(&www, &staged, &["dist", "node_modules"])?;
    files::copy_tree(&pkg, &staged.join(package), &["node_modules"])?;
    let baseline = "plain.emo";
    files::copy(&weights.join(baseline), &staged.join(models).join(baseline))?;
    files::replace(&workspace.dist(), &staged)?;
    Ok(workspace.dist())
}
