//! Projects that have the packed package installed, as its users do.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::workspace::Workspace;
use crate::{files, tarball, tools};

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
    let is_packed = tarball.is_file();
    ensure!(
        is_packed,
        "there is no {}: the package was not packed",
        tarball.display()
    );
    let project = folder(workspace).join(name);
    let sh = workspace.shell()?;
    sh.create_dir(&project)?;
    for old in sh.read_dir(&project)? {
        // The packages of an earlier run serve again.
        if !old.ends_with("node_modules") {
            sh.remove_path(old)?;
        }
    }
    let sources = workspace.root.join("tests/consumers").join(name);
    files::copy_tree(&sources, &project, &["node_modules"])?;
    if project.join("package-lock.json").is_file() {
        tools::ensure_packages(&project)?;
    }
    sh.change_dir(&project);
    Ok(cmd!(sh, "npm install --no-save --no-audit --no-fund {tarball}").run()?)
}
