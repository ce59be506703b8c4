//! Voice profiles: what they change, what they leave alone, and what is refused.

use burn::tensor::Device;
use emotionai_voice::training::Calibration;
use emotionai_voice::{
    Classifier, DEFAULT_MODEL, EnrollmentSample, Error, Model, Prediction, SpeakerProfile,
    StreamEnd, Waveform,
};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const N_LABELS: usize = 8;

fn voice() -> Waveform {
    Waveform::from_wav(include_bytes!("../data/voice.wav")).unwrap()
}

/// The same voice through a one-pole low-pass: the upper bands are up to 14 dB fainter.
fn muffled() -> Waveform {
    let voice = voice();
    let mut last = 0.0;
    let samples = voice.samples().iter().map(|sample| {
        last += 0.33 * (sample - last);
        last
    });
    Waveform::from_mono(samples.collect(), voice.sample_rate()).unwrap()
}

/// What the network says of an average voice that is neither of these two.
fn average() -> Vec<f32> {
    (0..N_LABELS)
        .map(|label| 1.0 - 0.3 * label as f32)
        .collect()
}

fn classifier(neutral: Option<Vec<f32>>) -> Classifier {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.calibration.neutral = neutral;
    let bytes = model.to_bytes().unwrap();
    Classifier::from_bytes(&bytes).unwrap()
}

fn probabilities(prediction: &Prediction) -> Vec<f32> {
    prediction.probabilities.as_ref().unwrap().values().to_vec()
}

#[test]
fn the_average_voice_is_heard_as_without_a_profile() {
    let own = classifier(Some(average())).enroll(&[voice()]).unwrap();
    let classifier = classifier(Some(own.logits().to_vec()));
    let adapted = classifier.with_profile(Some(own.clone())).unwrap();
    assert_eq!(adapted.profile(), Some(&own));
    for input in [voice(), muffled()] {
        assert_eq!(
            adapted.classify(&input).unwrap(),
            classifier.classify(&input).unwrap()
        );
    }
}

#[test]
fn a_profile_changes_the_answer_until_it_is_taken_away() {
    let classifier = classifier(Some(average()));
    let plain = classifier.classify(&voice()).unwrap();
    let profile = classifier.enroll(&[voice()]).unwrap();
    let adapted = classifier.with_profile(Some(profile)).unwrap();
    let with = adapted.classify(&voice()).unwrap();
    assert_ne!(probabilities(&with), probabilities(&plain));
    assert_eq!(with.speech_ms, plain.speech_ms, "speech is speech");
    let without = adapted.with_profile(None).unwrap();
    assert_eq!(without.profile(), None);
    for classifier in [classifier, without] {
        assert_eq!(classifier.classify(&voice()).unwrap(), plain);
    }
}

#[test]
fn a_part_of_what_the_voice_differs_by_is_taken_from_its_logits() {
    let classifier = classifier(Some(average()));
    let temperature = classifier.model().calibration.temperature;
    let profile = classifier.enroll(&[voice()]).unwrap();
    let adapted = classifier.with_profile(Some(profile.clone())).unwrap();
    let [plain, with] = [&classifier, &adapted]
        .map(|classifier| probabilities(&classifier.classify(&muffled()).unwrap()));
    let shift = profile.shift(&average());
    // Log-probabilities are logits over the temperature, up to a constant that they share.
    let moved: Vec<f32> = (plain.iter().zip(&with))
        .map(|(plain, with)| (plain.ln() - with.ln()) * temperature)
        .collect();
    for label in 1..N_LABELS {
        let (moved, shift) = (moved[label] - moved[0], shift[label] - shift[0]);
        assert!((moved - shift).abs() < 1e-3, "{label}: {moved} {shift}");
    }
    for ((own, average), shift) in profile.logits().iter().zip(average()).zip(&shift) {
        assert!(
            shift.abs() < (own - average).abs(),
            "not the whole difference"
        );
    }
}

