//! The command line, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::path::Path;

use burn::tensor::Device;
use emotionai_voice::training::Calibration;
use emotionai_voice::{DEFAULT_MODEL, Model};
use serde_json::Value;

use support::{VOICE, read_model, refused, scratch, stderr, stdout, text, train, write_voice};

/// A corpus of a few actors that all speak with the synthetic voice.
fn synthetic_corpus(name: &str, actors: std::ops::RangeInclusive<u32>) -> String {
    let root = scratch(name);
    for actor in actors {
        let folder = root.join(format!("Actor_{actor:02}"));
        std::fs::create_dir(&folder).unwrap();
        for emotion in 1..=8 {
            let file = format!("03-01-{emotion:02}-01-01-01-{actor:02}.wav");
            write_voice(&folder.join(file));
        }
    }
    root.to_str().unwrap().to_owned()
}

#[test]
fn predict_answers_as_json_lines() {
    let output = train(&["predict", "--json", VOICE, VOICE]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], lines[1]);
    assert_eq!(lines[0]["path"], VOICE);
    assert!(["speech", "uncertain"].contains(&lines[0]["state"].as_str().unwrap()));
    let probabilities = lines[0]["probabilities"].as_object().unwrap();
    assert_eq!(probabilities.len(), 8);
    let sum: f64 = probabilities.values().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-5);
    assert!(lines[0]["windows"].as_array().unwrap().len() > 3);
}

