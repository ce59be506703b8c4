//! What the tests of the command line share.
#![allow(dead_code)] // Each test program uses a part of it.
#![allow(unused_macros)]

use std::ffi::{OsStr, OsString};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use burn::tensor::Device;
use emotionai_voice::{DEFAULT_MODEL, Model};
use serde_json::Value;

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

/// The arguments in a command line: `{name}` is one argument, and `{names...}` are several.
macro_rules! args {
    ($line:literal) => {{
        let shell = xshell::Shell::new().unwrap();
        $crate::support::words(xshell::cmd!(shell, $line))
    }};
}

pub fn words(command: xshell::Cmd) -> Vec<OsString> {
    let command = Command::from(command);
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_owned).collect()
}

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

pub fn train(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Output {
    program().args(arguments).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The output of a command that succeeds.
pub fn succeeded(output: Output) -> Output {
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

/// The standard output of a command that succeeds.
pub fn done(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> String {
    stdout(&succeeded(train(arguments)))
}

/// What a command prints as JSON that succeeds.
pub fn done_json(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Value {
    json(&done(arguments))
}

/// What a command says on standard error that succeeds.
pub fn noted(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> String {
    stderr(&succeeded(train(arguments)))
}

/// What a command says that fails.
pub fn refused(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> String {
    failed(&train(arguments), 1)
}

/// What a command says that is wrong usage.
pub fn misused(arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> String {
    failed(&train(arguments), 2)
}

/// What a command says that ends with this code.
pub fn failed(output: &Output, code: i32) -> String {
    let error = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(!error.contains("panicked"), "{error}");
    error
}

/// Fails unless the text holds every part.
pub fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The values in JSON Lines.
pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(json).collect()
}

pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The number of entries of an array, or of fields of an object.
pub fn len(value: &Value) -> usize {
    let fields = value.as_object().map(|fields| fields.len());
    fields.unwrap_or_else(|| value.as_array().unwrap().len())
}

pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

pub fn read_text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// What a model file holds.
pub fn read_model(path: impl AsRef<Path>) -> Model {
    Model::from_bytes(&std::fs::read(path).unwrap(), &Device::flex()).unwrap()
}

/// The file at `path` of the shipped model, changed.
pub fn changed_model(path: PathBuf, change: impl FnOnce(&mut Model)) -> PathBuf {
    let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
    change(&mut model);
    std::fs::write(&path, model.to_bytes().unwrap()).unwrap();
    path
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

/// A corpus as RAVDESS is, whose actors speak with the synthetic voice whatever the emotion.
pub fn ravdess(
    name: &str,
    actors: RangeInclusive<u32>,
    emotions: impl IntoIterator<Item = u32> + Clone,
) -> PathBuf {
    let root = scratch(name);
    for actor in actors {
        let folder = root.join(format!("Actor_{actor:02}"));
        std::fs::create_dir(&folder).unwrap();
        for emotion in emotions.clone() {
            write_voice(&folder.join(format!("03-01-{emotion:02}-01-01-01-{actor:02}.wav")));
        }
    }
    root
}

/// A corpus of synthetic voices in `folder`.
pub fn synthesized(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    done(args!("synthesize --out {data}"));
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
