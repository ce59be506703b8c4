//! Programs that the tests drive: found, or installed from Debian.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::workspace::on_path;

type Text = &'static str;

/// A program, and where it may come from.
pub struct Program {
    pub name: Text,
    /// The environment variable that names it.
    pub variable: Text,
    /// What apt calls the package that brings it.
    package: Text,
    programs: &'static [Text],
}

/// Its name, its variable and its package; and what it may be called on the PATH.
const fn program([name, variable, package]: [Text; 3], programs: &'static [Text]) -> Program {
    Program {
        name,
        variable,
        package,
        programs,
    }
}

const CHROMES: &[Text] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
pub const CHROMIUM: Program = program(["Chromium", "CHROMIUM", "chromium"], CHROMES);
const FIREFOXES: &[Text] = &["firefox", "firefox-esr"];
pub const FIREFOX: Program = program(["Firefox", "FIREFOX", "firefox-esr"], FIREFOXES);
/// Firefox starts no audio context on a machine without sound.
pub const SOUND: Program = program(["PulseAudio", "PULSEAUDIO", "pulseaudio"], &["pulseaudio"]);
/// It brings its browser along.
const WEBKIT_NAMES: [Text; 3] = ["WebKit's driver", "WEBKIT", "webkit2gtk-driver"];
pub const WEBKIT: Program = program(WEBKIT_NAMES, &["WebKitWebDriver"]);
/// WebKit's browser has no mode without a display.
pub const DISPLAY: Program = program(["Xvfb", "XVFB", "xvfb"], &["Xvfb"]);

impl Program {
    /// The path of one: the variable's, or one on the PATH, or what apt installs.
    pub fn ensure(&self) -> Result<PathBuf> {
        if let Some(named) = std::env::var_os(self.variable).filter(|named| !named.is_empty()) {
            return self.named_by_user(Path::new(&named));
        }
        let find = || self.programs.iter().find_map(on_path);
        if let Some(found) = find() {
            return Ok(found);
        }
        let Self {
            name,
            variable,
            package,
            ..
        } = self;
        let advice = format!(
            "install {name} (Debian: apt-get install {package}) or name one: {variable}=/path/to/it cargo xtask test"
        );
        println!(
            "no {name} was found: apt-get installs {package} now (or {variable} may name one)"
        );
        install(package).with_context(|| advice.clone())?;
        find().with_context(|| {
            format!("apt installed {package}, yet {name} is not on the PATH: {advice}")
        })
    }

    /// The variable may hold a path or a program on the PATH.
    fn named_by_user(&self, named: &Path) -> Result<PathBuf> {
        let found = match named.components().count() {
            1 => on_path(named),
            _ => named.canonicalize().ok(),
        };
        let (variable, named) = (self.variable, named.display());
        found.with_context(|| {
            format!("{variable} names {named}, which is not there: correct it, or unset it to have one found")
        })
    }
}

/// As root, or else through sudo.
fn install(package: &str) -> Result<()> {
    if on_path("apt-get").is_none() {
        bail!("there is no apt to install {package}");
    }
    let sh = Shell::new()?;
    let is_root = cmd!(sh, "id -u").quiet().read()? == "0";
    let sudo: &[&str] = if is_root { &[] } else { &["sudo"] };
    let apt = [sudo, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]].concat();
    let (program, apt) = (apt[0], &apt[1..]);
    cmd!(sh, "{program} {apt...} update").run()?;
    cmd!(
        sh,
        "{program} {apt...} install --yes --no-install-recommends {package}"
    )
    .run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_browser_is_a_path_or_on_the_path() -> Result<()> {
        for named in ["sh", "/bin/sh"] {
            assert!(CHROMIUM.named_by_user(Path::new(named))?.is_absolute());
        }
        Ok(())
    }

    #[test]
    fn a_named_browser_that_is_not_there_is_an_error() {
        for named in ["no-such-chromium", "/no/such/chromium"] {
            let error = CHROMIUM.named_by_user(Path::new(named)).unwrap_err();
            assert!(error.to_string().contains(named));
        }
    }
}
