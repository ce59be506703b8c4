//! The Rust half of the set-up: the wasm32 target and the root crate compiled for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{PACKAGE, Workspace};

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Installs the standard library for wasm32 where it is missing.
///
/// `rust-toolchain.toml` names the target too, but rustup reads that only while it installs the whole
/// toolchain, and not at all under `RUSTUP_AUTO_INSTALL=0`.
pub fn ensure_wasm_target(workspace: &Workspace) -> Result<()> {
    if has_wasm_target(&workspace.root)? {
        return Ok(());
    }
    if process::find("rustup").is_none() {
        bail!(
            "this Rust has no {WASM} standard library, and there is no rustup to add it: install Rust with rustup"
        );
    }
    process::run(
        Command::new("rustup")
            .args(["target", "add", WASM])
            .current_dir(&workspace.root),
    )
    .with_context(|| format!("the target {WASM} is missing and could not be added"))
}

fn has_wasm_target(root: &Path) -> Result<bool> {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--print", "target-libdir", "--target", WASM])
        .current_dir(root);
    Ok(Path::new(process::output(&mut rustc)?.trim()).is_dir())
}

/// Compiles the root crate as it ships (profile `web`) and returns the path of the raw wasm.
pub fn build_wasm(workspace: &Workspace) -> Result<PathBuf> {
    ensure_wasm_target(workspace)?;
    let mut build = workspace.cargo();
    process::run(build.args([
        "build",
        "--package",
        PACKAGE,
        "--lib",
        "--target",
        WASM,
        "--profile",
        "web",
    ]))?;
    Ok(workspace
        .target
        .join(WASM)
        .join("web")
        .join("emotionai_voice.wasm"))
}
