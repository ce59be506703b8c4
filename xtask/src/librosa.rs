//! `cargo xtask librosa`: `train preprocess` beside librosa, on the same recordings and cores.

use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::cmd;

use crate::workspace::Workspace;
use crate::{corpus, files, tools};

/// What the comparison needs from PyPI.
const PACKAGES: [&str; 2] = ["librosa==0.11.0", "numpy==2.4.6"];
/// What the median value of a recording may differ by: float32 arithmetic. Above it lie the bands next
/// to half the rate, where the resamplers cut off differently.
const APART_DB: f64 = 0.01;

/// Compares the arrays, and prints how much faster than librosa they were made. `false` where there
/// is no Python. The trainer must be built.
///
/// # Errors
/// Where something fails, or the arrays differ. How fast either was is no test on a machine that does other things.
pub fn run(workspace: &Workspace) -> Result<bool> {
    let Some(python) = tools::ensure_python(workspace, "python", &PACKAGES)? else {
        return Ok(false);
    };
    let sh = workspace.shell()?;
    let train = workspace.trainer();
    let scratch = workspace.scratch().join("librosa");
    files::fresh(&scratch)?;
    let out = scratch.join("arrays");
    let recordings = match corpus::find()? {
        Some(folder) => folder,
        None => {
            let folder = scratch.join("recordings");
            cmd!(sh, "{train} synthesize --takes 30 --out {folder}").run()?;
            folder
        }
    };
    let start = Instant::now();
    cmd!(sh, "{train} preprocess --data {recordings} --out {out}").run()?;
    let ours = start.elapsed().as_secs_f64();

    let cores = thread::available_parallelism().map_or(1, usize::from);
    let workers = cores.to_string();
    let librosa = cmd!(
        sh,
        "{python} train/tests/like_librosa.py {recordings} {out} {workers}"
    );
    // One thread a worker: more would stand in each other's way.
    let found = librosa.env("OMP_NUM_THREADS", "1").read()?;
    let found: Value = serde_json::from_str(&found).context("like_librosa.py printed no JSON")?;
    let number = |name: &str| found[name].as_f64().with_context(|| format!("no {name}"));
    let (theirs, apart, count) = (
        number("seconds")?,
        number("apart_db")?,
        number("recordings")?,
    );
    let faster = theirs / ours;
    println!(
        "{count} recordings on {cores} cores: train preprocess {ours:.2} s, librosa {theirs:.2} s, {faster:.1} times faster; {apart:.3} dB apart"
    );
    ensure!(
        apart <= APART_DB,
        "the arrays are {apart} dB apart, more than {APART_DB}"
    );
    Ok(true)
}
