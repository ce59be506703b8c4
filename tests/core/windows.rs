//! Windows as the network sees them, against librosa's, and where they are padded.

use emotionai_voice::{FeatureConfig, FrameStream, Gate, Normalization, Padding, WindowConfig};

use crate::support::{Golden, noise, tone};
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
        subtraction: 0.0,
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

/// Four seconds of noise at `noise_level`, and in it a tone of 100 ms every 400 ms.
fn bursts(noise_level: f32) -> Vec<f32> {
    let on = |i: usize| i % 6_400 >= 4_800;
    let tone = tone(1_000.0, 16_000, 64_000);
    let behind = noise(tone.len());
    (tone.iter().zip(behind).enumerate())
        .map(|(i, (tone, noise))| noise_level * noise + if on(i) { *tone } else { 0.0 })
        .collect()
}

/// The last window in dB below the loudest band, `subtraction` times the background taken away.
fn levels(samples: &[f32], subtraction: f32) -> Vec<f32> {
    let features = FeatureConfig::default();
    let normalization = Normalization {
        subtraction,
        ..Normalization::floor_only(features.n_mels, 60.0)
    };
    let frames = FrameStream::whole(&features, features.sample_rate, samples).unwrap();
    let config = WindowConfig::default();
    let window = frames.window(frames.n_frames(), &config, &normalization, &Gate::default());
    window.data
}

#[test]
fn what_is_steady_is_taken_away_and_what_stands_out_stays() {
    let noisy = bursts(0.2);
    let (kept, cleaned) = (levels(&noisy, 0.0), levels(&noisy, 2.0));
    let share = |levels: &[f32], is: fn(f32) -> bool| {
        levels.iter().filter(|&&level| is(level)).count() as f32 / levels.len() as f32
    };
    let is_floor = |level: f32| level == -60.0;
    assert_eq!(share(&kept, is_floor), 0.0, "noise is everywhere");
    assert!(
        share(&cleaned, is_floor) > 0.4,
        "{}",
        share(&cleaned, is_floor)
    );
    for (kept, cleaned) in kept.iter().zip(&cleaned) {
        assert!(cleaned <= kept, "nothing is added");
        if *kept > -20.0 {
            assert!(kept - cleaned < 0.5, "{kept} became {cleaned}");
        }
    }
}

#[test]
fn without_a_background_nothing_is_taken_away() {
    let clean = bursts(0.0);
    let (kept, cleaned) = (levels(&clean, 0.0), levels(&clean, 2.0));
    let most = (kept.iter().zip(&cleaned)).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(most < 0.1, "{most} dB");
}

#[test]
fn how_loud_it_is_does_not_matter_to_what_is_taken_away() {
    let loud = bursts(0.2);
    let soft: Vec<f32> = loud.iter().map(|sample| sample / 64.0).collect();
    for (loud, soft) in levels(&loud, 2.0).iter().zip(levels(&soft, 2.0)) {
        // Near the background a small difference of levels is a large one of what is left.
        assert!((loud - soft).abs() < 0.05 || *loud < -40.0, "{loud} {soft}");
    }
}

#[test]
fn subtraction_is_named_in_json_only_where_there_is_one() {
    let json = |subtraction| {
        let normalization = Normalization {
            subtraction,
            ..Normalization::floor_only(2, 60.0)
        };
        serde_json::to_string(&normalization).unwrap()
    };
    assert!(!json(0.0).contains("subtraction"));
    for subtraction in [0.0, 2.0] {
        let read: Normalization = serde_json::from_str(&json(subtraction)).unwrap();
        assert_eq!(read.subtraction, subtraction);
    }
    for bad in [-1.0, 11.0, f32::NAN] {
        let normalization = Normalization {
            subtraction: bad,
            ..Normalization::floor_only(2, 60.0)
        };
        let error = normalization.validate(2).unwrap_err().to_string();
        assert!(error.contains("subtraction"), "{error}");
    }
}
