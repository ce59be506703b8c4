//! Programs that the tests drive: found, or installed from Debian.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// A program, and where it may come from.
pub struct Program {
    name: &'static str,
    /// The environment variable that names it.
    pub variable: &'static str,
    programs: &'static [&'static str],
    /// What apt calls the package that brings it.
    package: &'static str,
}

pub const CHROMIUM: Program = Program {
    name: "Chromium",
    variable: "CHROMIUM",
    programs: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    package: "chromium",
};

pub const FIREFOX: Program = Program {
    name: "Firefox",
    variable: "FIREFOX",
    programs: &["firefox", "firefox-esr"],
    package: "firefox-esr",
};

/// Firefox starts no audio context on a machine without sound.
pub const SOUND: Program = Program {
    name: "PulseAudio",
    variable: "PULSEAUDIO",
    programs: &["pulseaudio"],
    package: "pulseaudio",
};

/// It brings its browser along.
pub const WEBKIT: Program = Program {
    name: "WebKit's driver",
    variable: "WEBKIT",
    programs: &["WebKitWebDriver"],
    package: "webkit2gtk-driver",
};

/// WebKit's browser has no mode without a display.
pub const DISPLAY: Program = Program {
    name: "Xvfb",
    variable: "XVFB",
    programs: &["Xvfb"],
    package: "xvfb",
};

impl Program {
    /// The path of one: the variable's, or one on the PATH, or what apt installs.
    pub fn ensure(&self) -> Result<PathBuf> {
        if let Some(named) = std::env::var_os(self.variable).filter(|named| !named.is_empty()) {
            return self.named_by_user(Path::new(&named));
        }
        let find = || self.programs.iter().find_map(process::find);
        if let Some(found) = find() {
            return Ok(found);
        }
        self.install()?;
        find().with_context(|| {
            format!(
                "apt installed {}, yet it is not on the PATH: {}",
                self.package,
                self.advice()
            )
        })
    }

    /// The variable may hold a path or a program on the PATH.
    fn named_by_user(&self, named: &Path) -> Result<PathBuf> {
        let found = if named.components().count() == 1 {
            process::find(named)
        } else {
            named.canonicalize().ok()
        };
        found.with_context(|| {
            format!(
                "{} names {}, which is not there: correct it, or unset it to have one found",
                self.variable,
                named.display()
            )
        })
    }

    fn install(&self) -> Result<()> {
        let missing = || format!("no {} was found", self.name);
        if process::find("apt-get").is_none() {
            bail!(
                "{}, and there is no apt to install it: {}",
                missing(),
                self.advice()
            );
        }
        let explain = || {
            format!(
                "{}, and apt could not install it: {}",
                missing(),
                self.advice()
            )
        };
        let install = ["install", "--yes", "--no-install-recommends", self.package];
        apt()
            .and_then(|mut apt| process::run(apt.arg("update")))
            .and_then(|()| process::run(apt()?.args(install)))
            .with_context(explain)
    }

    fn advice(&self) -> String {
        format!(
            "install {} (Debian: apt-get install {}) or name one: {}=/path/to/it cargo xtask test",
            self.name, self.package, self.variable
        )
    }
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
        bail!("installing takes root or sudo");
    };
    apt.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(apt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_browser_is_a_path_or_on_the_path() -> Result<()> {
        assert!(CHROMIUM.named_by_user(Path::new("sh"))?.is_absolute());
        assert!(CHROMIUM.named_by_user(Path::new("/bin/sh"))?.is_absolute());
        Ok(())
    }

    #[test]
    fn a_named_browser_that_is_not_there_is_an_error() {
        for named in ["no-such-chromium", "/no/such/chromium"] {
            let error = CHROMIUM
                .named_by_user(Path::new(named))
                .map_err(|error| error.to_string());
            assert!(error.is_err_and(|text| text.contains(named)));
        }
    }
}
