//! What the tests of the command line share.
#![allow(dead_code)] // Each test program uses a part of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use burn::tensor::Device;
use emotionai_voice::Model;

pub const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/voice.wav");
/// The same samples.
pub const VOICE_FLAC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/voice.flac");

/// What makes an epoch short: a small network, and no recordings at other speeds or in noise.
pub const SMALL: [&str; 6] = [
    "--set",
    "architecture.channels=[4, 8, 8, 16]",
    "--set",
    "augment.speeds=[]",
    "--set",
    "augment.distortions=0",
];

/// A training that takes no time.
pub const SHORT: [&str; 12] = [
    "--epochs",
    "2",
    "--batch-size",
    "8",
    "--set",
    "architecture.channels=[2, 2, 2, 2]",
    "--set",
    "augment.speeds=[]",
    "--set",
    "augment.distortions=0",
    "--set",
    "prosody.weight=0",
];

/// The program, to be run.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    // Not the folder of whoever runs the tests.
    command.env(
        "EMOTIONAI_CACHE",
        concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
    );
    command
}

pub fn train(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The standard output of a command that succeeds.
pub fn done(arguments: &[&str]) -> String {
    let output = train(arguments);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        stderr(&output)
    );
    stdout(&output)
}

/// What a command says that fails.
pub fn refused(arguments: &[&str]) -> String {
    let output = train(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    let error = stderr(&output);
    assert!(!error.contains("panicked"), "{error}");
    error
}

pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// What a model file holds.
pub fn read_model(path: &Path) -> Model {
    Model::from_bytes(&std::fs::read(path).unwrap(), &Device::flex()).unwrap()
}

/// A folder of this test's own, empty.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes the synthetic voice as a recording of its own: the file's name is in the lowest bits of some samples, so
/// that no two recordings are the same bytes, nor their spectrograms.
pub fn write_voice(path: &Path) {
    let mut bytes = std::fs::read(VOICE).unwrap();
    let name = path.file_name().unwrap().as_encoded_bytes();
    // Behind the header of 44 bytes, in the low byte of a sample every 50 ms.
    for (byte, letter) in bytes[44..].iter_mut().step_by(1_600).zip(name) {
        *byte ^= letter & 0x0F;
    }
    std::fs::write(path, bytes).unwrap();
}

/// A corpus of synthetic voices in `folder`.
pub fn synthesized(folder: &Path) -> String {
    let data = text(&folder.join("data"));
    done(&["synthesize", "--out", &data]);
    data
}

/// A WAV of 16-bit mono whose header announces `announced` bytes of audio.
pub fn wav(samples: &[i16], announced: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    bytes.extend(16_000u32.to_le_bytes());
    bytes.extend(32_000u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(announced.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}
