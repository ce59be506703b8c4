//! The targets over their seeds, over damaged copies of these, and over what once crashed.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

use std::fs;
use std::path::Path;

use emotionai_voice::Classifier;
use emotionai_voice_fuzz::{TARGETS, check};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Damaged copies of each seed.
const COPIES: usize = 60;

/// The files of a folder in the order of their names; none where there is no folder.
fn files(folder: &str, target: &str) -> Vec<(String, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(target);
    let entries = fs::read_dir(path).into_iter().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// A copy with a few bytes changed, left out or doubled.
fn damaged(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..bytes.len());
        let end = (at + rng.random_range(1..40)).min(bytes.len());
        match rng.random_range(0..5) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at..end].fill(rng.random()),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(end),
            _ => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn replay(target: &str) {
    let check = check(target);
    let rng = &mut StdRng::seed_from_u64(1);
    let seeds = files("seeds", target);
    assert!(!seeds.is_empty(), "no seeds of {target}");
    for (name, bytes) in seeds {
        println!("{name}");
        check(&bytes);
        for _ in 0..COPIES {
            check(&damaged(&bytes, rng));
        }
    }
    for (name, bytes) in files("crashes", target) {
        println!("{name}");
        check(&bytes);
    }
}

#[test]
fn wav() {
    replay("wav");
}

#[test]
fn model_file() {
    for (name, bytes) in files("seeds", "model_file") {
        // Else its damaged copies would be refused for what the seed lacks.
        assert!(Classifier::from_bytes(&bytes).is_ok(), "{name}");
    }
    replay("model_file");
}

#[test]
fn stream() {
    replay("stream");
}

#[test]
fn manifest() {
    replay("manifest");
}

#[test]
fn every_target_is_replayed() {
    assert_eq!(
        TARGETS.map(|target| target.0),
        ["wav", "model_file", "stream", "manifest"]
    );
}
