//! Corpora other than RAVDESS, and folders that are none, run as a user runs them.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use emotionai_voice::training::Speakers;
use serde_json::Value;

use support::*;

/// A corpus of files of these names, which all hold the synthetic voice. Their last bytes, which are no audio, tell
/// them apart: copies may not stand in both halves of a split.
fn corpus<T: AsRef<str>>(name: &str, files: impl IntoIterator<Item = T>) -> PathBuf {
    let root = scratch(name);
    let voice = fs::read(VOICE).unwrap();
    for file in files {
        let path = root.join(file.as_ref());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, [&voice, file.as_ref().as_bytes()].concat()).unwrap();
    }
    root
}

#[test]
fn three_labels_of_a_manifest_are_learned_and_recognised_in_other_voices() {
    let folder = scratch("learning");
    let (data, model) = (synthesized(&folder), folder.join("three.emo"));
    done(args!(
        "fit --data {data} --out {model} --epochs 20 --batch-size 8 {SMALL...}"
    ));
    let header = read_model(&model).header;
    assert_eq!(header.labels, ["excited", "friendly", "tired"]);
    let corpus = &header.provenance.corpora[0];
    assert_eq!(corpus.train, Speakers::Split("train".into()));
    assert_eq!(corpus.valid, Speakers::Split("valid".into()));
    assert_eq!(header.licence, "NOASSERTION");

    let evaluate = args!("evaluate --data {data} --actors split:valid --model {model} --json");
    let report = done_json(evaluate);
    assert_eq!(
        report["clips"], 36,
        "two voices that are not in the training"
    );
    assert!(number(&report["uar"]) >= 0.95, "{report}");
    assert_eq!(len(&report["confusion"]), 3);
    assert_eq!(report["per_speaker"]["S08"]["clips"], 18);
    assert_eq!(report["per_gender"], Value::Object(Default::default()));

    let file = data.join("S08-tired-1.wav");
    let answer = done_json(args!("predict --json --model {model} {file}"));
    assert_eq!(answer["label"], "tired");
    assert_eq!(len(&answer["probabilities"]), 3);
}

#[test]
fn a_corpus_that_is_known_by_its_names_brings_its_own_labels() {
    let emotions = ["ANG", "DIS", "FEA", "HAP", "NEU", "SAD"];
    let of_actor = |actor| emotions.map(|it| format!("AudioWAV/{actor}_DFA_{it}_HI.wav"));
    let data = corpus("crema-d", (1001..=1005).flat_map(of_actor));
    let folder = scratch("crema-d-runs");
    let [model, outcomes, runs, table] =
        ["six.emo", "outcomes.jsonl", "runs", "table.jsonl"].map(|name| folder.join(name));
    let fit = args!("fit --data {data} --train 1001-1003 --valid 1004 --epochs 1 --out {model}");
    done(
        fit.into_iter()
            .chain(args!("--set=sampling=balanced {SMALL...}")),
    );
    let evaluate = args!("evaluate --data {data} --actors 1004,1005 --json");
    let options = args!("--model {model} --outcomes {outcomes}");
    let evaluation = done_json(evaluate.iter().chain(&options));
    assert_eq!(
        evaluation["labels"][1], "happy",
        "in the order of the eight"
    );
    assert_eq!(evaluation["per_intensity"]["high"]["clips"], 12);
    assert_eq!(evaluation["per_statement"]["DFA"]["clips"], 12);
    assert_eq!(evaluation["gender_gap"], Value::Null);
    let line = &json_lines(&read_text(&outcomes))[0];
    assert_eq!(
        (&line["speaker"], &line["labels"][5]),
        (&1004.into(), &"disgust".into())
    );

    // The shipped weights know these six labels and two more.
    let shipped = done_json(&evaluate);
    assert_eq!(
        (len(&shipped["confusion"]), len(&shipped["recall"])),
        (8, 6)
    );

    // Five speakers are five folds.
    let files = args!("--out {runs} --table {table}");
    let said = done(args!(
        "crossval --data {data} --name six --epochs 1 --folds 0,4 {files...} {SMALL...}"
    ));
    assert_says(&said, &["fold 4   seed 1"]);
    let report = done_json(args!("report {runs} --json"));
    assert_eq!(len(&report["pooled"]["labels"]), 6);
    assert_eq!(report["runs"][1]["speakers"], "1005");
}

#[test]
fn a_model_is_not_evaluated_on_labels_that_it_does_not_know() {
    let data = corpus("boredom", ["03a01La.wav", "08a01Fa.wav"]);
    let error = refused(args!("evaluate --data {data} --actors all"));
    assert_says(&error, &["03a01La.wav", "boredom", "--model"]);
    let report = done_json(args!("evaluate --data {data} --speakers 8 --json"));
    assert_eq!(report["per_gender"]["female"]["clips"], 1);
}

