//! Streams: their windows, chunks, hops, smoothing and ends.

use emotionai_voice::{Error, Prediction, PredictionState};

use crate::support::{VOICE, classifier, noise, stream, voice};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn any_chunking_gives_the_same_windows() {
    let (classifier, voice) = (classifier(), voice());
    let whole = stream(&classifier, &voice, usize::MAX);
    assert!(whole.0.len() > 3);
    for size in [1, 128, 997, 4_096, 30_011] {
        assert_eq!(stream(&classifier, &voice, size), whole, "chunks of {size}");
    }
    assert_eq!(classifier.classify(&voice).unwrap(), whole.1);
}

#[test]
fn any_cut_of_a_wav_gives_the_same_windows() {
    let (classifier, voice) = (classifier(), voice());
    let whole = stream(&classifier, &voice, usize::MAX);
    for size in [1, 7, 65_536, usize::MAX] {
        let mut stream = classifier.wav_stream(None).unwrap();
        let mut windows = Vec::new();
        for chunk in VOICE.chunks(size) {
            windows.extend(stream.push_wav(chunk).unwrap());
        }
        let end = stream.flush().unwrap();
        windows.extend(end.windows);
        assert_eq!((windows, end.clip), whole, "bytes in chunks of {size}");
    }
}

#[test]
fn windows_follow_each_other_to_the_end_of_the_input() {
    let (classifier, voice) = (classifier(), voice());
    let info = classifier.model().info();
    let (windows, clip) = stream(&classifier, &voice, 1_000);
    assert!(windows[0].provisional && (900.0..1100.0).contains(&windows[0].end_ms));
    for pair in windows.windows(2) {
        let step = pair[1].end_ms - pair[0].end_ms;
        assert!(step > 0.0 && step <= info.hop_ms + 1e-9, "{step}");
    }
    for window in &windows {
        let length = window.end_ms - window.start_ms;
        assert!(length <= info.window_ms + 1e-9);
        assert_eq!(window.provisional, length < info.window_ms - 1e-9);
    }
    let last = windows.last().unwrap();
    assert_eq!((clip.start_ms, clip.end_ms), (0.0, last.end_ms));
    assert!((clip.end_ms - voice.duration_ms()).abs() < 17.0);
    assert!(clip.speech_ms > 1_000.0 && clip.speech_ms < clip.end_ms);
}

#[test]
fn a_chunk_that_is_not_audio_is_refused_and_breaks_nothing() {
    let (classifier, voice) = (classifier(), voice());
    let expected = classifier.classify(&voice).unwrap();
    let mut stream = classifier.stream(voice.sample_rate(), None).unwrap();
    let (first, rest) = voice.samples().split_at(20_000);
    stream.push(first).unwrap();
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = stream.push(&[0.1, bad, 0.2]).unwrap_err();
        assert!(matches!(error, Error::InvalidAudio { .. }), "{error}");
    }
    stream.push(rest).unwrap();
    assert_eq!(stream.flush().unwrap().clip, expected);
}

#[test]
fn a_flush_and_a_reset_begin_a_new_input() {
    let (classifier, voice) = (classifier(), voice());
    let mut stream = classifier.stream(voice.sample_rate(), None).unwrap();
    stream.push(&noise(30_000)).unwrap();
    stream.reset();
    stream.push(voice.samples()).unwrap();
    let first = stream.flush().unwrap();
    stream.push(voice.samples()).unwrap();
    assert_eq!(stream.flush().unwrap(), first);
    assert_eq!(first.clip, classifier.classify(&voice).unwrap());
}

#[test]
fn a_stream_needs_a_possible_rate_and_hop() {
    let classifier = classifier();
    for rate in [0, 7_999, 192_001] {
        let error = classifier.stream(rate, None).unwrap_err();
        assert_eq!(error, Error::SampleRate { actual: rate });
    }
    for hop in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        let error = classifier.stream(16_000, Some(hop)).unwrap_err();
        assert!(
            matches!(error, Error::InvalidConfig { .. }),
            "{hop}: {error}"
        );
    }
}

#[test]
fn a_longer_hop_answers_less_often() {
    let (classifier, voice) = (classifier(), voice());
    let count = |hop| {
        let mut stream = classifier.stream(voice.sample_rate(), Some(hop)).unwrap();
        stream.push(voice.samples()).unwrap().len()
    };
    assert!(count(100.0) > 3 * count(500.0));
    assert_eq!(count(60_000.0), 1, "the provisional window alone");
}

