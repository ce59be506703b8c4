//! `train evaluate` and `train report`: metrics, warnings, pictures, and the comparison of two models.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use emotionai_voice::Emotion;
use emotionai_voice::training::{CorpusUse, Provenance, Speaker, Speakers, Step};
use serde_json::Value;

use support::*;

/// A model that recognises one emotion in everything.
fn always(folder: &Path, label: Emotion) -> PathBuf {
    changed_model(
        folder.join(format!("always-{}.emo", label.name())),
        |model| {
            let mut bias = vec![0.0; 8];
            bias[label as usize] = 1_000.0;
            model.header.calibration.label_bias = Some(bias);
        },
    )
}

fn evaluate(corpus: &Path, options: &[&str]) -> String {
    done(args!("evaluate --data {corpus} --actors 1-2 {options...}"))
}

fn assert_self_contained(page: &str) {
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    let page = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for outside in ["http", "<script", "src=", "href=", "url(", "@import", "NaN"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn each_label_has_its_precision_recall_and_f1() {
    let corpus = ravdess("evaluate-classes", 1..=2, 1..=8);
    let angry = text(&always(&scratch("evaluate-classes-model"), Emotion::Angry));
    let report = json(&evaluate(&corpus, &["--model", &angry, "--json"]));
    let class = &report["per_class"]["angry"];
    assert_eq!(class["clips"], 2);
    assert_eq!(class["precision"], 0.125);
    assert_eq!(class["recall"], 1.0);
    let f1 = number(&class["f1"]);
    assert!((f1 - 2.0 / 9.0).abs() < 1e-12);
    assert_eq!(report["per_class"]["sad"]["precision"], Value::Null);
    assert_eq!(report["per_class"]["sad"]["f1"], 0.0);
    assert!((number(&report["macro_f1"]) - f1 / 8.0).abs() < 1e-12);
    let text = evaluate(&corpus, &["--model", &angry]);
    let is_row = |line: &&str| line.starts_with("| angry") && line.contains("0.222");
    assert_says(
        text.lines().find(is_row).unwrap(),
        &["0.125 |  1.000 | 0.222"],
    );
}

#[test]
fn a_model_that_is_evaluated_on_its_training_speakers_is_warned_of() {
    let corpus = ravdess("evaluate-known", 1..=2, 1..=8);
    let folder = scratch("evaluate-known-models");
    let [known, unknown] = [2, 3].map(|first: u32| {
        let path = changed_model(folder.join(format!("from-{first}.emo")), |model| {
            model.header.provenance = Provenance {
                step: Step::Fit,
                corpora: vec![CorpusUse {
                    name: "ravdess".into(),
                    train: Speakers::Only((first..=20).map(Speaker::Number).collect()),
                    ..CorpusUse::default()
                }],
                ..Provenance::default()
            };
        });
        text(&path)
    });
    for options in [
        args!("evaluate --model"),
        args!("evaluate --compare {unknown}"),
        args!("robustness --only gain-30dB --model"),
    ] {
        let warned = |model: &str| {
            let rest = args!("{model} --data {corpus} --actors 1-2");
            noted([&options[..], &rest].concat()).contains("was trained on speakers 2,")
        };
        assert!(warned(&known), "{options:?}");
        assert!(!warned(&unknown), "{options:?}");
    }

    // What `fit` itself writes of a training.
    let trained = folder.join("trained.emo");
    done(args!(
        "fit --data {corpus} --train 1 --valid 2 {SHORT...} --out {trained}"
    ));
    for (actors, way) in [("1", "was trained on"), ("2", "was calibrated")] {
        let warned = noted(args!(
            "evaluate --model {trained} --data {corpus} --actors {actors}"
        ));
        assert_says(&warned, &[way]);
        assert_eq!(warned.matches("warning").count(), 1, "{warned}");
    }
}

#[test]
fn the_html_report_holds_every_table_and_picture() {
    let corpus = ravdess("evaluate-html", 1..=2, 1..=8);
    let folder = scratch("evaluate-html-out");
    let (file, pictures) = (folder.join("report.html"), folder.join("pictures"));
    let evaluate =
        args!("evaluate --data {corpus} --actors 1-2 --html {file} --pictures {pictures}");
    let text = done(evaluate);
    let page = read_text(file);
    assert_self_contained(&page);
    let heads = text.lines().filter(|line| line.starts_with("|--"));
    assert_eq!(page.matches("<table>").count(), heads.count());
    for name in ["confusion", "reliability", "risk-coverage"] {
        let svg = read_text(pictures.join(format!("{name}.svg")));
        assert!(page.contains(&svg), "{name}");
    }
    let png = fs::read(pictures.join("confusion.png")).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    assert!(reader.info().width > 500 && reader.info().height > 500);

    let error = refused(args!(
        "evaluate --data {corpus} --actors 1 --html /no/such/it.html"
    ));
    assert_says(&error, &["/no/such/it.html"]);
}

#[test]
fn two_models_stand_side_by_side() {
    let corpus = ravdess("evaluate-compare", 1..=2, 1..=8);
    let folder = scratch("evaluate-compare-models");
    let models = [Emotion::Angry, Emotion::Sad].map(|label| text(&always(&folder, label)));
    let [angry, sad] = models.each_ref().map(String::as_str);
    let compare =
        |options: &[&str]| evaluate(&corpus, &[&["--compare", angry, sad], options].concat());
    let found = json(&compare(&["--json"]));
    assert_eq!(found["first"]["file"], angry);
    assert_eq!(found["second"]["evaluation"]["recall"]["sad"], 1.0);
    let difference = &found["difference"];
    assert_eq!(difference["uar"], 0.0);
    // Each is right where the other is not: on two clips of sixteen.
    assert_eq!(difference["mcnemar"]["only_first"], 2);
    assert_eq!(difference["mcnemar"]["only_second"], 2);
    assert_eq!(difference["mcnemar"]["p"], 1.0);
    assert_eq!(difference["bootstrap"]["p"], 1.0);
    let file = folder.join("compare.html");
    let text = compare(&["--html", file.to_str().unwrap()]);
    assert_says(&text, &["do not tell which is better", " 2 : 2 | 1.000 |"]);
    let page = read_text(file);
    assert_self_contained(&page);
    assert_eq!(page.matches("<svg").count(), 6);

    let other = changed_model(folder.join("other.emo"), |model| {
        model.header.labels[0] = "bored".into();
    });
    let base = [
        "--data",
        corpus.to_str().unwrap(),
        "--actors",
        "1-2",
        "--compare",
        angry,
    ];
    assert_says(&refused(args!("evaluate {base...} {other}")), &["bored"]);
    misused(args!("evaluate {base...}"));
    misused(args!("evaluate {base...} {sad} --model {angry}"));
}

#[test]
fn a_profile_is_evaluated_on_the_clips_that_it_was_not_made_from() {
    let corpus = ravdess("profile", 1..=2, 1..=8);
    let model = changed_model(scratch("profile-model").join("model.emo"), |model| {
        model.header.calibration.neutral = Some(vec![0.0; 8]);
    });
    let options = |option: &str| {
        args!("evaluate --profile --data {corpus} --actors 1-2 --model {model} {option}")
    };
    assert_says(
        &refused(options("--json")),
        &["speaker 1 lacks a neutral clip"],
    );

    for actor in 1..=2 {
        for neutral in ["01-02", "02-01", "02-02"] {
            let file = format!("Actor_{actor:02}/03-01-01-01-{neutral}-{actor:02}.wav");
            write_voice(&corpus.join(file));
        }
    }
    let report = done_json(options("--json"));
    // Four pairs of two of the four neutral clips; 11 clips less these two are evaluated each time.
    assert_eq!(report["all"]["clips"], 2 * 4 * 9);
    assert_eq!(report["speakers"]["2"]["clips"], 4 * 9);
    for part in ["without", "with"] {
        // One voice for all: whatever is answered is right for one label of eight.
        assert_eq!(report["all"][part], 0.125, "{part}");
    }
    let table = done(args!(
        "evaluate --profile --data {corpus} --actors 1-2 --model {model}"
    ));
    assert_eq!(table.lines().count(), 4, "{table}");
    assert_says(&table, &["speaker 02", "+0.000"]);
}

#[test]
fn outcomes_become_a_report_with_pictures() {
    let corpus = ravdess("report", 1..=2, 1..=8);
    let folder = scratch("outcomes");
    let evaluate = |actor: &str, name: &str| {
        let file = folder.join(name);
        done(args!(
            "evaluate --data {corpus} --actors {actor} --outcomes {file}"
        ));
        read_text(file)
    };
    let outcomes = evaluate("1", "seed1-fold0.jsonl");
    let lines = json_lines(&outcomes);
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[0]["file"], "03-01-01-01-01-01-01.wav");
    assert_eq!(lines[0]["truth"], "neutral");
    assert_eq!(lines[0]["gender"], "male");
    assert_eq!(len(&lines[0]["logits"]), 8);
    assert!(
        !outcomes.contains(&text(&corpus)),
        "no path of this machine"
    );
    assert_says(&refused(args!("report {folder}")), &["one fold"]);

    evaluate("2", "seed1-fold1.jsonl");
    let pictures = folder.join("pictures");
    let tables = done(args!("report {folder} --pictures {pictures}"));
    assert_says(&tables, &["fold 1: speakers 2", "| speaker 02"]);
    for name in ["confusion", "reliability", "risk-coverage"] {
        let picture = read_text(pictures.join(format!("{name}.svg")));
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    }

    let report = done_json(args!("report {folder} --json"));
    assert_eq!(report["pooled"]["clips"], 16);
    // One voice for all eight emotions.
    assert_eq!(report["uar"]["mean"], 0.125);
    assert_eq!(report["runs"][1]["speakers"], "2");
    assert!(number(&report["calibration"]["temperature"]) > 0.0);
    let threshold = number(&report["calibration"]["uncertain_below"]);
    assert!((0.0..=1.0).contains(&threshold));

    let stray = folder.join("stray.jsonl");
    fs::write(&stray, "").unwrap();
    assert_says(
        &refused(args!("report {stray}")),
        &["seed<S>-fold<K>.jsonl"],
    );
}

#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn the_shipped_weights_know_their_training_actors() {
    let corpus = std::env::var("RAVDESS_DIR").unwrap();
    let report = done_json(args!("evaluate --data {corpus} --actors 1 --json"));
    assert_eq!(report["clips"], 60);
    assert_eq!(report["no_speech"], 0);
    // Far above what a model gets whose features or labels went astray (chance is 0.125).
    assert!(number(&report["uar"]) > 0.6, "{report}");
}
