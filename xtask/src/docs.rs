//! `cargo xtask docs`: the API reference, written from the types that the package ships.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::files::{self, Fingerprint};
use crate::workspace::Workspace;
use crate::{npm, package, process};

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
    let hash = |folder: PathBuf| {
        Ok::<_, anyhow::Error>(Fingerprint::default().add_tree(&folder, &[])?.finish())
    };
    if hash(written)? != hash(reference(workspace))? {
        bail!("src/js/docs/api is not what the types say: run `cargo xtask docs`");
    }
    Ok(())
}

fn reference(workspace: &Workspace) -> PathBuf {
    workspace.docs().join("api")
}

/// Runs typedoc, whose settings lie beside the documentation, into a folder of its own.
fn generate(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.docs();
    npm::ensure_packages(&tools)?;
    let folder = workspace.scratch().join("docs");
    files::fresh(&folder)?;
    let mut typedoc = npm::program(&tools, "typedoc");
    typedoc.arg("--out").arg(&folder).current_dir(&tools);
    process::run(&mut typedoc).context("the types could not be made into a reference")?;
    Ok(folder)
}
