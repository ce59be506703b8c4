//! `cargo xtask test`: the set-up, then every stage.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::debian::Program;
use crate::stage::{Report, Stage};
use crate::workspace::{PACKAGE, Workspace};
use crate::{
    bench, corpus, debian, docs, files, fixtures, librosa, npm, package, process, python, rust,
    site, spark, tarball,
};

/// What the tests are told through their environment.
struct Suite<'a> {
    workspace: &'a Workspace,
    ravdess: Option<PathBuf>,
    chromium: PathBuf,
}

/// Runs every stage, or those of these titles alone. Returns whether nothing failed; an error is one of the set-up.
pub fn run(workspace: &Workspace, full: bool, only: &[String]) -> Result<bool> {
    let full = full || !only.is_empty();
    let ravdess = corpus::find()?;
    println!("=== set-up ===");
    match &ravdess {
        Some(folder) => println!("recordings: {}", folder.display()),
        None => println!("{}", corpus::ABSENT),
    }
    let suite = Suite {
        workspace,
        chromium: set_up(workspace)?,
        ravdess,
    };
    println!("browser: {}", suite.chromium.display());

    let mut report = Report::only(only);
    report.run("host", |stage| suite.host(stage));
    if full {
        report.run("host without ndarray", |stage| suite.flex_alone(stage));
        report.run("graphics cards", |stage| suite.graphics_cards(stage));
        report.run("onnx", |stage| suite.onnx(stage));
        report.run("librosa", |stage| suite.librosa(stage));
    }
    report.run("wasm", |stage| suite.wasm(stage));
    report.run("package", |stage| suite.package(stage));
    report.run("browser", |stage| suite.browser(stage));
    if full {
        report.run("hour", |stage| {
            suite.node_tests(stage, &workspace.root.join(LONG_BROWSER_TESTS));
        });
    }
    report.run("consumers", |stage| {
        suite.consumers(stage, &fixtures::QUICK, "quick");
    });
    report.run("hidden tab", |stage| {
        suite.engine(stage, &[], "chromium.test.mjs");
    });
    report.run("firefox", |stage| {
        suite.engine(stage, &[debian::FIREFOX, debian::SOUND], "firefox.test.mjs");
    });
    report.run("workflows", |stage| {
        suite.installed_tests(stage, WORKFLOW_TESTS);
    });
    let mut notes = Vec::new();
    notes.extend(suite.ravdess.is_none().then_some(corpus::ABSENT));
    if full {
        report.run("webkit", |stage| {
            suite.engine(stage, &[debian::WEBKIT, debian::DISPLAY], "webkit.test.mjs");
        });
        report.run("bundlers", |stage| {
            suite.consumers(stage, &fixtures::BUNDLED, "bundlers");
        });
        let possible = spark::is_possible();
        report.run("spark", |stage| match possible {
            true => suite.spark(stage),
            false => stage.skip(spark::ABSENT),
        });
        notes.extend((!possible).then_some(spark::ABSENT));
        report.run("bench", |stage| {
            stage.check("cargo xtask bench", || bench::run(workspace, &[]));
        });
    }
    Ok(report.finish(&notes))
}

/// What the package and the browser need to be built and driven; the browser's path.
pub fn set_up(workspace: &Workspace) -> Result<PathBuf> {
    rust::ensure_wasm_target(workspace)?;
    npm::ensure_node()?;
    for folder in [
        workspace.js(),
        workspace.root.join(PACKAGE_TESTS),
        workspace.root.join(BROWSER_TESTS),
    ] {
        npm::ensure_packages(&folder)?;
    }
    debian::CHROMIUM.ensure()
}

/// The folder of the tests, and of the benchmark, of the built package.
pub const PACKAGE_TESTS: &str = "tests/package";
const BROWSER_TESTS: &str = "tests/browser";
/// What takes a minute or more; after [`BROWSER_TESTS`], which build what they need.
const LONG_BROWSER_TESTS: &str = "tests/browser/full";
const ENGINE_TESTS: &str = "tests/engines";
const WORKFLOW_TESTS: &str = "tests/workflows";

