//! The Spark recipe of `train/docs`, on a cluster of two workers on this machine.

use std::path::Path;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::tools;
use crate::workspace::Workspace;

/// What is said where the recipe cannot be run.
pub const ABSENT: &str = "SPARK IS NOT TESTED: there is no Java, or no Python with venv, on the PATH. \
    On Debian: apt-get install openjdk-17-jre-headless python3-venv";

/// The last Spark that runs on Java 8, 11 and 17.
const PYSPARK: &str = "pyspark==3.5.7";

/// Whether there is what Spark runs on.
pub fn is_possible() -> bool {
    // Spark looks there first, too.
    let java = std::env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    let java = java.unwrap_or_else(|| "java".into());
    let modules = "import ensurepip, venv";
    Shell::new().is_ok_and(|sh| {
        let programs = [
            cmd!(sh, "{java} -version"),
            cmd!(sh, "python3 -c {modules}"),
        ];
        let works = |it: xshell::Cmd<'_>| it.quiet().ignore_stderr().run().is_ok();
        programs.into_iter().all(works)
    })
}

/// Compares the cluster's answers with those of one process. The trainer must be built.
pub fn check(workspace: &Workspace) -> Result<()> {
    let python = tools::ensure_python(workspace, "spark", &[PYSPARK])?.context(ABSENT)?;
    let (sh, train) = (workspace.shell()?, workspace.trainer());
    let folder = workspace.scratch().join("spark-recordings");
    let script = "train/tests/like_one_process.py";
    Ok(cmd!(
        sh,
        "{python} {script} {train} tests/data/voice.wav {folder}"
    )
    .run()?)
}
