//! How a model file stores the parameters, and what it does with damaged ones.

use burn::tensor::Device;
use emotionai_voice::training::{ParameterType, TensorInfo};
use emotionai_voice::{Classifier, DEFAULT_MODEL, Error, Model, Waveform};

use super::{error, model, sealed, shipped, small_cnn, with_tensor};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_shipped_file_is_written_again_to_the_last_bit() {
    let parameters = Model::parameter_type(DEFAULT_MODEL).unwrap();
    assert!(shipped().to_bytes_as(parameters).unwrap() == DEFAULT_MODEL);
}

/// The shipped network with parameters that neither halves nor bytes hold, and without its prosody head.
fn unrounded() -> Model {
    let mut model = shipped();
    model.header.prosody = None;
    let finer = floats(&model).into_iter().map(|value| value * 1.000_3);
    let bytes: Vec<u8> = finer.flat_map(f32::to_le_bytes).collect();
    model.net = model.net.with_bytes(&bytes).unwrap();
    model
}

#[test]
fn halves_take_half_the_room_and_round_once() {
    let model = unrounded();
    let (whole, halves) = (
        model.to_bytes().unwrap(),
        model.to_bytes_as(ParameterType::F16).unwrap(),
    );
    let values: usize = model.net.tensors().iter().map(TensorInfo::count).sum();
    // Offsets in the table have fewer digits as well.
    let saved = whole.len() - halves.len();
    assert!((2 * values..2 * values + 1024).contains(&saved), "{saved}");
    assert_eq!(Model::parameter_type(&whole).unwrap(), ParameterType::F32);
    assert_eq!(Model::parameter_type(&halves).unwrap(), ParameterType::F16);

    let read = Model::from_bytes(&halves, &Device::flex()).unwrap();
    assert_eq!(read.header, model.header);
    assert!(
        read.to_bytes_as(ParameterType::F16).unwrap() == halves,
        "what was rounded once is not rounded again"
    );
    // 11 significant bits; running variances near 0 may be subnormal halves.
    for (a, b) in floats(&model).into_iter().zip(floats(&read)) {
        assert!((a - b).abs() <= a.abs() / 2048.0 + 3e-8, "{a} {b}");
    }

    for (a, b) in probabilities(&whole).iter().zip(probabilities(&halves)) {
        assert!((a - b).abs() < 5e-3, "{a} {b}");
    }
}

#[test]
fn eight_bits_take_a_quarter_of_the_room_and_round_once() {
    let model = unrounded();
    let whole = model.to_bytes().unwrap();
    let eights = model.to_bytes_as(ParameterType::Int8).unwrap();
    assert!(
        eights.len() < whole.len() * 3 / 10,
        "{} {}",
        eights.len(),
        whole.len()
    );
    assert_eq!(Model::parameter_type(&eights).unwrap(), ParameterType::Int8);

    let read = Model::from_bytes(&eights, &Device::flex()).unwrap();
    assert_eq!(read.header, model.header);
    assert!(read.to_bytes_as(ParameterType::Int8).unwrap() == eights);
    let (before, after) = (floats(&model), floats(&read));
    let mut start = 0;
    for tensor in model.net.tensors() {
        let place = start..start + tensor.count();
        start = place.end;
        let (before, after) = (&before[place.clone()], &after[place]);
        if tensor.shape.len() == 1 {
            assert_eq!(before, after, "{}", tensor.name);
            continue;
        }
        let largest = before
            .iter()
            .fold(0f32, |most, value| most.max(value.abs()));
        for (a, b) in before.iter().zip(after) {
            // Half a step of the channel, which is at most that of the whole tensor.
            assert!((a - b).abs() <= largest / 253.9, "{}: {a} {b}", tensor.name);
        }
    }
    for (a, b) in probabilities(&whole).iter().zip(probabilities(&eights)) {
        assert!((a - b).abs() < 5e-2, "{a} {b}");
    }
}

/// The parameters as 32-bit floats.
fn floats(model: &Model) -> Vec<f32> {
    let bytes = model.net.to_bytes();
    let floats = bytes.as_chunks::<4>().0.iter();
    floats.map(|&float| f32::from_le_bytes(float)).collect()
}

