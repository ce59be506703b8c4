//! The set-up: whatever a command needs beside cargo is found, or fetched with a word before it.

mod debian;
mod npm;
mod python;
mod rust;

pub use debian::{CHROMIUM, DISPLAY, FIREFOX, Program, SOUND, WEBKIT};
pub use npm::{ensure_node, ensure_packages};
pub use python::{ABSENT as NO_PYTHON, ensure as ensure_python};
pub use rust::{WASM, ensure_wasm_target};

use anyhow::Result;

use crate::workspace::Workspace;

/// The tests in JavaScript, and the packages that they need.
pub const JS_TESTS: &str = "tests/js";
/// The static server, and the packages that it needs.
pub const SERVER: &str = "xtask/server";

/// `cargo xtask setup`: everything that `test` and `serve` need, and with `full` what `test --full` does.
pub fn setup(workspace: &Workspace, full: bool) -> Result<()> {
    ensure_node()?;
    ensure_wasm_target(workspace)?;
    let folders = ["src/js", "src/js/docs", SERVER, JS_TESTS];
    for folder in folders {
        ensure_packages(&workspace.root.join(folder))?;
    }
    let more: &[&Program] = if full { &[&WEBKIT, &DISPLAY] } else { &[] };
    for program in [&CHROMIUM, &FIREFOX, &SOUND].iter().chain(more) {
        println!("{}: {}", program.name, program.ensure()?.display());
    }
    Ok(())
}
