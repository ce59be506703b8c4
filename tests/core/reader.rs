//! Chunks of PCM and of WAV files, for answers, log-mel frames and explanations alike.

use emotionai_voice::training::MelReader;
use emotionai_voice::{Chunk, Error, Explainer, Prediction, StreamClassifier, Waveform};

use crate::support::{VOICE, classifier, float_wav, noise, voice};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The voice as a WAV file with one bad sample at a place late in it.
fn damaged() -> (Vec<u8>, usize) {
    let mut samples = voice().samples().to_vec();
    let at = samples.len() * 9 / 10;
    samples[at] = f32::NAN;
    (float_wav(&samples, voice().sample_rate()), at)
}

fn is_bad_sample(error: &Error, at: usize) -> bool {
    matches!(error, Error::InvalidAudio { .. }) && error.to_string().contains(&format!(" {at}"))
}

/// The windows of a damaged file in chunks of `size` bytes, and the errors of the pushes.
fn push_all(
    stream: &mut StreamClassifier,
    bytes: &[u8],
    size: usize,
) -> (Vec<Prediction>, Vec<Error>) {
    let (mut windows, mut errors) = (Vec::new(), Vec::new());
    for chunk in bytes.chunks(size) {
        match stream.push_wav(chunk) {
            Ok(new) => windows.extend(new),
            Err(error) => errors.push(error),
        }
    }
    (windows, errors)
}

#[test]
fn windows_before_the_damage_of_a_wav_are_answered_however_its_bytes_are_cut() {
    let (classifier, (bytes, at)) = (classifier(), damaged());
    let mut stream = classifier.stream(voice().sample_rate(), None).unwrap();
    let expected = stream.push(&voice().samples()[..at]).unwrap();
    assert!(expected.len() > 3);
    let mut stream = classifier.wav_stream(None).unwrap();
    for size in [997, 65_536, 70_000, usize::MAX] {
        let (windows, errors) = push_all(&mut stream, &bytes, size);
        assert_eq!(windows, expected, "bytes in chunks of {size}");
        assert!(
            errors.iter().all(|error| is_bad_sample(error, at)),
            "{errors:?}"
        );
        // The error waits for the call after the one that returned windows.
        let error = stream.flush().unwrap_err();
        assert!(is_bad_sample(&error, at), "{error}");
        // A flush begins another file.
        assert!(push_all(&mut stream, VOICE, size).1.is_empty());
        assert_eq!(
            stream.flush().unwrap().clip,
            classifier.classify(&voice()).unwrap()
        );
    }
}

#[test]
fn a_damaged_wav_fails_with_every_call_until_it_is_reset() {
    let (bytes, at) = damaged();
    let mut stream = classifier().wav_stream(None).unwrap();
    assert!(!stream.push_wav(&bytes).unwrap().is_empty());
    for _ in 0..3 {
        assert!(is_bad_sample(&stream.push_wav(VOICE).unwrap_err(), at));
    }
    stream.reset();
    assert!(!stream.push_wav(VOICE).unwrap().is_empty());
}

#[test]
fn a_wav_that_is_cut_short_keeps_its_windows_and_fails_at_its_end() {
    let mut stream = classifier().wav_stream(None).unwrap();
    let windows = stream.push_wav(&VOICE[..VOICE.len() * 3 / 4]).unwrap();
    assert!(windows.len() > 2);
    let error = stream.flush().unwrap_err();
    assert!(error.to_string().contains("cut short"), "{error}");
}

