//! The hand-written half of the package: TypeScript, compiled beside the generated half.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::workspace::Workspace;
use crate::{npm, process};

/// Compiles `src/js` into a folder that already holds the generated `wasm/`.
///
/// The sources say `./wasm/emotionai_voice.js`. `rootDirs` lays their folder and the package's over each
/// other, so that this is found both by the compiler and, later, beside the compiled modules.
pub fn compile(workspace: &Workspace, package: &Path) -> Result<()> {
    let js = workspace.js();
    npm::ensure_packages(&js)?;
    let project = workspace.scratch().join("tsconfig.json");
    let settings = json!({
        "extends": js.join("tsconfig.json"),
        "compilerOptions": {
            "rootDir": js,
            "rootDirs": [js, package],
            "outDir": package,
            "noEmit": false,
            "noEmitOnError": true,
        },
    });
    fs::write(&project, serde_json::to_string_pretty(&settings)?)?;
    process::run(npm::program(&js, "tsc").arg("--project").arg(&project))
        .context("the TypeScript in src/js does not compile")
}
