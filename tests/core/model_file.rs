//! The model file: what is written is read, and nothing else is.

mod container;
mod parameters;
mod provenance;

use burn::tensor::{Device, Distribution, Tensor};
use emotionai_voice::training::{
    Architecture, Calibration, EmotionCnnConfig, EmotionCnnGruConfig, EmotionEnsembleConfig,
    ModelHeader, Padding, ParameterType, PlainCnnConfig,
};
use emotionai_voice::{Classifier, DEFAULT_MODEL, Error, Model, Waveform};

pub(crate) use container::{sealed, with_header, with_table, with_tensor};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn shipped() -> Model {
    Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap()
}

/// A small model with random parameters and some change to its header.
fn model(architecture: Architecture, change: impl FnOnce(&mut ModelHeader)) -> Model {
    let mut header = shipped().header;
    header.architecture = architecture;
    header.prosody = None;
    change(&mut header);
    let net = header.architecture.init(&Device::flex()).unwrap();
    Model { header, net }
}

fn small_cnn(n_labels: usize) -> Architecture {
    Architecture::EmotionCnn(
        EmotionCnnConfig::new(64, n_labels)
            .with_channels(vec![4, 8])
            .with_strides(vec![[2, 2], [2, 2]]),
    )
}

fn small_plain(n_frames: usize) -> Architecture {
    Architecture::PlainCnn(
        PlainCnnConfig::new(64, n_frames, 8)
            .with_channels(vec![2, 4])
            .with_hidden(8),
    )
}

fn ensemble(members: Vec<Architecture>) -> Architecture {
    Architecture::EmotionEnsemble(EmotionEnsembleConfig::new(members))
}

fn error(bytes: &[u8]) -> Error {
    Classifier::from_bytes(bytes).unwrap_err()
}

#[test]
fn a_model_survives_its_file() {
    let voice = Waveform::from_wav(include_bytes!("../data/voice.wav")).unwrap();
    let cnn_gru = Architecture::EmotionCnnGru(
        EmotionCnnGruConfig::new(64, 8)
            .with_channels(vec![4, 8])
            .with_strides(vec![[2, 2], [2, 2]])
            .with_hidden(8),
    );
    let architectures = [
        small_cnn(8),
        cnn_gru.clone(),
        small_plain(128),
        ensemble(vec![small_cnn(8), cnn_gru, small_plain(128)]),
    ];
    for architecture in architectures {
        let model = model(architecture, |_| {});
        let bytes = model.to_bytes().unwrap();
        let read = Model::from_bytes(&bytes, &Device::flex()).unwrap();
        assert_eq!(read.header, model.header);
        assert!(
            read.to_bytes().unwrap() == bytes,
            "written again, it is the same file"
        );
        assert_eq!(
            Classifier::from_bytes(&bytes).unwrap().classify(&voice),
            Classifier::from_model(model, Device::flex())
                .unwrap()
                .classify(&voice)
        );
    }
}

#[test]
fn an_ensemble_answers_the_mean_of_its_members() {
    let device = Device::flex();
    let net = ensemble(vec![small_cnn(8), small_plain(128), small_cnn(8)])
        .init(&device)
        .unwrap();
    let input = Tensor::<4>::random([2, 1, 64, 128], Distribution::Default, &device);
    let values = |logits: Tensor<2>| logits.into_data().try_to_vec::<f32>().unwrap();
    let members: Vec<Vec<f32>> = net
        .forward_members(input.clone())
        .into_iter()
        .map(values)
        .collect();
    assert_eq!(members.len(), 3);
    assert!(members[0] != members[2], "each has weights of its own");
    for (at, logit) in values(net.forward(input)).into_iter().enumerate() {
        let mean = members.iter().map(|member| member[at]).sum::<f32>() / 3.0;
        assert!((logit - mean).abs() < 1e-5, "{logit} {mean}");
    }
}

