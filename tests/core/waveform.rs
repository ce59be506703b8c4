use emotionai_voice::{Error, Waveform};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn is_invalid(result: Result<Waveform, Error>, names: &str) -> bool {
    matches!(result, Err(error @ Error::InvalidAudio { .. }) if error.to_string().contains(names))
}

#[test]
fn interleaved_and_planar_channels_mix_alike() {
    let left = [0.1, 0.7, -0.3];
    let right = [0.2, -0.9, 0.4];
    let third = [-0.6, 0.05, 1.0];
    let interleaved: Vec<f32> = (0..3).flat_map(|i| [left[i], right[i], third[i]]).collect();
    let a = Waveform::from_interleaved(&interleaved, 3, 44_100).unwrap();
    let b = Waveform::from_planar(&[&left, &right, &third], 44_100).unwrap();
    assert_eq!(a, b);
    assert!((a.samples()[1] + 0.05).abs() < 1e-7);
}

#[test]
fn one_channel_is_kept_unchanged() {
    let samples = vec![0.123_456_79, -1.5, f32::MIN_POSITIVE];
    let mono = Waveform::from_mono(samples.clone(), 8_000).unwrap();
    assert_eq!(mono.samples(), samples);
    assert_eq!(
        Waveform::from_interleaved(&samples, 1, 8_000).unwrap(),
        mono
    );
    assert_eq!(Waveform::from_planar(&[&samples], 8_000).unwrap(), mono);
}

#[test]
fn channels_of_different_lengths_are_refused() {
    assert!(is_invalid(
        Waveform::from_interleaved(&[0.0; 4], 0, 16_000),
        "0 channels"
    ));
    assert!(is_invalid(
        Waveform::from_interleaved(&[0.0; 5], 2, 16_000),
        "5 samples"
    ));
    assert!(is_invalid(Waveform::from_planar(&[], 16_000), "0 channels"));
    assert!(is_invalid(
        Waveform::from_planar(&[&[0.0; 3], &[0.0; 2]], 16_000),
        "a channel of 2"
    ));
}

#[test]
fn samples_that_are_not_audio_are_named_by_their_index() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 12_345.0, -101.0] {
        let mut samples = vec![0.0; 100];
        samples[42] = bad;
        assert!(
            is_invalid(Waveform::from_mono(samples, 16_000), "at sample 42"),
            "{bad}"
        );
    }
    // Opposite infinities would cancel to NaN.
    let mixed = Waveform::from_interleaved(&[f32::INFINITY, f32::NEG_INFINITY], 2, 16_000);
    assert!(is_invalid(mixed, "at sample 0"));
}

#[test]
fn rates_from_8_to_192_khz_are_supported() {
    for rate in [8_000, 11_025, 22_255, 44_100, 192_000] {
        assert_eq!(
            Waveform::from_mono(vec![], rate).unwrap().sample_rate(),
            rate
        );
    }
    for actual in [0, 7_999, 192_001, u32::MAX] {
        let error = Waveform::from_mono(vec![0.0; 10], actual).unwrap_err();
        assert_eq!(error, Error::SampleRate { actual });
    }
}

#[test]
fn duration_counts_fractions_of_a_millisecond() {
    let wave = Waveform::from_mono(vec![0.0; 441], 44_100).unwrap();
    assert_eq!(wave.duration_ms(), 10.0);
    let wave = Waveform::from_mono(vec![0.0; 1], 8_000).unwrap();
    assert_eq!(wave.duration_ms(), 0.125);
}
