//! `train join`: several networks in one file, voting.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Distribution, Tensor};
use emotionai_voice::training::{
    Architecture, EmotionCnnConfig, EmotionCnnGruConfig, EmotionNet, ModelHeader, Parent,
    PlainCnnConfig, Provenance, Speakers, Step,
};
use emotionai_voice::{DEFAULT_MODEL, Model};
use serde_json::Value;
use support::{done, read_model, refused, scratch, text, train};

/// A model file of fresh parameters beside what the shipped one hears by.
fn fresh(folder: &Path, name: &str, architecture: &Architecture) -> PathBuf {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.architecture = architecture.clone();
    model.header.provenance = fit(name);
    model.net = architecture.init(&Device::flex()).unwrap();
    let path = folder.join(format!("{name}.emo"));
    std::fs::write(&path, model.to_bytes().unwrap()).unwrap();
    path
}

/// A training of this network.
fn fit(network: &str) -> Provenance {
    Provenance {
        step: Step::Fit,
        recipe: [("network".to_owned(), network.into())].into(),
        ..Provenance::default()
    }
}

fn networks() -> [(&'static str, Architecture); 3] {
    let cnn = EmotionCnnConfig::new(64, 8).with_channels(vec![2, 2, 2, 2]);
    let gru = EmotionCnnGruConfig::new(64, 8).with_channels(vec![2, 2, 2]);
    let plain = PlainCnnConfig::new(64, 128, 8).with_channels(vec![2, 2, 2]);
    [
        ("cnn", Architecture::EmotionCnn(cnn)),
        ("cnn-gru", Architecture::EmotionCnnGru(gru.with_hidden(3))),
        ("plain", Architecture::PlainCnn(plain.with_hidden(4))),
    ]
}

fn logits(net: &EmotionNet, input: &Tensor<4>) -> Vec<f32> {
    let logits = net.forward(input.clone());
    logits.into_data().iter::<f32>().collect()
}

#[test]
fn the_answer_is_the_weighted_mean_of_the_members_answers() {
    let folder = scratch("join-mean");
    let paths = networks().map(|(name, architecture)| fresh(&folder, name, &architecture));
    let input = Tensor::random([2, 1, 64, 128], Distribution::Default, &Device::flex());
    let answers = paths
        .each_ref()
        .map(|path| logits(&read_model(path).net, &input));
    for (votes, shares) in [
        (None, [1.0 / 3.0; 3]),
        (Some("1,2,5"), [0.125, 0.25, 0.625]),
    ] {
        let out = folder.join("joined.emo");
        let (files, out_text) = (paths.each_ref().map(|path| text(path)), text(&out));
        let mut arguments = vec!["join", &files[0], &files[1], &files[2], "--out", &out_text];
        arguments.extend(votes.iter().flat_map(|votes| ["--votes", votes]));
        arguments.push("--json");
        let said: Value = serde_json::from_str(&done(&arguments)).unwrap();
        let joined = read_model(&out);
        assert_eq!(said["id"], joined.header.id);
        assert!(joined.header.id.starts_with("emotion-ensemble-"));
        let answer = logits(&joined.net, &input);
        for (k, logit) in answer.iter().enumerate() {
            let mean: f32 = answers
                .iter()
                .zip(shares)
                .map(|(own, share)| share * own[k])
                .sum();
            assert!((logit - mean).abs() < 1e-5, "{votes:?} {k}: {logit} {mean}");
        }
        // What it takes to make it again.
        let provenance = &joined.header.provenance;
        assert_eq!(provenance.step, Step::Join);
        let networks = ["cnn", "cnn-gru", "plain"];
        assert_eq!(provenance.parents.len(), networks.len());
        for (k, parent) in provenance.parents.iter().enumerate() {
            assert_eq!(parent.provenance, fit(networks[k]));
            assert_eq!(parent.id, read_model(&paths[k]).header.id);
            assert!((parent.weight - shares[k]).abs() < 1e-6);
        }
    }
}

#[test]
fn the_calibration_that_is_given_is_kept() {
    let folder = scratch("join-calibration");
    let paths = networks().map(|(name, architecture)| text(&fresh(&folder, name, &architecture)));
    let out = folder.join("joined.emo");
    let out_text = text(&out);
    let join = ["join", &paths[0], &paths[1], "--out", &out_text];
    let neutral = "--neutral-logits=1,-1,0,0,0,0,0,0";
    let given = ["--temperature", "1.5", "--uncertain-below", "0.25", neutral];
    done(&[&join[..], &given].concat());
    let calibration = read_model(&out).header.calibration;
    assert_eq!(
        (calibration.temperature, calibration.uncertain_below),
        (1.5, 0.25)
    );
    assert_eq!(calibration.neutral.unwrap()[..3], [1.0, -1.0, 0.0]);
    assert_eq!(calibration.label_bias, None);
}

#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn an_ensemble_is_calibrated_on_held_out_recordings() {
    let data = std::env::var("RAVDESS_DIR").unwrap();
    let folder = scratch("join-recordings");
    let paths = networks().map(|(name, architecture)| text(&fresh(&folder, name, &architecture)));
    let out = folder.join("joined.emo");
    let out_text = text(&out);
    let join = ["join", &paths[0], &paths[1], "--out", &out_text];
    let said = done(&[&join[..], &["--data", &data, "--valid", "1"]].concat());
    assert!(said.contains("UAR"), "{said}");
    let header = read_model(&out).header;
    assert_ne!(header.calibration.temperature, 1.0);
    assert!(header.calibration.neutral.is_some());
    assert_eq!(header.metrics["clips"], 60.0);
    assert!(header.calibration.uncertain_below > 0.0);
    assert!(header.provenance.calibrated_on_valid);
    let actor = Speakers::Only([1.into()].into());
    assert_eq!(header.provenance.chosen_on("ravdess"), [&actor]);
}

