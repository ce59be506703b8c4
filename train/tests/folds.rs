//! `fit --folds` and `crossval`: each run once, with its record, also in a folder that was used before.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use support::*;

/// A corpus, the folder of its runs, and that folder's folder.
fn corpus(name: &str) -> (PathBuf, PathBuf, PathBuf) {
    let folder = scratch(name);
    (synthesized(&folder), folder.join("runs"), folder)
}

fn folds(data: &Path, out: &Path, n: &str) -> Vec<OsString> {
    args!("fit --data {data} --out {out} --folds {n} {SHORT...}")
}

fn written(path: PathBuf) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

#[test]
fn runs_of_other_folds_or_other_recordings_are_neither_taken_nor_overwritten() {
    let (data, out, folder) = corpus("folds-other");
    done(folds(&data, &out, "2"));
    let model = || written(out.join("seed1-fold0.emo"));
    let before = model();

    let three = refused(folds(&data, &out, "3"));
    assert_says(&three, &["with 2 folds", "choose another --out"]);
    let manifest = data.join("manifest.csv");
    let listed = read_text(&manifest);
    let lines = listed.lines().filter(|it| !it.contains("S01-tired-1"));
    fs::write(&manifest, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let other = refused(folds(&data, &out, "2"));
    assert_says(&other, &["other recordings", "choose another --out"]);

    // The same of `crossval` with a table of its own: its files would be overwritten.
    let table = folder.join("table.jsonl");
    let crossval = args!("crossval --data {data} --name x --out {out} --table {table} {SHORT...}");
    assert_says(&refused(crossval), &["would be overwritten"]);
    assert_eq!(model(), before);

    fs::write(&manifest, listed).unwrap();
    assert_says(&done(folds(&data, &out, "2")), &["ECE"]);
}

#[test]
fn a_table_that_cannot_be_written_is_told_of_before_anything_is_trained() {
    let (data, out, folder) = corpus("folds-table");
    fs::write(folder.join("file"), "").unwrap();
    let table = text(&folder.join("file/runs.jsonl"));
    let crossval = args!("crossval --data {data} --name x --out {out} --table {table} {SHORT...}");
    assert_says(&refused(crossval), &[&table, "--table"]);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);

    done(args!(
        "crossval --data {data} --name x --out {out} --folds 0 {SHORT...}"
    ));
    assert!(out.join("runs.jsonl").exists());
}

#[test]
fn a_run_that_fails_does_not_cost_the_others() {
    let (data, out, _) = corpus("folds-fail");
    // A folder where the first run would write its messages.
    fs::create_dir_all(out.join("seed1-fold0.txt/in-the-way")).unwrap();
    let crossval =
        args!("crossval --data {data} --name x --out {out} --folds 0,1 --jobs 1 {SHORT...}");
    assert_says(&refused(crossval), &["fold 0, seed 1"]);
    let run = json(read_text(out.join("runs.jsonl")).trim());
    assert_eq!(run["fold"], 1);
}

#[test]
fn a_run_whose_outcomes_are_lost_is_evaluated_again() {
    let (data, out, _) = corpus("folds-lost");
    let first = done(folds(&data, &out, "2"));
    let outcomes = out.join("seed1-fold1.jsonl");
    let kept = read_text(&outcomes);
    fs::remove_file(&outcomes).unwrap();
    let model = || written(out.join("seed1-fold1.emo"));
    let before = model();
    let again = done(folds(&data, &out, "2"));
    assert_eq!(read_text(&outcomes), kept);
    assert_eq!(model(), before, "what was trained is trained");
    assert_eq!(again, first);
}

#[test]
fn runs_without_a_record_are_not_overwritten() {
    let (data, out, _) = corpus("folds-old");
    done(folds(&data, &out, "2"));
    fs::remove_file(out.join("seed1-fold0.json")).unwrap();
    let model = || written(out.join("seed1-fold0.emo"));
    let before = model();
    assert_says(&refused(folds(&data, &out, "2")), &["would be overwritten"]);
    assert_eq!(model(), before);
}

#[test]
fn a_cross_validation_does_each_run_once_and_keeps_its_record() {
    let corpus = ravdess("crossval", 1..=20, 1..=8);
    let folder = scratch("crossval-runs");
    let table = folder.join("runs.jsonl");
    let crossval = |noise: &str, folds: &str| {
        let files = args!("--table {table} --out {folder} --folds {folds} --epochs 1");
        args!(
            "crossval --data {corpus} --name small {files...} {SMALL...} --set augment.noise={noise}"
        )
    };
    let lines = || json_lines(&read_text(&table));
    done(crossval("0.5", "0"));
    let run = &lines()[0];
    assert_eq!(lines().len(), 1);
    assert_eq!(run["fold"], 0);
    assert_eq!(len(&run["curve"]), 1);
    assert!((0.0..=1.0).contains(&number(&run["uar"])), "{run}");
    assert_says(run["recipe"].as_str().unwrap(), &["augment.noise=0.5"]);
    let outcomes = read_text(folder.join("seed1-fold0.jsonl"));
    assert_eq!(outcomes.lines().count(), 4 * 8);

    let more = done(crossval("0.5", "0,4"));
    assert_eq!(lines().len(), 2, "only the fold that was missing is run");
    assert_says(&more, &["fold 4   seed 1", "mean"]);
    assert!(!more.contains("fold 0   seed 1"));

    assert_says(&refused(crossval("0.4", "0")), &["choose another --name"]);
    assert_says(&refused(crossval("0.5", "5")), &["folds 0 to 4"]);
}

#[test]
fn folds_are_trained_evaluated_and_summed_up_and_not_repeated() {
    let (data, out, _) = corpus("folds");
    let first = succeeded(train(folds(&data, &out, "2")));
    let (said, progress) = (stdout(&first), stderr(&first));
    assert_says(&said, &["mean", "UAR", "ECE"]);
    let tables = said.lines().filter(|line| line.contains("fold 0"));
    assert_eq!(
        tables.count(),
        1,
        "one table by fold, not two that differ: {said}"
    );
    for (fold, epoch) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
        let line = format!("fold {fold}   epoch   {epoch}/2   loss");
        assert_eq!(progress.matches(&line).count(), 1, "{line}: {progress}");
    }
    let kept = read_text(out.join("seed1-fold0.txt"));
    assert_says(&kept, &["epoch   2/2", "wrote "]);
    let count = |file: PathBuf| read_text(file).lines().count();
    let clips = [0, 1].map(|fold| count(out.join(format!("seed1-fold{fold}.jsonl"))));
    assert_eq!(clips[0] + clips[1], count(data.join("manifest.csv")) - 1);

    let model = || written(out.join("seed1-fold0.emo"));
    let before = model();
    let again = train(folds(&data, &out, "2"));
    assert_eq!(stdout(&again), said);
    assert!(!stderr(&again).contains("epoch"), "{}", stderr(&again));
    assert_eq!(model(), before);
    let with = |option: &str| [folds(&data, &out, "2"), vec![option.into()]].concat();
    assert_says(&refused(with("--set=augment.noise=0")), &["another --out"]);
    assert_says(
        &refused(folds(&data, &data, "2")),
        &["holds recordings of --data"],
    );
    assert_says(
        &refused(folds(&data, &out, "99")),
        &["99 folds need as many speakers"],
    );
    misused(folds(&data, &out, "1"));
    misused(with("--patience=2"));
}