#[test]
fn the_same_recording_in_both_halves_is_refused_and_the_same_sound_is_named() {
    let folder = scratch("leakage");
    let data = synthesized(&folder);
    let (ours, held_out) = (data.join("S01-tired-1.wav"), data.join("S08-tired-1.wav"));
    let out = folder.join("three.emo");
    let fit = args!("fit --data {data} --out {out} --epochs 1 {SMALL...} --restart");
    let said = noted(&fit);
    assert!(!said.contains("sound the same"), "{said}");

    let bytes = fs::read(held_out).unwrap();
    fs::write(&ours, [&bytes[..], b"a tag"].concat()).unwrap();
    let parts = [
        "S01-tired-1.wav in --train",
        "S08-tired-1.wav in --valid",
        "1 recording is",
    ];
    assert_says(&noted(&fit), &parts);

    fs::write(&ours, &bytes).unwrap();
    let parts = ["byte for byte", "S01-tired-1.wav", "S08-tired-1.wav"];
    assert_says(&refused(&fit), &parts);
}

#[test]
fn every_format_is_learned_from_evaluated_and_preprocessed() {
    let data = scratch("formats");
    let formats = Path::new(VOICE).with_file_name("../js/package/formats");
    for file in [
        "DC_a01.mp3",
        "DC_n01.m4a",
        "JE_a01.ogg",
        "JE_n01.flac",
        "KL_a01.AAC",
        "KL_n01.opus",
    ] {
        let extension = file.rsplit('.').next().unwrap().to_lowercase();
        fs::copy(formats.join(format!("voice.{extension}")), data.join(file)).unwrap();
    }
    let out = scratch("formats-out").join("two.emo");
    let short = args!("--epochs 1 --batch-size 4 {SMALL...}");
    // The corpus has seven labels, of which these are recordings of two.
    let said = noted(args!(
        "fit --data {data} --train DC,JE --valid KL --out {out} {short...}"
    ));
    assert_says(&said, &["KL_n01.opus", "Ogg Opus"]);
    let report = done_json(args!("evaluate --data {data} --actors DC,JE,KL --json"));
    assert_eq!(report["clips"], 5);
    let mel = scratch("formats-mel");
    let made = done(args!("preprocess --data {data} --out {mel}"));
    assert_says(&made, &["5 made, 0 kept, 1 skipped"]);
}

#[test]
fn odd_files_are_named_and_left_out() {
    let data = corpus("odd", ["DC_a01.wav", "sub/JE_n01.wav", "holiday.wav"]);
    fs::write(data.join("KL_h01.wav"), "").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&data, data.join("sub/round")).unwrap();
    let output = succeeded(train(args!("evaluate --data {data} --actors all --json")));
    assert_eq!(json(&stdout(&output))["clips"], 2);
    let parts = [
        "KL_h01.wav: it is empty",
        "holiday.wav: its name is none of SAVEE",
        #[cfg(unix)]
        "round: a link to a folder that it lies in",
    ];
    assert_says(&stderr(&output), &parts);

    fs::write(data.join("JE_n02.wav"), "no recording").unwrap();
    fs::write(data.join("JE_n03.wav"), wav(&[0; 16_000], 32_000)).unwrap();
    let output = succeeded(train(args!("evaluate --data {data} --actors JE --json")));
    let report = json(&stdout(&output));
    assert_eq!(report["clips"], 2, "silence is evaluated, too");
    assert_eq!(report["no_speech"], 1);
    assert_says(&stderr(&output), &["skipped", "JE_n02.wav"]);
    fs::remove_file(data.join("sub/JE_n01.wav")).unwrap();
    fs::remove_file(data.join("JE_n03.wav")).unwrap();
    let error = refused(args!("evaluate --data {data} --actors JE"));
    assert_says(&error, &["JE_n02.wav", "no recording"]);
}

#[test]
fn bad_recordings_do_not_cost_a_training() {
    let folder = scratch("bad-training");
    let (data, out) = (synthesized(&folder), folder.join("three.emo"));
    let put = |name: &str, bytes: &[u8]| fs::write(data.join(name), bytes).unwrap();
    let voice = fs::read(VOICE).unwrap();
    let bad: [(&str, &[u8]); 5] = [
        ("S01-tired-1.wav", b"no recording"),
        ("S01-tired-2.wav", &voice[..30]),
        ("S02-tired-1.wav", &wav(&[0; 16_000], 32_000)),
        ("S08-tired-1.wav", b"no recording"),
        ("S08-tired-2.wav", &wav(&[7; 100], 200)),
    ];
    for (name, bytes) in bad {
        put(name, bytes);
    }
    // With the talkers of the distorted copies, which come from the same files.
    let small = &SMALL[..4];
    let fit =
        args!("fit --data {data} --out {out} --epochs 1 {small...} --set augment.distortions=1");
    let error = noted(&fit);
    for (name, _) in bad {
        assert_eq!(error.matches(name).count(), 1, "{name}: {error}");
    }
    assert_says(&error, &["S02-tired-1.wav: it holds no speech"]);

    let names = fs::read_dir(&data).unwrap();
    for name in names.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        if name.contains("-friendly-") && !name.starts_with("S08") && !name.starts_with("S07") {
            put(&name, b"no recording");
        }
    }
    assert_says(
        &refused(&fit),
        &["no recording of friendly", "S01-friendly-1.wav"],
    );
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
    let evaluate = args!("evaluate --data {root} --actors all");
    assert_says(
        &refused(&evaluate),
        &["no recording of a corpus that is known"],
    );
    fs::copy(VOICE, root.join("DC_a01.wav")).unwrap();
    let said = noted(&evaluate);
    assert_says(&said, &["skipped 99995 more"]);
    assert!(said.lines().count() < 10);
    fs::remove_dir_all(root).unwrap();
}
