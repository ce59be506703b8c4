//! The generated half of the package: the root crate compiled to wasm, and wasm-bindgen, as a library, over it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;
use xshell::cmd;

use crate::files::{self, Fingerprint};
use crate::tools::{WASM, ensure_wasm_target};
use crate::workspace::{PACKAGE, Workspace};

/// The name of the generated module.
pub const MODULE: &str = "emotionai_voice";

/// Writes `emotionai_voice.js`, its types and `emotionai_voice_bg.wasm` into a folder and returns the folder.
/// Where that was already done for the same bytes, it does nothing.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    ensure_wasm_target(workspace)?;
    let sh = workspace.shell()?;
    // As it ships.
    cmd!(
        sh,
        "cargo build --package {PACKAGE} --lib --target {WASM} --profile web"
    )
    .run()?;
    let raw = workspace.target.join(WASM).join("web/emotionai_voice.wasm");

    let folder = workspace.scratch().join("wasm");
    let stamp = workspace.scratch().join("wasm.stamp");
    let input = Fingerprint::of_this_program()?.add_file(&raw)?;
    if files::is_stamped(&stamp, &input) && folder.join(format!("{MODULE}_bg.wasm")).is_file() {
        return Ok(folder);
    }
    eprintln!("$ wasm-bindgen --target web {}", raw.display());
    files::fresh(&folder)?;
    Bindgen::new()
        .input_path(&raw)
        .web(true)?
        .typescript(true)
        .out_name(MODULE)
        // The names of Rust functions would make stack traces readable, and the download a tenth larger.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("wasm-bindgen could not process {}", raw.display()))?;
    files::stamp(&stamp, &input)?;
    Ok(folder)
}
