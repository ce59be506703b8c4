//! `train join`: an ensemble of several networks in one file.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Distribution, Tensor};
use emotionai_voice::training::{
    Architecture, EmotionCnnConfig, EmotionCnnGruConfig, EmotionNet, ModelHeader, PlainCnnConfig,
    Provenance, Speakers, Step,
};
use emotionai_voice::{DEFAULT_MODEL, Model};

use support::*;

const NETWORKS: [&str; 3] = ["cnn", "cnn-gru", "plain"];

/// Files of small networks of fresh parameters, with the features and the prosody head of the shipped model.
fn networks(folder: &Path) -> [PathBuf; 3] {
    let cnn = EmotionCnnConfig::new(64, 8).with_channels(vec![2, 2, 2, 2]);
    let gru = EmotionCnnGruConfig::new(64, 8).with_channels(vec![2, 2, 2]);
    let plain = PlainCnnConfig::new(64, 128, 8).with_channels(vec![2, 2, 2]);
    let mut architectures = [
        Architecture::EmotionCnn(cnn),
        Architecture::EmotionCnnGru(gru.with_hidden(3)),
        Architecture::PlainCnn(plain.with_hidden(4)),
    ]
    .into_iter();
    NETWORKS.map(|name| {
        changed_model(folder.join(format!("{name}.emo")), |model| {
            model.header.architecture = architectures.next().unwrap();
            model.header.provenance = fit(name);
            model.net = model.header.architecture.init(&Device::flex()).unwrap();
        })
    })
}

/// A training of this network.
fn fit(network: &str) -> Provenance {
    Provenance {
        step: Step::Fit,
        recipe: [("network".to_owned(), network.into())].into(),
        ..Provenance::default()
    }
}

fn logits(net: &EmotionNet, input: &Tensor<4>) -> Vec<f32> {
    net.forward(input.clone()).into_data().iter().collect()
}

#[test]
fn the_answer_is_the_weighted_mean_of_the_members_answers() {
    let folder = scratch("join-mean");
    let paths = networks(&folder);
    let input = Tensor::random([2, 1, 64, 128], Distribution::Default, &Device::flex());
    let answers = paths
        .each_ref()
        .map(|path| logits(&read_model(path).net, &input));
    for (weights, shares) in [
        (&[][..], [1.0 / 3.0; 3]),
        (&["--weights", "1,2,5"], [0.125, 0.25, 0.625]),
    ] {
        let out = folder.join("joined.emo");
        let files = &paths;
        let said = done_json(args!("join {files...} --out {out} {weights...} --json"));
        let joined = read_model(&out);
        assert_eq!(said["id"], joined.header.id);
        assert!(joined.header.id.starts_with("emotion-ensemble-"));
        for (k, logit) in logits(&joined.net, &input).iter().enumerate() {
            let own = answers.iter().zip(shares);
            let mean: f32 = own.map(|(own, share)| share * own[k]).sum();
            assert!(
                (logit - mean).abs() < 1e-5,
                "{weights:?} {k}: {logit} {mean}"
            );
        }
        // What it takes to make it again.
        let provenance = &joined.header.provenance;
        assert_eq!(provenance.step, Step::Join);
        assert_eq!(provenance.parents.len(), NETWORKS.len());
        for (k, parent) in provenance.parents.iter().enumerate() {
            assert_eq!(parent.provenance, fit(NETWORKS[k]));
            assert_eq!(parent.id, read_model(&paths[k]).header.id);
            assert!((parent.weight - shares[k]).abs() < 1e-6);
        }
    }
}

#[test]
fn the_calibration_that_is_given_is_kept() {
    let folder = scratch("join-calibration");
    let [cnn, gru, _] = networks(&folder);
    let out = folder.join("joined.emo");
    let given = [
        "--temperature=1.5",
        "--uncertain-below=0.25",
        "--neutral-logits=1,-1,0,0,0,0,0,0",
    ];
    done(args!("join {cnn} {gru} --out {out} {given...}"));
    let calibration = read_model(&out).header.calibration;
    assert_eq!(calibration.temperature, 1.5);
    assert_eq!(calibration.uncertain_below, 0.25);
    assert_eq!(calibration.neutral.unwrap()[..3], [1.0, -1.0, 0.0]);
    assert_eq!(calibration.label_bias, None);
}

