//! The browser that the tests drive: found, or installed from Debian.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

const PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

const ADVICE: &str = "install Chromium (Debian: apt-get install chromium) or name one: CHROMIUM=/path/to/chrome cargo xtask test";

/// The path of a Chromium: `CHROMIUM`, or one on the PATH, or what apt installs.
pub fn ensure() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").filter(|named| !named.is_empty()) {
        return named_by_user(Path::new(&named));
    }
    if let Some(found) = PROGRAMS.iter().find_map(process::find) {
        return Ok(found);
    }
    install()?;
    process::find("chromium")
        .with_context(|| format!("apt installed chromium, yet it is not on the PATH: {ADVICE}"))
}

/// `CHROMIUM` may be a path or a program on the PATH.
fn named_by_user(named: &Path) -> Result<PathBuf> {
    let found = if named.components().count() == 1 {
        process::find(named)
    } else {
        named.canonicalize().ok()
    };
    found.with_context(|| {
        format!(
            "CHROMIUM names {}, which is not there: correct it, or unset it to have one found",
            named.display()
        )
    })
}

fn install() -> Result<()> {
    if process::find("apt-get").is_none() {
        bail!("no Chromium was found, and there is no apt to install it: {ADVICE}");
    }
    let explain = || format!("no Chromium was found, and apt could not install it: {ADVICE}");
    process::run(apt()?.arg("update")).with_context(explain)?;
    process::run(apt()?.args(["install", "--yes", "--no-install-recommends", "chromium"]))
        .with_context(explain)
}

/// apt-get with the rights to install: as it is for root, else through sudo.
fn apt() -> Result<Command> {
    let is_root = process::output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut apt = if is_root {
        Command::new("env")
    } else if process::find("sudo").is_some() {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    } else {
        bail!("no Chromium was found, and installing it takes root or sudo: {ADVICE}");
    };
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(apt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_browser_is_a_path_or_on_the_path() -> Result<()> {
        assert!(named_by_user(Path::new("sh"))?.is_absolute());
        assert!(named_by_user(Path::new("/bin/sh"))?.is_absolute());
        Ok(())
    }

    #[test]
    fn a_named_browser_that_is_not_there_is_an_error() {
        for named in ["no-such-chromium", "/no/such/chromium"] {
            let error = named_by_user(Path::new(named)).map_err(|error| error.to_string());
            assert!(error.is_err_and(|text| text.contains(named)));
        }
    }
}
