//! The target that browsers run.

use std::path::Path;

use anyhow::{Context, Result};
use xshell::cmd;

use crate::workspace::Workspace;

/// What rustc calls it.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Installs the standard library for wasm32 where it is missing.
///
/// `rust-toolchain.toml` names the target too, but rustup reads that only while it installs the whole
/// toolchain, and not at all under `RUSTUP_AUTO_INSTALL=0`.
pub fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    let sh = workspace.shell()?;
    let library = cmd!(sh, "rustc --print target-libdir --target {WASM}");
    if Path::new(&library.quiet().read()?).is_dir() {
        return Ok(());
    }
    cmd!(sh, "rustup target add {WASM}").run().with_context(|| {
        format!("this Rust has no {WASM} standard library: install Rust with rustup, which has it")
    })
}
