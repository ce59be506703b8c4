//! The stages of the built package: under Node, in browsers, and in projects that install it.

use anyhow::{Result, ensure};
use xshell::cmd;

use super::{Suite, host};
use crate::stage::Stage;
use crate::tools::{JS_TESTS, Program};
use crate::{bench, docs, files, fixtures, package, site, tarball};

pub fn package(suite: &Suite<'_>, stage: &mut Stage) {
    let workspace = suite.workspace;
    let built = stage.check("cargo xtask build", || package::build(workspace));
    if built.is_none() {
        return;
    }
    let (sh, pkg) = (&suite.sh, workspace.pkg());
    let bin = workspace.root.join(JS_TESTS).join("node_modules/.bin");
    let (publint, attw) = (bin.join("publint"), bin.join("attw"));
    stage.check("npm pack", || tarball::pack(workspace));
    stage.check(
        "publint",
        || Ok(cmd!(sh, "{publint} --strict {pkg}").run()?),
    );
    stage.check("attw", || {
        Ok(cmd!(sh, "{attw} --profile esm-only --pack {pkg}").run()?)
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

/// The packed package in projects that install it.
pub fn consumers(suite: &Suite<'_>, stage: &mut Stage, projects: &[&str], folder: &str) {
    for project in projects {
        stage.check(&format!("npm install in {project}"), || {
            fixtures::install(suite.workspace, project)
        });
    }
    tests(suite, stage, folder);
}

/// The package and the demo in another engine than Chromium's.
pub fn engine(suite: &Suite<'_>, stage: &mut Stage, programs: &[&Program], test: &str) {
    let found = stage.check("set-up", || {
        let programs = programs.iter();
        programs
            .map(|program| Ok((program.variable, program.ensure()?)))
            .collect::<Result<Vec<_>>>()
    });
    if let Some(found) = found {
        run(suite, stage, &[format!("engines/{test}.test.mjs")], found);
    }
}

pub fn bench(suite: &Suite<'_>, stage: &mut Stage) {
    stage.check("cargo xtask bench", || bench::run(suite.workspace, &[]));
}

/// The tests of a folder. What lies in a folder `full` in it is for a stage of its own. Named one by one, since what
/// `node --test FOLDER` means differs between Node 20 and 22.
pub fn tests(suite: &Suite<'_>, stage: &mut Stage, folder: &str) {
    let names = || {
        let found = files::list(&suite.workspace.root.join(JS_TESTS).join(folder), &["full"])?;
        let names = found
            .iter()
            .map(|file| format!("{folder}/{}", file.display()));
        let names: Vec<String> = names.filter(|name| name.ends_with(".test.mjs")).collect();
        ensure!(!names.is_empty(), "{folder} holds no *.test.mjs");
        Ok(names)
    };
    if let Some(names) = stage.find(names()) {
        run(suite, stage, &names, Vec::new());
    }
}

/// Node's own runner, one file at a time: each may start a browser.
fn run(
    suite: &Suite<'_>,
    stage: &mut Stage,
    names: &[String],
    environment: Vec<(&str, std::path::PathBuf)>,
) {
    let _folder = suite.sh.push_dir(JS_TESTS);
    let node = cmd!(
        suite.sh,
        "node --test --test-concurrency=1 --test-reporter=spec {names...}"
    );
    stage.tests(node.envs(environment));
}
