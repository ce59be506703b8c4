//! Windows as the network takes them: against librosa's, their padding, and their background.

use emotionai_voice::training::{
    FrameStream, Normalization, Padding, VadConfig, WindowConfig, WindowLevels,
};

use emotionai_voice::FeatureConfig;

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

/// The data of the last window of an input.
fn window(features: &FeatureConfig, samples: &[f32], padding: Padding) -> Vec<f32> {
    let frames = FrameStream::whole(features, features.sample_rate, samples).unwrap();
    let (end, scale) = (frames.n_frames(), from_0_to_1(features.n_mels));
    let window = frames.window(end, &windows(padding), &scale, &VadConfig::default());
    window.data
}

#[test]
fn windows_scaled_by_their_maximum_and_range_equal_librosas() {
    let golden = Golden::load();
    assert!(golden.windows.iter().any(|case| case.n_frames == N_FRAMES));
    for case in &golden.windows {
        let name = format!("{} samples of {}", case.len, case.signal);
        let expected = case.expected();
        let expected = expected.chunks_exact(case.n_frames);
        let seen = window(&case.config, &golden.signal(case), Padding::End);
        assert_eq!(expected.len() * N_FRAMES, seen.len(), "{name}");
        for (band, (theirs, ours)) in expected.zip(seen.chunks_exact(N_FRAMES)).enumerate() {
            let (ours, padding) = ours.split_at(case.n_frames);
            for (ours, theirs) in ours.iter().zip(theirs) {
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
        let n_input = n_frames.min(N_FRAMES);
        let rows = start.chunks_exact(N_FRAMES).zip(end.chunks_exact(N_FRAMES));
        for (start, end) in rows {
            let (before, own) = start.split_at(N_FRAMES - n_input);
            assert_eq!(own, &end[..n_input]);
            assert!(
                before
                    .iter()
                    .chain(&end[n_input..])
                    .all(|&value| value == 0.0)
            );
        }
    }
}

#[test]
fn padding_stands_in_json_only_where_it_is_not_the_default() {
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

/// The last window in dB below the loudest band, with the given over-subtraction of the background.
fn levels(samples: &[f32], subtraction: f32) -> Vec<f32> {
    let features = FeatureConfig::default();
    let normalization = Normalization {
        subtraction,
        ..Normalization::floor_only(features.n_mels, 60.0)
    };
    let frames = FrameStream::whole(&features, features.sample_rate, samples).unwrap();
    let config = WindowConfig::default();
    let window = frames.window(
        frames.n_frames(),
        &config,
        &normalization,
        &VadConfig::default(),
    );
    window.data
}

#[test]
fn subtraction_removes_steady_sound_and_keeps_sound_well_above_it() {
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
fn subtraction_without_a_background_changes_nothing() {
    let clean = bursts(0.0);
    let (kept, cleaned) = (levels(&clean, 0.0), levels(&clean, 2.0));
    let most = (kept.iter().zip(&cleaned)).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(most < 0.1, "{most} dB");
}

#[test]
fn subtraction_does_not_depend_on_gain() {
    let loud = bursts(0.2);
    let soft: Vec<f32> = loud.iter().map(|sample| sample / 64.0).collect();
    for (loud, soft) in levels(&loud, 2.0).iter().zip(levels(&soft, 2.0)) {
        // Near the background a small difference of levels is a large one of what is left.
        assert!((loud - soft).abs() < 0.05 || *loud < -40.0, "{loud} {soft}");
    }
}

#[test]
fn subtraction_stands_in_json_only_where_it_is_not_zero() {
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

#[test]
fn a_context_shorter_than_the_window_reaches_over_the_window() {
    let features = FeatureConfig::default();
    let samples = bursts(0.2);
    let frames = FrameStream::whole(&features, features.sample_rate, &samples).unwrap();
    let scale = from_0_to_1(features.n_mels);
    let window = |context_frames| {
        let config = WindowConfig {
            context_frames,
            ..windows(Padding::Start)
        };
        let mut frames = FrameStream::from_mel(&features, frames.mel()).unwrap();
        frames.discard(200, &config);
        frames.window(200, &config, &scale, &VadConfig::default())
    };
    let whole = window(N_FRAMES);
    assert_eq!(whole.speech.len(), N_FRAMES);
    for context_frames in [0, 1, N_FRAMES - 1] {
        assert_eq!(window(context_frames), whole, "{context_frames}");
    }
    let none = WindowConfig {
        n_frames: 0,
        context_frames: 0,
        ..windows(Padding::Start)
    };
    let empty = frames.window(200, &none, &scale, &VadConfig::default());
    assert!(empty.data.is_empty() && empty.speech.is_empty());
}

#[test]
fn windows_of_the_frames_alone_equal_those_of_the_stream() {
    let features = FeatureConfig::default();
    let normalization = Normalization {
        subtraction: 2.0,
        ..Normalization::floor_only(features.n_mels, 60.0)
    };
    let config = WindowConfig::default();
    let frames = FrameStream::whole(&features, 16_000, &bursts(0.2)).unwrap();
    let windows: Vec<Vec<f32>> = (0..=frames.n_frames())
        .map(|end| frames.window_data(end, &config, &normalization))
        .collect();
    let mel = frames.into_mel();
    for (end, data) in windows.iter().enumerate() {
        let alone = WindowLevels::new(&mel, end, &config, &normalization).normalized();
        assert_eq!(&alone, data, "before frame {end}");
    }
}

/// On the host alone: a panic ends a wasm instance.
#[cfg(not(target_arch = "wasm32"))]
#[test]
#[should_panic(expected = "frames 0 to 63 are held")]
fn a_window_past_the_last_frame_is_a_programming_error_that_names_the_frames() {
    let features = FeatureConfig::default();
    let frames = FrameStream::whole(&features, 16_000, &noise(16_000)).unwrap();
    let scale = from_0_to_1(features.n_mels);
    frames.window_data(64, &WindowConfig::default(), &scale);
}
