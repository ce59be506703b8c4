//! `train robustness`, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::path::PathBuf;

use emotionai_voice::Waveform;
use serde_json::Value;

use support::*;

/// A corpus of actors who all speak with the synthetic voice.
fn corpus(name: &str, actors: u32) -> PathBuf {
    ravdess(&format!("robustness-{name}"), 1..=actors, [1, 5])
}

#[test]
fn rows_carry_their_metrics_and_follow_the_seed() {
    let root = corpus("rows", 2);
    let only = "rate-16000,gain-2dB,babble,white,anything";
    let run = || {
        done(args!(
            "robustness --data {root} --actors 1 --json --only {only} --seed 1"
        ))
    };
    let text = run();
    assert_eq!(text, run());
    let report = json(&text);
    assert_eq!((&report["clips"], &report["seed"]), (&2.into(), &1.into()));
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&Value> = rows.iter().map(|row| &row["name"]).collect();
    // In the order of the table, whatever the option's.
    assert_eq!(
        names,
        ["gain-2dB", "babble", "white", "rate-16000", "anything"]
    );
    for row in rows {
        for metric in ["uar", "accuracy", "uar_change", "unchanged", "no_speech"] {
            assert!(row[metric].is_f64(), "{metric} of {row}");
        }
        assert!(row["uar_change_interval"].is_null(), "of one speaker");
        assert!(row["skipped"].is_null());
    }
    // The rate is the model's own, so nothing may change.
    assert_eq!(rows[3]["unchanged"], 1.0);
    assert_eq!(rows[3]["passed"], true);
    assert_eq!(rows[3]["criterion"]["uar_falls_less_than"], 0.02);
    assert_eq!(rows[0]["criterion"]["unchanged_at_least"], 0.95);
    assert!(rows[4]["criterion"].is_null() && rows[4]["passed"].is_null());
    assert_eq!(number(&report["passed"]) + number(&report["failed"]), 4.0);
}

#[test]
fn models_of_folds_are_evaluated_together() {
    let root = corpus("folds", 2);
    let weights = |name: &str| format!("{}/../src/weights/{name}.emo", env!("CARGO_MANIFEST_DIR"));
    let (first, second) = (weights("cnn"), weights("plain"));
    let (one, two) = (
        ["--model", &*first, "--actors", "1"],
        ["--model", &*second, "--actors", "2"],
    );
    let report = |options: &[&str]| {
        done_json(args!(
            "robustness --data {root} {options...} --json --only rain,high-pass-150"
        ))
    };
    let together = report(&[one, two].concat());
    assert_eq!(together["clips"], 4);
    assert_eq!(together["speakers"], "1 2");
    let metrics = |report: &Value| -> Vec<f64> {
        let rows = report["rows"].as_array().unwrap().iter();
        let rows = rows.flat_map(|row| ["uar", "unchanged"].map(|name| number(&row[name])));
        rows.chain([number(&report["clean"]["uar"])]).collect()
    };
    let apart = [report(&one), report(&two)].map(|report| metrics(&report));
    let mean = apart[0].iter().zip(&apart[1]).map(|(a, b)| (a + b) / 2.0);
    assert_eq!(metrics(&together), mean.collect::<Vec<_>>());
}

#[test]
fn a_clip_that_cannot_be_used_does_not_cost_the_others() {
    let root = corpus("unusable", 2);
    std::fs::write(root.join("Actor_02/03-01-01-01-01-01-02.wav"), "RIFF").unwrap();
    // 130 ms: long enough to be classified, but not without its first 1000 samples.
    let voice = Waveform::from_wav(&std::fs::read(VOICE).unwrap()).unwrap();
    assert_eq!(voice.sample_rate(), 16_000);
    let samples = voice.samples()[8_000..].iter().take(2_080);
    let samples: Vec<i16> = samples.map(|sample| (sample * 32_767.0) as i16).collect();
    let short = wav(&samples, 2 * samples.len() as u32);
    std::fs::write(root.join("Actor_01/03-01-03-01-01-01-01.wav"), short).unwrap();
    let robustness = args!("robustness --data {root} --actors 1,2 --json --only crop-1000,babble");
    let output = succeeded(train(robustness));
    assert_eq!(json(&stdout(&output))["clips"], 3);
    let parts = [
        "03-01-01-01-01-01-02.wav",
        "03-01-03-01-01-01-01.wav: crop-1000",
    ];
    assert_says(&stderr(&output), &parts);
}

#[test]
fn each_model_has_its_own_actors() {
    let root = corpus("unpaired", 2);
    let weights = format!("{}/../src/weights/plain.emo", env!("CARGO_MANIFEST_DIR"));
    for (options, said) in [
        (
            args!("--actors 1 --actors 2"),
            "one --actors for each --model",
        ),
        (
            args!("--actors 1 --model a.emo --model b.emo"),
            "one --actors for each --model",
        ),
        (
            args!("--model {weights} --actors 1-2 --model {weights} --actors 2"),
            "is in two --actors",
        ),
    ] {
        assert_says(
            &refused(args!("robustness --data {root} {options...}")),
            &[said],
        );
    }
}

#[test]
fn what_cannot_be_run_is_skipped_loudly_and_never_passed() {
    let root = corpus("alone", 1);
    let text = done(args!(
        "robustness --data {root} --actors 1 --only babble,crop-100"
    ));
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    assert_says(line("babble"), &["SKIPPED, NOT PASSED"]);
    assert_says(line("crop-100"), &["pass"]);
    let end = "1 of 1 criteria met; 1 rows SKIPPED, which is not passed\n";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn an_unknown_row_is_refused_with_the_names_of_all() {
    let root = corpus("unknown", 1);
    let error = refused(args!(
        "robustness --data {root} --actors 1 --only earthquake"
    ));
    assert_says(&error, &["earthquake", "small-room"]);
}