/// What a model file makes of the synthetic voice.
fn probabilities(bytes: &[u8]) -> Vec<f32> {
    let voice = Waveform::from_wav(include_bytes!("../../data/voice.wav")).unwrap();
    let clip = Classifier::from_bytes(bytes).unwrap().classify(&voice);
    clip.unwrap().probabilities.unwrap().values().to_vec()
}

#[test]
fn a_value_that_the_type_cannot_hold_is_refused() {
    let mut model = model(small_cnn(8), |_| {});
    let not_finite = [f32::NAN, f32::INFINITY].into_iter();
    let not_finite =
        not_finite.flat_map(|value| ParameterType::ALL.map(|parameters| (parameters, value)));
    for (parameters, value) in not_finite.chain([(ParameterType::F16, 70_000.0)]) {
        let mut bytes = model.net.to_bytes();
        bytes[..4].copy_from_slice(&value.to_le_bytes());
        model.net = model.net.with_bytes(&bytes).unwrap();
        let error = model.to_bytes_as(parameters).unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
        assert!(error.to_string().contains(&value.to_string()), "{error}");
    }
    assert!(
        model.to_bytes().is_ok(),
        "70,000 is a number for the others"
    );
}

#[test]
fn a_file_whose_parameters_are_no_numbers_is_refused() {
    let model = model(small_cnn(8), |_| {});
    for (parameters, none) in [
        (ParameterType::F32, &f32::NAN.to_le_bytes()[..]),
        (ParameterType::F32, &f32::NEG_INFINITY.to_le_bytes()),
        (ParameterType::F16, &[0x00, 0x7c]),
        (ParameterType::Int8, &f32::INFINITY.to_le_bytes()),
    ] {
        let bytes = model.to_bytes_as(parameters).unwrap();
        // A vector, which is a float in a file of 8 bits too: scales lie before it.
        let is_meant = |name: &str| match parameters {
            ParameterType::Int8 => name.ends_with(".scale"),
            _ => name == "Cnn.head.bias",
        };
        let error = error(&with_tensor(&bytes, is_meant, none));
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
        assert!(error.to_string().contains("finite"), "{error}");
    }
}

#[test]
fn parameters_too_few_or_too_many_are_refused() {
    let model = model(small_cnn(8), |_| {});
    for parameters in ParameterType::ALL {
        let whole = model.to_bytes_as(parameters).unwrap();
        for change in [-2, -1, 1, 2] {
            let mut bytes = whole.clone();
            bytes.resize((bytes.len() as isize + change) as usize, 0);
            let error = error(&sealed(bytes));
            assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
        }
    }
}

#[test]
fn a_scale_that_is_none_is_refused() {
    let bytes = model(small_cnn(8), |_| {})
        .to_bytes_as(ParameterType::Int8)
        .unwrap();
    for scale in [f32::NAN, f32::NEG_INFINITY, -0.5] {
        let is_scale = |name: &str| name.ends_with(".scale");
        let error = error(&with_tensor(&bytes, is_scale, &scale.to_le_bytes()));
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
}

#[test]
fn vectors_of_a_file_of_8_bits_are_halves_where_that_keeps_every_value() {
    let mut model = model(small_cnn(8), |_| {});
    let eights = |model: &Model| model.to_bytes_as(ParameterType::Int8).unwrap();
    let halves = model.to_bytes_as(ParameterType::F16).unwrap();
    let halves = Model::from_bytes(&halves, &Device::flex()).unwrap();
    let n_vectors: usize = (model.net.tensors().iter())
        .filter(|tensor| tensor.shape.len() == 1)
        .map(TensorInfo::count)
        .sum();
    let finer = floats(&model)
        .into_iter()
        .map(|value| value * 1.000_3 + 1e-5);
    let finer: Vec<u8> = finer.flat_map(f32::to_le_bytes).collect();
    model.net = model.net.with_bytes(&finer).unwrap();
    let saved = eights(&model).len() as isize - eights(&halves).len() as isize;
    // And some digits of offsets, either way.
    assert!((saved - 2 * n_vectors as isize).abs() < 64, "{saved}");
}
