//! What `npm pack` makes of the package: every file that is in it, and how much it weighs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::cmd;

use crate::files;
use crate::workspace::{PACKAGE, Workspace};

/// What a user has to download at most.
const LIMIT_BYTES: u64 = 3_000_000;

/// Packs the package that is built, and checks that the tarball holds all of it, and is no larger than it may be.
pub fn pack(workspace: &Workspace) -> Result<PathBuf> {
    let tarball = path(workspace);
    let folder = tarball.with_file_name("");
    files::fresh(&folder)?;
    let sh = workspace.shell_in(workspace.pkg())?;
    let listing = cmd!(sh, "npm pack --json --pack-destination {folder}").read()?;
    let listing: Value = serde_json::from_str(&listing)?;
    let packed = listing[0]["files"].as_array().into_iter().flatten();
    let packed = packed.filter_map(|file| file["path"].as_str().map(str::to_owned));
    let built = files::list(&workspace.pkg(), &["node_modules"])?.into_iter();
    let built = built.map(|file| file.to_string_lossy().into_owned());
    compare(&built.collect(), &packed.collect())?;
    let size = listing[0]["size"]
        .as_u64()
        .context("`npm pack` tells no size")?;
    ensure!(
        size <= LIMIT_BYTES,
        "expected at most {LIMIT_BYTES} bytes packed, got {size}"
    );
    println!("{}: {size} bytes", tarball.display());
    Ok(tarball)
}

/// Where `pack` leaves the tarball.
pub fn path(workspace: &Workspace) -> PathBuf {
    let name = format!("{PACKAGE}-{}.tgz", workspace.version);
    workspace.scratch().join("tarball").join(name)
}

/// A `files` field that forgets something shows only here.
fn compare(built: &BTreeSet<String>, packed: &BTreeSet<String>) -> Result<()> {
    let apart: Vec<&str> = built
        .symmetric_difference(packed)
        .map(String::as_str)
        .collect();
    let apart = apart.join(", ");
    ensure!(
        apart.is_empty(),
        "pkg/ and the tarball differ in {apart}: see `files` in pkg.json"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_or_too_much_is_named() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert!(compare(&set(&["a", "b"]), &set(&["b", "a"])).is_ok());
        let error = compare(&set(&["a", "b"]), &set(&["b", "c"])).unwrap_err();
        assert!(error.to_string().contains("differ in a, c:"));
    }
}
