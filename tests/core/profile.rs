//! Voice profiles: what they change, what they leave alone, and what is refused.

use std::f32::consts::TAU;

use burn::tensor::Device;
use emotionai_voice::{
    Adaptation, Classifier, DEFAULT_MODEL, Error, FrameStream, Model, Normalization, Prediction,
    StreamEnd, VoiceProfile, VoiceStatistics, Waveform,
};

use crate::support::noise;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const N_MELS: usize = 64;
const RANGE_DB: f32 = 60.0;

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

/// Two syllables a second of noise through a filter of the sample and the one before.
fn sibilants(filter: fn(f32, f32) -> f32) -> Waveform {
    let rate = 16_000;
    let mut last = 0.0;
    let samples = noise(4 * rate).into_iter().enumerate().map(|(i, sample)| {
        let syllable = 0.5 - 0.5 * (TAU * 2.0 * i as f32 / rate as f32).cos();
        let sample = sample * (syllable.powi(2) + 0.001);
        filter(sample, std::mem::replace(&mut last, sample))
    });
    Waveform::from_mono(samples.collect(), rate as u32).unwrap()
}

/// An average voice that is neither of these two.
fn average() -> VoiceStatistics {
    VoiceStatistics {
        mean: (0..N_MELS).map(|band| -20.0 - 0.4 * band as f32).collect(),
        std: vec![9.0; N_MELS],
    }
}

fn classifier(neutral: Option<VoiceStatistics>) -> Classifier {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.normalization.neutral = neutral;
    // By level alone: the noise that stands for voices below is none, and the gate knows.
    model.header.gate.voice = false;
    let bytes = model.to_bytes().unwrap();
    Classifier::from_bytes(&bytes).unwrap()
}

fn probabilities(prediction: &Prediction) -> Vec<f32> {
    prediction.probabilities.as_ref().unwrap().values().to_vec()
}

/// A profile with some speech and the same statistics in all bands.
fn flat(speech_ms: f64, mean: f32, std: f32) -> VoiceProfile {
    let json = serde_json::json!({
        "space": "anywhere",
        "speechMs": speech_ms,
        "statistics": { "mean": vec![mean; 2], "std": vec![std; 2] },
    });
    VoiceProfile::from_json(&json.to_string()).unwrap()
}

fn flat_average(mean: f32, std: f32) -> VoiceStatistics {
    VoiceStatistics {
        mean: vec![mean; 2],
        std: vec![std; 2],
    }
}

