//! `cargo xtask test`: the set-up, then every stage.

mod host;
mod js;

use std::path::PathBuf;

use anyhow::{Context, Result};
use xshell::{Cmd, Shell};

use crate::stage::{Stage, summarize};
use crate::workspace::Workspace;
use crate::{corpus, fixtures, tools};

pub use host::build_trainer;

/// What the stages share.
struct Suite<'a> {
    workspace: &'a Workspace,
    /// In the repository; what it starts is told where the things under test lie.
    sh: Shell,
    /// The same in the folder of the tests in JavaScript.
    js: Shell,
    ravdess: Option<PathBuf>,
    corpora: Option<PathBuf>,
}

impl Suite<'_> {
    /// Tells a program where the recordings are, or nothing of them.
    fn tell<'a>(&self, program: Cmd<'a>) -> Cmd<'a> {
        let folders = [
            (corpus::VARIABLE, &self.ravdess),
            (corpus::CORPORA, &self.corpora),
        ];
        folders
            .into_iter()
            .fold(program, |program, (variable, folder)| match folder {
                Some(folder) => program.env(variable, folder),
                None => program.env_remove(variable),
            })
    }
}

/// A stage by its title, and whether it runs with `--full` alone.
type Listed = (&'static str, bool, fn(&Suite<'_>, &mut Stage));

/// In the order in which they run. All after `package` need what that built.
const STAGES: [Listed; 18] = [
    ("host", false, host::both_backends),
    ("host without ndarray", true, host::flex_alone),
    ("graphics cards", true, host::graphics_cards),
    ("onnx", true, host::onnx),
    ("librosa", true, host::librosa),
    ("wasm", false, host::wasm),
    ("package", false, js::package),
    ("server", false, |suite, it| js::tests(suite, it, "server")),
    ("browser", false, js::browser),
    ("hour", true, |suite, it| {
        js::tests(suite, it, "browser/full")
    }),
    ("consumers", false, js::consumers),
    ("hidden tab", false, js::chromium),
    ("firefox", false, js::firefox),
    ("workflows", false, |suite, it| {
        js::tests(suite, it, "workflows")
    }),
    ("webkit", true, js::webkit),
    ("bundlers", true, js::bundlers),
    ("spark", true, host::spark),
    ("bench", true, js::bench),
];

/// The titles of all stages.
pub fn titles() -> impl Iterator<Item = &'static str> {
    STAGES.iter().map(|(title, _, _)| *title)
}

/// Runs every stage, or those of these titles alone. Returns whether nothing failed; an error is one of the set-up.
pub fn run(workspace: &Workspace, full: bool, only: &[String]) -> Result<bool> {
    let (ravdess, corpora) = (corpus::find()?, corpus::find_corpora()?);
    println!("=== set-up ===");
    match &ravdess {
        Some(folder) => println!("recordings: {}", folder.display()),
        None => println!("{}", corpus::ABSENT),
    }
    let chromium = set_up(workspace)?;
    println!("browser: {}", chromium.display());

    let sh = workspace.shell()?;
    sh.set_var("PKG_DIR", workspace.pkg());
    sh.set_var("DIST_DIR", workspace.dist());
    sh.set_var("FIXTURES_DIR", fixtures::folder(workspace));
    sh.set_var("TRAIN_BIN", workspace.trainer());
    sh.set_var("CHROMIUM", chromium);
    let js = sh.clone();
    js.change_dir(workspace.root.join(tools::JS_TESTS));
    let suite = Suite {
        workspace,
        sh,
        js,
        ravdess,
        corpora,
    };
    let is_asked = |(title, is_extra, _): &&Listed| match only {
        [] => full || !is_extra,
        only => only.iter().any(|it| it == title),
    };
    let stages = STAGES.iter().filter(is_asked);
    let ran: Vec<Stage> = stages
        .map(|(title, _, run)| Stage::run(title, |stage| run(&suite, stage)))
        .collect();
    let note = suite.ravdess.is_none().then_some(corpus::ABSENT);
    Ok(summarize(&ran, note))
}

/// What the package and the browser need to be built and driven; the browser's path.
pub fn set_up(workspace: &Workspace) -> Result<PathBuf> {
    tools::ensure_node()?;
    tools::ensure_wasm_target(workspace)?;
    for folder in ["src/js", tools::SERVER, tools::JS_TESTS] {
        tools::ensure_packages(&workspace.root.join(folder))?;
    }
    tools::CHROMIUM.ensure().context("the tests need a browser")
}
