//! Explanations: what the map points at matters to the answer, and whose answer it is.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::training::{FrameStream, Padding};
use emotionai_voice::{
    Classifier, DEFAULT_MODEL, Error, Explainer, Model, PredictionState, Saliency, Waveform,
};

use crate::support::noise;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn classifier() -> Classifier {
    Classifier::from_bytes(DEFAULT_MODEL).unwrap()
}

fn voice() -> Waveform {
    Waveform::from_wav(include_bytes!("../data/voice.wav")).unwrap()
}

/// The window that a map explains, and the network, apart from the code under test.
struct Subject {
    model: Model,
    data: Vec<f32>,
    /// What the prosody adds to its logits.
    prosody: Vec<f32>,
    label: usize,
    saliency: Saliency,
}

impl Subject {
    fn new(model: &[u8], waveform: &Waveform) -> Subject {
        let classifier = Classifier::from_bytes(model).unwrap();
        let saliency = classifier.explain(waveform, None).unwrap();
        let model = Model::from_bytes(model, &Device::flex()).unwrap();
        let header = &model.header;
        let mut frames = FrameStream::new(&header.features, waveform.sample_rate())
            .unwrap()
            .with_prosody();
        frames.push(waveform.samples());
        frames.flush();
        let end = (saliency.end_ms / header.frames_to_ms(1)).round() as usize;
        let window = frames.window(end, &header.windows, &header.normalization, &header.gate);
        let label = header.labels.iter().position(|own| *own == saliency.label);
        let functionals = frames
            .prosody(end, &header.windows, &header.normalization)
            .unwrap();
        Subject {
            data: window.data,
            prosody: header.prosody.as_ref().unwrap().logits(&functionals),
            label: label.unwrap(),
            saliency,
            model,
        }
    }

    /// The emotion's probability where the places (as they lie in the map) hold `value`.
    fn probability(&self, places: &[usize], value: impl Fn(usize) -> f32) -> f32 {
        let header = &self.model.header;
        let (n_mels, width) = (header.features.n_mels, header.windows.n_frames);
        let padding = match header.windows.padding {
            Padding::Start => width - self.saliency.n_frames,
            Padding::End => 0,
        };
        let mut data = self.data.clone();
        for place in places {
            let (frame, band) = (place / n_mels, place % n_mels);
            data[band * width + padding + frame] = value(band);
        }
        let input = TensorData::new(data, [1, 1, n_mels, width]);
        let input = Tensor::<4>::from_data(input, &Device::flex());
        let logits = self.model.net.valid().forward(input).into_data();
        let logits: Vec<f32> = logits.try_into_vec().unwrap();
        let exp: Vec<f32> = logits
            .iter()
            .zip(&self.prosody)
            .map(|(logit, prosody)| ((logit + prosody) / header.calibration.temperature).exp())
            .collect();
        exp[self.label] / exp.iter().sum::<f32>()
    }

    /// The tenth of the places that the map has highest.
    fn top(&self) -> Vec<usize> {
        let data = &self.saliency.data;
        let mut places: Vec<usize> = (0..data.len()).collect();
        places.sort_by(|&a, &b| data[b].total_cmp(&data[a]));
        places.truncate(data.len() / 10);
        places
    }

    /// As many places, in squares of `side` that lie anywhere.
    fn random(&self, side: usize, random: &mut impl Iterator<Item = f32>) -> Vec<usize> {
        let (n_mels, n_frames) = (self.saliency.n_mels, self.saliency.n_frames);
        let mut below = |n: usize| (random.next().unwrap() * n as f32) as usize;
        let mut places = Vec::new();
        loop {
            let (band, frame) = (below(n_mels + 1 - side), below(n_frames + 1 - side));
            for place in 0..side * side {
                let place = (frame + place / side) * n_mels + band + place % side;
                if !places.contains(&place) {
                    places.push(place);
                }
                if places.len() == n_mels * n_frames / 10 {
                    return places;
                }
            }
        }
    }

    /// How far the probability falls: for the map's places, and for random ones of the same extent
    /// (squares, and single places) in the mean over 20 draws each.
    fn falls(&self, value: impl Fn(usize) -> f32) -> [f32; 3] {
        let whole = self.probability(&[], &value);
        let mut random = noise(1_000_000).into_iter().map(|sample| sample + 0.5);
        let mean = |side, random: &mut _| {
            let falls =
                (0..20).map(|_| whole - self.probability(&self.random(side, random), &value));
            falls.sum::<f32>() / 20.0
        };
        [
            whole - self.probability(&self.top(), &value),
            mean(8, &mut random),
            mean(1, &mut random),
        ]
    }

