//! `train export`: smaller model files, and ONNX as ONNX Runtime understands it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::training::{
    Architecture, EmotionCnnConfig, EmotionCnnGruConfig, EmotionEnsembleConfig, EmotionNet,
    ModelHeader, N_PROSODY_FUNCTIONALS, ParameterType, PlainCnnConfig, ProsodyHead, TensorInfo,
};
use emotionai_voice::{DEFAULT_MODEL, Model};
use serde_json::{Value, json};

use support::*;

/// Exports a model file and gives what the command says of it.
fn export(model: &Path, out: &Path, options: &[&str]) -> Value {
    done_json(args!(
        "export --json --model {model} --out {out} {options...}"
    ))
}

/// A file of 32-bit floats: the shipped network, with parameters that fewer bits do not hold.
fn whole(folder: &Path) -> PathBuf {
    changed_model(folder.join("whole.emo"), |model| {
        let bytes = model.net.to_bytes();
        let floats = bytes.as_chunks().0.iter();
        let finer = floats.map(|&float| 1.000_3 * f32::from_le_bytes(float));
        let bytes: Vec<u8> = finer.flat_map(f32::to_le_bytes).collect();
        model.net = model.net.clone().with_bytes(&bytes).unwrap();
        let name = model.header.architecture.name();
        model.header.id = format!("{name}-{}", &model.parameter_digest()[..8]);
    })
}

#[test]
fn model_files_shrink_and_say_what_they_are() {
    let folder = scratch("export-types");
    let source = whole(&folder);
    let original = read_model(&source);
    let whole_size = std::fs::metadata(&source).unwrap().len();
    for (parameters, largest) in [("f32", 1.0), ("f16", 0.52), ("int8", 0.3)] {
        let out = folder.join(format!("{parameters}.emo"));
        let said = export(&source, &out, &["--parameters", parameters]);
        let size = std::fs::metadata(&out).unwrap().len();
        assert_eq!(said["bytes"], size);
        assert!(size as f64 <= largest * whole_size as f64, "{size}");
        let stored = Model::parameter_type(&std::fs::read(&out).unwrap()).unwrap();
        assert_eq!(stored.to_string(), parameters);
        let exported = read_model(&out);
        assert_eq!(said["id"], exported.header.id);
        // Other parameters are another model.
        let is_same = parameters == "f32";
        assert_eq!(exported.header.id == original.header.id, is_same);
        assert_eq!(exported.header == original.header, is_same);
        assert_eq!(exported.header.calibration, original.header.calibration);
    }
    let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert!(bytes("f32.emo") == bytes("whole.emo"));
    export(&folder.join("int8.emo"), &folder.join("again.emo"), &[]);
    let is_same = bytes("again.emo") == bytes("int8.emo");
    assert!(is_same, "as it was stored, to the last bit");
}

#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn the_cost_of_rounding_is_measured_on_recordings() {
    let data = std::env::var("RAVDESS_DIR").unwrap();
    let folder = scratch("export-loss");
    let source = whole(&folder);
    for (parameters, mean, largest) in
        [("f32", 0.0, 0.0), ("f16", 0.003, 0.02), ("int8", 0.03, 0.2)]
    {
        let out = folder.join("out.emo");
        let measure = ["--parameters", parameters, "--data", &data, "--actors", "1"];
        let loss = &export(&source, &out, &measure)["loss"];
        let change = |name: &str| number(&loss[name]);
        assert_eq!(loss["clips"], 60);
        assert!(change("mean_change") <= mean, "{parameters}: {loss}");
        assert!(change("max_change") <= largest, "{parameters}: {loss}");
        assert!(change("max_change") > 0.0 || parameters == "f32", "{loss}");
    }
}

