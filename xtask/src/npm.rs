//! Node and the npm packages that the lock files name.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::files::{self, Fingerprint};
use crate::process;

/// The oldest Node whose test runner has what the tests use.
const OLDEST_NODE: u32 = 20;

/// Fails early, and in words, where Node is missing or too old.
pub fn ensure_node() -> Result<()> {
    let version = process::output(Command::new("node").arg("--version"))?;
    let version = version.trim();
    if major(version).is_none_or(|major| major < OLDEST_NODE) {
        bail!("Node {OLDEST_NODE} or newer is needed, `node --version` says {version}");
    }
    Ok(())
}

/// The 20 of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// `npm ci` in a folder, unless its `node_modules` was made from the same lock file.
pub fn ensure_packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = Fingerprint::default()
        .add_file(&folder.join("package.json"))?
        .add_file(&lock)?
        .finish();
    let stamp = folder.join("node_modules/.xtask-stamp");
    if files::is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder);
    process::run(&mut npm)
        .with_context(|| format!("could not install what {} names", lock.display()))?;
    files::stamp(&stamp, &wanted)
}

/// A program of a package in a folder's `node_modules`.
pub fn program(folder: &Path, name: &str) -> Command {
    Command::new(folder.join("node_modules/.bin").join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v8"), Some(8));
        assert_eq!(major("20.1.0"), None);
        assert_eq!(major("vNext"), None);
    }
}
