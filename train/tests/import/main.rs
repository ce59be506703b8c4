//! `train import`, against logits that PyTorch computed (`data/make_pytorch_golden.py`).
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod checkpoint;
#[macro_use]
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::Model;
use emotionai_voice::training::{Padding, ParameterType};

use support::*;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");

/// Imports a checkpoint with these options, beside it.
fn import(checkpoint: &Path, folder: &Path, options: &[&str]) -> PathBuf {
    let out = folder.join("imported.emo");
    done(args!("import {checkpoint} --out {out} {options...}"));
    out
}

fn golden(name: &str) -> Vec<f64> {
    let golden = json(&read_text(format!("{DATA}/pytorch.json")));
    golden[name]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect()
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
    let model = read_model(file);
    let (features, windows) = (&model.header.features, &model.header.windows);
    let shape = [1, 1, features.n_mels, windows.n_frames];
    let input = numbers(0, shape.iter().product());
    let input = input.into_iter().map(|x| x + 0.5).collect::<Vec<f32>>();
    let input = Tensor::<4>::from_data(TensorData::new(input, shape), &Device::flex());
    model.net.forward(input).into_data().try_to_vec().unwrap()
}

fn assert_close(ours: &[f32], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        let is_close = (f64::from(*ours) - theirs).abs() < tolerance;
        assert!(is_close, "{ours} {theirs}");
    }
}

#[test]
fn a_checkpoint_of_torch_save_gives_pytorchs_logits() {
    let folder = scratch("import-small");
    let small = Path::new(DATA).join("small.pt");
    let options = ["--mels", "16", "--labels", "yes,no,maybe"];
    let file = import(&small, &folder, &options);
    assert_close(&logits(&file), &golden("small"), 1e-4);
    let header = read_model(file).header;
    assert_eq!(header.labels, ["yes", "no", "maybe"]);
    assert_eq!(header.windows.n_frames, 24);
    assert_eq!(header.licence, "CC-BY-NC-SA-4.0");
}

#[test]
fn a_network_of_the_original_size_gives_pytorchs_logits_and_predictions() {
    let folder = scratch("import-large");
    let file = import(&large(&folder), &folder, &[]);
    assert_close(&logits(&file), &golden("large"), 1e-4);

    let header = read_model(&file).header;
    assert_eq!(header.windows.padding, Padding::End);
    assert_eq!(header.info().architecture, "plain-cnn");

    // The synthetic voice is shorter than a window, so the original saw all of it at once too.
    let answer = done_json(args!("predict --json --model {file} {VOICE}"));
    let theirs = golden("voice");
    let sum: f64 = theirs.iter().map(|logit| logit.exp()).sum();
    for (label, logit) in header.labels.iter().zip(&theirs) {
        let ours = number(&answer["probabilities"][label]);
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
    assert_close(&logits(&file), &golden("small"), 0.1);
}

#[test]
fn what_cannot_be_imported_is_said_and_nothing_is_written() {
    let folder = scratch("import-refused");
    let small = format!("{DATA}/small.pt");
    let cut = folder.join("cut.pt");
    let bytes = std::fs::read(&small).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let write = |name: &str, tensors: &[(&str, &[usize])]| {
        let tensors = tensors.iter().map(|&(name, shape)| checkpoint::Tensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            data: vec![0.0; shape.iter().product()],
        });
        let path = folder.join(name);
        checkpoint::write(&path, &tensors.collect::<Vec<_>>());
        path
    };
    let odd = write("odd.pt", &[("gru.weight_ih_l0", &[3, 2])]);
    let unfit_tensors: [(&str, &[usize]); 4] = [
        ("conv1.weight", &[2, 1, 5, 5]),
        ("bn1.weight", &[2]),
        ("fc1.weight", &[2, 8]),
        ("fc2.weight", &[2, 2]),
    ];
    let unfit = write("unfit.pt", &unfit_tensors);
    let out = folder.join("imported.emo");
    let missing = refused(args!("import /no/such/file.pt"));
    assert_eq!(missing.matches("No such file").count(), 1, "{missing}");
    for (arguments, said) in [
        (args!("/no/such/file.pt"), "/no/such/file.pt"),
        (args!("{VOICE}"), "not a PyTorch checkpoint"),
        (args!("{cut}"), "cut.pt"),
        (args!("{odd}"), "gru"),
        (args!("{unfit}"), "3, 3]"),
        (args!("{small}"), "--mels"),
        (args!("{small} --mels 16"), "--labels"),
        (
            args!("{small} --mels 16 --labels a,b,a"),
            "different labels",
        ),
        (args!("{small} --key model"), "'model' not found"),
    ] {
        let error = refused(args!("import {arguments...} --out {out}"));
        assert_says(&error, &[said]);
    }
    assert!(!out.exists());
}
