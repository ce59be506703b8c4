//! What has to hold for any input. Each target takes bytes and panics where something does not hold.
//!
//! `tests/replay.rs` runs the targets over the seeds, over damaged copies of them and over what once
//! crashed; `libfuzzer/` runs them under libFuzzer. See CONTRIBUTING.md.
#![allow(clippy::unwrap_used, clippy::expect_used)] // A target that cannot unwrap has found something.

mod manifest;
mod model_file;
mod stream;
mod wav;

/// A target: its name and its check.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 4] = [
    ("wav", wav::check),
    ("model_file", model_file::check),
    ("stream", stream::check),
    ("manifest", manifest::check),
];

/// The check of a target by its name.
///
/// # Panics
/// Where there is no such target.
pub fn check(name: &str) -> fn(&[u8]) {
    TARGETS.iter().find(|target| target.0 == name).unwrap().1
}
