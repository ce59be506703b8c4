//! `cargo xtask build`: the npm package in `pkg/`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;
use xshell::cmd;

use crate::files::{self, Fingerprint};
use crate::tools::{WASM, ensure_node, ensure_packages, ensure_wasm_target};
use crate::workspace::{PACKAGE, Workspace};

/// Builds the package. Nothing costly happens where nothing changed, and `pkg/` changes only at the end.
pub fn build(workspace: &Workspace) -> Result<()> {
    ensure_node()?;
    ensure_wasm_target(workspace)?;
    let sh = workspace.shell()?;
    // As it ships.
    cmd!(
        sh,
        "cargo build --package {PACKAGE} --lib --target {WASM} --profile web"
    )
    .run()?;
    let wasm = workspace.target.join(WASM).join("web/emotionai_voice.wasm");

    let package = workspace.pkg();
    let stamp = workspace.scratch().join("pkg.stamp");
    // The package's own contents are part of the stamp: one that was meddled with is built again.
    let seal = || inputs(workspace, &wasm)?.add_tree(&package, &["node_modules"]);
    if !package.is_dir() || !files::is_stamped(&stamp, &seal()?) {
        let staged = workspace.scratch().join("pkg");
        files::fresh(&staged)?;
        generate(&wasm, &staged.join("wasm"))?;
        ensure_packages(&workspace.js())?;
        let version = &workspace.version;
        cmd!(sh, "node src/js/build.mjs {version} {staged}").run()?;
        files::replace(&package, &staged)?;
        files::stamp(&stamp, &seal()?)?;
    }
    println!("the package is in {}", package.display());
    Ok(())
}

/// wasm-bindgen's half of the package: the final wasm, the JavaScript around it, and its types.
fn generate(wasm: &Path, folder: &Path) -> Result<()> {
    eprintln!("$ wasm-bindgen --target web {}", wasm.display());
    fs::create_dir_all(folder)?;
    Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(true)
        .out_name("emotionai_voice")
        // The names of Rust functions would make stack traces readable, and the download a tenth larger.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen could not process {}", wasm.display()))
}

/// A hash of all that the package is made from.
fn inputs(workspace: &Workspace, wasm: &Path) -> Result<Fingerprint> {
    let root = &workspace.root;
    let files = ["pkg.json", "LICENSE-MIT", "LICENSE-APACHE"];
    let hash = Fingerprint::of_this_program()?
        .add(&workspace.version)
        .add_file(wasm)?
        .add_tree(&root.join("src/weights"), &["pictures"])?
        .add_tree(&workspace.js(), &["node_modules"])?;
    files
        .iter()
        .try_fold(hash, |hash, file| hash.add_file(&root.join(file)))
}
