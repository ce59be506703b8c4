//! The stages of the Rust code: on this machine, and in wasm under Node.

use anyhow::{Result, ensure};
use xshell::cmd;

use super::Suite;
use crate::stage::Stage;
use crate::tools::{NO_PYTHON, WASM, ensure_python};
use crate::workspace::{PACKAGE, Workspace};
use crate::{librosa, spark};

/// The crate and the trainer, always chosen together: cargo unites their features, so that every host stage
/// uses one build of burn. One package alone would have other features, and burn would be compiled again.
const PACKAGES: [&str; 6] = [
    "--release",
    "--workspace",
    "--exclude",
    "xtask",
    "--exclude",
    "wasm-test-runner",
];

/// Compiles burn-ndarray in, beside Flex, which stays what everything runs on by default. One build of burn
/// then serves the test that compares the two as well.
const BOTH: [&str; 2] = ["--features", "emotionai-voice/ndarray"];

/// What runs ONNX files, and checks them.
const ONNX_PACKAGES: [&str; 3] = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0"];

/// Builds the trainer as the host stage does.
pub fn build_trainer(workspace: &Workspace) -> Result<()> {
    let sh = workspace.shell()?;
    Ok(cmd!(sh, "cargo build {PACKAGES...} {BOTH...} --bin train").run()?)
}

impl Suite<'_> {
    /// What lets tests run that are ignored because they need recordings: `#[ignore = "needs RAVDESS_DIR"]`. Those in modules
    /// `needs_onnx` have a stage of their own.
    fn ignored(&self) -> &'static [&'static str] {
        if self.has_ravdess {
            &["--", "--include-ignored", "--skip", "needs_onnx"]
        } else {
            &[]
        }
    }
}

pub fn both_backends(suite: &Suite<'_>, stage: &mut Stage) {
    let (sh, ignored) = (&suite.sh, suite.ignored());
    stage.tests(cmd!(
        sh,
        "cargo test --no-fail-fast {PACKAGES...} {BOTH...} {ignored...}"
    ));
    stage.tests(cmd!(
        sh,
        "cargo test --no-fail-fast --release --package xtask"
    ));
}

/// What those get who leave the feature off.
pub fn flex_alone(suite: &Suite<'_>, stage: &mut Stage) {
    let (sh, ignored) = (&suite.sh, suite.ignored());
    stage.tests(cmd!(
        sh,
        "cargo test --no-fail-fast {PACKAGES...} {ignored...}"
    ));
}

/// The trainer's backends for graphics cards compile. LLVM, which the build of `cuda` fetches, is left
/// out as docs.rs leaves it out: nothing is linked here.
pub fn graphics_cards(suite: &Suite<'_>, stage: &mut Stage) {
    let check = cmd!(
        suite.sh,
        "cargo check --locked --release --package emotionai-voice-train --features wgpu,cuda"
    );
    stage.check("cargo check --features wgpu,cuda", || {
        Ok(check.env("DOCS_RS", "1").run()?)
    });
}

/// What is exported as ONNX, in ONNX Runtime.
pub fn onnx(suite: &Suite<'_>, stage: &mut Stage) {
    let python = stage.check("Python with ONNX Runtime", || {
        ensure_python(suite.workspace, "python", &ONNX_PACKAGES)
    });
    match python {
        Some(Some(python)) => stage.tests(
            cmd!(
                suite.sh,
                "cargo test {PACKAGES...} {BOTH...} --test export onnx -- --include-ignored"
            )
            .env("ONNX_PYTHON", python),
        ),
        Some(None) => stage.skip(NO_PYTHON),
        None => {}
    }
}

/// What librosa makes of the same recordings, and how long it takes.
pub fn librosa(suite: &Suite<'_>, stage: &mut Stage) {
    if trainer(suite, stage).is_some() {
        let compared = stage.check("train preprocess and librosa", || {
            librosa::run(suite.workspace)
        });
        if compared == Some(false) {
            stage.skip(NO_PYTHON);
        }
    }
}

/// The runner is this program (`.cargo/config.toml`). In the profile that ships: burn is compiled once.
pub fn wasm(suite: &Suite<'_>, stage: &mut Stage) {
    let sh = &suite.sh;
    let options = [
        "--no-fail-fast",
        "--profile",
        "web",
        "--target",
        WASM,
        "--test",
        "core",
    ];
    stage.tests(cmd!(sh, "cargo test --package {PACKAGE} {options...}"));
}

/// The recipe of `train/docs/spark.md`, on a cluster of two workers.
pub fn spark(suite: &Suite<'_>, stage: &mut Stage) {
    if !spark::is_possible() {
        return stage.skip(spark::ABSENT);
    }
    if trainer(suite, stage).is_some() {
        stage.check("spark recipe", || spark::check(suite.workspace));
    }
}

/// Builds the trainer's program.
pub fn trainer(suite: &Suite<'_>, stage: &mut Stage) -> Option<()> {
    stage.check("trainer", || {
        build_trainer(suite.workspace)?;
        let program = suite.workspace.trainer();
        ensure!(program.is_file(), "cargo built no {}", program.display());
        Ok(())
    })
}
