//! `cargo xtask test`: the set-up, then every stage.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::stage::{Report, Stage};
use crate::workspace::{PACKAGE, Workspace};
use crate::{bench, chromium, corpus, files, librosa, npm, package, process, python, rust, site};

/// What the tests are told through their environment.
struct Suite<'a> {
    workspace: &'a Workspace,
    ravdess: Option<PathBuf>,
    chromium: PathBuf,
}

/// Runs every stage. Returns whether nothing failed; an error is one of the set-up.
pub fn run(workspace: &Workspace, full: bool) -> Result<bool> {
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

    let mut report = Report::default();
    report.run("host", |stage| suite.host(stage));
    if full {
        report.run("host without ndarray", |stage| suite.flex_alone(stage));
        report.run("librosa", |stage| suite.librosa(stage));
    }
    report.run("wasm", |stage| suite.wasm(stage));
    report.run("package", |stage| suite.package(stage));
    report.run("browser", |stage| suite.browser(stage));
    if full {
        report.run("bench", |stage| {
            stage.check("cargo xtask bench", || bench::run(workspace, &[]));
        });
    }
    Ok(report.finish(suite.ravdess.is_none().then_some(corpus::ABSENT)))
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
    chromium::ensure()
}

/// The folder of the tests, and of the benchmark, of the built package.
pub const PACKAGE_TESTS: &str = "tests/package";
const BROWSER_TESTS: &str = "tests/browser";

/// The crate and the trainer, always chosen together: cargo unites their features, so that every host stage
/// uses one build of burn. One package alone would have other features, and burn would be compiled again.
const HOST_PACKAGES: [&str; 4] = ["--release", "--workspace", "--exclude", "xtask"];

/// Compiles burn-ndarray in, beside Flex, which stays what everything runs on by default. One build of burn
/// then serves the test that compares the two as well.
const BOTH_BACKENDS: [&str; 2] = ["--features", "emotionai-voice/ndarray"];

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

    /// What librosa makes of the same recordings, and how long it takes.
    fn librosa(&self, stage: &mut Stage) {
        if !self.trainer(stage) {
            return;
        }
        let compared = stage.check("train preprocess and librosa", || {
            librosa::run(self.workspace, &self.workspace.trainer())
        });
        if compared == Some(false) {
            stage.skip(python::ABSENT);
        }
    }

    /// Whether the trainer could be built.
    fn trainer(&self, stage: &mut Stage) -> bool {
        let mut build = build_trainer(self.workspace);
        let built = stage.check("trainer", || process::run(&mut build));
        built.is_some()
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
        stage.check("npm pack", || packs_what_it_needs(&pkg));
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
        self.node_tests(stage, &tools);
    }

    fn browser(&self, stage: &mut Stage) {
        if stage
            .check("demo", || site::assemble(self.workspace))
            .is_none()
        {
            return;
        }
        if self.trainer(stage) {
            self.node_tests(stage, &self.workspace.root.join(BROWSER_TESTS));
        }
    }

    fn cargo_test(&self) -> Command {
        let mut cargo = self.workspace.cargo();
        cargo.args(["test", "--no-fail-fast"]);
        self.environment(&mut cargo);
        cargo
    }

    /// Node's own runner over a folder's `*.test.mjs`, one file at a time: each may start a browser.
    fn node_tests(&self, stage: &mut Stage, folder: &Path) {
        let mut node = Command::new("node");
        node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"])
            .current_dir(folder);
        self.environment(&mut node);
        match node_test_files(folder) {
            Ok(files) => stage.tests(node.args(files)),
            Err(error) => stage.fail(&error),
        }
    }

    fn environment(&self, command: &mut Command) {
        command
            .env("PKG_DIR", self.workspace.pkg())
            .env("DIST_DIR", self.workspace.dist())
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
    let mut files = files::list(folder, &["node_modules"])?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    if files.is_empty() {
        bail!("{} holds no *.test.mjs", folder.display());
    }
    Ok(files)
}

/// What an installed package cannot do without, beside the entry points, which publint checks.
const NEEDED: [&str; 8] = [
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "index.js",
    "index.d.ts",
    "wasm/emotionai_voice_bg.wasm",
    "model/default.emo",
    "model/LICENSE",
];

/// Asks npm what it would publish: a `files` field that forgets something shows only there.
fn packs_what_it_needs(pkg: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    let listing = process::output(npm.args(["pack", "--dry-run", "--json"]).current_dir(pkg))?;
    let listing: Value = serde_json::from_str(&listing)?;
    let packed: Vec<&str> = listing[0]["files"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| file["path"].as_str())
        .collect();
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|needed| !packed.contains(needed))
        .collect();
    if !missing.is_empty() {
        bail!(
            "the package would lack {}: see `files` in pkg.json",
            missing.join(", ")
        );
    }
    println!(
        "{} files, {} bytes packed",
        packed.len(),
        listing[0]["size"]
    );
    Ok(())
}
