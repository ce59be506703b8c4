//! The Spark recipe of `train/docs`, run as its readers run it: a cluster on this machine, with two workers in
//! processes of their own, whose answers must be those of one process, line for line.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use xshell::{Shell, cmd};

use crate::workspace::Workspace;
use crate::{files, tools};

/// What is said where the recipe cannot be run.
pub const ABSENT: &str = "SPARK IS NOT TESTED: there is no Java, or no Python with venv, on the PATH. \
    On Debian: apt-get install openjdk-17-jre-headless python3-venv";

/// The last Spark that runs on Java 8, 11 and 17.
const PYSPARK: &str = "pyspark==3.5.7";

/// Two workers of one core and 1024 MiB each.
const CLUSTER: &str = "local-cluster[2,1,1024]";

/// Copies of a recording that the workers share.
const COPIES: usize = 40;

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
        programs
            .into_iter()
            .all(|program| program.quiet().ignore_stderr().run().is_ok())
    })
}

/// Runs the recipe over copies of the synthetic voice and files that cannot be used, and compares. The trainer must be built.
pub fn check(workspace: &Workspace) -> Result<()> {
    let python = tools::ensure_python(workspace, "spark", &[PYSPARK])?.context(ABSENT)?;
    let submit = python.with_file_name("spark-submit");
    let (sh, train) = (workspace.shell()?, workspace.trainer());
    let folder = workspace.scratch().join("spark-recordings");
    files::fresh(&folder)?;
    let paths = recordings(workspace, &folder)?;
    let list = folder.join("paths.txt");
    fs::write(&list, paths.join("\n") + "\n")?;

    // Some of the files cannot be used, and its status says so.
    let alone = cmd!(sh, "{train} predict --json --files-from {list}")
        .ignore_status()
        .read()?;
    let expected: Vec<&str> = alone.lines().collect();
    let (answers, files) = (expected.len(), paths.len());
    ensure!(
        answers == files,
        "one process gave {answers} answers for {files} files"
    );

    let logs = executor_logs(&sh, &python)?;
    files::fresh(&logs)?;
    let answers = folder.join("answers");
    let recipe = "train/docs/predict_spark.py";
    cmd!(
        sh,
        "{submit} --master {CLUSTER} {recipe} --train {train} --paths {list} --answers {answers}"
    )
    .env("PYSPARK_PYTHON", &python)
    .env_remove("SPARK_HOME")
    // All of the cluster is this machine, whatever its name resolves to.
    .env("SPARK_LOCAL_IP", "127.0.0.1")
    .run()?;

    let found = texts(&answers, |file| file.to_string_lossy().starts_with("part-"))?.concat();
    let found: Vec<&str> = found.lines().collect();
    for i in 0..expected.len().max(found.len()) {
        let (one, many) = (expected.get(i), found.get(i));
        if one != many {
            bail!("answer {i}: one process gave {one:?}, the cluster {many:?}");
        }
    }
    // Executors whose `train predict` said how fast it was.
    let said = texts(&logs, |file| file.ends_with("stderr"))?;
    let workers = said
        .iter()
        .filter(|text| text.contains("files answered"))
        .count();
    ensure!(workers == 2, "{workers} of 2 workers answered files");
    println!(
        "{} answers from {workers} workers are those of one process",
        found.len()
    );
    Ok(())
}

/// The paths of recordings, among them such as cannot be used and one whose name is no plain word.
fn recordings(workspace: &Workspace, folder: &Path) -> Result<Vec<String>> {
    let voice = fs::read(workspace.root.join("tests/data/voice.wav"))?;
    let mut paths = Vec::new();
    for i in 0..COPIES {
        let path = folder.join(format!("voice {i:02} \"ä\" $HOME.wav"));
        // Each a little shorter than the one before, so that no two answers are alike.
        let samples = (voice.len() - 44 - i * 2_000) & !1;
        let mut wav = voice[..44 + samples].to_vec();
        wav[40..44].copy_from_slice(&u32::try_from(samples)?.to_le_bytes());
        fs::write(&path, wav)?;
        paths.push(path.display().to_string());
    }
    let broken = folder.join("broken.wav");
    fs::write(&broken, "no recording")?;
    paths.insert(COPIES / 2, broken.display().to_string());
    paths.insert(COPIES / 4, folder.join("missing.wav").display().to_string());
    Ok(paths)
}

/// What those files below a folder hold that are wanted.
fn texts(folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Result<Vec<String>> {
    let files = files::list(folder, &[])?.into_iter();
    let read =
        |file: PathBuf| Ok(String::from_utf8_lossy(&fs::read(folder.join(file))?).into_owned());
    files.filter(|file| is_wanted(file)).map(read).collect()
}

/// Where a cluster on this machine keeps what its executors print: below Spark itself.
fn executor_logs(sh: &Shell, python: &Path) -> Result<PathBuf> {
    let script = "import os, pyspark; print(os.path.dirname(pyspark.__file__))";
    let home = cmd!(sh, "{python} -c {script}").read()?;
    Ok(Path::new(&home).join("work"))
}
