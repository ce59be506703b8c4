//! `cargo xtask librosa`: `train preprocess` beside librosa, on the same recordings and cores.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;
use crate::{corpus, files, process, python};

/// What the comparison needs from PyPI.
const PACKAGES: [&str; 2] = ["librosa==0.11.0", "numpy==2.4.6"];
/// What the median value of a recording may differ by: float32 arithmetic. Above it lie the bands next
/// to half the rate, where the resamplers cut off differently.
const APART_DB: f64 = 0.01;

/// Compares the arrays, and prints how much faster than librosa they were made. `false` where there
/// is no Python.
///
/// # Errors
/// Where something fails, or the arrays differ. How fast either was is no test on a machine that does other things.
pub fn run(workspace: &Workspace, train: &Path) -> Result<bool> {
    let Some(python) = python::ensure(workspace, &PACKAGES)? else {
        return Ok(false);
    };
    let scratch = workspace.scratch().join("librosa");
    files::fresh(&scratch)?;
    let (recordings, out) = (scratch.join("recordings"), scratch.join("arrays"));
    let recordings = match corpus::find()? {
        Some(folder) => folder,
        None => {
            let mut synthesize = Command::new(train);
            synthesize.args(["synthesize", "--takes", "30", "--out"]);
            process::run(synthesize.arg(&recordings))?;
            recordings
        }
    };
    let start = Instant::now();
    let mut preprocess = Command::new(train);
    preprocess.args(["preprocess", "--data"]).arg(&recordings);
    process::run(preprocess.arg("--out").arg(&out))?;
    let ours = start.elapsed().as_secs_f64();

    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut librosa = Command::new(python);
    librosa.arg(workspace.root.join("train/tests/like_librosa.py"));
    librosa
        .args([&recordings, &out])
        .arg(cores.to_string())
        // One thread a worker: more would stand in each other's way.
        .env("OMP_NUM_THREADS", "1");
    let found = process::output(&mut librosa)?;
    let found: Value =
        serde_json::from_str(found.trim()).context("like_librosa.py printed no JSON")?;
    let number = |name: &str| found[name].as_f64().with_context(|| format!("no {name}"));
    let (theirs, apart, recordings) = (
        number("seconds")?,
        number("apart_db")?,
        number("recordings")?,
    );
    println!(
        "{recordings} recordings on {cores} cores: train preprocess {ours:.2} s, librosa {theirs:.2} s, {:.1} times faster; {apart:.3} dB apart",
        theirs / ours
    );
    if apart > APART_DB {
        bail!("the arrays are {apart} dB apart, more than {APART_DB}");
    }
    Ok(true)
}
