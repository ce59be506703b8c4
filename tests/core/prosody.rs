//! The prosody functionals, and the linear head from them to logits.

use burn::tensor::Device;
use emotionai_voice::training::Analysis;
use emotionai_voice::training::{
    FrameStream, N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS, Normalization, ParameterType,
    ProsodyHead, Resampler, WindowConfig,
};
use emotionai_voice::{
    Classifier, DEFAULT_MODEL, Error, FeatureConfig, MelSpectrogram, Model, Waveform,
};

use crate::model_file::{sealed, with_table};
use crate::support::noise;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VOICE: &[u8] = include_bytes!("../data/voice.wav");
/// By NumPy: see make_prosody.py.
const EXPECTED: &str = include_str!("../data/prosody.json");
const RATE: u32 = 16_000;

fn functionals(samples: &[f32], chunk: usize) -> Vec<f32> {
    functionals_without(0.0, samples, chunk)
}

/// The same with the given over-subtraction of each band's background.
fn functionals_without(subtraction: f32, samples: &[f32], chunk: usize) -> Vec<f32> {
    let mut frames = FrameStream::new(&FeatureConfig::default(), RATE)
        .unwrap()
        .with_prosody();
    for chunk in samples.chunks(chunk) {
        frames.push(chunk);
    }
    frames.flush();
    let end = frames.n_frames();
    let normalization = Normalization {
        subtraction,
        ..Normalization::floor_only(64, 60.0)
    };
    frames
        .prosody(end, &WindowConfig::default(), &normalization)
        .unwrap()
}

#[test]
fn the_pitch_of_another_rate_is_that_of_the_resampled_input() {
    let samples = noise(48_000);
    let mut resampled = Vec::new();
    let mut resampler = Resampler::new(48_000, RATE).unwrap();
    resampler.push(&samples, &mut resampled);
    resampler.flush(&mut resampled);
    let mut frames = FrameStream::new(&FeatureConfig::default(), 48_000)
        .unwrap()
        .with_prosody();
    for chunk in samples.chunks(701) {
        frames.push(chunk);
    }
    frames.flush();
    let floor = Normalization::floor_only(64, 60.0);
    let found = frames.prosody(frames.n_frames(), &WindowConfig::default(), &floor);
    assert_eq!(found.unwrap(), functionals(&resampled, 4_096));
}

fn voice() -> Vec<f32> {
    Waveform::from_wav(VOICE).unwrap().samples().to_vec()
}

/// A buzz whose pitch goes from one frequency to another.
fn buzz(from_hz: f32, to_hz: f32, seconds: f32) -> Vec<f32> {
    let n = (seconds * RATE as f32) as usize;
    let mut phase = 0.0f32;
    (0..n)
        .map(|i| {
            let hz = from_hz + (to_hz - from_hz) * i as f32 / n as f32;
            phase = (phase + hz / RATE as f32).fract();
            let harmonic = |k: i32| (std::f32::consts::TAU * phase * k as f32).sin() / k as f32;
            0.2 * (1..=8).map(harmonic).sum::<f32>()
        })
        .collect()
}

fn semitones(hz: f32) -> f32 {
    12.0 * (hz / 55.0).log2()
}

#[test]
fn the_functionals_of_a_voice_equal_those_of_numpy() {
    let expected: Vec<f32> = serde_json::from_str(EXPECTED).unwrap();
    let found = functionals(&voice(), 1_000);
    assert_eq!(
        (found.len(), expected.len()),
        (N_PROSODY_FUNCTIONALS, N_PROSODY_FUNCTIONALS)
    );
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let close = 1e-3 * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() < close,
            "functional {place}: {found}, not {expected}"
        );
    }
}