#[test]
fn speech_between_windows_that_do_not_meet_counts_too() {
    let (classifier, voice) = (classifier(), voice());
    let samples = voice.samples().repeat(6);
    let speech_ms = |hop, size| {
        let mut stream = classifier.stream(voice.sample_rate(), Some(hop)).unwrap();
        for chunk in samples.chunks(size) {
            stream.push(chunk).unwrap();
        }
        stream.flush().unwrap().clip.speech_ms
    };
    let each = speech_ms(500.0, 9_999);
    for hop in [3_000.0, 60_000.0] {
        let seldom = speech_ms(hop, 9_999);
        assert!((seldom / each - 1.0).abs() < 0.1, "{hop}: {seldom} {each}");
        assert_eq!(seldom, speech_ms(hop, samples.len()), "{hop}");
    }
}

#[test]
fn smoothed_answers_move_less_and_the_whole_stays_what_it_is() {
    let (classifier, voice) = (classifier(), voice());
    let mut plain = classifier.stream(voice.sample_rate(), Some(100.0)).unwrap();
    let stream = classifier.stream(voice.sample_rate(), Some(100.0)).unwrap();
    let mut smooth = stream.with_smoothing(1_000.0).unwrap();
    let run = |stream: &mut emotionai_voice::StreamClassifier| {
        let mut windows = stream.push(voice.samples()).unwrap();
        let end = stream.flush().unwrap();
        windows.extend(end.windows);
        (windows, end.clip)
    };
    let ((windows, clip), (smoothed, smoothed_clip)) = (run(&mut plain), run(&mut smooth));
    assert_eq!(clip, smoothed_clip);
    assert_eq!(windows[0], smoothed[0], "the first has no past");
    let movement = |windows: &[Prediction]| -> f32 {
        let answers: Vec<&[f32]> = (windows.iter())
            .filter_map(|window| Some(window.probabilities.as_ref()?.values()))
            .collect();
        let steps = answers.windows(2).map(|pair| {
            let moved = pair[0].iter().zip(pair[1]).map(|(a, b)| (a - b).abs());
            moved.sum::<f32>()
        });
        steps.sum()
    };
    assert!(
        movement(&smoothed) < 0.5 * movement(&windows),
        "{} {}",
        movement(&smoothed),
        movement(&windows)
    );
    for (smoothed, plain) in smoothed.iter().zip(&windows) {
        assert_eq!(
            (smoothed.end_ms, smoothed.speech_ms),
            (plain.end_ms, plain.speech_ms)
        );
        let sum: f32 = smoothed.probabilities.iter().flat_map(|p| p.values()).sum();
        assert!(sum == 0.0 || (sum - 1.0).abs() < 1e-5);
    }
    assert_eq!(run(&mut smooth).0, smoothed, "a new input has no past");
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 60_001.0] {
        let stream = classifier.stream(16_000, None).unwrap();
        let error = stream.with_smoothing(bad).unwrap_err();
        assert!(
            matches!(error, Error::InvalidConfig { .. }),
            "{bad}: {error}"
        );
    }
}

/// An answer with two labels, as JSON brings it.
fn answer(happy: f32, speech_ms: f64, start_ms: f64) -> Prediction {
    let json = serde_json::json!({
        "state": "speech", "label": "happy", "confidence": happy.max(1.0 - happy),
        "probabilities": { "happy": happy, "sad": 1.0 - happy }, "provisional": false,
        "startMs": start_ms, "endMs": start_ms + 1_000.0, "speechMs": speech_ms,
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn answers_are_combined_by_the_mean_of_their_logits_weighted_by_their_speech() {
    let parts = [answer(0.9, 1_500.0, 0.0), answer(0.6, 500.0, 2_000.0)];
    let both = Prediction::combine(&parts, 0.5).unwrap();
    let log_odds = ((0.9f64 / 0.1).ln() * 1_500.0 + (0.6f64 / 0.4).ln() * 500.0) / 2_000.0;
    let happy = 1.0 / (1.0 + (-log_odds).exp());
    let confidence = f64::from(both.confidence.unwrap());
    assert!((confidence - happy).abs() < 1e-6, "{confidence} {happy}");
    assert_eq!(both.label.as_deref(), Some("happy"));
    assert_eq!(
        (both.start_ms, both.end_ms, both.speech_ms),
        (0.0, 3_000.0, 2_000.0)
    );
    // Where the two contradict each other no label is likely enough.
    let contradiction = [answer(1.0, 500.0, 0.0), answer(0.0, 500.0, 1_000.0)];
    let neither = Prediction::combine(&contradiction, 0.6).unwrap();
    assert_eq!(neither.state, PredictionState::Uncertain);
    assert_eq!(neither.label, None);
    assert!(matches!(
        Prediction::combine(&[], 0.5),
        Err(Error::InvalidConfig { .. })
    ));
}
