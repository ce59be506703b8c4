//! `cargo xtask bench` and `cargo xtask screenshot`: programs in Node that drive the built package in Chromium.

use std::path::{PathBuf, absolute};

use anyhow::{Result, ensure};
use xshell::{Cmd, cmd};

use crate::tools::JS_TESTS;
use crate::workspace::Workspace;
use crate::{package, suite};

/// Times the shipped model, and `models` beside it, on the built package.
pub fn run(workspace: &Workspace, models: &[PathBuf]) -> Result<()> {
    for model in models {
        let name = model.display();
        ensure!(
            model.is_file(),
            "{name} is no file: name model files (.emo), as `train fit` writes them"
        );
    }
    let models = models.iter().map(absolute).collect::<Result<Vec<_>, _>>()?;
    let sh = workspace.shell_in(JS_TESTS)?;
    drive(workspace, cmd!(sh, "node bench.mjs {models...}"))
}

/// Takes the picture of the page that the README shows.
pub fn screenshot(workspace: &Workspace, recording: Option<PathBuf>) -> Result<()> {
    let recording = recording.map(absolute).transpose()?;
    let out = workspace.root.join("www/screenshot.png");
    let sh = workspace.shell_in(JS_TESTS)?;
    drive(
        workspace,
        cmd!(sh, "node screenshot.mjs {out} {recording...}"),
    )
}

fn drive(workspace: &Workspace, program: Cmd<'_>) -> Result<()> {
    let chromium = suite::set_up(workspace)?;
    package::build(workspace)?;
    let program = program.env("PKG_DIR", workspace.pkg());
    Ok(program.env("CHROMIUM", chromium).run()?)
}