#[test]
fn a_steady_pitch_is_found_and_does_not_move() {
    for hz in [90.0, 150.0, 220.0, 440.0] {
        let functionals = functionals(&buzz(hz, hz, 1.5), 4_096);
        assert!(
            (functionals[4] - semitones(hz)).abs() < 0.1,
            "{hz} Hz: {} semitones",
            functionals[4]
        );
        assert!(
            functionals[1] < 0.5,
            "{hz} Hz: deviation {}",
            functionals[1]
        );
        assert!(functionals[30] > 0.95, "voiced: {}", functionals[30]);
    }
}

#[test]
fn a_rising_pitch_rises_and_a_falling_one_falls() {
    let rising = functionals(&buzz(150.0, 300.0, 1.5), 4_096);
    let falling = functionals(&buzz(300.0, 150.0, 1.5), 4_096);
    // An octave in 1.5 s: 0.128 semitones a frame.
    assert!((rising[7] - 0.128).abs() < 0.03, "{}", rising[7]);
    assert!((falling[9] + 0.128).abs() < 0.03, "{}", falling[9]);
    assert!(
        rising[6] - rising[2] > 9.0,
        "from the 5th to the 95th percentile"
    );
}

#[test]
fn silence_and_noise_have_no_pitch() {
    for samples in [vec![0.0; 32_000], noise(32_000)] {
        let functionals = functionals(&samples, 4_096);
        assert!(functionals.iter().all(|value| value.is_finite()));
        assert!(functionals[30] < 0.2, "{functionals:?}");
    }
    assert_eq!(functionals(&[0.0; 32_000], 4_096)[..16], [0.0; 16]);
}

#[test]
fn neither_gain_nor_chunks_change_the_functionals() {
    let voice = voice();
    let whole = functionals(&voice, voice.len());
    assert_eq!(functionals(&voice, 37), whole);
    let soft: Vec<f32> = voice.iter().map(|x| x / 32.0).collect();
    for (soft, loud) in functionals(&soft, 4_096).iter().zip(whole) {
        assert!(
            (soft - loud).abs() < 0.02 * loud.abs().max(1.0),
            "{soft}, {loud}"
        );
    }
}

#[test]
fn without_pitch_tracking_or_with_other_frames_there_is_no_prosody() {
    let wide = FeatureConfig {
        hop_length: 128,
        ..FeatureConfig::default()
    };
    let mut frames = FrameStream::new(&wide, RATE).unwrap().with_prosody();
    frames.push(&voice());
    let windows = WindowConfig::default();
    let floor = Normalization::floor_only(64, 60.0);
    assert_eq!(frames.prosody(frames.n_frames(), &windows, &floor), None);
    let plain = FrameStream::whole(&FeatureConfig::default(), RATE, &voice()).unwrap();
    assert_eq!(plain.prosody(plain.n_frames(), &windows, &floor), None);
}

#[test]
fn the_background_is_subtracted_from_the_bands_and_not_from_the_pitch() {
    let voice = voice();
    let hiss = noise(voice.len());
    let behind: Vec<f32> = voice
        .iter()
        .zip(hiss)
        .map(|(x, hiss)| x + 0.01 * hiss)
        .collect();
    let [kept, subtracted] =
        [0.0, 2.0].map(|subtraction| functionals_without(subtraction, &behind, 4_096));
    assert_eq!(
        kept[..N_PITCH_FUNCTIONALS],
        subtracted[..N_PITCH_FUNCTIONALS]
    );
    let changed = kept.iter().zip(&subtracted).filter(|(a, b)| a != b).count();
    assert!(
        changed > (N_PROSODY_FUNCTIONALS - N_PITCH_FUNCTIONALS) / 2,
        "{changed}"
    );
}

/// A head with a bias, and one weight: that of the first functional for the first label.
fn head(bias: [f32; 8], weight: f32) -> ProsodyHead {
    head_of(N_PROSODY_FUNCTIONALS, bias, weight)
}

fn head_of(n_functionals: usize, bias: [f32; 8], weight: f32) -> ProsodyHead {
    let mut weights = vec![0.0; 8 * n_functionals];
    weights[0] = weight;
    ProsodyHead {
        mean: vec![10.0; n_functionals],
        std: vec![2.0; n_functionals],
        weights,
        bias: bias.to_vec(),
    }
}

