//! Projects that have the packed package installed, as its users do.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{files, npm, process, tarball};

/// Their sources, and the tests that build and run them.
pub const FIXTURES: &str = "tests/fixtures";
/// Those that are built by nothing or in no time.
pub const QUICK: [&str; 3] = ["node", "plain", "types"];
/// Those that bring a bundler.
pub const BUNDLED: [&str; 3] = ["next", "vite", "webpack"];

/// The folder of the copies.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("fixtures")
}

/// Copies a project, and installs in the copy what its lock file names and then the tarball, as npm does for a user.
pub fn install(workspace: &Workspace, name: &str) -> Result<()> {
    let tarball = tarball::path(workspace);
    if !tarball.is_file() {
        bail!(
            "there is no {}: the package was not packed",
            tarball.display()
        );
    }
    let project = folder(workspace).join(name);
    // The packages of an earlier run serve again.
    files::fresh_but_for(&project, "node_modules")?;
    let sources = workspace.root.join(FIXTURES).join("projects").join(name);
    files::copy_tree(&sources, &project, &["node_modules"])?;
    if project.join("package-lock.json").is_file() {
        npm::ensure_packages(&project)?;
    }
    install_tarball(&project, &tarball)
}

fn install_tarball(project: &Path, tarball: &Path) -> Result<()> {
    let mut install = Command::new("npm");
    install
        .args(["install", "--no-save", "--no-audit", "--no-fund"])
        .arg(tarball)
        .current_dir(project);
    process::run(&mut install)
}