#[test]
fn the_average_voice_is_heard_as_without_a_profile() {
    let own = classifier(Some(average())).enroll(&[voice()]).unwrap();
    let classifier = classifier(Some(own.statistics().clone()));
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
fn two_voices_are_closer_with_their_profiles() {
    let classifier = classifier(Some(average()));
    let header = classifier.model();
    let floor = Normalization::floor_only(N_MELS, RANGE_DB);
    let window = |waveform: &Waveform, profile: Option<&VoiceProfile>| {
        let mut frames = FrameStream::new(&header.features, waveform.sample_rate()).unwrap();
        frames.push(waveform.samples());
        let adaptation = profile.map(|it| Adaptation::new(it, &average(), RANGE_DB));
        let voice = adaptation.as_ref();
        let end = frames.n_frames();
        frames
            .adapted_window(end, &header.windows, &floor, &header.gate, voice)
            .data
    };
    let distance = |a: &[f32], b: &[f32]| -> f32 {
        let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
        sum / a.len() as f32
    };
    let voices = [
        sibilants(|now, last| now + 0.5 * last),
        sibilants(|now, last| now - 0.5 * last),
    ];
    let [a, b] = voices.each_ref().map(|voice| window(voice, None));
    let before = distance(&a, &b);
    let [a, b] = voices.each_ref().map(|voice| {
        let neutral = vec![voice.clone(); 8];
        window(voice, Some(&classifier.enroll(&neutral).unwrap()))
    });
    let after = distance(&a, &b);
    assert!(before > 3.0, "{before} dB");
    assert!(after < 0.2 * before, "{before} dB, then {after} dB");
}

#[test]
fn more_speech_is_believed_more() {
    let neutral = flat_average(-20.0, 10.0);
    let mut last = -30.0;
    for speech_ms in [1_000.0, 3_000.0, 10_000.0, 1e7] {
        let profile = flat(speech_ms, -30.0, 10.0);
        let moved = Adaptation::new(&profile, &neutral, RANGE_DB).apply(0, -30.0);
        assert!(moved > last && moved <= -20.0, "{speech_ms} ms: {moved}");
        last = moved;
    }
    assert!((last - -20.0).abs() < 0.01, "in the end wholly: {last}");
}

#[test]
fn levels_keep_their_order_their_range_and_their_floor() {
    for (mean, std) in [(-55.0, 1.0), (-30.0, 5.0), (-10.0, 20.0), (-1.0, 1.0)] {
        let profile = flat(60_000.0, mean, std);
        let adaptation = Adaptation::new(&profile, &flat_average(-30.0, 10.0), RANGE_DB);
        assert_eq!(adaptation.apply(1, -RANGE_DB), -RANGE_DB);
        assert_eq!(adaptation.apply(1, -1e9), -RANGE_DB);
        let mut last = -RANGE_DB;
        for level in (-59..=5).map(|db| db as f32) {
            let moved = adaptation.apply(1, level);
            assert!(moved >= last && moved <= 0.0, "{level}: {last}, {moved}");
            last = moved;
        }
        // No more than doubled or halved, whatever the deviations say.
        let step = adaptation.apply(0, mean + 0.5) - adaptation.apply(0, mean - 0.5);
        assert!((0.49..=2.01).contains(&step), "{mean} {std}: {step}");
    }
}

#[test]
fn a_stream_measures_the_voice_that_it_heard() {
    let classifier = classifier(Some(average()));
    let whole = classifier.enroll(&[voice(), muffled()]).unwrap();
    assert!(whole.speech_ms() > 2_000.0);
    // Also one that listens with a profile: it is the voice that is measured, not what is made of it.
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
            voices.push(stream.flush().unwrap().voice.unwrap());
        }
        assert_eq!(classifier.enroll_voices(&voices).unwrap(), whole);
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
fn a_model_that_was_not_trained_for_profiles_says_so() {
    let profile = classifier(Some(average())).enroll(&[voice()]).unwrap();
    let plain = classifier(None);
    assert_eq!(plain.model().info().voice_space, None);
    for error in [
        plain.enroll(&[voice()]).unwrap_err(),
        plain.enroll_voices(&[]).unwrap_err(),
        plain.with_profile(Some(profile)).unwrap_err(),
    ] {
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
        assert!(error.to_string().contains("trained for voice profiles"));
    }
    let mut stream = plain.stream(voice().sample_rate(), None).unwrap();
    stream.push(voice().samples()).unwrap();
    assert_eq!(stream.flush().unwrap().voice, None);
    assert!(plain.with_profile(None).unwrap().profile().is_none());
}

#[test]
fn a_profile_fits_the_models_that_measure_voices_alike_and_no_others() {
    let profile = classifier(Some(average())).enroll(&[voice()]).unwrap();
    // Another average voice: the profile is the voice's own, and serves that model as well.
    let other = classifier(Some(VoiceStatistics {
        mean: vec![-30.0; N_MELS],
        std: vec![5.0; N_MELS],
    }));
    assert_eq!(
        other.model().info().voice_space.as_deref(),
        Some(profile.space())
    );
    assert!(other.with_profile(Some(profile.clone())).is_ok());

    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.normalization.neutral = Some(average());
    model.header.features.f_max = 7_000.0;
    let foreign = Classifier::from_model(model, Device::flex());
    let voices = [foreign.model().voice_space().unwrap().silence()];
    for error in [
        foreign.with_profile(Some(profile)).unwrap_err(),
        other.enroll_voices(&voices).unwrap_err(),
    ] {
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
}

#[test]
fn a_profile_is_kept_as_json() {
    let classifier = classifier(Some(average()));
    let profile = classifier.enroll(&[voice()]).unwrap();
    let json = profile.to_json().unwrap();
    assert_eq!(VoiceProfile::from_json(&json).unwrap(), profile);
    assert!(json.len() < 4_000, "statistics alone: {} bytes", json.len());

    let damaged = [
        ("cut short", json[..100].to_owned()),
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
            "a band too many",
            json.replacen("\"mean\":[", "\"mean\":[0,", 1),
        ),
        (
            "no spread",
            json.replacen("\"std\":[", "\"mean\":[],\"std\":[0,", 1),
        ),
        (
            "a negative spread",
            json.replacen("\"std\":[", "\"std\":[-", 1),
        ),
        (
            "an overflow",
            json.replacen("\"mean\":[", "\"mean\":[1e60,", 1),
        ),
    ];
    for (name, json) in damaged {
        let error = VoiceProfile::from_json(&json).unwrap_err();
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
    assert_eq!(
        classifier.model().normalization.neutral,
        Some(average()),
        "through the bytes of a file"
    );
    let mut normalization = classifier.model().normalization.clone();
    for damage in [
        VoiceStatistics {
            mean: vec![0.0; 3],
            ..average()
        },
        VoiceStatistics {
            std: vec![0.0; N_MELS],
            ..average()
        },
        VoiceStatistics {
            mean: vec![f32::NAN; N_MELS],
            ..average()
        },
    ] {
        normalization.neutral = Some(damage);
        let error = normalization.validate(N_MELS).unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
    // A file from before there were profiles has no such field, and none is written without need.
    normalization.neutral = None;
    let json = serde_json::to_string(&normalization).unwrap();
    assert!(!json.contains("neutral"));
    assert_eq!(
        serde_json::from_str::<Normalization>(&json).unwrap(),
        normalization
    );
}
