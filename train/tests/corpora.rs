//! Corpora other than RAVDESS, and folders that are none, run as a user runs them.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use emotionai_voice::Model;
use emotionai_voice::training::Speakers;
use serde_json::Value;

use support::{SMALL, VOICE, done, refused, scratch, stderr, text, train, wav};

/// A corpus of files of these names, which all hold the synthetic voice. Their last bytes, which are no audio, tell
/// them apart: copies may not stand in both halves of a split.
fn corpus(name: &str, files: &[&str]) -> String {
    let root = scratch(name);
    for file in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let voice = fs::read(VOICE).unwrap();
        fs::write(path, [&voice, file.as_bytes()].concat()).unwrap();
    }
    text(&root)
}

#[test]
fn three_labels_of_a_manifest_are_learned_and_recognised_in_other_voices() {
    let folder = scratch("learning");
    let (data, model) = (text(&folder.join("data")), text(&folder.join("three.emo")));
    done(&["synthesize", "--out", &data]);
    let fit = ["fit", "--data", &data, "--out", &model];
    let short = ["--epochs", "20", "--batch-size", "8"];
    done(&[&fit[..], &short, &SMALL].concat());
    let header = Model::from_bytes(&fs::read(&model).unwrap(), &Device::flex())
        .unwrap()
        .header;
    assert_eq!(header.labels, ["excited", "friendly", "tired"]);
    let corpus = &header.provenance.corpora[0];
    assert_eq!(corpus.train, Speakers::Split("train".into()));
    assert_eq!(corpus.valid, Speakers::Split("valid".into()));
    assert_eq!(header.licence, "NOASSERTION");

    let evaluate = ["evaluate", "--data", &data, "--actors", "split:valid"];
    let report = done(&[&evaluate[..], &["--model", &model, "--json"]].concat());
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["clips"], 36, "two voices that it has never heard");
    assert!(report["uar"].as_f64().unwrap() >= 0.95, "{report}");
    assert_eq!(report["confusion"].as_array().unwrap().len(), 3);
    assert_eq!(report["per_actor"]["S08"]["clips"], 18);
    assert_eq!(report["per_gender"], Value::Object(Default::default()));

    let file = text(&folder.join("data/S08-tired-1.wav"));
    let answer = done(&["predict", "--json", "--model", &model, &file]);
    let answer: Value = serde_json::from_str(answer.lines().next().unwrap()).unwrap();
    assert_eq!(answer["label"], "tired");
    assert_eq!(answer["probabilities"].as_object().unwrap().len(), 3);
}

#[test]
fn a_corpus_that_is_known_by_its_names_brings_its_own_labels() {
    let mut files = Vec::new();
    for actor in 1001..=1005 {
        for emotion in ["ANG", "DIS", "FEA", "HAP", "NEU", "SAD"] {
            files.push(format!("AudioWAV/{actor}_DFA_{emotion}_HI.wav"));
        }
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let data = corpus("crema-d", &files);
    let folder = scratch("crema-d-runs");
    let model = text(&folder.join("six.emo"));
    let fit = [
        "fit",
        "--data",
        &data,
        "--train",
        "1001-1003",
        "--valid",
        "1004",
    ];
    let balanced = [
        "--set",
        "sampling=\"balanced\"",
        "--epochs",
        "1",
        "--out",
        &model,
    ];
    done(&[&fit[..], &balanced, &SMALL].concat());
    let outcomes = text(&folder.join("outcomes.jsonl"));
    let evaluate = [
        "evaluate",
        "--data",
        &data,
        "--actors",
        "1004,1005",
        "--json",
    ];
    let judged = done(&[&evaluate[..], &["--model", &model, "--outcomes", &outcomes]].concat());
    let judged: Value = serde_json::from_str(&judged).unwrap();
    assert_eq!(judged["labels"][1], "happy", "in the order of the eight");
    assert_eq!(judged["per_intensity"]["high"]["clips"], 12);
    assert_eq!(judged["per_statement"]["DFA"]["clips"], 12);
    assert_eq!(judged["gender_gap"], Value::Null);
    let line = fs::read_to_string(&outcomes).unwrap();
    let line: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&line["actor"], &line["labels"][5]),
        (&1004.into(), &"disgust".into())
    );

    // The shipped weights know these six labels and two more.
    let shipped: Value = serde_json::from_str(&done(&evaluate)).unwrap();
    assert_eq!(shipped["confusion"].as_array().unwrap().len(), 8);
    assert_eq!(shipped["recall"].as_object().unwrap().len(), 6);

    // Five speakers are five folds.
    let runs = text(&folder.join("runs"));
    let crossval = [
        "crossval", "--data", &data, "--name", "six", "--epochs", "1", "--out", &runs,
    ];
    let table = text(&folder.join("table.jsonl"));
    let crossval = [
        &crossval[..],
        &["--table", &table, "--folds", "0,4"],
        &SMALL,
    ]
    .concat();
    assert!(done(&crossval).contains("fold 4   seed 1"));
    let report: Value = serde_json::from_str(&done(&["report", &runs, "--json"])).unwrap();
    assert_eq!(report["pooled"]["labels"].as_array().unwrap().len(), 6);
    assert_eq!(report["runs"][1]["actors"], "1005");
}

