//! The stages of the Rust code: on this machine, and in wasm under Node.

use anyhow::Result;
use xshell::{Cmd, cmd};

use super::Suite;
use crate::stage::Stage;
use crate::tools::{NO_PYTHON, WASM, ensure_python};
use crate::workspace::{PACKAGE, Workspace, on_path};
use crate::{corpus, librosa, spark};

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

    /// Runs the tests, and then those of the ignored ones whose need is met here: `#[ignore = "needs RAVDESS_DIR: …"]`.
    fn host(&self, stage: &mut Stage, options: &[&[&str]]) {
        let ignored = stage.tests(self.cargo_test(options));
        let possible = ignored.iter().filter(|(_, reason)| self.has(reason));
        let names: Vec<&str> = possible.map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            let only = [&["--tests", "--", "--ignored", "--exact"], names.as_slice()].concat();
            stage.ignored_tests(self.cargo_test(&[&options.concat(), &only]));
        }
    }

    /// Whether there is what a reason names: the recordings, Python with NumPy, or a program on the PATH.
    fn has(&self, reason: &str) -> bool {
        let need = reason
            .strip_prefix("needs ")
            .and_then(|need| need.split([' ', ':']).next());
        match need {
            Some(corpus::VARIABLE) => self.ravdess.is_some(),
            Some(corpus::CORPORA) => self.corpora.is_some(),
            Some("PYTHON") => {
                let script = "import numpy";
                let python = cmd!(self.sh, "python3 -c {script}").quiet();
                python.ignore_stderr().run().is_ok()
            }
            Some(program) => on_path(program).is_some(),
            None => false,
        }
    }
}

pub fn both_backends(suite: &Suite<'_>, stage: &mut Stage) {
    suite.host(stage, &[&PACKAGES, &BOTH]);
    suite.host(stage, &[&["--release", "--package", "xtask"]]);
}

/// What those get who leave the feature off.
pub fn flex_alone(suite: &Suite<'_>, stage: &mut Stage) {
    suite.host(stage, &[&PACKAGES]);
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