/// It is added to a member's logits, so the vote is the mean of it as well.
#[test]
fn what_members_lean_to_is_weighted_as_they_are() {
    let folder = scratch("join-bias");
    let paths = networks().map(|(name, architecture)| fresh(&folder, name, &architecture));
    let mut biased = read_model(&paths[1]);
    biased.header.calibration.label_bias = Some(vec![1.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0]);
    std::fs::write(&paths[1], biased.to_bytes().unwrap()).unwrap();
    let [cnn, gru, _] = paths.each_ref().map(|path| text(path));
    let out = folder.join("joined.emo");
    done(&["join", &cnn, &gru, "--votes", "3,1", "--out", &text(&out)]);
    let bias = read_model(&out).header.calibration.label_bias.unwrap();
    assert_eq!(bias, [0.25, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn what_cannot_vote_together_is_said_and_nothing_is_written() {
    let folder = scratch("join-refused");
    let paths = networks().map(|(name, architecture)| text(&fresh(&folder, name, &architecture)));
    let changed = |name: &str, change: fn(&mut ModelHeader)| {
        let mut model = read_model(Path::new(&paths[0]));
        change(&mut model.header);
        let path = folder.join(name);
        std::fs::write(&path, model.to_bytes().unwrap()).unwrap();
        text(&path)
    };
    let scaled = changed("scaled.emo", |header| header.normalization.mean[3] += 1.0);
    let headless = changed("headless.emo", |header| header.prosody = None);
    let ensemble = text(&folder.join("ensemble.emo"));
    done(&["join", &paths[0], &paths[1], "--out", &ensemble]);

    let out = text(&folder.join("out.emo"));
    let [cnn, gru, _] = paths.each_ref().map(String::as_str);
    let (ensemble, out) = (ensemble.as_str(), out.as_str());
    let onnx = text(&folder.join("out.onnx"));
    for (arguments, said) in [
        (vec![cnn, &scaled, "--out", out], "the same normalization"),
        (vec![cnn, &headless, "--out", out], "the same prosody head"),
        (
            vec![ensemble, cnn, "--out", out],
            "ensemble.emo is an ensemble of several networks already",
        ),
        (vec![cnn, gru, "--out", &onnx], ".emo"),
        (
            vec![cnn, gru, "--votes", "1", "--out", out],
            "1 values for 2 models",
        ),
        (vec![cnn, gru, "--out", gru], "would be lost"),
        (vec![cnn, "/no/such.emo", "--out", out], "/no/such.emo"),
    ] {
        let error = refused(&[&["join"], &arguments[..]].concat());
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    for wrong in [
        vec![cnn, "--out", out],
        vec![cnn, gru, "--votes", "1,0", "--out", out],
    ] {
        let output = train(&[&["join"], &wrong[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
    assert!(!Path::new(out).exists());
}

/// With the calibration and the weights that the shipped file names, on the files beside it.
#[test]
fn the_shipped_weights_are_the_ensemble_of_the_files_beside_them() {
    let ModelHeader {
        calibration,
        provenance,
        ..
    } = Model::from_bytes(DEFAULT_MODEL, &Device::flex())
        .unwrap()
        .header;
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/weights");
    let [cnn, gru] = ["cnn.emo", "cnn-gru.emo"].map(|name| text(&weights.join(name)));
    let out = scratch("join-shipped").join("default.emo");
    let joined = |numbers: &[f32]| {
        let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
        numbers.join(",")
    };
    let weights_of = |it: &Parent| it.weight / provenance.parents[0].weight;
    let votes: Vec<f32> = provenance.parents.iter().map(weights_of).collect();
    let (votes, temperature) = (joined(&votes), calibration.temperature.to_string());
    let threshold = calibration.uncertain_below.to_string();
    let neutral = joined(&calibration.neutral.unwrap());
    done(&[
        "join",
        &cnn,
        &gru,
        "--votes",
        &votes,
        "--parameters",
        "int8",
        "--uncertain-below",
        &threshold,
        "--temperature",
        &temperature,
        &format!("--neutral-logits={neutral}"),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(std::fs::read(out).unwrap() == DEFAULT_MODEL);
}
