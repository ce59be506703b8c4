//! `cargo xtask docs`: the API reference, written from the types that the package ships.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use xshell::cmd;

use crate::files::{self, Fingerprint};
use crate::workspace::Workspace;
use crate::{package, tools};

/// Writes the reference anew, and builds the package with it.
pub fn write(workspace: &Workspace) -> Result<()> {
    package::build(workspace)?;
    let written = generate(workspace)?;
    files::replace(&reference(workspace), &written)?;
    package::build(workspace)
}

/// Whether the reference that lies in the repository is what the built package's types say.
pub fn check(workspace: &Workspace) -> Result<()> {
    let written = generate(workspace)?;
    let read = |folder: PathBuf| Fingerprint::default().add_tree(&folder, &[]);
    ensure!(
        read(written)? == read(reference(workspace))?,
        "src/js/docs/api is not what the types say: run `cargo xtask docs`"
    );
    Ok(())
}

fn reference(workspace: &Workspace) -> PathBuf {
    workspace.docs().join("api")
}

/// Runs typedoc, whose settings lie beside the documentation, into a folder of its own.
fn generate(workspace: &Workspace) -> Result<PathBuf> {
    let sh = workspace.shell_in(workspace.docs())?;
    tools::ensure_packages(&workspace.docs())?;
    let folder = workspace.scratch().join("docs");
    files::fresh(&folder)?;
    let typedoc = cmd!(sh, "node_modules/.bin/typedoc --out {folder}").run();
    typedoc.context("the types could not be made into a reference")?;
    Ok(folder)
}