fn with_head(head: Option<ProsodyHead>) -> Model {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    model.header.prosody = head;
    model
}

fn classifier(head: Option<ProsodyHead>) -> Classifier {
    Classifier::from_bytes(&with_head(head).to_bytes().unwrap()).unwrap()
}

#[test]
fn a_head_clamps_deviations_to_five() {
    let head = head([0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0], 3.0);
    let mut functionals = vec![0.0; N_PROSODY_FUNCTIONALS];
    functionals[0] = 12.0;
    assert_eq!(head.logits(&functionals)[..2], [3.5, 0.0]);
    assert_eq!(head.logits(&functionals)[7], -1.0);
    functionals[0] = 1e6;
    assert_eq!(head.logits(&functionals)[0], 15.5);
}

#[test]
fn a_head_s_logits_are_added_to_the_network_s_in_every_answer() {
    let voice = Waveform::from_wav(VOICE).unwrap();
    let answer = |head| classifier(head).classify(&voice).unwrap();
    assert_eq!(answer(Some(head([0.0; 8], 0.0))), answer(None));
    // Odds grow by e to the bias over the temperature.
    let odds = |head| {
        let values = answer(head).probabilities.unwrap().values().to_vec();
        f64::from(values[2]) / f64::from(values[3])
    };
    let mut bias = [0.0; 8];
    bias[2] = 0.7;
    let temperature = f64::from(with_head(None).header.calibration.temperature);
    let expected = odds(None) * (0.7 / temperature).exp();
    let found = odds(Some(head(bias, 0.0)));
    assert!((found / expected - 1.0).abs() < 1e-3, "{found}, {expected}");
    // And the functionals count.
    assert_ne!(answer(Some(head([0.0; 8], 1.0))), answer(None));
}

#[test]
fn saliency_explains_the_answer_with_the_head() {
    let voice = Waveform::from_wav(VOICE).unwrap();
    let mut bias = [0.0; 8];
    bias[6] = 9.0;
    let [plain, biased] = [None, Some(head(bias, 0.0))].map(classifier);
    let label = &plain.model().labels[6];
    let of = |classifier: &Classifier| classifier.explain(&voice, Some(label)).unwrap();
    let (plain, biased) = (of(&plain), of(&biased));
    assert!(biased.probability > 0.9 && biased.probability > plain.probability);
    assert!(biased.data.iter().any(|fall| *fall != 0.0));
}

#[test]
fn a_head_of_the_pitch_functionals_alone_uses_no_other() {
    let voice = Waveform::from_wav(VOICE).unwrap();
    let answer = |n_functionals| {
        let head = head_of(n_functionals, [0.0; 8], 1.0);
        classifier(Some(head)).classify(&voice).unwrap()
    };
    assert_eq!(answer(N_PITCH_FUNCTIONALS), answer(N_PROSODY_FUNCTIONALS));
}

/// Numbers that differ, so that none can take the place of another.
fn colourful(n_functionals: usize) -> ProsodyHead {
    let numbers = |n: usize, by: f32| (0..n).map(|i| by * (i as f32).sin()).collect();
    ProsodyHead {
        mean: numbers(n_functionals, 30.0),
        std: vec![0.7; n_functionals],
        weights: numbers(8 * n_functionals, 0.02),
        bias: numbers(8, 1.0),
    }
}

#[test]
fn a_head_is_read_from_the_file_as_it_was_written() {
    for n_functionals in [N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS] {
        let model = with_head(Some(colourful(n_functionals)));
        let read = |parameters| {
            let bytes = model.to_bytes_as(parameters).unwrap();
            Model::from_bytes(&bytes, &Device::flex()).unwrap().header
        };
        assert_eq!(read(ParameterType::F32), model.header);
        let whole = model.header.prosody.as_ref().unwrap();
        for (parameters, step) in [(ParameterType::F16, 1e-5), (ParameterType::Int8, 2e-4)] {
            let rounded = read(parameters).prosody.unwrap();
            rounded.validate(8).unwrap();
            for (value, rounded) in whole.weights.iter().zip(&rounded.weights) {
                assert!((value - rounded).abs() < step, "{value}, {rounded}");
            }
        }
    }
}

