//! The Spark recipe of `train/docs`, run as its readers run it: a cluster on this machine, with two workers in
//! processes of their own, whose answers must be those of one process, line for line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::files;
use crate::process;
use crate::workspace::Workspace;

/// What is said where the recipe cannot be run.
pub const ABSENT: &str = "\
!!! SPARK IS NOT TESTED: there is no Java, or no Python with venv, on the PATH. On Debian:
!!! apt-get install openjdk-17-jre-headless python3-venv";

/// The last Spark that runs on Java 8, 11 and 17.
const PYSPARK: &str = "pyspark==3.5.7";

/// Two workers of one core and 1024 MiB each.
const CLUSTER: &str = "local-cluster[2,1,1024]";

/// Copies of a recording that the workers share.
const COPIES: usize = 40;

/// Whether there is what Spark runs on.
pub fn is_possible() -> bool {
    let works = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        output.is_ok_and(|output| output.status.success())
    };
    // Spark looks there first, too.
    let java = std::env::var_os("JAVA_HOME").map(|home| Path::new(&home).join("bin/java"));
    works(&java.unwrap_or_else(|| "java".into()), &["-version"])
        && works(Path::new("python3"), &["-c", "import ensurepip, venv"])
}

/// Installs Spark from PyPI, once, into a folder of its own. Returns it.
pub fn install(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.scratch().join("spark");
    let stamp = folder.join(".xtask-stamp");
    if !files::is_stamped(&stamp, PYSPARK) {
        files::fresh(&folder)?;
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        process::run(pip.args(["install", "--quiet", PYSPARK]))
            .with_context(|| format!("could not install {PYSPARK} from PyPI"))?;
        files::stamp(&stamp, PYSPARK)?;
    }
    Ok(folder)
}

/// Runs the recipe over copies of the synthetic voice and files that cannot be used, and compares.
pub fn check(workspace: &Workspace, spark: &Path, train: &Path) -> Result<()> {
    let folder = workspace.scratch().join("spark-recordings");
    files::fresh(&folder)?;
    let paths = recordings(workspace, &folder)?;
    let list = folder.join("paths.txt");
    fs::write(&list, paths.join("\n") + "\n")?;

    let alone = Command::new(train)
        .args(["predict", "--json", "--files-from"])
        .arg(&list)
        .output()?;
    let alone = String::from_utf8(alone.stdout)?;
    let expected: Vec<&str> = alone.lines().collect();
    ensure!(
        expected.len() == paths.len(),
        "one process gave {} answers for {} files",
        expected.len(),
        paths.len()
    );

    let logs = executor_logs(spark)?;
    files::fresh(&logs)?;
    let answers = folder.join("answers");
    let mut submit = Command::new(spark.join("bin/spark-submit"));
    submit
        .args(["--master", CLUSTER])
        .arg(workspace.root.join("train/docs/predict_spark.py"))
        .arg("--train")
        .arg(train)
        .arg("--paths")
        .arg(&list)
        .arg("--answers")
        .arg(&answers)
        .env("PYSPARK_PYTHON", spark.join("bin/python"))
        .env_remove("SPARK_HOME")
        // All of the cluster is this machine, whatever its name resolves to.
        .env("SPARK_LOCAL_IP", "127.0.0.1");
    process::run(&mut submit)?;

    let found = read_parts(&answers)?;
    let found: Vec<&str> = found.lines().collect();
    if let Some(line) =
        (0..expected.len().max(found.len())).find(|&i| expected.get(i) != found.get(i))
    {
        bail!(
            "answer {line}: one process gave {:?}, the cluster {:?}",
            expected.get(line),
            found.get(line)
        );
    }
    let workers = workers_that_answered(&logs)?;
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

fn read_parts(answers: &Path) -> Result<String> {
    let mut text = String::new();
    for file in files::list(answers, &[])? {
        if file.to_string_lossy().starts_with("part-") {
            text += &fs::read_to_string(answers.join(file))?;
        }
    }
    Ok(text)
}

/// Where a cluster on this machine keeps what its executors print: below Spark itself.
fn executor_logs(spark: &Path) -> Result<PathBuf> {
    let script = "import os, pyspark; print(os.path.dirname(pyspark.__file__))";
    let home = process::output(Command::new(spark.join("bin/python")).args(["-c", script]))?;
    Ok(Path::new(home.trim()).join("work"))
}

/// Executors whose `train predict` said how fast it was.
fn workers_that_answered(logs: &Path) -> Result<usize> {
    let mut count = 0;
    for file in files::list(logs, &[])? {
        if file.ends_with("stderr") {
            let text = fs::read(logs.join(file))?;
            count += usize::from(String::from_utf8_lossy(&text).contains("files answered"));
        }
    }
    Ok(count)
}
