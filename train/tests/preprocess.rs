//! `train preprocess`, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use emotionai_voice::{FeatureConfig, LogMelExtractor, MelSpectrogram, Waveform};

const VOICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/voice.wav");
/// Bytes before the data: one block, since the shape is short.
const HEADER: usize = 128;

fn preprocess(data: &Path, out: &Path, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_train"))
        .args(["preprocess", "--data"])
        .arg(data)
        .arg("--out")
        .arg(out)
        .args(options)
        .output()
        .unwrap()
}

/// What it says that it did.
fn done(output: &Output) -> String {
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("preprocess-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("data/Actor_01")).unwrap();
    folder
}

/// Two recordings of the synthetic voice, and two files that are none.
fn corpus(name: &str) -> (PathBuf, PathBuf) {
    let folder = scratch(name);
    let data = folder.join("data");
    for file in ["03-01-01-01-01-01-01.wav", "03-01-05-02-02-01-01.wav"] {
        fs::copy(VOICE, data.join("Actor_01").join(file)).unwrap();
    }
    fs::write(data.join("Actor_01/03-01-03-01-01-01-01.wav"), "no WAV").unwrap();
    fs::write(data.join("Actor_01/03-01-04-01-01-01-01.wav"), "").unwrap();
    (data, folder.join("out"))
}

#[test]
fn every_recording_becomes_an_array_of_what_the_extractor_gives() {
    let (data, out) = corpus("arrays");
    let output = preprocess(&data, &out, &[]);
    assert!(done(&output).starts_with("2 made, 0 kept, 2 skipped"));

    let waveform = Waveform::from_wav(&fs::read(VOICE).unwrap()).unwrap();
    let features = FeatureConfig::default();
    let mut mel = MelSpectrogram::new(features.n_mels);
    let mut extractor = LogMelExtractor::new(&features).unwrap();
    extractor.push(waveform.samples(), &mut mel).unwrap();
    extractor.flush(&mut mel);
    let bytes = fs::read(out.join("Actor_01/03-01-01-01-01-01-01.npy")).unwrap();
    let shape = format!("'shape': ({}, {})", features.n_mels, mel.n_frames());
    assert!(String::from_utf8_lossy(&bytes[..HEADER]).contains(&shape));
    let values: Vec<f32> = bytes[HEADER..]
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert_eq!(values.len(), features.n_mels * mel.n_frames());
    // Band by band, the frames of each one after the other.
    assert_eq!(values[7 * mel.n_frames() + 3], mel.frame(3)[7]);

    let manifest = fs::read_to_string(out.join("manifest.csv")).unwrap();
    let lines: Vec<&str> = manifest.lines().collect();
    assert_eq!(
        lines[0],
        "path,label,speaker,gender,intensity,statement,split,corpus,config"
    );
    let start = "Actor_01/03-01-05-02-02-01-01.npy,angry,1,male,strong,2,,ravdess,";
    assert!(lines[2].starts_with(start), "{manifest}");
    assert_eq!(lines.len(), 3);
    let skipped = fs::read_to_string(out.join("skipped.csv")).unwrap();
    assert!(
        skipped.contains("03-01-04-01-01-01-01.wav,it is empty"),
        "{skipped}"
    );
    assert!(skipped.contains("03-01-03-01-01-01-01.wav,"), "{skipped}");
}

#[test]
fn what_is_there_is_kept_and_what_changed_is_made_again() {
    let (data, out) = corpus("kept");
    let run = |options: &[&str]| done(&preprocess(&data, &out, options));
    run(&[]);
    let first = out.join("Actor_01/03-01-01-01-01-01-01.npy");
    let modified = || fs::metadata(&first).unwrap().modified().unwrap();
    let before = modified();
    assert!(run(&[]).starts_with("0 made, 2 kept"));
    assert_eq!(modified(), before);

    // A crash before the manifest was finished, and one file lost.
    let manifest = out.join("manifest.csv");
    let whole = fs::read_to_string(&manifest).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    fs::write(
        &manifest,
        format!("{}\n{}\nActor_01/03-", lines[0], lines[1]),
    )
    .unwrap();
    assert!(run(&[]).starts_with("1 made, 1 kept"));
    assert_eq!(fs::read_to_string(&manifest).unwrap(), whole);
    fs::remove_file(&first).unwrap();
    assert!(run(&[]).starts_with("1 made, 1 kept"));

    // A recording that is newer than its spectrogram.
    let recording = data.join("Actor_01/03-01-01-01-01-01-01.wav");
    let file = fs::File::options().write(true).open(&recording).unwrap();
    let later = SystemTime::now() + std::time::Duration::from_secs(60);
    file.set_modified(later).unwrap();
    assert!(run(&[]).starts_with("1 made, 1 kept"));
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();

    // Other features.
    assert!(run(&["--set", "features.n_mels=40"]).starts_with("2 made, 0 kept"));
    let bytes = fs::read(&first).unwrap();
    assert!(String::from_utf8_lossy(&bytes[..HEADER]).contains("(40, "));
    assert!(run(&[]).starts_with("2 made, 0 kept"));
}

#[test]
fn recordings_from_elsewhere_and_of_one_name_do_not_meet() {
    let folder = scratch("elsewhere");
    fs::copy(VOICE, folder.join("a.wav")).unwrap();
    for name in ["a.wav", "a.WAV"] {
        fs::copy(VOICE, folder.join("data").join(name)).unwrap();
    }
    let list = folder.join("data/list.csv");
    fs::write(&list, "path,label\na.wav,x\na.WAV,y\n../a.wav,z\n").unwrap();
    let out = folder.join("out");
    assert!(done(&preprocess(&list, &out, &[])).starts_with("2 made, 0 kept, 1 skipped"));
    assert!(out.join("a.npy").is_file() && out.join("elsewhere/a.npy").is_file());
}

#[test]
fn what_cannot_work_is_said() {
    let (data, out) = corpus("wrong");
    let refused = |data: &Path, out: &Path, options: &[&str]| {
        let output = preprocess(data, out, options);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&data, &out, &["--set", "features.n_mels=0"]).contains("features"));
    for taken in [&data, &data.join("Actor_01"), &data.join("..")] {
        assert!(refused(&data, taken, &[]).contains("holds recordings of --data"));
    }
    assert!(!data.join("manifest.csv").exists());
    let file = data.join("Actor_01/03-01-04-01-01-01-01.wav");
    assert!(refused(&data, &file.join("out"), &[]).contains("cannot create"));
    for name in ["03-01-01-01-01-01-01.wav", "03-01-05-02-02-01-01.wav"] {
        fs::write(data.join("Actor_01").join(name), "no WAV").unwrap();
    }
    assert!(refused(&data, &out, &[]).contains("no recording can be used"));
}

/// NumPy of `PYTHON`, or of the `python3` on the PATH, reads what is written.
#[test]
#[ignore = "needs PYTHON: a Python with NumPy"]
fn numpy_reads_the_arrays() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let (data, out) = corpus("numpy");
    done(&preprocess(&data, &out, &[]));
    let script = "import numpy as np, sys\n\
        a = np.load(sys.argv[1], allow_pickle=False)\n\
        print(a.dtype.str, *a.shape, a.flags.c_contiguous, repr(float(a[7, 3])))";
    let path = out.join("Actor_01/03-01-01-01-01-01-01.npy");
    let output = Command::new(python)
        .args(["-c", script])
        .arg(&path)
        .output()
        .unwrap();
    let bytes = fs::read(path).unwrap();
    let n_frames = (bytes.len() - HEADER) / 4 / 64;
    let at = HEADER + 4 * (7 * n_frames + 3);
    let value = f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        format!("<f4 64 {n_frames} True {:?}", f64::from(value)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
