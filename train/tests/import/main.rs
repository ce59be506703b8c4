//! `train import`, against logits that PyTorch computed (`data/make_pytorch_golden.py`).
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod checkpoint;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::Model;
use emotionai_voice::training::{Padding, ParameterType};
use serde_json::Value;

use support::{VOICE, scratch, stderr, train};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

/// Imports a checkpoint with these options, beside it.
fn import(checkpoint: &Path, folder: &Path, options: &[&str]) -> PathBuf {
    let out = folder.join("imported.emo");
    let paths = [checkpoint.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = train(&[&["import"], &paths[..], options].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    out
}

fn golden(name: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(format!("{DATA}/pytorch.json")).unwrap();
    let golden: Value = serde_json::from_str(&text).unwrap();
    let logits = golden[name].as_array().unwrap().iter();
    logits.map(|logit| logit.as_f64().unwrap()).collect()
}

/// The same numbers in `[-0.5, 0.5)` as `numbers` of the script makes.
fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let start = seed.wrapping_mul(0x9E37_79B9);
    let numbers = (0..count as u32).map(|index| {
        let mut x = index.wrapping_add(start);
        x ^= x >> 16;
        x = x.wrapping_mul(0x7FEB_352D);
        x ^= x >> 15;
        x = x.wrapping_mul(0x846C_A68B);
        x ^= x >> 16;
        (x >> 8) as f32 / (1 << 24) as f32 - 0.5
    });
    numbers.collect()
}

/// A checkpoint of the size that emotion_cnn.pt has, filled as `fill` of the script does.
fn large(folder: &Path) -> PathBuf {
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: &[usize], factor: f32, offset: f32| {
        let numbers = numbers(tensors.len() as u32 + 1, shape.iter().product());
        tensors.push(checkpoint::Tensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            data: numbers.iter().map(|x| factor * x + offset).collect(),
        });
    };
    for (at, inputs, outputs, factor) in [(1, 1, 16, 2.0), (2, 16, 32, 0.5), (3, 32, 64, 0.25)] {
        let (conv, norm) = (format!("conv{at}"), format!("bn{at}"));
        let width = [outputs];
        add(
            &format!("{conv}.weight"),
            &[outputs, inputs, 3, 3],
            factor,
            0.0,
        );
        add(&format!("{conv}.bias"), &width, 0.25, 0.0);
        add(&format!("{norm}.weight"), &width, 0.5, 1.0);
        add(&format!("{norm}.bias"), &width, 0.25, 0.0);
        add(&format!("{norm}.running_mean"), &width, 0.5, 0.0);
        add(&format!("{norm}.running_var"), &width, 1.0, 1.0);
    }
    for (name, inputs, outputs, factor) in [("fc1", 16_384, 128, 1.0 / 32.0), ("fc2", 128, 8, 0.5)]
    {
        add(&format!("{name}.weight"), &[outputs, inputs], factor, 0.0);
        add(&format!("{name}.bias"), &[outputs], 0.25, 0.0);
    }
    let path = folder.join("emotion_cnn.pt");
    checkpoint::write(&path, &tensors);
    path
}

/// What the network of a model file makes of the numbers of seed 0, from 0 to 1.
fn logits(file: &Path) -> Vec<f32> {
    let model = Model::from_bytes(&std::fs::read(file).unwrap(), &Device::flex()).unwrap();
    let shape = [
        1,
        1,
        model.header.features.n_mels,
        model.header.windows.n_frames,
    ];
    let input = numbers(0, shape.iter().product());
    let input = input.into_iter().map(|x| x + 0.5).collect::<Vec<f32>>();
    let input = Tensor::<4>::from_data(TensorData::new(input, shape), &Device::flex());
    model.net.forward(input).into_data().try_to_vec().unwrap()
}

fn assert_close(ours: &[f32], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((f64::from(*ours) - theirs).abs() < 1e-4, "{ours} {theirs}");
    }
}

