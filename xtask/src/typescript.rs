//! The hand-written half of the package: TypeScript, bundled by esbuild, with the types that tsc makes of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::workspace::Workspace;
use crate::{npm, process};

/// Writes types and code of `src/js` into a folder that already holds the generated `wasm/`.
pub fn compile(workspace: &Workspace, package: &Path) -> Result<()> {
    npm::ensure_packages(&workspace.js())?;
    write_types(workspace, package)?;
    bundle(workspace, package)
}

/// A declaration file for each module.
///
/// The sources say `./wasm/emotionai_voice.js`. `rootDirs` lays their folder and the package's over each
/// other, so that the compiler finds the generated types.
fn write_types(workspace: &Workspace, package: &Path) -> Result<()> {
    let js = workspace.js();
    let project = workspace.scratch().join("tsconfig.json");
    let settings = json!({
        "extends": js.join("tsconfig.json"),
        "compilerOptions": {
            "rootDir": js,
            "rootDirs": [js, package],
            "outDir": package,
            "emitDeclarationOnly": true,
            "noEmitOnError": true,
        },
    });
    fs::write(&project, serde_json::to_string_pretty(&settings)?)?;
    process::run(npm::program(&js, "tsc").arg("--project").arg(&project))
        .context("the TypeScript in src/js does not compile")
}

/// One file for each entry point. `package.json` beside the sources says how.
fn bundle(workspace: &Workspace, package: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", "bundle", "--"])
        .arg(format!("--outdir={}", package.display()))
        .current_dir(workspace.js());
    process::run(&mut npm).context("the code in src/js could not be bundled")
}