    /// By what the map was made with (each band's mean), and by silence, which it was not.
    fn fall_by_both(&self) -> [[f32; 3]; 2] {
        let normalization = &self.model.header.normalization;
        [
            self.falls(|_| 0.0),
            self.falls(|band| normalization.padding(band)),
        ]
    }
}

#[test]
fn hiding_what_the_map_points_at_costs_more_than_hiding_as_much_elsewhere() {
    let subject = Subject::new(DEFAULT_MODEL, &voice());
    let whole = subject.probability(&[], |_| 0.0);
    assert!(
        (whole - subject.saliency.probability).abs() < 1e-4,
        "{whole}"
    );
    // By what the map was made with alone: silence is damage that the network never saw, and in a single
    // synthetic voice it may say anything. The recordings below are judged by both.
    let [[top, squares, places], by_silence] = subject.fall_by_both();
    let falls = [top, squares, places];
    println!(
        "{} {whole}: {falls:?}, {by_silence:?}",
        subject.saliency.label
    );
    assert!(top > 0.1 && top > 2.0 * squares.max(places), "{falls:?}");
}

/// The same on real voices, a clip of every emotion of six actors: hiding the map's places must cost more
/// than the share `least` of the probability, and half as much again as hiding any others.
#[cfg(not(target_arch = "wasm32"))]
fn on_recordings(model: &[u8], least: f32) {
    let folder = std::env::var("RAVDESS_DIR").expect("RAVDESS_DIR names the recordings");
    let mut sums = [[0.0; 3]; 2];
    let (mut n_clips, mut whole) = (0.0, 0.0);
    for actor in [1, 2, 9, 10, 17, 18] {
        for emotion in 1..=8 {
            let file =
                format!("{folder}/Actor_{actor:02}/03-01-{emotion:02}-01-01-01-{actor:02}.wav");
            let Ok(bytes) = std::fs::read(&file) else {
                continue;
            };
            let subject = Subject::new(model, &Waveform::from_wav(&bytes).unwrap());
            for (sums, falls) in sums.iter_mut().zip(subject.fall_by_both()) {
                for (sum, fall) in sums.iter_mut().zip(falls) {
                    *sum += fall;
                }
            }
            n_clips += 1.0;
            whole += subject.saliency.probability;
        }
    }
    assert!(n_clips >= 8.0, "{folder} holds {n_clips} of the clips");
    let both = sums.map(|sums| sums.map(|sum| sum / whole));
    println!("{n_clips} clips: {both:?}");
    // Single places of silence all over a window are damage of a kind that the network never saw.
    for [top, squares, places] in both {
        assert!(top > least && top > 1.5 * squares.max(places), "{both:?}");
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn the_map_of_one_network_points_at_what_matters_on_recordings_too() {
    on_recordings(include_bytes!("../../src/weights/cnn.emo"), 0.5);
}

/// A tenth of the places does not bring down two networks that vote, with a head from which nothing is
/// hidden, as it does one network.
#[cfg(not(target_arch = "wasm32"))]
#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn the_map_of_a_vote_points_at_what_matters_on_recordings_too() {
    on_recordings(DEFAULT_MODEL, 0.4);
}

#[test]
fn the_answer_for_the_whole_is_explained_unless_a_label_is_named() {
    let (classifier, voice) = (classifier(), voice());
    let clip = classifier.classify(&voice).unwrap();
    let probabilities = clip.probabilities.unwrap();
    let default = classifier.explain(&voice, None).unwrap();
    assert_eq!(default.label, probabilities.top_label());
    let named = classifier.explain(&voice, Some(&default.label)).unwrap();
    assert_eq!(named, default);
    for (label, _) in probabilities.iter().take(3) {
        let other = classifier.explain(&voice, Some(label)).unwrap();
        assert_eq!(other.label, label);
        assert_eq!(other.data.len(), other.n_mels * other.n_frames);
        assert!(other.data.iter().all(|value| value.is_finite()));
        assert_eq!(other == default, label == default.label);
    }
}

#[test]
fn it_is_the_window_in_which_the_label_is_likeliest() {
    let (classifier, voice) = (classifier(), voice());
    let saliency = classifier.explain(&voice, None).unwrap();
    let mut stream = classifier.stream(voice.sample_rate(), None).unwrap();
    let mut windows = stream.push(voice.samples()).unwrap();
    windows.extend(stream.flush().unwrap().windows);
    let probability = |window: &emotionai_voice::Prediction| {
        let probabilities = window.probabilities.as_ref()?;
        let (_, own) = probabilities
            .iter()
            .find(|(label, _)| *label == saliency.label)?;
        Some((own, window.start_ms, window.end_ms))
    };
    let likeliest = windows
        .iter()
        .filter(|window| !window.provisional)
        .filter_map(probability)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap();
    let explained = (saliency.probability, saliency.start_ms, saliency.end_ms);
    assert_eq!(explained, likeliest);
    assert_eq!(saliency.n_frames, classifier.model().windows.n_frames);
}

/// Shorter than a window.
fn short() -> Waveform {
    let voice = voice();
    let samples = voice.samples()[..voice.sample_rate() as usize * 3 / 2].to_vec();
    Waveform::from_mono(samples, voice.sample_rate()).unwrap()
}

#[test]
fn an_input_shorter_than_a_window_is_explained_as_far_as_it_goes() {
    let saliency = classifier().explain(&short(), None).unwrap();
    assert_eq!((saliency.start_ms, saliency.n_frames), (0.0, 94));
    assert_eq!(saliency.data.len(), 94 * saliency.n_mels);
}

#[test]
fn the_map_lies_where_the_input_does_on_whichever_side_its_window_is_padded() {
    let log_odds = |probability: f32| (probability / (1.0 - probability)).ln();
    for padding in [Padding::Start, Padding::End] {
        let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
        model.header.windows.padding = padding;
        let subject = Subject::new(&model.to_bytes().unwrap(), &short());
        let (n_mels, n_frames) = (subject.saliency.n_mels, subject.saliency.n_frames);
        let whole = log_odds(subject.probability(&[], |_| 0.0));
        // Each corner lies in one patch alone, so it tells what hiding that one costs.
        let mut most = 0.0_f32;
        for (frame, band) in [
            (0, 0),
            (0, n_mels - 1),
            (n_frames - 1, 0),
            (n_frames - 1, n_mels - 1),
        ] {
            let (first_frame, first_band) = (frame.saturating_sub(7), band.saturating_sub(7));
            let places: Vec<usize> = (0..64)
                .map(|place| (first_frame + place / 8) * n_mels + first_band + place % 8)
                .collect();
            let fall = whole - log_odds(subject.probability(&places, |_| 0.0));
            let told = subject.saliency.data[frame * n_mels + band];
            assert!((fall - told).abs() < 1e-3, "{padding:?}: {fall} {told}");
            most = most.max(fall.abs());
        }
        assert!(most > 1e-2, "{padding:?}: {most} says nothing");
    }
}

#[test]
fn chunks_of_any_size_and_inputs_one_after_the_other_are_explained_the_same() {
    let (classifier, voice) = (classifier(), voice());
    let whole = classifier.explain(&voice, None).unwrap();
    let mut explainer = Explainer::new(&classifier, voice.sample_rate()).unwrap();
    for size in [997, 60_000] {
        for chunk in voice.samples().chunks(size) {
            explainer.push(chunk).unwrap();
        }
        assert_eq!(explainer.explain(None).unwrap(), whole, "{size}");
    }
}

#[test]
fn what_has_no_answer_has_no_explanation() {
    let classifier = classifier();
    let silence = Waveform::from_mono(vec![0.0; 48_000], 16_000).unwrap();
    assert_eq!(
        classifier.classify(&silence).unwrap().state,
        PredictionState::NoSpeech
    );
    for label in [None, Some("happy")] {
        let error = classifier.explain(&silence, label).unwrap_err();
        let expected = Error::NoSpeech {
            expected_ms: 200,
            actual_ms: 0,
        };
        assert_eq!(error, expected);
        assert_eq!(error.code(), "TOO_SHORT");
    }
    let error = classifier.explain(&voice(), Some("hangry")).unwrap_err();
    assert!(matches!(error, Error::InvalidConfig { .. }), "{error}");
    assert!(error.to_string().contains("surprised"), "{error}");
    let blink = Waveform::from_mono(vec![0.1; 160], 16_000).unwrap();
    let error = classifier.explain(&blink, None).unwrap_err();
    assert!(matches!(error, Error::TooShort { .. }), "{error}");
}
