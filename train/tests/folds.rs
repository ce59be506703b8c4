//! `fit --folds` and `crossval` in a folder that was used before, run as a user runs them.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use serde_json::Value;
use support::{SHORT, done, refused, scratch, synthesized, text};

fn folds<'a>(data: &'a str, out: &'a str, n: &'a str) -> Vec<&'a str> {
    let fit = ["fit", "--data", data, "--out", out, "--folds", n];
    [&fit[..], &SHORT].concat()
}

fn written(path: PathBuf) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

#[test]
fn runs_of_other_folds_or_other_recordings_are_neither_taken_nor_overwritten() {
    let folder = scratch("folds-other");
    let (data, out) = (synthesized(&folder), text(&folder.join("runs")));
    done(&folds(&data, &out, "2"));
    let model = || written(folder.join("runs/seed1-fold0.emo"));
    let before = model();

    let three = refused(&folds(&data, &out, "3"));
    assert!(
        three.contains("with 2 folds") && three.contains("choose another --out"),
        "{three}"
    );
    let manifest = folder.join("data/manifest.csv");
    let listed = fs::read_to_string(&manifest).unwrap();
    let fewer: Vec<&str> = listed
        .lines()
        .filter(|it| !it.contains("S01-tired-1"))
        .collect();
    fs::write(&manifest, fewer.join("\n")).unwrap();
    let other = refused(&folds(&data, &out, "2"));
    assert!(
        other.contains("other recordings") && other.contains("choose another --out"),
        "{other}"
    );

    // The same of `crossval` with a table of its own: its files would be overwritten.
    let table = text(&folder.join("table.jsonl"));
    let crossval = ["crossval", "--data", &data, "--name", "x", "--out", &out];
    let crossval = refused(&[&crossval[..], &["--table", &table], &SHORT].concat());
    assert!(crossval.contains("would be overwritten"), "{crossval}");
    assert_eq!(model(), before);

    fs::write(&manifest, listed).unwrap();
    assert!(done(&folds(&data, &out, "2")).contains("ECE"));
}

#[test]
fn a_table_that_cannot_be_written_is_told_of_before_anything_is_trained() {
    let folder = scratch("folds-table");
    let (data, out) = (synthesized(&folder), text(&folder.join("runs")));
    fs::write(folder.join("file"), "").unwrap();
    let table = text(&folder.join("file/runs.jsonl"));
    let crossval = ["crossval", "--data", &data, "--name", "x", "--out", &out];
    let error = refused(&[&crossval[..], &["--table", &table], &SHORT].concat());
    assert!(
        error.contains(&table) && error.contains("--table"),
        "{error}"
    );
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);

    done(&[&crossval[..], &["--folds", "0"], &SHORT].concat());
    assert!(folder.join("runs/runs.jsonl").exists());
}

#[test]
fn a_run_that_fails_does_not_cost_the_others() {
    let folder = scratch("folds-fail");
    let (data, out) = (synthesized(&folder), text(&folder.join("runs")));
    // A folder where the first run would write its messages.
    fs::create_dir_all(folder.join("runs/seed1-fold0.txt/in-the-way")).unwrap();
    let crossval = ["crossval", "--data", &data, "--name", "x", "--out", &out];
    let options = ["--folds", "0,1", "--jobs", "1"];
    let error = refused(&[&crossval[..], &options, &SHORT].concat());
    assert!(error.contains("fold 0, seed 1"), "{error}");
    let table = fs::read_to_string(folder.join("runs/runs.jsonl")).unwrap();
    let run: Value = serde_json::from_str(table.trim()).unwrap();
    assert_eq!(run["fold"], 1);
}

#[test]
fn a_run_whose_outcomes_are_lost_is_evaluated_again() {
    let folder = scratch("folds-lost");
    let (data, out) = (synthesized(&folder), text(&folder.join("runs")));
    let first = done(&folds(&data, &out, "2"));
    let outcomes = folder.join("runs/seed1-fold1.jsonl");
    let kept = fs::read_to_string(&outcomes).unwrap();
    fs::remove_file(&outcomes).unwrap();
    let model = || written(folder.join("runs/seed1-fold1.emo"));
    let before = model();
    let again = done(&folds(&data, &out, "2"));
    assert_eq!(fs::read_to_string(&outcomes).unwrap(), kept);
    assert_eq!(model(), before, "what was trained is trained");
    assert_eq!(again, first);
}

#[test]
fn runs_without_a_record_are_not_overwritten() {
    let folder = scratch("folds-old");
    let (data, out) = (synthesized(&folder), text(&folder.join("runs")));
    done(&folds(&data, &out, "2"));
    fs::remove_file(folder.join("runs/seed1-fold0.json")).unwrap();
    let model = || written(folder.join("runs/seed1-fold0.emo"));
    let before = model();
    let error = refused(&folds(&data, &out, "2"));
    assert!(error.contains("would be overwritten"), "{error}");
    assert_eq!(model(), before);
}
