//! `train preprocess`, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use emotionai_voice::{FeatureConfig, LogMelExtractor, MelSpectrogram, Waveform};

use support::*;

/// Bytes before the data: one block, since the shape is short.
const HEADER: usize = 128;

/// The start of what the command says that it did.
fn preprocess(data: &Path, out: &Path, options: &[&str]) -> String {
    done(args!("preprocess --data {data} --out {out} {options...}"))
}

/// A folder with one for recordings in it.
fn folder(name: &str) -> PathBuf {
    let folder = scratch(&format!("preprocess-{name}"));
    fs::create_dir_all(folder.join("data/Actor_01")).unwrap();
    folder
}

/// Two recordings of the synthetic voice, and two files that are none; and the folder of the output.
fn corpus(name: &str) -> (PathBuf, PathBuf) {
    let folder = folder(name);
    let data = folder.join("data");
    for file in ["03-01-01-01-01-01-01.wav", "03-01-05-02-02-01-01.wav"] {
        fs::copy(VOICE, data.join("Actor_01").join(file)).unwrap();
    }
    fs::write(data.join("Actor_01/03-01-03-01-01-01-01.wav"), "no WAV").unwrap();
    fs::write(data.join("Actor_01/03-01-04-01-01-01-01.wav"), "").unwrap();
    (data, folder.join("out"))
}

/// The `index`th value of an array.
fn value(bytes: &[u8], index: usize) -> f32 {
    f32::from_le_bytes(bytes[HEADER + 4 * index..][..4].try_into().unwrap())
}

#[test]
fn every_recording_becomes_an_array_of_what_the_extractor_gives() {
    let (data, out) = corpus("arrays");
    assert!(preprocess(&data, &out, &[]).starts_with("2 made, 0 kept, 2 skipped"));

    let waveform = Waveform::from_wav(&fs::read(VOICE).unwrap()).unwrap();
    let features = FeatureConfig::default();
    let mut mel = MelSpectrogram::new(features.n_mels);
    let mut extractor = LogMelExtractor::new(&features).unwrap();
    extractor.push(waveform.samples(), &mut mel).unwrap();
    extractor.flush(&mut mel);
    let bytes = fs::read(out.join("Actor_01/03-01-01-01-01-01-01.npy")).unwrap();
    let shape = format!("'shape': ({}, {})", features.n_mels, mel.n_frames());
    assert_says(&String::from_utf8_lossy(&bytes[..HEADER]), &[&shape]);
    assert_eq!(bytes.len() - HEADER, 4 * features.n_mels * mel.n_frames());
    // Band by band, the frames of each one after the other.
    assert_eq!(value(&bytes, 7 * mel.n_frames() + 3), mel.frame(3)[7]);

    let manifest = read_text(out.join("manifest.csv"));
    let lines: Vec<&str> = manifest.lines().collect();
    assert_eq!(
        lines[0],
        "path,label,speaker,gender,intensity,statement,split,corpus,config"
    );
    let start = "Actor_01/03-01-05-02-02-01-01.npy,angry,1,male,strong,2,,ravdess,";
    assert!(lines[2].starts_with(start), "{manifest}");
    assert_eq!(lines.len(), 3);
    let skipped = [
        "03-01-04-01-01-01-01.wav,it is empty",
        "03-01-03-01-01-01-01.wav,",
    ];
    assert_says(&read_text(out.join("skipped.csv")), &skipped);
}