/// The crate and the trainer, always chosen together: cargo unites their features, so that every host stage
/// uses one build of burn. One package alone would have other features, and burn would be compiled again.
const HOST_PACKAGES: [&str; 4] = ["--release", "--workspace", "--exclude", "xtask"];

/// Compiles burn-ndarray in, beside Flex, which stays what everything runs on by default. One build of burn
/// then serves the test that compares the two as well.
const BOTH_BACKENDS: [&str; 2] = ["--features", "emotionai-voice/ndarray"];

/// What runs ONNX files, and checks them.
const ONNX_PACKAGES: [&str; 3] = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0"];

/// Builds the trainer as the host stage does.
pub fn build_trainer(workspace: &Workspace) -> Command {
    let mut build = workspace.cargo();
    build
        .arg("build")
        .args(HOST_PACKAGES)
        .args(BOTH_BACKENDS)
        .args(["--bin", "train"]);
    build
}

impl Suite<'_> {
    fn host(&self, stage: &mut Stage) {
        stage.tests(self.cargo_test().args(HOST_PACKAGES).args(BOTH_BACKENDS));
        stage.tests(self.cargo_test().args(["--release", "--package", "xtask"]));
    }

    /// What those get who leave the feature off.
    fn flex_alone(&self, stage: &mut Stage) {
        stage.tests(self.cargo_test().args(HOST_PACKAGES));
    }

    /// What is exported as ONNX, in ONNX Runtime.
    fn onnx(&self, stage: &mut Stage) {
        let python = stage.check("Python with ONNX Runtime", || {
            python::ensure(self.workspace, &ONNX_PACKAGES)
        });
        match python {
            Some(Some(python)) => stage.tests(
                self.cargo_test()
                    .args(HOST_PACKAGES)
                    .args(BOTH_BACKENDS)
                    .args(["--test", "export", "onnx"])
                    .env("ONNX_PYTHON", python),
            ),
            Some(None) => stage.skip(python::ABSENT),
            None => {}
        }
    }

    /// What librosa makes of the same recordings, and how long it takes.
    fn librosa(&self, stage: &mut Stage) {
        if self.trainer(stage).is_none() {
            return;
        }
        let compared = stage.check("train preprocess and librosa", || {
            librosa::run(self.workspace, &self.workspace.trainer())
        });
        if compared == Some(false) {
            stage.skip(python::ABSENT);
        }
    }

    /// Builds the trainer's program.
    fn trainer(&self, stage: &mut Stage) -> Option<()> {
        let mut build = build_trainer(self.workspace);
        stage.check("trainer", || process::run(&mut build))
    }

    /// The runner is this program (`.cargo/config.toml`). In the profile that ships: burn is compiled once.
    fn wasm(&self, stage: &mut Stage) {
        stage.tests(self.cargo_test().args([
            "--profile",
            "web",
            "--package",
            PACKAGE,
            "--target",
            rust::WASM,
            "--test",
            "core",
        ]));
    }

    fn package(&self, stage: &mut Stage) {
        let pkg = self.workspace.pkg();
        if stage
            .check("cargo xtask build", || package::build(self.workspace))
            .is_none()
        {
            return;
        }
        let tools = self.workspace.root.join(PACKAGE_TESTS);
        stage.check("npm pack", || tarball::pack(self.workspace));
        stage.check("publint", || {
            process::run(npm::program(&tools, "publint").arg("--strict").arg(&pkg))
        });
        stage.check("attw", || {
            process::run(
                npm::program(&tools, "attw")
                    .args(["--profile", "esm-only", "--pack"])
                    .arg(&pkg),
            )
        });
        stage.check("API reference", || docs::check(self.workspace));
        self.node_tests(stage, &tools);
    }

    fn browser(&self, stage: &mut Stage) {
        if stage
            .check("demo", || site::assemble(self.workspace))
            .is_none()
        {
            return;
        }
        if let Some(()) = self.trainer(stage) {
            self.node_tests(stage, &self.workspace.root.join(BROWSER_TESTS));
        }
    }

    /// The trainer's backends for graphics cards compile. LLVM, which the build of `cuda` fetches, is left
    /// out as docs.rs leaves it out: nothing is linked here.
    fn graphics_cards(&self, stage: &mut Stage) {
        stage.check("cargo check --features wgpu,cuda", || {
            let mut check = self.workspace.cargo();
            check.args([
                "check",
                "--locked",
                "--release",
                "--package",
                "emotionai-voice-train",
            ]);
            check.args(["--features", "wgpu,cuda"]).env("DOCS_RS", "1");
            process::run(&mut check)
        });
    }

    /// The recipe of `train/docs/spark.md`, on a cluster of two workers.
    fn spark(&self, stage: &mut Stage) {
        let Some(spark) = stage.check("pyspark", || spark::install(self.workspace)) else {
            return;
        };
        if let Some(()) = self.trainer(stage) {
            stage.check("spark recipe", || {
                spark::check(self.workspace, &spark, &self.workspace.trainer())
            });
        }
    }

    /// The packed package in projects that install it.
    fn consumers(&self, stage: &mut Stage, projects: &[&str], tests: &str) {
        for project in projects {
            stage.check(&format!("npm install in {project}"), || {
                fixtures::install(self.workspace, project)
            });
        }
        let tests = Path::new(fixtures::FIXTURES).join(tests);
        self.node_tests(stage, &self.workspace.root.join(tests));
    }

    /// The package and the demo in another engine than Chromium's.
    fn engine(&self, stage: &mut Stage, programs: &[Program], test: &str) {
        let folder = self.workspace.root.join(ENGINE_TESTS);
        let set_up = stage.check("set-up", || {
            npm::ensure_packages(&folder)?;
            programs
                .iter()
                .map(|program| Ok((program.variable, program.ensure()?)))
                .collect::<Result<Vec<_>>>()
        });
        if let Some(found) = set_up {
            stage.tests(self.node(&folder).arg(test).envs(found));
        }
    }

    /// The tests of a folder that brings packages of its own.
    fn installed_tests(&self, stage: &mut Stage, folder: &str) {
        let folder = self.workspace.root.join(folder);
        if stage
            .check("npm packages", || npm::ensure_packages(&folder))
            .is_some()
        {
            self.node_tests(stage, &folder);
        }
    }

    fn cargo_test(&self) -> Command {
        let mut cargo = self.workspace.cargo();
        cargo.args(["test", "--no-fail-fast"]);
        self.environment(&mut cargo);
        cargo
    }

    /// Node's own runner over a folder's `*.test.mjs`.
    fn node_tests(&self, stage: &mut Stage, folder: &Path) {
        match node_test_files(folder) {
            Ok(files) => stage.tests(self.node(folder).args(files)),
            Err(error) => stage.fail(&error),
        }
    }

    /// Node's own runner, one file at a time: each may start a browser.
    fn node(&self, folder: &Path) -> Command {
        let mut node = Command::new("node");
        node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .current_dir(folder);
        self.environment(&mut node);
        node
    }

    fn environment(&self, command: &mut Command) {
        command
            .env("PKG_DIR", self.workspace.pkg())
            .env("DIST_DIR", self.workspace.dist())
            .env("FIXTURES_DIR", fixtures::folder(self.workspace))
            .env("TRAIN_BIN", self.workspace.trainer())
            .env("CHROMIUM", &self.chromium);
        match &self.ravdess {
            Some(folder) => command.env(corpus::VARIABLE, folder),
            None => command.env_remove(corpus::VARIABLE),
        };
    }
}

/// Named one by one, since what `node --test FOLDER` means differs between Node 20 and 22.
fn node_test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    // What lies in a folder `full` is for a stage of its own.
    let mut files = files::list(folder, &["node_modules", "full"])?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    if files.is_empty() {
        bail!("{} holds no *.test.mjs", folder.display());
    }
    Ok(files)
}
