//! wasm-bindgen as a library: the JavaScript, the types and the final wasm.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::files::{self, Fingerprint};
use crate::workspace::Workspace;

/// The name of the generated module.
pub const MODULE: &str = "emotionai_voice";

/// Writes `emotionai_voice.js`, its types and `emotionai_voice_bg.wasm` into a folder and returns the folder.
/// Where that was already done for the same bytes, it does nothing.
pub fn generate(workspace: &Workspace, raw_wasm: &Path) -> Result<PathBuf> {
    let folder = workspace.scratch().join("wasm");
    let stamp = workspace.scratch().join("wasm.stamp");
    let input = Fingerprint::of_this_program()?.add_file(raw_wasm)?.finish();
    if files::is_stamped(&stamp, &input) && folder.join(format!("{MODULE}_bg.wasm")).is_file() {
        return Ok(folder);
    }
    eprintln!("$ wasm-bindgen --target web {}", raw_wasm.display());
    files::fresh(&folder)?;
    Bindgen::new()
        .input_path(raw_wasm)
        .web(true)?
        .typescript(true)
        .out_name(MODULE)
        // The names of Rust functions would make stack traces readable, and the download a tenth larger.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("wasm-bindgen could not process {}", raw_wasm.display()))?;
    files::stamp(&stamp, &input)?;
    Ok(folder)
}