#[test]
fn what_is_there_is_kept_and_what_changed_is_made_again() {
    let (data, out) = corpus("kept");
    let assert_made = |options: &[&str], said: &str| {
        let found = preprocess(&data, &out, options);
        assert!(found.starts_with(said), "{found}");
    };
    assert_made(&[], "2 made");
    let first = out.join("Actor_01/03-01-01-01-01-01-01.npy");
    let modified = || fs::metadata(&first).unwrap().modified().unwrap();
    let before = modified();
    assert_made(&[], "0 made, 2 kept");
    assert_eq!(modified(), before);

    // A crash before the manifest was finished, and one file lost.
    let manifest = out.join("manifest.csv");
    let whole = read_text(&manifest);
    let lines: Vec<&str> = whole.lines().collect();
    fs::write(&manifest, [lines[0], lines[1], "Actor_01/03-"].join("\n")).unwrap();
    assert_made(&[], "1 made, 1 kept");
    assert_eq!(read_text(&manifest), whole);
    fs::remove_file(&first).unwrap();
    assert_made(&[], "1 made, 1 kept");

    // A recording that is newer than its spectrogram.
    let recording = data.join("Actor_01/03-01-01-01-01-01-01.wav");
    let file = fs::File::options().write(true).open(&recording).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(60))
        .unwrap();
    assert_made(&[], "1 made, 1 kept");
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();

    // Other features.
    assert_made(&["--set", "features.n_mels=40"], "2 made, 0 kept");
    let bytes = fs::read(&first).unwrap();
    assert_says(&String::from_utf8_lossy(&bytes[..HEADER]), &["(40, "]);
    assert_made(&[], "2 made, 0 kept");
}

#[test]
fn recordings_from_elsewhere_and_of_one_name_do_not_meet() {
    let folder = folder("elsewhere");
    for name in ["a.wav", "data/a.wav", "data/a.WAV"] {
        fs::copy(VOICE, folder.join(name)).unwrap();
    }
    let list = folder.join("data/list.csv");
    fs::write(&list, "path,label\na.wav,x\na.WAV,y\n../a.wav,z\n").unwrap();
    let out = folder.join("out");
    assert!(preprocess(&list, &out, &[]).starts_with("2 made, 0 kept, 1 skipped"));
    assert!(out.join("a.npy").is_file() && out.join("elsewhere/a.npy").is_file());
}

#[test]
fn what_cannot_work_is_said() {
    let (data, out) = corpus("wrong");
    let error = refused(args!(
        "preprocess --data {data} --out {out} --set features.n_mels=0"
    ));
    assert_says(&error, &["features"]);
    for taken in [&data, &data.join("Actor_01"), &data.join("..")] {
        let error = refused(args!("preprocess --data {data} --out {taken}"));
        assert_says(&error, &["holds recordings of --data"]);
    }
    assert!(!data.join("manifest.csv").exists());
    let file = data.join("Actor_01/03-01-04-01-01-01-01.wav/out");
    let error = refused(args!("preprocess --data {data} --out {file}"));
    assert_says(&error, &["cannot create"]);
    for name in ["03-01-01-01-01-01-01.wav", "03-01-05-02-02-01-01.wav"] {
        fs::write(data.join("Actor_01").join(name), "no WAV").unwrap();
    }
    let error = refused(args!("preprocess --data {data} --out {out}"));
    assert_says(&error, &["no recording can be used"]);
}

/// NumPy of `PYTHON`, or of the `python3` on the PATH, reads what is written.
#[test]
#[ignore = "needs PYTHON: a Python with NumPy"]
fn numpy_reads_the_arrays() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let (data, out) = corpus("numpy");
    preprocess(&data, &out, &[]);
    let script = "import numpy as np, sys\n\
        a = np.load(sys.argv[1], allow_pickle=False)\n\
        print(a.dtype.str, *a.shape, a.flags.c_contiguous, repr(float(a[7, 3])))";
    let path = out.join("Actor_01/03-01-01-01-01-01-01.npy");
    let numpy = Command::new(python)
        .args(["-c", script])
        .arg(&path)
        .output();
    let bytes = fs::read(path).unwrap();
    let n_frames = (bytes.len() - HEADER) / 4 / 64;
    let value = f64::from(value(&bytes, 7 * n_frames + 3));
    assert_eq!(
        stdout(&succeeded(numpy.unwrap())).trim(),
        format!("<f4 64 {n_frames} True {value:?}")
    );
}
