//! Python with packages of its own, for the tests that compare with what others compute.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// What is said where there is no Python.
pub const ABSENT: &str = "there is no python3 on the PATH: install Python 3.11 or newer with venv";

/// A Python that can import these packages (`name==version`), in an environment of its own; `None`
/// where there is no Python at all. The first call fetches them from PyPI.
pub fn ensure(workspace: &Workspace, packages: &[&str]) -> Result<Option<PathBuf>> {
    let Some(python) = process::find("python3") else {
        return Ok(None);
    };
    let folder = workspace.scratch().join("python");
    let own = folder.join("bin/python");
    if !own.is_file() {
        process::run(Command::new(python).args(["-m", "venv"]).arg(&folder))
            .context("python3 makes no environment: on Debian, apt-get install python3-venv")?;
    }
    // Quick where all of them are there.
    let mut pip = Command::new(&own);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    process::run(pip.args(packages))?;
    Ok(Some(own))
}
