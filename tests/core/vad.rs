//! Voice activity detection: a voice is speech, and sounds that only vary like one are not.

use std::f32::consts::TAU;

use emotionai_voice::training::{FrameStream, Normalization, VadConfig, WindowConfig};

use emotionai_voice::FeatureConfig;

use crate::support::{noise, tone};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const RATE: usize = 16_000;
const VOICE: &[u8] = include_bytes!("../data/voice.wav");

/// Speech frames of each window of a sound, at the windows' own hop.
fn speech_frames(samples: &[f32], vad: &VadConfig, chunk: usize) -> Vec<usize> {
    let features = FeatureConfig::default();
    let windows = WindowConfig::default();
    let floor = Normalization::floor_only(features.n_mels, 60.0);
    let mut stream = FrameStream::new(&features, RATE as u32).unwrap();
    let mut next = windows.provisional_frames;
    let mut counts = Vec::new();
    for chunk in samples.chunks(chunk) {
        stream.push(chunk);
        while next <= stream.n_frames() {
            let window = stream.window(next, &windows, &floor, vad);
            counts.push(window.speech_frames());
            next += windows.hop_frames;
            stream.discard(next, &windows);
        }
    }
    counts
}

/// Whether each window holds the 200 ms that are worth an answer.
fn speech(samples: &[f32], vad: &VadConfig) -> Vec<bool> {
    let counts = speech_frames(samples, vad, 4_096);
    counts.iter().map(|&frames| frames >= 13).collect()
}

fn voice() -> Vec<f32> {
    let wav = emotionai_voice::Waveform::from_wav(VOICE).unwrap();
    assert_eq!(wav.sample_rate() as usize, RATE);
    wav.samples().to_vec()
}

/// A value from 0 to 1 that looks random.
fn hash(n: usize) -> f32 {
    ((n as f32 * 12.9898).sin() * 43_758.547).fract().abs()
}

/// Struck, plucked or clicked: `sound(time, number)` again and again, at times a random part of
/// an interval late.
fn struck(seconds: f32, late: f32, sound: impl Fn(f32, usize) -> f32) -> Vec<f32> {
    let mut out = vec![0.0; 10 * RATE];
    let mut number = 0;
    loop {
        let at = ((number as f32 + late * hash(number)) * seconds * RATE as f32) as usize;
        if at >= out.len() {
            return out;
        }
        for (i, out) in out[at..].iter_mut().take(RATE).enumerate() {
            *out += 0.4 * sound(i as f32 / RATE as f32, number);
        }
        number += 1;
    }
}

fn note(number: usize) -> f32 {
    let semitones = [0, 4, 7, 12, 9, 5, 2, 7, 11, 4][number % 10];
    220.0 * 2f32.powf(semitones as f32 / 12.0)
}

/// Uneven sounds that are no voice, 10 s each.
fn other_sounds() -> Vec<(&'static str, Vec<f32>)> {
    let hiss = noise(10 * RATE);
    let hiss = |time: f32| 2.0 * hiss[(time * RATE as f32) as usize % (10 * RATE)];
    let partials = |time: f32, hz: f32, decay: f32| -> f32 {
        let partial = |k: usize| {
            let k = k as f32;
            (TAU * k * hz * time).sin() / k * (-time * decay * k.sqrt()).exp()
        };
        (1..=6).map(partial).sum()
    };
    vec![
        (
            "typing",
            struck(0.17, 0.6, |time, number| {
                let ring = (TAU * (1_500.0 + 2_000.0 * hash(number + 7)) * time).sin();
                (0.5 + hash(number)) * (hiss(time + hash(number)) + ring) * (-time / 0.006).exp()
            }),
        ),
        (
            "mouse",
            struck(0.8, 0.5, |time, _| hiss(time) * (-time / 0.002).exp()),
        ),
        (
            "metronome",
            struck(0.5, 0.0, |time, number| {
                let hz = if number % 4 == 0 { 1_600.0 } else { 1_100.0 };
                (TAU * hz * time).sin() * (-time / 0.01).exp()
            }),
        ),
        (
            "plucked tune",
            struck(0.3, 0.0, |time, number| partials(time, note(number), 4.0)),
        ),
        (
            "chords",
            struck(1.0, 0.0, |time, number| {
                let root = note(number) / 2.0;
                let fade = (1.0 - time).max(0.0) * (time / 0.02).min(1.0);
                fade * [1.0, 1.26, 1.5]
                    .iter()
                    .map(|r| (TAU * root * r * time).sin())
                    .sum::<f32>()
            }),
        ),
        (
            "flute",
            struck(0.6, 0.0, |time, number| {
                let phase = note(number) * 2.0 * time + 0.3 * (TAU * 5.0 * time).sin();
                let fade = (time / 0.05).min(1.0) * ((0.6 - time) / 0.05).clamp(0.0, 1.0);
                fade * ((TAU * phase).sin() + 0.3 * (2.0 * TAU * phase).sin())
            }),
        ),
        (
            "drums",
            struck(0.25, 0.0, |time, number| match number % 4 {
                0 => (TAU * (55.0 * time - 2.0 * (-time * 30.0).exp())).sin() * (-time / 0.1).exp(),
                2 => hiss(time + 1.0) * (-time / 0.06).exp(),
                _ => 0.4 * hiss(time + 2.0) * (-time / 0.02).exp(),
            }),
        ),
    ]
}