#[test]
fn a_head_that_is_cut_short_is_refused() {
    let whole = with_head(Some(colourful(N_PROSODY_FUNCTIONALS)))
        .to_bytes()
        .unwrap();
    for missing in [4, 8 * N_PROSODY_FUNCTIONALS] {
        let mut bytes = whole.clone();
        bytes.truncate(whole.len() - missing);
        let error = Model::from_bytes(&sealed(bytes), &Device::flex()).unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
    // Each of its tensors is asked for.
    for tensor in ["mean", "std", "weights", "bias"] {
        let name = format!("prosody.{tensor}");
        let error = Model::from_bytes(&with_table(&whole, &name, "prosody.none"), &Device::flex());
        let error = error.unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
}

#[test]
fn another_head_is_another_model() {
    let models = [1.0, 2.0].map(|weight| with_head(Some(head([0.0; 8], weight))));
    let digests = models.each_ref().map(Model::parameter_digest);
    assert!(digests[0] != digests[1] && digests[0] != with_head(None).parameter_digest());
}

#[test]
fn a_head_that_does_not_fit_is_refused() {
    let sound = || head([0.0; 8], 1.0);
    let unfit = [
        ProsodyHead {
            bias: vec![0.0; 7],
            ..sound()
        },
        ProsodyHead {
            mean: vec![0.0; 31],
            ..sound()
        },
        ProsodyHead {
            std: vec![0.0; N_PROSODY_FUNCTIONALS],
            ..sound()
        },
        ProsodyHead {
            weights: vec![f32::NAN; 8 * N_PROSODY_FUNCTIONALS],
            ..sound()
        },
    ];
    for head in unfit {
        let error = with_head(Some(head)).to_bytes().unwrap_err();
        assert!(matches!(error, Error::ModelMismatch { .. }), "{error}");
    }
    let mut fast = with_head(Some(sound()));
    fast.header.features.hop_length = 128;
    let error = fast.to_bytes().unwrap_err();
    assert!(error.to_string().contains("every 16 ms"), "{error}");
}

#[test]
fn a_model_with_a_prosody_head_refuses_mel_bands_alone() {
    let mut mel = MelSpectrogram::new(64);
    (0..100).for_each(|_| mel.push_frame(&[-30.0; 64]));
    let classifier = classifier(Some(head([0.0; 8], 1.0)));
    let error = classifier.classify_mel(&mel).unwrap_err();
    assert!(error.to_string().contains("pitch"), "{error}");
}

#[test]
fn the_analysis_of_a_recording_gets_the_answer_that_its_samples_get() {
    let voice = Waveform::from_wav(VOICE).unwrap();
    let classifier = classifier(Some(head([0.5; 8], 1.0)));
    let features = &classifier.model().features;
    let analysis = Analysis::new(features, true, &voice).unwrap();
    let answer = classifier.classify_analysis(&analysis).unwrap();
    assert_eq!(answer, classifier.classify(&voice).unwrap());
    assert!(answer.speech_ms > 0.0);

    let without_pitch = Analysis::new(features, false, &voice).unwrap();
    let error = classifier.classify_analysis(&without_pitch).unwrap_err();
    assert!(error.to_string().contains("pitch"), "{error}");
    let short = Waveform::from_mono(vec![0.1; 100], 16_000).unwrap();
    let error = Analysis::new(features, true, &short).unwrap_err();
    assert!(matches!(error, Error::TooShort { .. }), "{error}");
    let empty = MelSpectrogram::new(features.n_mels);
    assert!(Analysis::from_mel(features, &empty).is_err());
}
