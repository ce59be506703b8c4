//! The stages of the Rust code: on this machine, and in wasm under Node.

use anyhow::Result;
use xshell::{Cmd, cmd};

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
    fn cargo_test(&self, arguments: &[&[&str]]) -> Cmd<'_> {
        let arguments = arguments.concat();
        self.tell(cmd!(self.sh, "cargo test --no-fail-fast {arguments...}"))
    }

    /// What lets tests run that are ignored because they need recordings: `#[ignore = "needs RAVDESS_DIR"]`. Those in modules
    /// `needs_onnx` have a stage of their own.
    fn ignored(&self) -> &'static [&'static str] {
        match self.ravdess {
            Some(_) => &["--", "--include-ignored", "--skip", "needs_onnx"],
            None => &[],
        }
    }
}

pub fn both_backends(suite: &Suite<'_>, stage: &mut Stage) {
    stage.tests(suite.cargo_test(&[&PACKAGES, &BOTH, suite.ignored()]));
    stage.tests(suite.cargo_test(&[&["--release", "--package", "xtask"]]));
}

/// What those get who leave the feature off.
pub fn flex_alone(suite: &Suite<'_>, stage: &mut Stage) {
    stage.tests(suite.cargo_test(&[&PACKAGES, suite.ignored()]));
}

/// The trainer's backends for graphics cards compile. LLVM, which the build of `cuda` fetches, is left
/// out as docs.rs leaves it out: nothing is linked here.
pub fn graphics_cards(suite: &Suite<'_>, stage: &mut Stage) {
    let options = [
        "--locked",
        "--release",
        "--package",
        "emotionai-voice-train",
    ];
    let check = cmd!(suite.sh, "cargo check {options...} --features wgpu,cuda").env("DOCS_RS", "1");
    stage.check("cargo check --features wgpu,cuda", || Ok(check.run()?));
}

/// What is exported as ONNX, in ONNX Runtime.
pub fn onnx(suite: &Suite<'_>, stage: &mut Stage) {
    let find = || ensure_python(suite.workspace, "python", &ONNX_PACKAGES);
    match stage.check("Python with ONNX Runtime", find) {
        Some(Some(python)) => {
            let exported: [&str; 5] = ["--test", "export", "onnx", "--", "--include-ignored"];
            let test = suite.cargo_test(&[&PACKAGES, &BOTH, &exported]);
            stage.tests(test.env("ONNX_PYTHON", python));
        }
        Some(None) => stage.skip(NO_PYTHON),
        None => {}
    }
}

/// What librosa makes of the same recordings, and how long it takes.
pub fn librosa(suite: &Suite<'_>, stage: &mut Stage) {
    if trainer(suite, stage).is_some() {
        let compare = || librosa::run(suite.workspace);
        if stage.check("train preprocess and librosa", compare) == Some(false) {
            stage.skip(NO_PYTHON);
        }
    }
}

/// The runner is a program of this workspace (`.cargo/config.toml`). In the profile that ships: burn is compiled once.
pub fn wasm(suite: &Suite<'_>, stage: &mut Stage) {
    let package = ["--package", PACKAGE, "--test", "core"];
    stage.tests(suite.cargo_test(&[&package, &["--target", WASM, "--profile", "web"]]));
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
    stage.check("trainer", || build_trainer(suite.workspace))
}
