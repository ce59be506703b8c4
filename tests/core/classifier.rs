//! The answers: for clips, for streams, for what is no speech and for what is no audio.

use burn::tensor::Device;
use emotionai_voice::training::{Calibration, MelStream};
use emotionai_voice::{
    Classifier, DEFAULT_MODEL, Error, MelSpectrogram, Model, Prediction, PredictionState,
    Probabilities, Waveform,
};

use crate::support::{classifier, noise, stream, tone, voice};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_frames_of_a_recording_get_the_answer_that_its_samples_get() {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.prosody = None;
    let (classifier, voice) = (
        Classifier::from_model(model, Device::flex()).unwrap(),
        voice(),
    );
    let features = &classifier.model().features;
    let mut stream = MelStream::new(features, voice.sample_rate()).unwrap();
    let mut mel = MelSpectrogram::new(features.n_mels);
    stream.push(voice.samples(), &mut mel).unwrap();
    stream.flush(&mut mel).unwrap();
    let answer = classifier.classify_mel(&mel).unwrap();
    assert_eq!(answer, classifier.classify(&voice).unwrap());
    assert!(answer.speech_ms > 0.0);

    let refused = |mel: &MelSpectrogram| classifier.classify_mel(mel).unwrap_err();
    let empty = MelSpectrogram::new(features.n_mels);
    assert!(matches!(refused(&empty), Error::TooShort { .. }));
    let mut narrow = MelSpectrogram::new(features.n_mels - 1);
    (0..20).for_each(|_| narrow.push_frame(&vec![-30.0; features.n_mels - 1]));
    assert!(matches!(refused(&narrow), Error::InvalidConfig { .. }));
    mel.push_frame(&vec![f32::NAN; features.n_mels]);
    assert!(matches!(refused(&mel), Error::InvalidAudio { .. }));
}

#[test]
fn speech_gets_probabilities_that_sum_to_one() {
    let clip = classifier().classify(&voice()).unwrap();
    assert_ne!(clip.state, PredictionState::NoSpeech);
    let probabilities = clip.probabilities.unwrap();
    assert_eq!(probabilities.values().len(), 8);
    assert!((probabilities.values().iter().sum::<f32>() - 1.0).abs() < 1e-5);
    assert_eq!(clip.confidence, Some(probabilities.top().1));
    let is_sure = clip.state == PredictionState::Speech;
    assert_eq!(
        clip.label.as_deref(),
        is_sure.then(|| probabilities.top_label())
    );
}

#[test]
fn a_label_s_bias_is_added_to_its_logit_in_every_answer() {
    let with = |label_bias: Option<Vec<f32>>| {
        let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
        model.header.calibration = Calibration {
            label_bias,
            ..Calibration::default()
        };
        Classifier::from_bytes(&model.to_bytes().unwrap()).unwrap()
    };
    let bias: Vec<f32> = (0..8).map(|label| 0.2 * label as f32 - 0.5).collect();
    let plain = stream(&with(None), &voice(), 4_096);
    let biased = stream(&with(Some(bias.clone())), &voice(), 4_096);
    let answers = |(windows, clip): (Vec<Prediction>, Prediction)| {
        let all = windows.into_iter().chain([clip]);
        all.filter_map(|answer| answer.probabilities)
            .collect::<Vec<_>>()
    };
    let (plain, biased) = (answers(plain), answers(biased));
    assert!(plain.len() > 3 && plain.len() == biased.len());
    for (plain, biased) in plain.iter().zip(&biased) {
        // Logits are known up to a constant: probabilities are compared with those of the first label.
        let log_odds = |p: &Probabilities, label: usize| (p.values()[label] / p.values()[0]).ln();
        for label in 1..8 {
            let expected = log_odds(plain, label) + bias[label] - bias[0];
            assert!((log_odds(biased, label) - expected).abs() < 1e-3);
        }
    }
}

#[test]
fn probabilities_are_the_softmax_of_the_logits_over_the_temperature() {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.calibration.neutral = Some(vec![0.5; 8]);
    let plain = Classifier::from_model(model, Device::flex()).unwrap();
    let profile = plain.enroll(&[voice()]).unwrap();
    let adapted = plain.with_profile(Some(profile)).unwrap();
    let temperature = plain.model().calibration.temperature;
    for classifier in [&plain, &adapted] {
        let (windows, clip) = stream(classifier, &voice(), 4_096);
        assert!(windows.len() > 3);
        for prediction in windows.iter().chain([&clip]) {
            let logits = prediction.logits.as_ref().unwrap();
            let exp: Vec<f32> = logits.iter().map(|z| (z / temperature).exp()).collect();
            let sum: f32 = exp.iter().sum();
            let values = prediction.probabilities.as_ref().unwrap().values();
            for (exp, value) in exp.iter().zip(values) {
                assert!((exp / sum - value).abs() < 1e-6, "{logits:?} {values:?}");
            }
        }
    }
    let json = serde_json::to_string(&plain.classify(&voice()).unwrap()).unwrap();
    assert!(!json.contains("logits"), "{json}");
}