#[test]
fn members_that_do_not_belong_together_are_refused() {
    let pair = || ensemble(vec![small_cnn(8), small_cnn(8)]);
    for members in [
        vec![],
        vec![small_cnn(8)],
        vec![small_cnn(8); 9],
        vec![small_cnn(8), small_cnn(3)],
        vec![small_plain(128), small_cnn(8), small_plain(64)],
        vec![small_cnn(8), pair()],
    ] {
        let error = ensemble(members).validate().unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
    assert!(pair().validate().is_ok());
}

#[test]
fn every_number_format_and_padding_is_read_back() {
    let plain = model(small_cnn(8), |_| {});
    let padded = model(small_cnn(8), |header| {
        header.windows.padding = Padding::End;
    });
    for model in [&plain, &padded] {
        for parameters in ParameterType::ALL {
            let bytes = model.to_bytes_as(parameters).unwrap();
            assert_eq!(Model::parameter_type(&bytes).unwrap(), parameters);
            let read = Model::from_bytes(&bytes, &Device::flex()).unwrap();
            assert_eq!(read.header, model.header);
        }
    }
}

#[test]
fn labels_come_from_the_file() {
    let labels = ["yes", "no", "maybe"].map(String::from);
    let three = model(small_cnn(3), |header| {
        header.labels = labels.to_vec();
        header.calibration = Calibration::default();
    });
    let bytes = three.to_bytes().unwrap();
    let voice = Waveform::from_wav(include_bytes!("../data/voice.wav")).unwrap();
    let clip = Classifier::from_bytes(&bytes)
        .unwrap()
        .classify(&voice)
        .unwrap();
    let probabilities = clip.probabilities.unwrap();
    let names: Vec<&str> = probabilities.iter().map(|(label, _)| label).collect();
    assert_eq!(names, ["yes", "no", "maybe"]);
}

#[test]
fn what_is_no_model_file_is_refused() {
    for bytes in [
        &b""[..],
        b"EMO",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"<!doctype html><title>404</title>",
        // A safetensors file of another program.
        b"\x02\0\0\0\0\0\0\0{}",
    ] {
        let error = error(bytes);
        assert!(matches!(error, Error::ModelFormat { .. }), "{error}");
        assert!(error.to_string().contains("emotionai_voice"), "{error}");
    }
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let whole = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    // Every length of the start, which is read before the checksum.
    let lengths = (0..200).chain((200..whole.len()).step_by(97));
    for length in lengths.chain([whole.len() - 1]) {
        let error = error(&whole[..length]);
        assert!(
            matches!(error, Error::ModelFormat { .. }),
            "{length}: {error}"
        );
    }
}

#[test]
fn a_flipped_bit_anywhere_is_noticed() {
    let whole = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    for at in (0..200).chain((200..whole.len()).step_by(101)) {
        for bit in [0x01, 0x10, 0x20, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= bit;
            assert!(
                matches!(error(&bytes), Error::ModelFormat { .. }),
                "byte {at}, bit {bit}"
            );
        }
    }
}

#[test]
fn another_version_is_refused_by_its_number() {
    let bytes = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    let error = error(&with_header(&bytes, "\"version\":1,", "\"version\":7,"));
    assert!(matches!(error, Error::ModelFormat { .. }));
    assert!(error.to_string().contains("version 1") && error.to_string().contains("version 7"));
}

#[test]
fn a_header_that_this_code_cannot_honour_is_refused() {
    type Change = fn(&mut ModelHeader);
    let changes: [(&str, Change); 11] = [
        ("n_fft", |h| h.features.n_fft = 0),
        ("sample rate", |h| h.features.sample_rate = 1),
        ("mel bands", |h| h.features.n_mels = 40),
        ("labels", |h| h.labels.truncate(7)),
        ("the same label again", |h| {
            h.labels[1] = h.labels[0].clone()
        }),
        ("window", |h| h.windows.n_frames = 0),
        ("normalisation", |h| h.normalization.std[3] = 0.0),
        ("gate", |h| h.gate.margin_db = f32::NAN),
        ("temperature", |h| h.calibration.temperature = 0.0),
        ("a bias too few", |h| {
            h.calibration.label_bias = Some(vec![0.0; 7])
        }),
        ("a bias of no number", |h| {
            h.calibration.label_bias = Some(vec![f32::NAN; 8])
        }),
    ];
    for (name, change) in changes {
        let error = model(small_cnn(8), change).to_bytes().unwrap_err();
        assert!(
            matches!(error, Error::ModelMismatch { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn parameters_of_another_network_are_refused() {
    let mut mixed = model(small_cnn(8), |_| {});
    mixed.header.architecture = Architecture::EmotionCnn(EmotionCnnConfig::new(64, 8));
    let error = error(&mixed.to_bytes().unwrap());
    assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
}

/// The header alone says how large a network is to be made, so it is judged before one is.
#[test]
fn a_network_that_asks_for_more_than_a_page_has_is_refused() {
    let bytes = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    let error = error(&with_header(
        &bytes,
        "\"channels\":[4,8]",
        "\"channels\":[2048,2048]",
    ));
    assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    assert!(error.to_string().contains("multiply-adds"), "{error}");
}

#[test]
fn an_unknown_network_field_or_parameter_type_is_refused() {
    let bytes = model(small_cnn(8), |_| {}).to_bytes().unwrap();
    for (from, to) in [
        ("emotion-cnn", "emotion-gnn"),
        ("\"hop_frames\"", "\"hop_phrases\""),
        ("\"train\":", "\"trained\":"),
    ] {
        let error = error(&with_header(&bytes, from, to));
        assert!(
            matches!(error, Error::ModelMismatch { .. }),
            "{to}: {error}"
        );
    }
    for dtype in ["F8_E4M3", "I32", "F7"] {
        let error = error(&with_table(&bytes, "\"F32\"", &format!("\"{dtype}\"")));
        assert!(
            matches!(error, Error::ModelMismatch { .. }),
            "{dtype}: {error}"
        );
    }
}