#[test]
fn a_voice_is_speech_at_any_level() {
    for gain in [1.0, 0.03, 0.001] {
        let samples: Vec<f32> = voice().iter().map(|s| s * gain).collect();
        let windows = speech(&samples, &VadConfig::default());
        // The first window ends as the voice has just begun, after 0.6 s.
        let rest = &windows[1..];
        assert!(
            !rest.is_empty() && rest.iter().all(|&s| s),
            "gain {gain}: {windows:?}"
        );
    }
}

#[test]
fn a_voice_in_steady_noise_is_speech() {
    let voice = voice();
    let noisy: Vec<f32> = voice
        .iter()
        .zip(noise(voice.len()))
        .map(|(s, n)| s + 0.05 * n)
        .collect();
    let windows = speech(&noisy, &VadConfig::default());
    assert!(windows[2..].iter().all(|&s| s), "{windows:?}");
}

#[test]
fn steady_sounds_are_no_speech() {
    let len = 10 * RATE;
    let hum: Vec<f32> = (1..=9)
        .map(|k| tone(50.0 * f64::from(k), RATE as u32, len))
        .fold(vec![0.0; len], |sum, t| {
            sum.iter().zip(t).map(|(a, b)| a + b / 9.0).collect()
        });
    for (name, samples) in [
        ("silence", vec![0.0; len]),
        ("noise", noise(len)),
        ("hum", hum),
    ] {
        for gain in [1.0, 0.01, 0.0005] {
            let samples: Vec<f32> = samples.iter().map(|s| s * gain).collect();
            let windows = speech(&samples, &VadConfig::default());
            assert!(!windows.contains(&true), "{name}, gain {gain}");
        }
    }
}

#[test]
fn clicks_typing_and_music_are_no_speech_though_they_stand_out_of_the_background() {
    let by_level = VadConfig {
        voice: false,
        ..VadConfig::default()
    };
    for (name, samples) in other_sounds() {
        for gain in [1.0, 0.001] {
            let samples: Vec<f32> = samples.iter().map(|s| s * gain).collect();
            let passing = speech(&samples, &VadConfig::default());
            let n = passing.iter().filter(|&&speech| speech).count();
            assert_eq!(n, 0, "{name}, gain {gain}: {n} of {}", passing.len());
        }
        // By level alone most of these windows are speech: the network tells the sound from a voice.
        let standing_out = speech(&samples, &by_level);
        let n = standing_out.iter().filter(|&&speech| speech).count();
        assert!(name == "mouse" || 2 * n > standing_out.len(), "{name}: {n}");
    }
}

#[test]
fn chunks_do_not_change_the_speech_frames() {
    let samples = [voice(), other_sounds().remove(0).1, voice()].concat();
    let whole = speech_frames(&samples, &VadConfig::default(), usize::MAX);
    assert!(whole.iter().any(|&frames| frames > 0) && whole.contains(&0));
    for chunk in [160, 4_001] {
        assert_eq!(
            speech_frames(&samples, &VadConfig::default(), chunk),
            whole,
            "{chunk}"
        );
    }
}

#[test]
fn a_voice_anywhere_in_a_window_of_several_segments_is_speech() {
    let samples = [voice(), vec![0.0; 2 * RATE]].concat();
    let features = FeatureConfig::default();
    let windows = WindowConfig {
        n_frames: 400,
        context_frames: 400,
        ..WindowConfig::default()
    };
    let floor = Normalization::floor_only(features.n_mels, 60.0);
    let mut stream = FrameStream::new(&features, RATE as u32).unwrap();
    stream.push(&samples);
    let window = stream.window(stream.n_frames(), &windows, &floor, &VadConfig::default());
    assert!(window.speech_frames() > 50, "{}", window.speech_frames());
}

#[test]
fn with_other_features_the_level_alone_decides() {
    let features = FeatureConfig {
        n_mels: 40,
        ..FeatureConfig::default()
    };
    let windows = WindowConfig::default();
    let floor = Normalization::floor_only(features.n_mels, 60.0);
    let mut stream = FrameStream::new(&features, RATE as u32).unwrap();
    stream.push(&voice());
    let window = stream.window(200, &windows, &floor, &VadConfig::default());
    assert!(window.speech_frames() > 20);
    assert_eq!(stream.vad_logits(200, &windows), None);
}
