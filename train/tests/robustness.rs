//! `train robustness`, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use emotionai_voice::Waveform;
use serde_json::Value;
use support::wav;

const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/voice.wav");

/// A corpus of `actors` who all speak with the synthetic voice.
fn corpus(name: &str, actors: u32) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&root);
    for actor in 1..=actors {
        let folder = root.join(format!("Actor_{actor:02}"));
        std::fs::create_dir_all(&folder).unwrap();
        for emotion in [1, 5] {
            let file = format!("03-01-{emotion:02}-01-01-01-{actor:02}.wav");
            std::fs::copy(VOICE, folder.join(file)).unwrap();
        }
    }
    root
}

fn judge(root: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_train"))
        .args(["robustness", "--data", root.to_str().unwrap()])
        .args(options)
        .output()
        .unwrap()
}

/// Judges the shipped weights on the first of so many actors.
fn robustness(name: &str, actors: u32, options: &[&str]) -> Output {
    let options = [&["--actors", "1"], options].concat();
    judge(&corpus(name, actors), &options)
}

fn stdout(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn rows_carry_their_figures_and_follow_the_seed() {
    let only = "rate-16000,gain-2dB,babble,white,anything";
    let run = |seed| {
        let options = ["--json", "--only", only, "--seed", seed];
        stdout(&robustness(&format!("rows-{seed}"), 2, &options))
    };
    let text = run("1");
    assert_eq!(text, run("1"));
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["clips"], &report["seed"]), (&2.into(), &1.into()));
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    // In the order of the table, whatever the option's.
    assert_eq!(
        names,
        ["gain-2dB", "babble", "white", "rate-16000", "anything"]
    );
    for row in rows {
        for figure in ["uar", "accuracy", "uar_change", "unchanged", "no_speech"] {
            assert!(row[figure].is_f64(), "{figure} of {row}");
        }
        assert!(row["uar_change_interval"].is_null(), "of one speaker");
        assert!(row["skipped"].is_null());
    }
    // The rate of the model is what it hears anyway, so nothing may change.
    assert_eq!(rows[3]["unchanged"], 1.0);
    assert_eq!(rows[3]["passed"], true);
    assert_eq!(rows[3]["criterion"]["uar_falls_less_than"], 0.02);
    assert_eq!(rows[0]["criterion"]["unchanged_at_least"], 0.95);
    assert!(rows[4]["criterion"].is_null() && rows[4]["passed"].is_null());
    let judged = report["passed"].as_u64().unwrap() + report["failed"].as_u64().unwrap();
    assert_eq!(judged, 4);
}

#[test]
fn models_of_folds_are_judged_together() {
    let root = corpus("folds", 2);
    let weights = |name: &str| format!("{}/../src/weights/{name}.emo", env!("CARGO_MANIFEST_DIR"));
    let (first, second) = (weights("cnn"), weights("plain"));
    let report = |options: &[&str]| -> Value {
        let options = [options, &["--json", "--only", "rain,high-pass-150"]].concat();
        serde_json::from_str(&stdout(&judge(&root, &options))).unwrap()
    };
    let (one, two) = (
        ["--model", &*first, "--actors", "1"],
        ["--model", &*second, "--actors", "2"],
    );
    let apart = [report(&one), report(&two)];
    let together = report(&[one, two].concat());
    assert_eq!(together["clips"], 4);
    assert_eq!(together["actors"], "1 2");
    let figures = |report: &Value| -> Vec<f64> {
        let clean = &report["clean"];
        let rows = report["rows"].as_array().unwrap().iter();
        let of_row = |row: &Value| ["uar", "unchanged"].map(|name| row[name].as_f64().unwrap());
        let rows = rows.flat_map(of_row);
        rows.chain(clean["uar"].as_f64()).collect()
    };
    let apart = apart.map(|report| figures(&report));
    let mean = apart[0].iter().zip(&apart[1]).map(|(a, b)| (a + b) / 2.0);
    assert_eq!(figures(&together), mean.collect::<Vec<_>>());
}

#[test]
fn a_clip_that_cannot_be_used_does_not_cost_the_others() {
    let root = corpus("unusable", 2);
    let broken = root.join("Actor_02/03-01-01-01-01-01-02.wav");
    std::fs::write(broken, "RIFF").unwrap();
    // 130 ms: long enough to be heard, but not without its first 1000 samples.
    let voice = Waveform::from_wav(&std::fs::read(VOICE).unwrap()).unwrap();
    assert_eq!(voice.sample_rate(), 16_000);
    let samples = voice.samples()[8_000..].iter().take(2_080);
    let samples: Vec<i16> = samples.map(|sample| (sample * 32_767.0) as i16).collect();
    let short = wav(&samples, 2 * samples.len() as u32);
    std::fs::write(root.join("Actor_01/03-01-03-01-01-01-01.wav"), short).unwrap();
    let options = ["--actors", "1,2", "--json", "--only", "crop-1000,babble"];
    let output = judge(&root, &options);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["clips"], 3);
    let said = String::from_utf8_lossy(&output.stderr);
    for part in [
        "03-01-01-01-01-01-02.wav",
        "03-01-03-01-01-01-01.wav: crop-1000",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn each_model_has_its_own_actors() {
    let root = corpus("unpaired", 2);
    for options in [
        &["--actors", "1", "--actors", "2"][..],
        &["--actors", "1", "--model", "a.emo", "--model", "b.emo"],
    ] {
        let output = judge(&root, options);
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains("one --actors for each --model"), "{error}");
    }
    let weights = format!("{}/../src/weights/plain.emo", env!("CARGO_MANIFEST_DIR"));
    let twice = ["--model", &*weights, "--actors", "1-2"];
    let output = judge(
        &root,
        &[&twice[..], &["--model", &*weights, "--actors", "2"]].concat(),
    );
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("is in two --actors"), "{error}");
}

#[test]
fn what_cannot_be_run_is_skipped_loudly_and_never_passed() {
    let output = robustness("alone", 1, &["--only", "babble,crop-100"]);
    let text = stdout(&output);
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("babble").contains("SKIPPED, NOT PASSED"), "{text}");
    assert!(line("crop-100").contains("pass"), "{text}");
    assert!(
        text.ends_with("1 of 1 criteria met; 1 rows SKIPPED, which is not passed\n"),
        "{text}"
    );
}

#[test]
fn an_unknown_row_is_refused_with_the_names_of_all() {
    let output = robustness("unknown", 1, &["--only", "earthquake"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("earthquake") && error.contains("small-room"),
        "{error}"
    );
}
