//! What `npm pack` makes of the package: every file that is in it, and how much it weighs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::{PACKAGE, Workspace};
use crate::{bindgen, files, package, process};

/// What a user has to download at most.
const LIMIT_BYTES: u64 = 3_000_000;

/// Packs the package that is built, and checks that the tarball holds what it should and no more.
pub fn pack(workspace: &Workspace) -> Result<PathBuf> {
    let tarball = path(workspace);
    let folder = tarball.with_file_name("");
    files::fresh(&folder)?;
    let mut npm = Command::new("npm");
    npm.args(["pack", "--json", "--pack-destination"])
        .arg(&folder)
        .current_dir(workspace.pkg());
    let listing: Value = serde_json::from_str(&process::output(&mut npm)?)?;
    let packed = listing[0]["files"].as_array().into_iter().flatten();
    let packed = packed.filter_map(|file| file["path"].as_str());
    compare(&expected(workspace)?, &packed.map(str::to_owned).collect())?;
    let size = listing[0]["size"]
        .as_u64()
        .context("`npm pack` tells no size")?;
    if size > LIMIT_BYTES {
        bail!("expected at most {LIMIT_BYTES} bytes packed, got {size}");
    }
    println!("{}: {size} bytes", tarball.display());
    Ok(tarball)
}

/// Where `pack` leaves the tarball.
pub fn path(workspace: &Workspace) -> PathBuf {
    let name = format!("{PACKAGE}-{}.tgz", workspace.version);
    workspace.scratch().join("tarball").join(name)
}

/// The bundles that are exported, the types that they lead to, the generated half, and what is copied.
fn expected(workspace: &Workspace) -> Result<BTreeSet<String>> {
    let mut expected = BTreeSet::from(["package.json".to_owned()]);
    expected.extend(package::exported(&workspace.pkg(), "default")?);
    expected.extend(package::reached_types(&workspace.pkg())?);
    for end in [".js", ".d.ts", "_bg.wasm", "_bg.wasm.d.ts"] {
        expected.insert(format!("wasm/{}{end}", bindgen::MODULE));
    }
    let copied = package::copied(workspace)?.into_iter();
    expected.extend(copied.map(|(_, to)| to.to_string_lossy().into_owned()));
    Ok(expected)
}

/// A `files` field that forgets something, or takes too much, shows only here.
fn compare(expected: &BTreeSet<String>, packed: &BTreeSet<String>) -> Result<()> {
    let listed = |files: Vec<&String>| match files.as_slice() {
        [] => "nothing".to_owned(),
        files => files
            .iter()
            .map(|file| file.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    };
    if packed != expected {
        bail!(
            "the package would lack {} and carry {} in vain: see `files` in pkg.json",
            listed(expected.difference(packed).collect()),
            listed(packed.difference(expected).collect()),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_or_too_much_is_named() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert!(compare(&set(&["a", "b"]), &set(&["b", "a"])).is_ok());
        let error = compare(&set(&["a", "b"]), &set(&["b", "c", "d"])).map_err(|e| e.to_string());
        assert!(
            error.is_err_and(|text| text.contains("lack a ") && text.contains("carry c, d in"))
        );
        let error = compare(&set(&["a"]), &set(&[])).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("carry nothing")));
    }
}
