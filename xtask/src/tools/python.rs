//! Python with packages of its own, for the tests that compare with what others compute.

use std::path::PathBuf;

use anyhow::{Context, Result};
use xshell::cmd;

use crate::workspace::{Workspace, on_path};

/// What is said where there is no Python.
pub const ABSENT: &str = "there is no python3 on the PATH: install Python 3.11 or newer with venv";

/// A Python that can import these packages (`name==version`), in an environment of this name; `None`
/// where there is no Python at all. The first call fetches them from PyPI.
pub fn ensure(workspace: &Workspace, name: &str, packages: &[&str]) -> Result<Option<PathBuf>> {
    let Some(python) = on_path("python3") else {
        return Ok(None);
    };
    let sh = workspace.shell()?;
    let folder = workspace.scratch().join(name);
    let own = folder.join("bin/python");
    if !own.is_file() {
        let made = cmd!(sh, "{python} -m venv {folder}").run();
        made.context("python3 makes no environment: on Debian, apt-get install python3-venv")?;
    }
    // Quick where all of them are there.
    let quiet = ["--quiet", "--disable-pip-version-check"];
    cmd!(sh, "{own} -m pip install {quiet...} {packages...}").run()?;
    Ok(Some(own))
}
