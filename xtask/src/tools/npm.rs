//! Node and the npm packages that the lock files name.

use std::path::Path;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::files::{self, Fingerprint};
use crate::workspace::on_path;

/// The oldest Node whose test runner has what the tests use.
const OLDEST_NODE: u32 = 20;

/// Fails early, and in words, where Node is missing or too old.
pub fn ensure_node() -> Result<()> {
    let needed = format!("install Node.js {OLDEST_NODE} or newer with npm (https://nodejs.org)");
    if on_path("node").is_none() || on_path("npm").is_none() {
        bail!("there is no `node` or no `npm` on the PATH: {needed}");
    }
    let sh = Shell::new()?;
    let version = cmd!(sh, "node --version").quiet().read()?;
    if major(&version).is_none_or(|major| major < OLDEST_NODE) {
        bail!("`node --version` says {version}: {needed}");
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
        .add_file(&lock)?;
    let stamp = folder.join("node_modules/.xtask-stamp");
    if files::is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    let sh = Shell::new()?;
    sh.change_dir(folder);
    println!("npm packages of {}", folder.display());
    cmd!(sh, "npm ci --no-audit --no-fund")
        .run()
        .with_context(|| format!("could not install what {} names", lock.display()))?;
    files::stamp(&stamp, &wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        let cases = [
            ("v20.20.2", Some(20)),
            ("v8", Some(8)),
            ("20.1.0", None),
            ("vNext", None),
        ];
        for (version, expected) in cases {
            assert_eq!(major(version), expected, "{version}");
        }
    }
}