#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn an_ensemble_is_calibrated_on_held_out_recordings() {
    let data = std::env::var("RAVDESS_DIR").unwrap();
    let folder = scratch("join-recordings");
    let [cnn, gru, _] = networks(&folder);
    let out = folder.join("joined.emo");
    let said = done(args!(
        "join {cnn} {gru} --out {out} --data {data} --valid 1"
    ));
    assert_says(&said, &["UAR"]);
    let header = read_model(&out).header;
    assert_ne!(header.calibration.temperature, 1.0);
    assert!(header.calibration.neutral.is_some());
    assert_eq!(header.metrics["clips"], 60.0);
    assert!(header.calibration.uncertain_below > 0.0);
    assert!(header.provenance.calibrated_on_valid);
    let actor = Speakers::Only([1.into()].into());
    assert_eq!(header.provenance.chosen_on("ravdess"), [&actor]);
}

/// It is added to a member's logits, so the ensemble has the mean of it as well.
#[test]
fn the_label_bias_of_a_member_is_weighted_as_the_member() {
    let folder = scratch("join-bias");
    let [cnn, gru, _] = networks(&folder);
    let mut biased = read_model(&gru);
    biased.header.calibration.label_bias = Some(vec![1.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0]);
    std::fs::write(&gru, biased.to_bytes().unwrap()).unwrap();
    let out = folder.join("joined.emo");
    // The option's former name.
    done(args!("join {cnn} {gru} --votes 3,1 --out {out}"));
    let bias = read_model(&out).header.calibration.label_bias.unwrap();
    assert_eq!(bias, [0.25, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn models_that_make_no_ensemble_are_named_and_nothing_is_written() {
    let folder = scratch("join-refused");
    let paths = networks(&folder).map(|path| text(&path));
    let changed = |name: &str, change: fn(&mut ModelHeader)| {
        let mut model = read_model(&paths[0]);
        change(&mut model.header);
        let path = folder.join(name);
        std::fs::write(&path, model.to_bytes().unwrap()).unwrap();
        text(&path)
    };
    let scaled = changed("scaled.emo", |header| header.normalization.mean[3] += 1.0);
    let headless = changed("headless.emo", |header| header.prosody = None);
    let [ensemble, out, onnx] =
        ["ensemble.emo", "out.emo", "out.onnx"].map(|name| text(&folder.join(name)));
    let [cnn, gru, _] = paths.each_ref().map(String::as_str);
    done(args!("join {cnn} {gru} --out {ensemble}"));
    for (arguments, said) in [
        (
            args!("{cnn} {scaled} --out {out}"),
            "the same normalization",
        ),
        (
            args!("{cnn} {headless} --out {out}"),
            "the same prosody head",
        ),
        (
            args!("{ensemble} {cnn} --out {out}"),
            "ensemble.emo is an ensemble of several networks already",
        ),
        (args!("{cnn} {gru} --out {onnx}"), ".emo"),
        (
            args!("{cnn} {gru} --weights 1 --out {out}"),
            "1 values for 2 models",
        ),
        (args!("{cnn} {gru} --out {gru}"), "would be lost"),
        (args!("{cnn} /no/such.emo --out {out}"), "/no/such.emo"),
    ] {
        assert_says(&refused(args!("join {arguments...}")), &[said]);
    }
    misused(args!("join {cnn} --out {out}"));
    misused(args!("join {cnn} {gru} --weights 1,0 --out {out}"));
    assert!(!Path::new(&out).exists());
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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/weights");
    let [cnn, gru] = ["cnn.emo", "cnn-gru.emo"].map(|name| folder.join(name));
    let out = scratch("join-shipped").join("default.emo");
    let joined = |numbers: &[f32]| {
        let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
        numbers.join(",")
    };
    let parents = provenance.parents.iter();
    let weights: Vec<f32> = parents
        .map(|it| it.weight / provenance.parents[0].weight)
        .collect();
    let given = [
        format!("--weights={}", joined(&weights)),
        format!("--temperature={}", calibration.temperature),
        format!("--uncertain-below={}", calibration.uncertain_below),
        format!("--neutral-logits={}", joined(&calibration.neutral.unwrap())),
    ];
    done(args!(
        "join {cnn} {gru} --parameters int8 {given...} --out {out}"
    ));
    assert!(std::fs::read(out).unwrap() == DEFAULT_MODEL);
}