#[test]
fn a_checkpoint_of_torch_save_gives_pytorchs_logits() {
    let folder = scratch("import-small");
    let small = Path::new(DATA).join("small.pt");
    let options = ["--mels", "16", "--labels", "yes,no,maybe"];
    let file = import(&small, &folder, &options);
    assert_close(&logits(&file), &golden("small"));
    let model = Model::from_bytes(&std::fs::read(file).unwrap(), &Device::flex()).unwrap();
    assert_eq!(model.header.labels, ["yes", "no", "maybe"]);
    assert_eq!(model.header.windows.n_frames, 24);
    assert_eq!(model.header.licence, "CC-BY-NC-SA-4.0");
}

#[test]
fn a_network_of_the_original_size_gives_pytorchs_logits_and_hears_what_it_heard() {
    let folder = scratch("import-large");
    let file = import(&large(&folder), &folder, &[]);
    assert_close(&logits(&file), &golden("large"));

    let bytes = std::fs::read(&file).unwrap();
    let header = Model::from_bytes(&bytes, &Device::flex()).unwrap().header;
    assert_eq!(header.windows.padding, Padding::End);
    assert_eq!(header.info().architecture, "plain-cnn");

    // The synthetic voice is shorter than a window, so the original saw all of it at once too.
    let output = train(&[
        "predict",
        "--json",
        "--model",
        file.to_str().unwrap(),
        VOICE,
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let theirs = golden("voice");
    let sum: f64 = theirs.iter().map(|logit| logit.exp()).sum();
    for (label, logit) in header.labels.iter().zip(&theirs) {
        let ours = answer["probabilities"][label].as_f64().unwrap();
        let theirs = logit.exp() / sum;
        assert!((ours - theirs).abs() < 1e-4, "{label}: {ours} {theirs}");
    }
}

#[test]
fn an_import_can_be_rounded_on_the_way() {
    let folder = scratch("import-rounded");
    let small = Path::new(DATA).join("small.pt");
    let options = ["--mels", "16", "--labels", "a,b,c", "--parameters", "int8"];
    let file = import(&small, &folder, &options);
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(Model::parameter_type(&bytes).unwrap(), ParameterType::Int8);
    for (ours, theirs) in logits(&file).iter().zip(golden("small")) {
        assert!((f64::from(*ours) - theirs).abs() < 0.1, "{ours} {theirs}");
    }
}

#[test]
fn what_cannot_be_imported_is_said_and_nothing_is_written() {
    let folder = scratch("import-refused");
    let small = format!("{DATA}/small.pt");
    let cut = folder.join("cut.pt");
    let bytes = std::fs::read(&small).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let odd = folder.join("odd.pt");
    checkpoint::write(
        &odd,
        &[checkpoint::Tensor {
            name: "gru.weight_ih_l0".to_owned(),
            shape: vec![3, 2],
            data: vec![0.0; 6],
        }],
    );
    let unfit = folder.join("unfit.pt");
    let tensor = |name: &str, shape: &[usize]| checkpoint::Tensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        data: vec![0.0; shape.iter().product()],
    };
    let unfit_tensors = [
        tensor("conv1.weight", &[2, 1, 5, 5]),
        tensor("bn1.weight", &[2]),
        tensor("fc1.weight", &[2, 8]),
        tensor("fc2.weight", &[2, 2]),
    ];
    checkpoint::write(&unfit, &unfit_tensors);
    let [cut, odd, unfit] = [cut, odd, unfit].map(|path| path.to_str().unwrap().to_owned());
    let out = folder.join("imported.emo");
    let missing = stderr(&train(&["import", "/no/such/file.pt"]));
    assert_eq!(missing.matches("No such file").count(), 1, "{missing}");
    let cases: [(&[&str], &str); 9] = [
        (&["/no/such/file.pt"], "/no/such/file.pt"),
        (&[VOICE], "not a PyTorch checkpoint"),
        (&[&cut], "cut.pt"),
        (&[&odd], "gru"),
        (&[&unfit], "3, 3]"),
        (&[&small], "--mels"),
        (&[&small, "--mels", "16"], "--labels"),
        (
            &[&small, "--mels", "16", "--labels", "a,b,a"],
            "different labels",
        ),
        (&[&small, "--key", "model"], "'model' not found"),
    ];
    for (arguments, said) in cases {
        let out = ["--out", out.to_str().unwrap()];
        let output = train(&[&["import"], arguments, &out].concat());
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    assert!(!out.exists());
}