#[test]
fn what_cannot_be_exported_is_said_and_nothing_is_written() {
    let folder = scratch("export-refused");
    let [pt, emo, onnx] = ["model.pt", "a.emo", "a.onnx"].map(|name| folder.join(name));
    let nowhere = folder.join("no/such/model.emo");
    for (arguments, code, said) in [
        (args!("--out {pt}"), 1, ".emo or .onnx"),
        (args!("--out {nowhere}"), 1, "--out"),
        (args!("--out {emo} --parameters f8"), 2, "int8"),
        (args!("--out {emo} --data ."), 2, "--actors"),
        (args!("--out {onnx} --parameters int8"), 1, "f32"),
        (args!("--out {emo} --model /no/such.emo"), 1, "/no/such.emo"),
    ] {
        let error = failed(&train(args!("export {arguments...}")), code);
        assert_says(&error, &[said]);
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

/// Numbers in `[-0.5, 0.5)`, the same every time.
fn numbers(count: usize) -> Vec<f32> {
    let numbers = (1..=count)
        .map(|at| at as f32 * 0.618_034)
        .map(|x| x.fract() - 0.5);
    numbers.collect()
}

/// A network whose batch normalisation and biases have something to say, as after training.
fn trained(architecture: &Architecture) -> EmotionNet {
    let net = architecture.init(&Device::flex()).unwrap();
    let bytes = net.to_bytes();
    let mut floats = bytes.as_chunks::<4>().0.iter();
    let mut changed = Vec::new();
    for TensorInfo { name, shape } in net.tensors() {
        let count = shape.iter().product();
        let old = floats
            .by_ref()
            .take(count)
            .map(|&old| f32::from_le_bytes(old));
        let own = name.rsplit('.').next().unwrap();
        for (old, x) in old.zip(numbers(count)) {
            let value = match own {
                "gamma" | "running_var" => 1.0 + x,
                "beta" | "bias" | "running_mean" => 0.5 * x,
                _ => old,
            };
            changed.extend_from_slice(&value.to_le_bytes());
        }
    }
    net.with_bytes(&changed).unwrap()
}

/// One of each network, the shipped one with its weights.
fn models() -> Vec<Model> {
    let cnn = EmotionCnnConfig::new(64, 8)
        .with_channels(vec![4, 4, 8])
        .with_strides(vec![[2, 2], [1, 1], [3, 2]]);
    let gru = EmotionCnnGruConfig::new(64, 8)
        .with_channels(vec![4, 8])
        .with_strides(vec![[2, 1], [2, 2]])
        .with_hidden(6);
    let plain = PlainCnnConfig::new(64, 128, 8)
        .with_channels(vec![2, 3, 4])
        .with_hidden(10);
    let cnn = Architecture::EmotionCnn(cnn);
    let gru = Architecture::EmotionCnnGru(gru);
    let plain = Architecture::PlainCnn(plain);
    let members = vec![cnn.clone(), gru.clone(), plain.clone()];
    let ensemble = Architecture::EmotionEnsemble(EmotionEnsembleConfig::new(members));
    let default_gru = Architecture::EmotionCnnGru(EmotionCnnGruConfig::new(64, 8));
    let shipped = || Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    let others = [cnn, gru, default_gru, plain, ensemble];
    let others = others.into_iter().map(|architecture| {
        let mut header = shipped().header;
        header.calibration.label_bias = None;
        // With a head and without one.
        header.prosody = match architecture {
            Architecture::EmotionCnnGru(_) => None,
            _ => Some(head()),
        };
        header.architecture = architecture;
        let net = trained(&header.architecture);
        Model { header, net }
    });
    std::iter::once(shipped()).chain(others).collect()
}

/// A prosody head of any weights.
fn head() -> ProsodyHead {
    ProsodyHead {
        mean: numbers(N_PROSODY_FUNCTIONALS),
        std: vec![0.1; N_PROSODY_FUNCTIONALS],
        // Small, as those of a head are that was fitted: logits of hundreds would leave no digits to compare.
        weights: (numbers(8 * N_PROSODY_FUNCTIONALS).iter())
            .map(|x| 0.1 * (x - 0.5))
            .collect(),
        bias: numbers(8),
    }
}

/// Prosody functionals of three windows, such as the head knows, and now and then one that is far from all of them.
fn functionals(model: &Model) -> Vec<f32> {
    let head = model.header.prosody.clone().unwrap_or_else(head);
    let known = head.mean.iter().zip(&head.std).cycle();
    let deviations = numbers(3 * N_PROSODY_FUNCTIONALS).into_iter().enumerate();
    let deviations = deviations.map(|(at, x)| (x - 0.5) * if at % 100 == 0 { 20.0 } else { 2.0 });
    deviations
        .zip(known)
        .map(|(deviations, (mean, std))| mean + deviations * std)
        .collect()
}

/// Decibels below the reference, some below the floor, as the file takes them.
fn windows(header: &ModelHeader) -> Vec<f32> {
    let size = header.features.n_mels * header.windows.n_frames;
    numbers(3 * size)
        .into_iter()
        .map(|x| 90.0 * x - 45.0)
        .collect()
}

/// What the model makes of them: each window's logits.
fn logits(model: &Model, windows: &[f32]) -> Vec<Vec<f64>> {
    let header = &model.header;
    let (n_mels, n_frames) = (header.features.n_mels, header.windows.n_frames);
    let normalised = windows
        .iter()
        .enumerate()
        .map(|(at, &level)| (header.normalization).apply(at / n_frames % n_mels, level, 0.0));
    let normalised = normalised.collect::<Vec<f32>>();
    let shape = [normalised.len() / (n_mels * n_frames), 1, n_mels, n_frames];
    let input = Tensor::<4>::from_data(TensorData::new(normalised, shape), &Device::flex());
    let logits: Vec<f32> = model.net.forward(input).into_data().try_to_vec().unwrap();
    let bias = (header.calibration.label_bias.clone()).unwrap_or(vec![0.0; 8]);
    let functionals = functionals(model);
    let functionals = functionals.chunks_exact(N_PROSODY_FUNCTIONALS);
    let whole = |(row, functionals): (&[f32], &[f32])| {
        let head = header.prosody.as_ref();
        let prosody = head.map_or(vec![0.0; 8], |head| head.logits(functionals));
        let parts = row.iter().zip(&bias).zip(prosody);
        parts.map(|((l, b), p)| f64::from(l + b + p)).collect()
    };
    logits
        .chunks_exact(bias.len())
        .zip(functionals)
        .map(whole)
        .collect()
}

#[test]
#[ignore = "needs ONNX_PYTHON: a Python with onnx and onnxruntime"]
fn onnx_runtime_gives_the_same_answers() {
    let python = std::env::var("ONNX_PYTHON").unwrap();
    let folder = scratch("export-onnx");
    for (at, model) in models().iter().enumerate() {
        let (source, out) = (folder.join("model.emo"), folder.join(format!("{at}.onnx")));
        std::fs::write(&source, model.to_bytes().unwrap()).unwrap();
        let said = export(&source, &out, &[]);
        assert_eq!(said["format"], "onnx");
        let windows = windows(&model.header);
        let (log_mel, prosody) = (folder.join("windows.f32"), folder.join("prosody.f32"));
        for (path, values) in [(&log_mel, &windows), (&prosody, &functionals(model))] {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes());
            std::fs::write(path, bytes.collect::<Vec<u8>>()).unwrap();
        }
        let mut files = vec![&out, &log_mel];
        files.extend(model.header.prosody.as_ref().map(|_| &prosody));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/run_onnx.py");
        let output = Command::new(&python).arg(script).args(files).output();
        let found = json(&stdout(&succeeded(output.unwrap())));
        assert_eq!(found["opset"], json!([["", 17]]));
        assert_eq!(found["ir_version"], 8);
        let float = "tensor(float)";
        let mut inputs = vec![json!(["log_mel", float, ["batch", 1, 64, 128]])];
        if model.header.prosody.is_some() {
            inputs.push(json!(["prosody", float, ["batch", N_PROSODY_FUNCTIONALS]]));
        }
        assert_eq!(found["inputs"], json!(inputs));
        let outputs = ["logits", "probabilities"].map(|name| json!([name, float, ["batch", 8]]));
        assert_eq!(found["outputs"], json!(outputs));
        assert_eq!(found["metadata"]["id"], model.header.id);

        let name = model.header.architecture.name();
        let expected = logits(model, &windows);
        let pairs = expected[0].iter().zip(&expected[1]);
        let apart = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(apart > 1e-3, "{name}: the windows hardly differ: {apart}");
        for (window, logits) in expected.iter().enumerate() {
            let scaled =
                |logit: &f64| (logit / f64::from(model.header.calibration.temperature)).exp();
            let sum: f64 = logits.iter().map(scaled).sum();
            for (label, logit) in logits.iter().enumerate() {
                let theirs = |output: &str| number(&found["values"][output][window][label]);
                let (theirs_logit, theirs_p) = (theirs("logits"), theirs("probabilities"));
                assert!(
                    (logit - theirs_logit).abs() < 1e-4,
                    "{name}: {logit} {theirs_logit}"
                );
                let p = scaled(logit) / sum;
                assert!((p - theirs_p).abs() < 1e-4, "{name}: {p} {theirs_p}");
            }
        }
    }
}

#[test]
fn the_model_itself_is_not_written_over_and_rounding_that_was_not_measured_is_said() {
    let folder = scratch("export-itself");
    let source = whole(&folder);
    let before = std::fs::read(&source).unwrap();
    let error = refused(args!(
        "export --model {source} --parameters int8 --out {source}"
    ));
    assert_says(&error, &["would be lost"]);
    assert!(std::fs::read(&source).unwrap() == before);

    let out = folder.join("small.emo");
    let said = done(args!(
        "export --model {source} --parameters int8 --out {out}"
    ));
    assert_says(&said, &["was not measured"]);
    let said = done(args!("export --model {source} --out {out}"));
    assert!(!said.contains("was not measured"), "{said}");
}

#[test]
fn every_network_can_be_written_as_onnx() {
    let folder = scratch("export-written");
    for model in models() {
        let (source, out) = (folder.join("model.emo"), folder.join("model.onnx"));
        std::fs::write(&source, model.to_bytes_as(ParameterType::F16).unwrap()).unwrap();
        let said = export(&source, &out, &[]);
        assert_eq!(said["parameters"], "f32");
        assert_eq!(said["bytes"], std::fs::metadata(&out).unwrap().len());
    }
}
