//! Windows as the network sees them, against librosa's, and where they are padded.

use emotionai_voice::{FeatureConfig, FrameStream, Gate, Normalization, Padding, WindowConfig};

use crate::support::{Golden, noise};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const N_FRAMES: usize = 128;

fn windows(padding: Padding) -> WindowConfig {
    WindowConfig {
        n_frames: N_FRAMES,
        context_frames: N_FRAMES,
        padding,
        ..WindowConfig::default()
    }
}

/// `(power_to_db(power, ref=max, top_db=80) + 80) / 80`.
fn from_0_to_1(n_mels: usize) -> Normalization {
    Normalization {
        range_db: 80.0,
        mean: vec![-80.0; n_mels],
        std: vec![80.0; n_mels],
    }
}

/// The window that the whole input makes.
fn window(features: &FeatureConfig, samples: &[f32], padding: Padding) -> Vec<f32> {
    let frames = FrameStream::whole(features, features.sample_rate, samples).unwrap();
    let (end, scale) = (frames.n_frames(), from_0_to_1(features.n_mels));
    let window = frames.window(end, &windows(padding), &scale, &Gate::default());
    window.data
}

#[test]
fn below_the_maximum_with_a_range_and_scaled_windows_equal_librosas() {
    let golden = Golden::load();
    assert!(golden.windows.iter().any(|case| case.n_frames == N_FRAMES));
    for case in &golden.windows {
        let name = format!("{} samples of {}", case.len, case.signal);
        let expected = case.expected();
        let expected = expected.chunks_exact(case.n_frames);
        let seen = window(&case.config, &golden.signal(case), Padding::End);
        assert_eq!(expected.len() * N_FRAMES, seen.len(), "{name}");
        for (band, (theirs, ours)) in expected.zip(seen.chunks_exact(N_FRAMES)).enumerate() {
            let (heard, padding) = ours.split_at(case.n_frames);
            for (ours, theirs) in heard.iter().zip(theirs) {
                // A thousandth of a decibel.
                assert!(
                    (ours - theirs).abs() <= 1e-3 / 80.0,
                    "{name}: {ours} instead of {theirs} in band {band}"
                );
            }
            assert!(padding.iter().all(|&value| value == 0.0), "{name}");
        }
    }
}

#[test]
fn padding_goes_to_either_side_and_a_whole_window_has_none() {
    let features = FeatureConfig::default();
    for n_frames in [1, 100, N_FRAMES, N_FRAMES + 7] {
        // No sample would make no frame.
        let samples = noise(((n_frames - 1) * features.hop_length).max(1));
        let start = window(&features, &samples, Padding::Start);
        let end = window(&features, &samples, Padding::End);
        let heard = n_frames.min(N_FRAMES);
        let rows = start.chunks_exact(N_FRAMES).zip(end.chunks_exact(N_FRAMES));
        for (start, end) in rows {
            let (before, own) = start.split_at(N_FRAMES - heard);
            assert_eq!(own, &end[..heard]);
            assert!(
                before
                    .iter()
                    .chain(&end[heard..])
                    .all(|&value| value == 0.0)
            );
        }
    }
}

#[test]
fn padding_is_named_in_json_only_where_it_is_not_the_usual() {
    let json = |padding| serde_json::to_string(&windows(padding)).unwrap();
    assert!(!json(Padding::Start).contains("padding"));
    assert!(json(Padding::End).contains(r#""padding":"end""#));
    for padding in [Padding::Start, Padding::End] {
        let read: WindowConfig = serde_json::from_str(&json(padding)).unwrap();
        assert_eq!(read, windows(padding));
    }
}
