//! The golden predictions on Flex and on ndarray: two implementations, one answer.
#![cfg(feature = "ndarray")]
#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot unwrap has failed.

use std::path::PathBuf;

use emotionai_voice::{Backend, Classifier, DEFAULT_MODEL, Waveform};

/// Ten recordings: every emotion, both genders, a stereo one where there is one.
const CLIPS: [&str; 10] = [
    "Actor_01/03-01-01-01-01-01-01.wav",
    "Actor_02/03-01-02-01-02-01-02.wav",
    "Actor_05/03-01-02-01-02-02-05.wav",
    "Actor_06/03-01-03-02-01-02-06.wav",
    "Actor_09/03-01-04-01-01-01-09.wav",
    "Actor_12/03-01-05-02-02-02-12.wav",
    "Actor_15/03-01-06-02-01-01-15.wav",
    "Actor_16/03-01-07-01-02-02-16.wav",
    "Actor_19/03-01-08-02-01-01-19.wav",
    "Actor_20/03-01-03-01-02-01-20.wav",
];

#[test]
fn flex_and_ndarray_agree_on_the_synthetic_voice() {
    agree([PathBuf::from("tests/data/voice.wav")]);
}

#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn flex_and_ndarray_agree_on_recordings() {
    let root = std::env::var_os("RAVDESS_DIR").expect("RAVDESS_DIR names the recordings");
    agree(CLIPS.map(|clip| PathBuf::from(&root).join(clip)));
}

fn agree(recordings: impl IntoIterator<Item = PathBuf>) {
    let flex = Classifier::with_backend(DEFAULT_MODEL, Backend::Flex).unwrap();
    let ndarray = Classifier::with_backend(DEFAULT_MODEL, Backend::NdArray).unwrap();
    for path in recordings {
        let waveform = Waveform::from_wav(&std::fs::read(&path).unwrap()).unwrap();
        let a = flex.classify(&waveform).unwrap();
        let b = ndarray.classify(&waveform).unwrap();
        assert_eq!(
            (a.state, &a.label),
            (b.state, &b.label),
            "{}",
            path.display()
        );
        let (a, b) = (a.probabilities.unwrap(), b.probabilities.unwrap());
        for ((label, a), b) in a.iter().zip(b.values()) {
            assert!((a - b).abs() <= 1e-4, "{} {label}: {a} {b}", path.display());
        }
    }
}