#[test]
fn samples_count_by_their_speech() {
    let sample = |speech_ms, logits: [f32; 2]| EnrollmentSample {
        space: "here".into(),
        speech_ms,
        logits: logits.to_vec(),
    };
    let nothing = EnrollmentSample {
        logits: Vec::new(),
        ..sample(300.0, [0.0; 2])
    };
    let profile = SpeakerProfile::new(
        "here",
        &[
            sample(3_000.0, [1.0, -1.0]),
            nothing.clone(),
            sample(1_000.0, [5.0, 1.0]),
        ],
    )
    .unwrap();
    assert_eq!(profile.speech_ms(), 4_000.0);
    assert_eq!(profile.logits(), [2.0, -0.5]);
    let error = SpeakerProfile::new("here", &vec![nothing; 9]).unwrap_err();
    assert!(matches!(error, Error::TooLittleSpeech { .. }), "{error}");
    for odd in [
        EnrollmentSample {
            space: "elsewhere".into(),
            ..sample(3_000.0, [0.0; 2])
        },
        EnrollmentSample {
            logits: vec![0.0; 3],
            ..sample(3_000.0, [0.0; 2])
        },
    ] {
        let error = SpeakerProfile::new("here", &[sample(3_000.0, [0.0; 2]), odd]).unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
    for damaged in [
        sample(f64::NAN, [0.0; 2]),
        sample(-1.0, [0.0; 2]),
        sample(3_000.0, [f32::INFINITY, 0.0]),
    ] {
        let error = SpeakerProfile::new("here", &[sample(3_000.0, [0.0; 2]), damaged]).unwrap_err();
        assert!(matches!(error, Error::InvalidConfig { .. }), "{error}");
    }
}

#[test]
fn a_voice_of_other_labels_is_refused_where_it_is_given() {
    let classifier = classifier(Some(average()));
    let sample = EnrollmentSample {
        space: classifier.model().profile_space().unwrap().into(),
        speech_ms: 3_000.0,
        logits: vec![0.0; 3],
    };
    let error = classifier.enroll_samples(&[sample]).unwrap_err();
    assert!(error.to_string().contains("8 logits"), "{error}");
}

#[test]
fn a_stream_tells_of_the_voice_that_it_heard() {
    let classifier = classifier(Some(average()));
    let whole = classifier.enroll(&[voice(), muffled()]).unwrap();
    assert!(whole.speech_ms() > 2_000.0);
    // Also one that listens with a profile: what the network says is kept, not what is made of it.
    let adapted = classifier.with_profile(Some(whole.clone())).unwrap();
    for (classifier, size) in [(&classifier, 997), (&adapted, 30_000)] {
        let mut stream = classifier.stream(voice().sample_rate(), None).unwrap();
        let mut voices = Vec::new();
        stream.push(voice().samples()).unwrap();
        stream.reset();
        for waveform in [voice(), muffled()] {
            for chunk in waveform.samples().chunks(size) {
                stream.push(chunk).unwrap();
            }
            voices.push(stream.flush().unwrap().enrollment.unwrap());
        }
        assert_eq!(classifier.enroll_samples(&voices).unwrap(), whole);
    }
}

#[test]
fn an_open_stream_keeps_the_voice_that_it_was_opened_for() {
    let classifier = classifier(Some(average()));
    let profile = classifier.enroll(&[voice()]).unwrap();
    let adapted = classifier.with_profile(Some(profile)).unwrap();
    let mut stream = adapted.stream(voice().sample_rate(), None).unwrap();
    stream.push(&voice().samples()[..20_000]).unwrap();
    drop(adapted.with_profile(None).unwrap());
    stream.push(&voice().samples()[20_000..]).unwrap();
    let StreamEnd { clip, .. } = stream.flush().unwrap();
    assert_eq!(clip, adapted.classify(&voice()).unwrap());
}

#[test]
fn too_little_speech_is_refused_with_what_came() {
    let classifier = classifier(Some(average()));
    let rate = voice().sample_rate();
    let silence = Waveform::from_mono(vec![0.0; 160_000], rate).unwrap();
    for nothing in [vec![], vec![silence.clone()]] {
        let error = classifier.enroll(&nothing).unwrap_err();
        let expected = Error::TooLittleSpeech {
            expected_ms: 1_000,
            actual_ms: 0,
        };
        assert_eq!(error, expected);
        assert_eq!(error.code(), "TOO_SHORT");
    }
    let samples = voice().samples()[..rate as usize].to_vec();
    let second = Waveform::from_mono(samples, rate).unwrap();
    let error = classifier
        .enroll(&[second.clone(), silence.clone()])
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLittleSpeech {
                actual_ms: 200..1_000,
                ..
            }
        ),
        "{error}"
    );
    // Several recordings add up.
    let profile = classifier.enroll(&[second.clone(), second.clone(), silence, second]);
    assert!(profile.unwrap().speech_ms() >= 1_000.0);
}