fn frames(reader: &mut MelReader, chunks: &[Chunk<'_>]) -> Vec<f32> {
    let mut values = Vec::new();
    for chunk in chunks {
        values.extend(reader.push_chunk(*chunk).unwrap().into_vec());
    }
    values.extend(reader.flush().unwrap().into_vec());
    values
}

#[test]
fn a_wav_and_its_samples_have_the_same_frames_and_the_same_explanation() {
    let (classifier, voice) = (classifier(), voice());
    let rate = voice.sample_rate();
    let samples: Vec<Chunk<'_>> = voice.samples().chunks(997).map(Chunk::Mono).collect();
    let bytes: Vec<Chunk<'_>> = VOICE.chunks(1_001).map(Chunk::Wav).collect();
    let expected = frames(&mut classifier.mel_reader(rate).unwrap(), &samples);
    let mut wav = classifier.wav_mel_reader();
    for _ in 0..2 {
        assert_eq!(frames(&mut wav, &bytes), expected);
    }

    let expected = classifier.explain(&voice, None).unwrap();
    let mut explainer = Explainer::wav(&classifier);
    for _ in 0..2 {
        assert_eq!(explainer.sample_rate(), None);
        for chunk in VOICE.chunks(70_000) {
            explainer.push_wav(chunk).unwrap();
        }
        assert_eq!(explainer.sample_rate(), Some(rate));
        assert_eq!(explainer.explain(None).unwrap(), expected);
    }
}

#[test]
fn frames_before_the_damage_of_a_wav_come_out_and_its_answer_is_not_explained() {
    let (classifier, (bytes, at)) = (classifier(), damaged());
    let voice = voice();
    let mut samples = classifier.mel_reader(voice.sample_rate()).unwrap();
    let good = Chunk::Mono(&voice.samples()[..at]);
    let expected = samples.push_chunk(good).unwrap();
    let mut mel = classifier.wav_mel_reader();
    assert_eq!(mel.push_chunk(Chunk::Wav(&bytes)).unwrap(), expected);
    let error = mel.push_chunk(Chunk::Wav(&[])).unwrap_err();
    assert!(is_bad_sample(&error, at), "{error}");
    assert!(is_bad_sample(&mel.flush().unwrap_err(), at));

    let mut explainer = Explainer::wav(&classifier);
    assert!(is_bad_sample(&explainer.push_wav(&bytes).unwrap_err(), at));
    assert!(is_bad_sample(&explainer.explain(None).unwrap_err(), at));
    explainer.push_wav(VOICE).unwrap();
    assert!(explainer.explain(None).is_ok(), "another file is explained");
}

#[test]
fn channels_are_classified_as_their_mean_whatever_their_layout() {
    let (classifier, voice) = (classifier(), voice());
    let left = voice.samples();
    let right: Vec<f32> = left
        .iter()
        .zip(noise(left.len()))
        .map(|(l, n)| l - n)
        .collect();
    let interleaved: Vec<f32> = left
        .iter()
        .zip(&right)
        .flat_map(|(l, r)| [*l, *r])
        .collect();
    let mono = Waveform::from_interleaved(&interleaved, 2, voice.sample_rate()).unwrap();
    let expected = classifier.classify(&mono).unwrap();
    let mut stream = classifier.stream(voice.sample_rate(), None).unwrap();
    for at in (0..left.len()).step_by(10_000) {
        let to = left.len().min(at + 10_000);
        let planar = [&left[at..to], &right[at..to]];
        stream.push_chunk(Chunk::Planar(&planar)).unwrap();
        let peak = mono.samples()[at..to]
            .iter()
            .fold(0.0, |peak: f32, s| peak.max(s.abs()));
        assert_eq!(stream.peak(), peak);
    }
    assert_eq!(stream.flush().unwrap().clip, expected);
    for chunk in interleaved.chunks(2 * 7_001) {
        let chunk = Chunk::Interleaved {
            samples: chunk,
            channels: 2,
        };
        stream.push_chunk(chunk).unwrap();
    }
    assert_eq!(stream.flush().unwrap().clip, expected);
}

#[test]
fn a_bad_sample_is_named_by_its_place_in_the_whole_input() {
    let mut stream = classifier().stream(16_000, None).unwrap();
    stream.push(&[0.1; 1_000]).unwrap();
    let bad = [0.0, f32::NAN];
    for chunk in [
        Chunk::Mono(&bad),
        Chunk::Planar(&[&bad, &bad]),
        Chunk::Interleaved {
            samples: &[0.0, 0.0, 0.0, f32::NAN],
            channels: 2,
        },
    ] {
        let error = stream.push_chunk(chunk).unwrap_err();
        assert!(is_bad_sample(&error, 1_001), "{error}");
    }
    for chunk in [
        Chunk::Planar(&[]),
        Chunk::Planar(&[&bad[..1], &bad[..0]]),
        Chunk::Interleaved {
            samples: &bad,
            channels: 0,
        },
    ] {
        let error = stream.push_chunk(chunk).unwrap_err();
        assert!(matches!(error, Error::InvalidAudio { .. }), "{error}");
    }
}

#[test]
fn a_stream_takes_only_the_kind_of_chunk_that_it_was_opened_for() {
    let classifier = classifier();
    let mut samples = classifier.stream(16_000, None).unwrap();
    let mut bytes = classifier.wav_stream(None).unwrap();
    for error in [
        samples.push_wav(VOICE).unwrap_err(),
        bytes.push(&[0.0; 160]).unwrap_err(),
    ] {
        assert!(matches!(error, Error::InvalidConfig { .. }), "{error}");
    }
    // Neither input is harmed.
    samples.push(voice().samples()).unwrap();
    bytes.push_wav(VOICE).unwrap();
    assert_eq!(samples.flush().unwrap().clip, bytes.flush().unwrap().clip);
}

#[test]
fn a_wav_stream_checks_its_options_before_the_first_byte_and_smooths_as_samples_do() {
    let classifier = classifier();
    for hop in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        let error = classifier.wav_stream(Some(hop)).unwrap_err();
        assert!(matches!(error, Error::InvalidConfig { .. }), "{error}");
    }
    let stream = classifier.stream(voice().sample_rate(), Some(100.0));
    let mut samples = stream.unwrap().with_smoothing(1_000.0).unwrap();
    let stream = classifier.wav_stream(Some(100.0));
    let mut bytes = stream.unwrap().with_smoothing(1_000.0).unwrap();
    let windows = samples.push(voice().samples()).unwrap();
    assert!(windows.len() > 20);
    assert_eq!(bytes.push_wav(VOICE).unwrap(), windows);
}