#[test]
fn a_model_is_not_judged_on_labels_that_it_does_not_know() {
    let data = corpus("boredom", &["03a01La.wav", "08a01Fa.wav"]);
    let error = refused(&["evaluate", "--data", &data, "--actors", "all"]);
    for said in ["03a01La.wav", "boredom", "--model"] {
        assert!(error.contains(said), "{said}: {error}");
    }
    let judged = done(&["evaluate", "--data", &data, "--speakers", "8", "--json"]);
    let judged: Value = serde_json::from_str(&judged).unwrap();
    assert_eq!(judged["per_gender"]["female"]["clips"], 1);
}

#[test]
fn the_same_recording_in_both_halves_is_refused_and_the_same_sound_is_named() {
    let folder = scratch("leakage");
    let data = text(&folder.join("data"));
    done(&["synthesize", "--out", &data]);
    let file = |name: &str| Path::new(&data).join(name);
    let out = text(&folder.join("three.emo"));
    let fit = ["fit", "--data", &data, "--out", &out, "--epochs", "1"];
    let fit = [&fit[..], &SMALL, &["--restart"]].concat();
    let clean = train(&fit);
    let said = stderr(&clean);
    assert!(
        clean.status.success() && !said.contains("sound the same"),
        "{said}"
    );

    let held_out = fs::read(file("S08-tired-1.wav")).unwrap();
    fs::write(file("S01-tired-1.wav"), [&held_out[..], b"a tag"].concat()).unwrap();
    let output = train(&fit);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    for part in [
        "S01-tired-1.wav in --train",
        "S08-tired-1.wav in --valid",
        "1 recording is",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    fs::write(file("S01-tired-1.wav"), &held_out).unwrap();
    let error = refused(&fit);
    for part in ["byte for byte", "S01-tired-1.wav", "S08-tired-1.wav"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn every_format_is_learned_from_evaluated_and_preprocessed() {
    let data = scratch("formats");
    let formats = Path::new(VOICE).with_file_name("../js/package/formats");
    for (name, extension) in [
        ("DC_a01", "mp3"),
        ("DC_n01", "m4a"),
        ("JE_a01", "ogg"),
        ("JE_n01", "flac"),
        ("KL_a01", "AAC"),
    ] {
        let from = formats.join(format!("voice.{}", extension.to_lowercase()));
        fs::copy(from, data.join(format!("{name}.{extension}"))).unwrap();
    }
    fs::copy(formats.join("voice.opus"), data.join("KL_n01.opus")).unwrap();
    let data = text(&data);
    let out = text(&scratch("formats-out").join("two.emo"));
    let fit = ["fit", "--data", &data, "--train", "DC,JE", "--valid", "KL"];
    let short = ["--epochs", "1", "--batch-size", "4", "--out", &out];
    let output = train(&[&fit[..], &short, &SMALL].concat());
    let said = stderr(&output);
    // The corpus has seven labels, of which these are recordings of two.
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("KL_n01.opus") && said.contains("Ogg Opus"),
        "{said}"
    );
    let evaluate = [
        "evaluate", "--data", &data, "--actors", "DC,JE,KL", "--json",
    ];
    let evaluated: Value = serde_json::from_str(&done(&evaluate)).unwrap();
    assert_eq!(evaluated["clips"], 5);
    let mel = text(&scratch("formats-mel"));
    let made = done(&["preprocess", "--data", &data, "--out", &mel]);
    assert!(made.contains("5 made, 0 kept, 1 skipped"), "{made}");
}

#[test]
fn odd_files_are_named_and_left_out() {
    let data = corpus("odd", &["DC_a01.wav", "sub/JE_n01.wav", "holiday.wav"]);
    fs::write(Path::new(&data).join("KL_h01.wav"), "").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&data, Path::new(&data).join("sub/round")).unwrap();
    let output = train(&["evaluate", "--data", &data, "--actors", "all", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["clips"], 2);
    let skipped = stderr(&output);
    for said in [
        "KL_h01.wav: it is empty",
        "holiday.wav: its name is none of SAVEE",
        #[cfg(unix)]
        "round: a link to a folder that it lies in",
    ] {
        assert!(skipped.contains(said), "{said}: {skipped}");
    }

    fs::write(Path::new(&data).join("JE_n02.wav"), "no recording").unwrap();
    fs::write(
        Path::new(&data).join("JE_n03.wav"),
        wav(&[0; 16_000], 32_000),
    )
    .unwrap();
    let output = train(&["evaluate", "--data", &data, "--actors", "JE", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["clips"], 2, "what is silent is judged, too");
    assert_eq!(report["no_speech"], 1);
    let error = stderr(&output);
    assert!(
        error.contains("skipped") && error.contains("JE_n02.wav"),
        "{error}"
    );
    fs::remove_file(Path::new(&data).join("sub/JE_n01.wav")).unwrap();
    fs::remove_file(Path::new(&data).join("JE_n03.wav")).unwrap();
    let error = refused(&["evaluate", "--data", &data, "--actors", "JE"]);
    assert!(
        error.contains("JE_n02.wav") && error.contains("no recording"),
        "{error}"
    );
}

#[test]
fn bad_recordings_do_not_cost_a_training() {
    let folder = scratch("bad-training");
    let data = text(&folder.join("data"));
    done(&["synthesize", "--out", &data]);
    let put = |name: &str, bytes: &[u8]| fs::write(Path::new(&data).join(name), bytes).unwrap();
    let voice = fs::read(VOICE).unwrap();
    put("S01-tired-1.wav", b"no recording");
    put("S01-tired-2.wav", &voice[..30]);
    put("S02-tired-1.wav", &wav(&[0; 16_000], 32_000));
    put("S08-tired-1.wav", b"no recording");
    put("S08-tired-2.wav", &wav(&[7; 100], 200));
    let out = text(&folder.join("three.emo"));
    let fit = ["fit", "--data", &data, "--out", &out, "--epochs", "1"];
    // With the talkers of the distorted copies, which come from the same files.
    let fit = [&fit[..], &SMALL[..4], &["--set", "augment.distortions=1"]].concat();
    let output = train(&fit);
    let error = stderr(&output);
    assert!(output.status.success(), "{error}");
    for name in [
        "S01-tired-1",
        "S01-tired-2",
        "S02-tired-1",
        "S08-tired-1",
        "S08-tired-2",
    ] {
        assert_eq!(error.matches(name).count(), 1, "{name}: {error}");
    }
    assert!(
        error.contains("S02-tired-1.wav: it holds no speech"),
        "{error}"
    );

    let names = fs::read_dir(&data).unwrap();
    for name in names.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        if name.contains("-friendly-") && !name.starts_with("S08") && !name.starts_with("S07") {
            put(&name, b"no recording");
        }
    }
    let error = refused(&fit);
    assert!(error.contains("no recording of friendly"), "{error}");
    assert!(error.contains("S01-friendly-1.wav"), "{error}");
}

#[test]
fn a_hundred_thousand_files_of_other_names_are_an_error_and_no_trouble() {
    let root = scratch("many");
    for i in 0..100_000 {
        let folder = root.join((i / 1_000).to_string());
        if i % 1_000 == 0 {
            fs::create_dir(&folder).unwrap();
        }
        fs::write(folder.join(format!("{i}.wav")), "x").unwrap();
    }
    let error = refused(&["evaluate", "--data", &text(&root), "--actors", "all"]);
    assert!(
        error.contains("no recording of a corpus that is known"),
        "{error}"
    );
    fs::copy(VOICE, root.join("DC_a01.wav")).unwrap();
    let output = train(&["evaluate", "--data", &text(&root), "--actors", "all"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("skipped 99995 more"),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).lines().count() < 10);
    fs::remove_dir_all(root).unwrap();
}