#[test]
fn a_model_that_was_not_calibrated_for_profiles_says_so() {
    let profile = classifier(Some(average())).enroll(&[voice()]).unwrap();
    let plain = classifier(None);
    assert_eq!(plain.model().info().profile_space, None);
    for error in [
        plain.enroll(&[voice()]).unwrap_err(),
        plain.enroll_samples(&[]).unwrap_err(),
        plain.with_profile(Some(profile)).unwrap_err(),
    ] {
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("calibrated for speaker profiles")
        );
    }
    let mut stream = plain.stream(voice().sample_rate(), None).unwrap();
    stream.push(voice().samples()).unwrap();
    assert_eq!(stream.flush().unwrap().enrollment, None);
    assert!(plain.with_profile(None).unwrap().profile().is_none());
}

#[test]
fn a_profile_fits_the_weights_that_it_was_made_with_and_no_others() {
    let own = classifier(Some(average()));
    let profile = own.enroll(&[voice()]).unwrap();
    // Calibrated anew, they are the same weights still.
    let again = classifier(Some(vec![0.0; N_LABELS]));
    let space = again.model().info().profile_space;
    assert_eq!(space.as_deref(), Some(profile.space()));
    assert!(again.with_profile(Some(profile.clone())).is_ok());

    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.calibration.neutral = Some(average());
    model.header.id = "others".into();
    let foreign = Classifier::from_model(model, Device::flex()).unwrap();
    let mut stream = foreign.stream(voice().sample_rate(), None).unwrap();
    stream.push(voice().samples()).unwrap();
    let heard = stream.flush().unwrap().enrollment.unwrap();
    for error in [
        foreign.with_profile(Some(profile)).unwrap_err(),
        own.enroll_samples(&[heard]).unwrap_err(),
    ] {
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
}

#[test]
fn a_profile_is_kept_as_json() {
    let classifier = classifier(Some(average()));
    let profile = classifier.enroll(&[voice()]).unwrap();
    let json = profile.to_json().unwrap();
    assert_eq!(SpeakerProfile::from_json(&json).unwrap(), profile);
    assert!(json.len() < 300, "a few numbers: {} bytes", json.len());

    let damaged = [
        ("cut short", json[..50].to_owned()),
        ("no object", "7".into()),
        ("an unknown field", json.replacen('{', r#"{"audio":[],"#, 1)),
        (
            "a missing field",
            json.replacen("\"speechMs\"", "\"speech\"", 1),
        ),
        (
            "too little speech",
            json.replacen("\"speechMs\":", "\"speechMs\":0.0001e-", 1),
        ),
        (
            "no labels",
            format!("{}[]}}", json.split_once('[').unwrap().0),
        ),
        (
            "an overflow",
            json.replacen("\"logits\":[", "\"logits\":[1e60,", 1),
        ),
    ];
    for (name, json) in damaged {
        let error = SpeakerProfile::from_json(&json).unwrap_err();
        assert!(
            matches!(error, Error::InvalidConfig { .. }),
            "{name}: {error}"
        );
        assert_eq!(error.code(), "INVALID_OPTION");
    }
}

#[test]
fn the_average_voice_lives_in_the_model_file() {
    let classifier = classifier(Some(average()));
    let mut header = classifier.model().clone();
    assert_eq!(
        header.calibration.neutral,
        Some(average()),
        "through the bytes of a file"
    );
    for damage in [vec![], vec![0.0; N_LABELS - 1], vec![f32::NAN; N_LABELS]] {
        header.calibration.neutral = Some(damage);
        let error = header.validate().unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
    // A file from before there were profiles has no such field, and none is written without need.
    let plain = Calibration::default();
    let json = serde_json::to_string(&plain).unwrap();
    assert!(!json.contains("neutral"));
    assert_eq!(serde_json::from_str::<Calibration>(&json).unwrap(), plain);
}