#[test]
fn a_model_from_memory_is_validated() {
    let model = || Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    assert!(Classifier::from_model(model(), Device::flex()).is_ok());
    let refuse = |damage: fn(&mut Model)| {
        let mut model = model();
        damage(&mut model);
        let error = Classifier::from_model(model, Device::flex()).unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
        error.to_string()
    };
    refuse(|model| model.header.labels.truncate(3));
    refuse(|model| model.header.calibration.temperature = f32::NAN);
    refuse(|model| model.header.normalization.mean.truncate(3));
    refuse(|model| model.header.windows.n_frames = 0);
    // Sound parts that do not belong together.
    let error = refuse(|model| {
        let other = include_bytes!("../../src/weights/cnn.emo");
        model.net = Model::from_bytes(other, &Device::flex()).unwrap().net;
    });
    assert!(error.contains("tensors"), "{error}");
}

#[test]
fn loudness_does_not_change_the_answer() {
    let (classifier, voice) = (classifier(), voice());
    let expected = classifier.classify(&voice).unwrap().probabilities.unwrap();
    for gain in [0.1, 0.5, 1.6] {
        let samples = voice.samples().iter().map(|s| s * gain).collect();
        let louder = Waveform::from_mono(samples, voice.sample_rate()).unwrap();
        let actual = classifier.classify(&louder).unwrap().probabilities.unwrap();
        for (a, b) in actual.values().iter().zip(expected.values()) {
            assert!((a - b).abs() < 1e-3, "gain {gain}: {a} {b}");
        }
    }
}

#[test]
fn what_is_no_speech_has_no_label_and_no_probabilities() {
    let classifier = classifier();
    let rate = 16_000;
    let signals = [
        ("silence", vec![0.0; 48_000]),
        ("white noise", noise(48_000)),
        (
            "faint noise",
            noise(48_000).iter().map(|s| s * 1e-4).collect(),
        ),
        ("hum", tone(50.0, rate, 48_000)),
        ("tone", tone(1_000.0, rate, 48_000)),
    ];
    for (name, samples) in signals {
        let (windows, clip) = stream(
            &classifier,
            &Waveform::from_mono(samples, rate).unwrap(),
            999,
        );
        for prediction in windows.iter().chain([&clip]) {
            assert_eq!(
                prediction.state,
                PredictionState::NoSpeech,
                "{name}: {prediction:?}"
            );
            assert_eq!(prediction.label, None);
            assert_eq!(prediction.confidence, None);
            assert_eq!(prediction.probabilities, None);
            assert_eq!(prediction.logits, None);
        }
    }
}

#[test]
fn other_rates_give_nearly_the_same_answer() {
    let (classifier, voice) = (classifier(), voice());
    let expected = classifier.classify(&voice).unwrap().probabilities.unwrap();
    for rate in [22_050, 44_100, 48_000] {
        let mut resampler =
            emotionai_voice::training::Resampler::new(voice.sample_rate(), rate).unwrap();
        let mut samples = Vec::new();
        resampler.push(voice.samples(), &mut samples);
        resampler.flush(&mut samples);
        let other = Waveform::from_mono(samples, rate).unwrap();
        let actual = classifier.classify(&other).unwrap().probabilities.unwrap();
        for (a, b) in actual.values().iter().zip(expected.values()) {
            assert!((a - b).abs() < 0.05, "{rate} Hz: {a} {b}");
        }
    }
}

#[test]
fn ten_milliseconds_are_too_short() {
    let classifier = classifier();
    let blip = Waveform::from_mono(vec![0.1; 160], 16_000).unwrap();
    assert_eq!(
        classifier.classify(&blip),
        Err(Error::TooShort {
            expected_ms: 100,
            actual_ms: 10
        })
    );
    let empty = Waveform::from_mono(Vec::new(), 16_000).unwrap();
    assert!(matches!(
        classifier.classify(&empty),
        Err(Error::TooShort { actual_ms: 0, .. })
    ));
    let mut stream = classifier.stream(16_000, None).unwrap();
    assert!(matches!(stream.flush(), Err(Error::TooShort { .. })));
}
