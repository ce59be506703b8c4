//! The stages of the built package: under Node, in browsers, and in projects that install it.

use anyhow::Result;
use xshell::{Cmd, cmd};

use super::{Suite, host};
use crate::stage::Stage;
use crate::tools::{DISPLAY, FIREFOX, JS_TESTS, Program, SOUND, WEBKIT};
use crate::{bench, docs, files, fixtures, package, site};

pub fn package(suite: &Suite<'_>, stage: &mut Stage) {
    let workspace = suite.workspace;
    let built = stage.check("cargo xtask build", || package::build(workspace));
    if built.is_none() {
        return;
    }
    let (sh, pkg) = (&suite.sh, workspace.pkg());
    let bin = workspace.root.join(JS_TESTS).join("node_modules/.bin");
    let (publint, attw) = (bin.join("publint"), bin.join("attw"));
    stage.check("npm pack", || fixtures::pack(workspace));
    stage.check("publint", || succeed(cmd!(sh, "{publint} --strict {pkg}")));
    stage.check("attw", || {
        succeed(cmd!(sh, "{attw} --profile esm-only --pack {pkg}"))
    });
    stage.check("API reference", || docs::check(workspace));
    tests(suite, stage, "package");
}

pub fn browser(suite: &Suite<'_>, stage: &mut Stage) {
    let demo = stage.check("cargo xtask site", || site::assemble(suite.workspace));
    if demo.is_some() && host::trainer(suite, stage).is_some() {
        tests(suite, stage, "browser");
    }
}

pub fn consumers(suite: &Suite<'_>, stage: &mut Stage) {
    installed(suite, stage, &fixtures::QUICK, "consumers");
}

pub fn bundlers(suite: &Suite<'_>, stage: &mut Stage) {
    installed(suite, stage, &fixtures::BUNDLED, "consumers/full");
}

/// The packed package in projects that install it.
fn installed(suite: &Suite<'_>, stage: &mut Stage, projects: &[&str], folder: &str) {
    for project in projects {
        let install = || fixtures::install(suite.workspace, project);
        stage.check(&format!("npm install in {project}"), install);
    }
    tests(suite, stage, folder);
}

pub fn chromium(suite: &Suite<'_>, stage: &mut Stage) {
    engine(suite, stage, &[], "chromium");
}

pub fn firefox(suite: &Suite<'_>, stage: &mut Stage) {
    engine(suite, stage, &[&FIREFOX, &SOUND], "firefox");
}

pub fn webkit(suite: &Suite<'_>, stage: &mut Stage) {
    engine(suite, stage, &[&WEBKIT, &DISPLAY], "webkit");
}

/// The package and the demo in an engine.
fn engine(suite: &Suite<'_>, stage: &mut Stage, programs: &[&Program], test: &str) {
    let find = |it: &&Program| Ok((it.variable, it.ensure()?));
    let found = stage.check("set-up", || {
        programs.iter().map(find).collect::<Result<Vec<_>>>()
    });
    if let Some(found) = found {
        stage.tests(node(suite, &[format!("engines/{test}.test.mjs")]).envs(found));
    }
}

pub fn bench(suite: &Suite<'_>, stage: &mut Stage) {
    stage.check("cargo xtask bench", || bench::run(suite.workspace, &[]));
}

/// The tests of a folder. What lies in a folder `full` in it is for a stage of its own. Named one by one, since what
/// `node --test FOLDER` means differs between Node 20 and 22.
pub fn tests(suite: &Suite<'_>, stage: &mut Stage, folder: &str) {
    let all = files::list(&suite.workspace.root.join(JS_TESTS).join(folder), &["full"]);
    let all = all.unwrap_or_default().into_iter();
    let names = all.map(|file| format!("{folder}/{}", file.display()));
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".test.mjs")).collect();
    if names.is_empty() {
        // Without a name it would look everywhere; this one is not there, and said so.
        names.push(format!("{folder}/*.test.mjs"));
    }
    stage.tests(node(suite, &names));
}

/// Node's own runner, one file at a time: each may start a browser.
fn node<'a>(suite: &'a Suite<'_>, names: &[String]) -> Cmd<'a> {
    let options = ["--test", "--test-concurrency=1", "--test-reporter=spec"];
    suite.tell(cmd!(suite.js, "node {options...} {names...}"))
}

fn succeed(command: Cmd<'_>) -> Result<()> {
    Ok(command.run()?)
}
