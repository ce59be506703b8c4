//! Log-mel frames of any rate: the same as resampling and extracting in turn, in chunks of any size.

use emotionai_voice::training::{MelStream, Resampler};

use emotionai_voice::{Error, FeatureConfig, LogMelExtractor, MelSpectrogram, Waveform};

use crate::support::noise;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn frames(stream: &mut MelStream, samples: &[f32], size: usize) -> MelSpectrogram {
    let mut mel = MelSpectrogram::new(FeatureConfig::default().n_mels);
    for chunk in samples.chunks(size) {
        stream.push(chunk, &mut mel).unwrap();
    }
    stream.flush(&mut mel).unwrap();
    mel
}

#[test]
fn frames_equal_those_of_resampler_and_extractor_for_any_chunking() {
    let features = FeatureConfig::default();
    let samples = noise(44_100);
    let mut resampled = Vec::new();
    let mut resampler = Resampler::new(44_100, features.sample_rate).unwrap();
    resampler.push(&samples, &mut resampled);
    resampler.flush(&mut resampled);
    let mut expected = MelSpectrogram::new(features.n_mels);
    let mut extractor = LogMelExtractor::new(&features).unwrap();
    extractor.push(&resampled, &mut expected).unwrap();
    extractor.flush(&mut expected);
    assert_eq!(expected.n_frames(), 63);

    let mut stream = MelStream::new(&features, 44_100).unwrap();
    // One after the other, since a flush begins anew, and so does a reset.
    for size in [1, 997, 44_100] {
        assert_eq!(frames(&mut stream, &samples, size), expected, "{size}");
    }
    stream
        .push(&samples[..30_000], &mut MelSpectrogram::new(64))
        .unwrap();
    stream.reset();
    assert_eq!(frames(&mut stream, &samples, 128), expected);
}

#[test]
fn invalid_audio_is_refused_and_the_next_input_is_unharmed() {
    let features = FeatureConfig::default();
    assert!(matches!(
        MelStream::new(&features, 1_000).unwrap_err(),
        Error::SampleRate { actual: 1_000 }
    ));
    let mut stream = MelStream::new(&features, 16_000).unwrap();
    let mut mel = MelSpectrogram::new(features.n_mels);
    let error = stream.push(&[0.0, f32::NAN], &mut mel).unwrap_err();
    assert!(matches!(error, Error::InvalidAudio { .. }), "{error}");
    stream.push(&[0.0; 160], &mut mel).unwrap();
    let error = stream.flush(&mut mel).unwrap_err();
    assert_eq!(
        error,
        Error::TooShort {
            expected_ms: 100,
            actual_ms: 10
        }
    );
    assert_eq!(frames(&mut stream, &noise(16_000), 512).n_frames(), 63);
}

#[test]
fn a_tone_is_loudest_in_the_band_around_it() {
    let features = FeatureConfig::default();
    let centres = features.band_centres_hz();
    for hz in [200.0, 1_000.0, 5_000.0] {
        let tone = Waveform::from_mono(crate::support::tone(hz, 48_000, 48_000), 48_000).unwrap();
        let mut stream = MelStream::new(&features, 48_000).unwrap();
        let mel = frames(&mut stream, tone.samples(), 4_096);
        let frame = mel.frame(30);
        let loudest = (0..frame.len())
            .max_by(|&a, &b| frame[a].total_cmp(&frame[b]))
            .unwrap();
        let nearest = (0..centres.len())
            .min_by(|&a, &b| (centres[a] - hz).abs().total_cmp(&(centres[b] - hz).abs()))
            .unwrap();
        assert!(
            loudest.abs_diff(nearest) <= 1,
            "{hz} Hz: band {loudest}, not {nearest}"
        );
    }
}
