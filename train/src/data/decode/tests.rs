use std::path::PathBuf;

use super::*;
use crate::data::corpus::tests::{message, scratch};

/// A file of the tests of the whole project.
fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn waveform(path: &str) -> Waveform {
    read_waveform(&fixture(path)).unwrap()
}

/// What is said of a file of these bytes.
fn refused(name: &str, bytes: &[u8]) -> String {
    let path = scratch(name).join("voice.wav");
    std::fs::write(&path, bytes).unwrap();
    message(read_waveform(&path))
}

#[test]
fn flac_is_decoded_to_the_bit() {
    let wav = waveform("tests/data/voice.wav");
    assert_eq!(waveform("train/tests/data/voice.flac"), wav);
    assert_eq!(
        waveform("tests/js/package/formats/voice.flac").sample_rate(),
        wav.sample_rate()
    );
    assert_eq!(
        waveform("train/tests/data/stereo-24-bit.flac"),
        waveform("train/tests/data/stereo-24-bit.wav")
    );
}

#[test]
fn lossy_formats_sound_like_the_wav_that_they_were_made_of() {
    let wav = waveform("tests/data/voice.wav");
    let loudness = |wave: &Waveform| {
        let power: f64 = wave.samples().iter().map(|&s| f64::from(s).powi(2)).sum();
        (power / wave.samples().len() as f64).sqrt()
    };
    for name in [
        "voice.mp3",
        "voice.m4a",
        "voice.ogg",
        "voice.aac",
        "video.mp4",
        "fragments.mp4",
    ] {
        let other = waveform(&format!("tests/js/package/formats/{name}"));
        // AAC has up to 2,112 samples before the first, and no way to say so in a bare stream.
        let longer_ms = other.duration_ms() - wav.duration_ms();
        eprintln!(
            "{name} {} {longer_ms} {}",
            other.sample_rate(),
            loudness(&other) / loudness(&wav)
        );
    }
    panic!();
}

#[test]
fn cut() {
    for name in [
        "voice.mp3",
        "voice.m4a",
        "voice.ogg",
        "voice.aac",
        "voice.flac",
        "video.mp4",
        "fragments.mp4",
    ] {
        let bytes = std::fs::read(fixture(&format!("tests/js/package/formats/{name}"))).unwrap();
        eprintln!("{name} cut: {}", refused2(&bytes[..bytes.len() / 2]));
        eprintln!("{name} headless: {}", refused2(&bytes[5000..]));
        let mut b = bytes.clone();
        for i in 0..40 {
            b[bytes.len() / 2 + i] ^= 0x5a;
        }
        eprintln!("{name} flipped: {}", refused2(&b));
    }
    for name in ["voice.opus", "video.webm"] {
        let bytes = std::fs::read(fixture(&format!("tests/js/package/formats/{name}"))).unwrap();
        eprintln!("{name}: {}", refused2(&bytes));
    }
    panic!();
}
fn refused2(bytes: &[u8]) -> String {
    let path = scratch("x").join("voice.wav");
    std::fs::write(&path, bytes).unwrap();
    match read_waveform(&path) {
        Ok(w) => format!("{} ms", w.duration_ms()),
        Err(e) => format!("{e:#}"),
    }
}
