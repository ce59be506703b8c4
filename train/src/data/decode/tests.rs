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

/// One voice in every format.
const FORMATS_FOLDER: &str = "tests/js/package/formats";

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(&format!("{FORMATS_FOLDER}/{name}"))).unwrap()
}

/// What is said of a file of these bytes.
fn refused(name: &str, bytes: &[u8]) -> String {
    let path = scratch(name).join("voice.wav");
    std::fs::write(&path, bytes).unwrap();
    message(read_waveform(&path).map(|wave| wave.duration_ms()))
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
fn lossy_formats_hold_the_whole_sound_of_their_wav() {
    let wav = waveform("tests/data/voice.wav");
    let power =
        |wave: &Waveform| -> f64 { wave.samples().iter().map(|&s| f64::from(s).powi(2)).sum() };
    for (name, longer_ms) in [
        ("voice.mp3", 0.0),
        ("voice.ogg", 0.0),
        // AAC starts with silence, and its last frame is filled up.
        ("voice.m4a", 120.0),
        ("voice.aac", 120.0),
        ("video.mp4", 120.0),
        ("fragments.mp4", 120.0),
    ] {
        let other = waveform(&format!("{FORMATS_FOLDER}/{name}"));
        assert_eq!(other.sample_rate(), wav.sample_rate(), "{name}");
        assert_eq!(other.duration_ms() - wav.duration_ms(), longer_ms, "{name}");
        let louder_db = 10.0 * (power(&other) / power(&wav)).log10();
        assert!(louder_db.abs() < 0.5, "{name}: {louder_db} dB");
    }
}

#[test]
fn the_content_decides_and_not_the_name() {
    let wav = waveform("tests/data/voice.wav");
    let folder = scratch("content");
    // A tag of 257 bytes, whose size is written in bytes of seven bits.
    let tag = [&b"ID3\x04\0\0\0\0\x02\x01"[..], &[7; 257]].concat();
    for name in ["voice.mp3", "voice.flac", "voice.ogg"] {
        let bytes = bytes(name);
        for bytes in [
            bytes.clone(),
            [&tag[..], &bytes].concat(),
            [&tag[..], &tag, &bytes].concat(),
        ] {
            let path = folder.join("voice.wav");
            std::fs::write(&path, bytes).unwrap();
            let found = read_waveform(&path).unwrap();
            assert_eq!(found.duration_ms(), wav.duration_ms(), "{name}");
        }
    }
}

#[test]
fn what_is_not_whole_is_refused() {
    for name in [
        "voice.mp3",
        "voice.m4a",
        "voice.ogg",
        "voice.aac",
        "voice.flac",
        "video.mp4",
    ] {
        let whole = bytes(name);
        let half = whole.len() / 2;
        let cut = refused("cut", &whole[..half]);
        assert!(cut.contains("cut short"), "{name}: {cut}");
        let hole = [&whole[..half], &whole[half + 1_000..]].concat();
        refused("hole", &hole);
    }
}

#[test]
fn what_is_no_recording_is_called_by_its_name() {
    let cases: [(&[u8], &str); 12] = [
        (b"", "an empty file"),
        (b"RIF", "a file of 3 bytes"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
            "git lfs pull",
        ),
        (b"\n<!DOCTYPE html><title>404</title>", "a web page"),
        (b"<html><title>404</title>", "a web page"),
        (b"\0\x05\x16\x07\0\x02\0\0Mac OS X", "macOS"),
        (b"PK\x03\x04rest", "an archive"),
        (&[0; 600], "a file of zeros"),
        (b"ID3\x04\0\0\0\0\0\x01x", "an ID3 tag and no audio"),
        (b"FORM\0\0\0\0AIFF", "AIFF; convert it"),
        (b"NIST_1A\n", "NIST SPHERE; convert it"),
        (b"some text", "starts with \"some text\""),
    ];
    for (bytes, said) in cases {
        let error = refused("named", bytes);
        assert!(error.contains(said), "{said}: {error}");
        assert!(error.contains("expected a WAV, FLAC, MP3"), "{error}");
    }
    for (name, said) in [("voice.opus", "Ogg Opus; convert"), ("voice.webm", "WebM")] {
        let error = refused("unread", &bytes(name));
        assert!(error.contains(said) && error.contains("ffmpeg"), "{error}");
    }
}

#[test]
fn blocks_are_short_however_long_the_recording_is() {
    for path in ["tests/data/voice.wav", "train/tests/data/voice.flac"] {
        let blocks: Vec<usize> = Decoder::open(&fixture(path))
            .unwrap()
            .map(|block| block.unwrap().len())
            .collect();
        assert_eq!(blocks.iter().sum::<usize>(), 54_400);
        assert!(
            blocks.len() > 1 && blocks.iter().all(|&n| n <= 1 << 15),
            "{blocks:?}"
        );
    }
}

#[test]
fn recordings_are_answered_as_their_wav_is() {
    let classifier = Classifier::from_bytes(emotionai_voice::DEFAULT_MODEL).unwrap();
    let of = |path: &str| {
        classify_file(&classifier, &fixture(path), None)
            .unwrap()
            .clip
    };
    let wav = of("tests/data/voice.wav");
    assert_eq!(of("train/tests/data/voice.flac"), wav);
    assert_eq!(
        classifier
            .classify(&waveform("tests/data/voice.wav"))
            .unwrap(),
        wav
    );
    for name in [
        "voice.mp3",
        "voice.ogg",
        "voice.m4a",
        "voice.aac",
        "voice.flac",
    ] {
        let other = of(&format!("{FORMATS_FOLDER}/{name}"));
        let (wav, other) = (&wav.probabilities, other.probabilities.unwrap());
        for ((label, wav), (_, other)) in wav.as_ref().unwrap().iter().zip(other.iter()) {
            // The loss of MP3 and AAC moves one label by 0.10.
            assert!((wav - other).abs() < 0.12, "{name}: {other} {label}");
        }
        assert_eq!(other.top_label(), "disgust", "{name}");
    }
}
