//! `train evaluate`, run as a user runs it: its report and its comparison of two models.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use emotionai_voice::training::{CorpusUse, Provenance, Speaker, Speakers, Step};
use emotionai_voice::{DEFAULT_MODEL, Emotion, Model};
use serde_json::Value;
use support::{SHORT, done, scratch, stderr, stdout, text, train, write_voice};

/// A corpus of two actors who speak with the synthetic voice, whatever the emotion.
fn corpus(name: &str) -> String {
    let root = scratch(name);
    for actor in 1..=2 {
        let folder = root.join(format!("Actor_{actor:02}"));
        fs::create_dir(&folder).unwrap();
        for emotion in 1..=8 {
            let file = format!("03-01-{emotion:02}-01-01-01-{actor:02}.wav");
            write_voice(&folder.join(file));
        }
    }
    root.to_str().unwrap().to_owned()
}

/// The shipped model, changed.
fn model(path: PathBuf, change: impl FnOnce(&mut Model)) -> String {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    change(&mut model);
    fs::write(&path, model.to_bytes().unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A model that hears one emotion in everything.
fn always(folder: &Path, label: usize) -> String {
    model(folder.join(format!("always-{label}.emo")), |model| {
        let mut bias = vec![0.0; 8];
        bias[label] = 1_000.0;
        model.header.calibration.label_bias = Some(bias);
    })
}

fn evaluate(corpus: &str, options: &[&str]) -> String {
    let base = ["evaluate", "--data", corpus, "--actors", "1-2"];
    let output = train(&[&base, options].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

fn is_self_contained(page: &str) {
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    let page = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for outside in ["http", "<script", "src=", "href=", "url(", "@import", "NaN"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn each_label_has_its_precision_recall_and_f1() {
    let corpus = corpus("evaluate-classes");
    let angry = always(&scratch("evaluate-classes-model"), Emotion::Angry as usize);
    let report: Value =
        serde_json::from_str(&evaluate(&corpus, &["--model", &angry, "--json"])).unwrap();
    let angry_figures = &report["per_class"]["angry"];
    assert_eq!(angry_figures["clips"], 2);
    assert_eq!(angry_figures["precision"], 0.125);
    assert_eq!(angry_figures["recall"], 1.0);
    let f1 = angry_figures["f1"].as_f64().unwrap();
    assert!((f1 - 2.0 / 9.0).abs() < 1e-12);
    assert_eq!(report["per_class"]["sad"]["precision"], Value::Null);
    assert_eq!(report["per_class"]["sad"]["f1"], 0.0);
    assert!((report["macro_f1"].as_f64().unwrap() - f1 / 8.0).abs() < 1e-12);
    let text = evaluate(&corpus, &["--model", &angry]);
    let row = text
        .lines()
        .find(|line| line.starts_with("| angry") && line.contains("0.222"));
    assert!(row.unwrap().contains("0.125 |  1.000 | 0.222"), "{text}");
}

#[test]
fn a_model_that_is_evaluated_on_its_training_speakers_is_warned_of() {
    let corpus = corpus("evaluate-known");
    let folder = scratch("evaluate-known-models");
    let file = |name: &str, first: u32| {
        model(folder.join(name), |model| {
            model.header.provenance = Provenance {
                step: Step::Fit,
                corpora: vec![CorpusUse {
                    name: "ravdess".into(),
                    train: Speakers::Only((first..=20).map(Speaker::Number).collect()),
                    ..CorpusUse::default()
                }],
                ..Provenance::default()
            };
        })
    };
    let known = file("known.emo", 2);
    let unknown = file("unknown.emo", 3);
    for options in [
        &["evaluate", "--model"][..],
        &["evaluate", "--compare", &unknown],
        &["robustness", "--only", "gain-30dB", "--model"],
    ] {
        let warned = |model: &str| {
            let output = train(&[options, &[model, "--data", &corpus, "--actors", "1-2"]].concat());
            assert!(output.status.success(), "{}", stderr(&output));
            stderr(&output).contains("was trained on speakers 2,")
        };
        assert!(warned(&known), "{options:?}");
        assert!(!warned(&unknown), "{options:?}");
    }

    // What `fit` itself writes of a training.
    let trained = text(&folder.join("trained.emo"));
    let fit = ["fit", "--data", &corpus, "--train", "1", "--valid", "2"];
    done(&[&fit[..], &SHORT, &["--out", &trained]].concat());
    let base = ["evaluate", "--model", &trained, "--data", &corpus];
    for (actors, way) in [("1", "was trained on"), ("2", "was calibrated")] {
        let output = train(&[&base[..], &["--actors", actors]].concat());
        let warned = stderr(&output);
        assert!(warned.contains(way), "{warned}");
        assert_eq!(warned.matches("warning").count(), 1, "{warned}");
    }
}

#[test]
fn the_html_report_holds_every_table_and_picture() {
    let corpus = corpus("evaluate-html");
    let folder = scratch("evaluate-html-out");
    let file = folder.join("report.html");
    let pictures = folder.join("pictures");
    let text = evaluate(
        &corpus,
        &[
            "--html",
            file.to_str().unwrap(),
            "--pictures",
            pictures.to_str().unwrap(),
        ],
    );
    let page = fs::read_to_string(file).unwrap();
    is_self_contained(&page);
    let heads = text.lines().filter(|line| line.starts_with("|--"));
    assert_eq!(page.matches("<table>").count(), heads.count());
    for name in ["confusion", "reliability", "risk-coverage"] {
        let svg = fs::read_to_string(pictures.join(format!("{name}.svg"))).unwrap();
        assert!(page.contains(&svg), "{name}");
    }
    let png = fs::read(pictures.join("confusion.png")).unwrap();
    let decoder = png::Decoder::new(std::io::Cursor::new(png));
    let info = decoder.read_info().unwrap();
    assert!(info.info().width > 500 && info.info().height > 500);

    let out = train(&[
        "evaluate",
        "--data",
        &corpus,
        "--actors",
        "1",
        "--html",
        "/no/such/it.html",
    ]);
    assert_eq!(out.status.code(), Some(1));
    assert!(stderr(&out).contains("/no/such/it.html"));
}

#[test]
fn two_models_stand_side_by_side() {
    let corpus = corpus("evaluate-compare");
    let folder = scratch("evaluate-compare-models");
    let [angry, sad] = [Emotion::Angry, Emotion::Sad].map(|label| always(&folder, label as usize));
    let (angry, sad) = (angry.as_str(), sad.as_str());
    let compare =
        |options: &[&str]| evaluate(&corpus, &[&["--compare", angry, sad], options].concat());
    let found: Value = serde_json::from_str(&compare(&["--json"])).unwrap();
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
    assert!(text.contains("do not tell which is better"), "{text}");
    assert!(text.contains(" 2 : 2 | 1.000 |"), "{text}");
    let page = fs::read_to_string(file).unwrap();
    is_self_contained(&page);
    assert_eq!(page.matches("<svg").count(), 6);

    let other = model(folder.join("other.emo"), |model| {
        model.header.labels[0] = "bored".into();
    });
    let base = [
        "evaluate",
        "--data",
        &corpus,
        "--actors",
        "1-2",
        "--compare",
    ];
    let output = train(&[&base[..], &[angry, &other]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("bored"), "{}", stderr(&output));
    for usage in [&[angry][..], &[angry, sad, "--model", angry]] {
        assert_eq!(
            train(&[&base[..], usage].concat()).status.code(),
            Some(2),
            "{usage:?}"
        );
    }
}
