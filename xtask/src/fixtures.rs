//! The package as its users get it: packed, and installed in projects of their own.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::workspace::{PACKAGE, Workspace};
use crate::{files, tools};

/// Projects that are built by nothing or in no time.
pub const QUICK: [&str; 3] = ["node", "plain", "types"];
/// Those that bring a bundler.
pub const BUNDLED: [&str; 3] = ["next", "vite", "webpack"];

/// Packs the package that is built.
pub fn pack(workspace: &Workspace) -> Result<()> {
    let folder = tarball(workspace).with_file_name("");
    files::fresh(&folder)?;
    let sh = workspace.shell_in(workspace.pkg())?;
    Ok(cmd!(sh, "npm pack --pack-destination {folder}").run()?)
}

fn tarball(workspace: &Workspace) -> PathBuf {
    let name = format!("{PACKAGE}-{}.tgz", workspace.version);
    workspace.scratch().join("tarball").join(name)
}

/// The folder of the copies of projects.
pub fn folder(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("fixtures")
}

/// Copies a project, and installs in the copy what its lock file names and then the tarball, as npm does for a user.
pub fn install(workspace: &Workspace, name: &str) -> Result<()> {
    let tarball = tarball(workspace);
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