/// The shipped network in a file that says it was calibrated for speaker profiles, or was not.
fn model_file(folder: &Path, is_for_profiles: bool) -> String {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.calibration.neutral = is_for_profiles.then(|| vec![0.0; 8]);
    let path = folder.join(format!("profiles-{is_for_profiles}.emo"));
    std::fs::write(&path, model.to_bytes().unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn predict_answers_with_the_profile_of_an_enrolled_speaker() {
    let folder = scratch("enroll");
    let [with, without] = [true, false].map(|is_for_profiles| model_file(&folder, is_for_profiles));
    let probabilities = |options: &[&str]| {
        let output = train(&[&["predict", "--json", "--model", &with], options].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
        answer["probabilities"].clone()
    };
    let plain = probabilities(&[VOICE]);
    let enrolled = probabilities(&["--enroll", VOICE, VOICE]);
    assert_ne!(enrolled, plain);
    let twice = probabilities(&["--enroll", VOICE, "--enroll", VOICE, VOICE]);
    assert_eq!(twice, enrolled, "the same voice, enrolled from two files");

    let output = train(&["predict", "--model", &without, "--enroll", VOICE, VOICE]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("calibrated for speaker profiles"));
    assert_eq!(stdout(&output), "", "no file is answered as if it were");
}

#[test]
fn a_profile_is_evaluated_on_the_clips_that_it_was_not_made_from() {
    let corpus = synthetic_corpus("profile", 1..=2);
    let model = model_file(&scratch("profile-model"), true);
    let evaluate = |options: &[&str]| {
        let base = [
            "evaluate",
            "--profile",
            "--data",
            &corpus,
            "--actors",
            "1-2",
            "--model",
            &model,
        ];
        train(&[&base, options].concat())
    };
    let output = evaluate(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("actor 1 lacks a neutral clip"),
        "{}",
        stderr(&output)
    );

    for actor in 1..=2 {
        for neutral in ["01-02", "02-01", "02-02"] {
            let file = format!("Actor_{actor:02}/03-01-01-01-{neutral}-{actor:02}.wav");
            write_voice(&Path::new(&corpus).join(file));
        }
    }
    let output = evaluate(&["--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    // Four pairs of two of the four neutral clips; 11 clips less these two are judged each time.
    assert_eq!(report["all"]["clips"], 2 * 4 * 9);
    assert_eq!(report["actors"]["2"]["clips"], 4 * 9);
    for part in ["without", "with"] {
        // One voice for all: whatever is answered is right for one label of eight.
        assert_eq!(report["all"][part], 0.125, "{part}");
    }
    let table = stdout(&evaluate(&[]));
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(
        table.contains("actor 02") && table.contains("+0.000"),
        "{table}"
    );
}

#[test]
fn predict_names_what_it_cannot_use_and_goes_on() {
    let folder = scratch("bad");
    let bad = folder.join("text.wav");
    std::fs::write(&bad, "not a recording").unwrap();
    let bad = bad.to_str().unwrap();
    let missing = folder.join("missing.wav");
    let missing = missing.to_str().unwrap();
    let output = train(&["predict", bad, VOICE, missing]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output).lines().count(),
        1,
        "the good file is answered"
    );
    assert!(stderr(&output).contains(bad) && stderr(&output).contains(missing));
}

#[test]
fn a_model_that_is_none_is_refused() {
    let output = train(&["predict", "--model", VOICE, VOICE]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("emotionai_voice"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_missing_actor_is_named_with_the_option_that_asked_for_it() {
    let corpus = synthetic_corpus("missing-actors", 1..=3);
    let fit = |options: &[&str]| {
        let output = train(&[&["fit", "--data", &corpus], options].concat());
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    let error = fit(&["--train", "1-4", "--valid", "none"]);
    assert!(
        error.contains("--train") && error.contains("speaker 4,"),
        "{error}"
    );
    let error = fit(&["--train", "1-2"]);
    assert!(
        error.contains("--valid") && error.contains("21-24"),
        "{error}"
    );
    assert!(error.contains("--valid none"), "{error}");
    let error = fit(&["--train", "1-2", "--valid", "2-3"]);
    assert!(error.contains("speaker 2 "), "{error}");
    let output = train(&["evaluate", "--data", &corpus, "--actors", "9"]);
    assert!(stderr(&output).contains("--actors asks for speaker 9"));
}

#[test]
fn what_would_fail_after_training_fails_before_it() {
    let corpus = synthetic_corpus("early", 1..=1);
    let fit = |options: &[&str]| {
        let base = ["fit", "--data", &corpus, "--train", "1", "--valid", "none"];
        let output = train(&[&base, options].concat());
        assert_eq!(output.status.code(), Some(1), "{options:?}");
        assert!(
            !stderr(&output).contains("loss"),
            "no epoch ran: {options:?}"
        );
        stderr(&output)
    };
    assert!(fit(&["--out", "/no/such/folder/model.emo"]).contains("/no/such/folder"));
    assert!(fit(&["--out", &corpus]).contains("--out"));
    assert!(fit(&["--set", "epochs=0"]).contains("--epochs"));
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    for arguments in [
        &["fit"][..],
        &["predict"],
        &["fit", "--data", "x", "--train", "3-1"],
        &["dance"],
    ] {
        assert_eq!(train(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_value_that_is_none_of_its_option_is_wrong_usage() {
    let of = |command: &[&str], values: &[[&str; 2]]| {
        for value in values {
            let output = train(&[command, value].concat());
            let error = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{value:?}: {error}");
            assert!(error.contains(&format!("'{}'", value[1])), "{error}");
        }
    };
    let recipe = [
        ["--epochs", "0"],
        ["--batch-size", "0"],
        ["--batch-size", "1"],
        ["--learning-rate", "0"],
        ["--learning-rate", "inf"],
    ];
    of(&["fit", "--data", "x"], &recipe);
    of(
        &["crossval", "--data", "x", "--name", "x", "--out", "x"],
        &recipe,
    );
    of(
        &["fit", "--data", "x"],
        &[
            ["--temperature", "0"],
            ["--temperature", "NaN"],
            ["--uncertain-below", "2"],
            ["--uncertain-below", "NaN"],
            ["--evaluate-every", "0"],
        ],
    );
    // Nothing that is tested is built with it.
    let output = train(&["fit", "--data", "x", "--backend", "cuda"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--features cuda"),
        "{}",
        stderr(&output)
    );
    of(&["predict", VOICE], &[["--hop-ms", "0"], ["--hop-ms", "x"]]);
}

#[test]
fn a_folder_without_recordings_is_refused() {
    let empty = scratch("empty");
    for folder in [empty.to_str().unwrap(), "/no/such/folder", VOICE] {
        let output = train(&["evaluate", "--data", folder, "--actors", "1"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(folder), "{}", stderr(&output));
    }
}

#[test]
fn a_vad_without_sounds_is_refused() {
    let data = synthetic_corpus("vad-without-sounds", 1..=2);
    let folder = scratch("vad-without-sounds-out");
    let out = text(&folder.join("voice.f32"));
    let all_kinds = "w,p,b,f,h,g,m,k";
    let error = refused(&[
        "vad",
        "--data",
        &data,
        "--train",
        "1",
        "--valid",
        "2",
        "--without",
        all_kinds,
        "--out",
        &out,
    ]);
    assert!(error.contains("both speech and sounds"), "{error}");
    assert!(!Path::new(&out).exists());
}

#[test]
fn the_same_seed_gives_the_same_file_and_it_can_be_evaluated() {
    let corpus = synthetic_corpus("fit", 1..=3);
    let folder = scratch("models");
    let fit = |network: &str, seed: &str, name: &str| {
        let out = folder.join(name);
        let output = train(&[
            "fit",
            "--data",
            &corpus,
            "--train",
            "1-2",
            "--valid",
            "3",
            "--epochs",
            "2",
            "--network",
            network,
            "--seed",
            seed,
            "--out",
            out.to_str().unwrap(),
        ]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("epoch   2/2"), "progress is shown");
        std::fs::read(out).unwrap()
    };
    for network in ["cnn", "cnn-gru", "ensemble", "plain"] {
        let first = fit(network, "7", "a.emo");
        assert!(
            first == fit(network, "7", "b.emo"),
            "{network}: the same seed"
        );
        assert!(
            first != fit(network, "8", "c.emo"),
            "{network}: another seed"
        );
    }
    let model = folder.join("a.emo");
    let output = train(&[
        "evaluate",
        "--data",
        &corpus,
        "--actors",
        "3",
        "--model",
        model.to_str().unwrap(),
        "--json",
    ]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["clips"], 8);
    // One voice for all eight emotions: whatever is answered is right once in eight.
    assert_eq!(report["accuracy"], 0.125);
    assert_eq!(report["uar"], 0.125);
    assert_eq!(report["recall"].as_object().unwrap().len(), 8);
    assert_eq!(report["confusion"].as_array().unwrap().len(), 8);
    assert_eq!(report["per_actor"]["3"]["clips"], 8);
    assert!(report["ece"].is_number());
}

#[test]
fn a_file_of_halves_says_how_it_was_calibrated_and_made() {
    let corpus = synthetic_corpus("halves", 1..=2);
    let out = scratch("halves-model").join("halves.emo");
    let neutral = "--neutral-logits=-1,0,0.5,0,0,0,0,1e-3";
    let output = train(&[
        "fit",
        "--data",
        &corpus,
        "--train",
        "1",
        "--valid",
        "none",
        "--epochs",
        "1",
        "--parameters",
        "f16",
        neutral,
        "--label-bias=-0.5,0,0,0,0,0,0,0.25",
        "--temperature",
        "0.8",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let described = train(&["describe", "--json", "--model", out.to_str().unwrap()]);
    let described: Value = serde_json::from_str(&stdout(&described)).unwrap();
    assert_eq!(described["stored_as"], "f16");
    assert_eq!(described["speaker_profiles"], true);
    let header = read_model(&out).header;
    assert_eq!(described["provenance"]["step"], "fit");
    assert_eq!(
        described["provenance"],
        serde_json::to_value(&header.provenance).unwrap()
    );
    let Calibration {
        neutral,
        label_bias,
        ..
    } = header.calibration;
    assert_eq!(
        neutral.unwrap(),
        [-1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.001]
    );
    assert_eq!(
        label_bias.unwrap(),
        [-0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25]
    );
    let odd = train(&["fit", "--data", &corpus, "--parameters", "f12"]);
    assert_eq!(odd.status.code(), Some(2));
    assert!(
        stderr(&odd).contains("f32, f16 or int8"),
        "{}",
        stderr(&odd)
    );
    // One logit a label, or the file is not begun.
    for (option, said) in [
        ("--label-bias=1,2", "a finite bias"),
        ("--neutral-logits=1,2", "neutral logit"),
    ] {
        let few = train(&[
            "fit", "--data", &corpus, "--train", "1", "--valid", "none", option,
        ]);
        assert_eq!(few.status.code(), Some(1), "{option}");
        assert!(stderr(&few).contains(said), "{}", stderr(&few));
    }
}

#[test]
fn a_cross_validation_does_each_run_once_and_keeps_its_record() {
    let corpus = synthetic_corpus("crossval", 1..=20);
    let folder = scratch("crossval-runs");
    let table = folder.join("runs.jsonl");
    let crossval = |noise: &str, folds: &str| {
        train(&[
            "crossval",
            "--data",
            &corpus,
            "--name",
            "small",
            "--table",
            table.to_str().unwrap(),
            "--out",
            folder.to_str().unwrap(),
            "--folds",
            folds,
            "--epochs",
            "1",
            "--set",
            "architecture.channels=[2, 2, 2, 2]",
            "--set",
            "augment.speeds=[]",
            "--set",
            "augment.distortions=0",
            "--set",
            noise,
        ])
    };
    let lines = || {
        let text = std::fs::read_to_string(&table).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect::<Vec<Value>>()
    };
    let first = crossval("augment.noise=0.5", "0");
    assert!(first.status.success(), "{}", stderr(&first));
    assert_eq!(lines().len(), 1);
    assert_eq!(lines()[0]["fold"], 0);
    assert_eq!(lines()[0]["curve"].as_array().unwrap().len(), 1);
    assert!(
        (0.0..=1.0).contains(&lines()[0]["uar"].as_f64().unwrap()),
        "{:?}",
        lines()
    );
    assert!(
        lines()[0]["recipe"]
            .as_str()
            .unwrap()
            .contains("augment.noise=0.5")
    );
    let outcomes = std::fs::read_to_string(folder.join("seed1-fold0.jsonl")).unwrap();
    assert_eq!(outcomes.lines().count(), 4 * 8);

    let more = crossval("augment.noise=0.5", "0,4");
    assert!(more.status.success(), "{}", stderr(&more));
    assert_eq!(lines().len(), 2, "only the fold that was missing is run");
    assert!(stdout(&more).contains("fold 4   seed 1"));
    assert!(!stdout(&more).contains("fold 0   seed 1"));
    assert!(stdout(&more).contains("mean"), "{}", stdout(&more));

    let other = crossval("augment.noise=0.4", "0");
    assert_eq!(other.status.code(), Some(1));
    assert!(
        stderr(&other).contains("choose another --name"),
        "{}",
        stderr(&other)
    );
    let beyond = crossval("augment.noise=0.5", "5");
    assert!(
        stderr(&beyond).contains("folds 0 to 4"),
        "{}",
        stderr(&beyond)
    );
}

#[test]
fn outcomes_become_a_report_with_pictures() {
    let corpus = synthetic_corpus("report", 1..=2);
    let folder = scratch("outcomes");
    let evaluate = |actor: &str, name: &str| {
        let file = folder.join(name);
        let file = file.to_str().unwrap();
        let output = train(&[
            "evaluate",
            "--data",
            &corpus,
            "--actors",
            actor,
            "--outcomes",
            file,
        ]);
        assert!(output.status.success(), "{}", stderr(&output));
        std::fs::read_to_string(file).unwrap()
    };
    let text = evaluate("1", "seed1-fold0.jsonl");
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(text.lines().count(), 8);
    assert_eq!(first["file"], "03-01-01-01-01-01-01.wav");
    assert_eq!(first["truth"], "neutral");
    assert_eq!(first["gender"], "male");
    assert_eq!(first["logits"].as_array().unwrap().len(), 8);
    assert!(!text.contains(&corpus), "no path of this machine");

    let outcomes = folder.to_str().unwrap();
    let output = train(&["report", outcomes]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("one fold"), "{}", stderr(&output));

    evaluate("2", "seed1-fold1.jsonl");
    let pictures = folder.join("pictures");
    let output = train(&["report", outcomes, "--pictures", pictures.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.contains("fold 1: actors 2") && text.contains("| actor 02"),
        "{text}"
    );
    for name in ["confusion", "reliability", "risk-coverage"] {
        let picture = std::fs::read_to_string(pictures.join(format!("{name}.svg"))).unwrap();
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    }

    let output = train(&["report", outcomes, "--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["pooled"]["clips"], 16);
    // One voice for all eight emotions.
    assert_eq!(report["uar"]["mean"], 0.125);
    assert_eq!(report["runs"][1]["actors"], "2");
    let temperature = report["calibration"]["temperature"].as_f64().unwrap();
    assert!(temperature > 0.0);
    let threshold = report["calibration"]["uncertain_below"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&threshold));

    let stray = folder.join("stray.jsonl");
    std::fs::write(&stray, "").unwrap();
    let output = train(&["report", stray.to_str().unwrap()]);
    assert!(
        stderr(&output).contains("seed<S>-fold<K>.jsonl"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn describe_counts_what_a_model_is() {
    let output = train(&["describe", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let model: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(model["parameters"].as_u64().unwrap() > 1_000);
    assert!(model["multiply_adds"].as_u64().unwrap() > model["parameters"].as_u64().unwrap());
    // What ships is to be small enough for a page, and for a phone.
    assert!(model["multiply_adds"].as_u64().unwrap() < 40_000_000);
    assert!(DEFAULT_MODEL.len() <= 500_000);
    let stored = Model::parameter_type(DEFAULT_MODEL).unwrap();
    assert_eq!(model["stored_as"], stored.to_string());
    let output = train(&["describe", "--model", VOICE]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains(VOICE), "{}", stderr(&output));
}

#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn the_shipped_weights_know_their_training_actors() {
    let corpus = std::env::var("RAVDESS_DIR").unwrap();
    let output = train(&["evaluate", "--data", &corpus, "--actors", "1", "--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["clips"], 60);
    assert_eq!(report["no_speech"], 0);
    // Far above what a model gets whose features or labels went astray (chance is 0.125).
    assert!(report["uar"].as_f64().unwrap() > 0.6, "{report}");
}
