//! The files that ship, and what is told of them, are what their cross-validations gave.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{done, read_model, scratch, text};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn weights(name: &str) -> PathBuf {
    root().join("src/weights").join(name)
}

/// The report on some of the cross-validations that are kept.
fn report(outcomes: &[&str], options: &[&str]) -> String {
    let kept = root().join("train/experiments/outcomes");
    let kept: Vec<String> = outcomes.iter().map(|name| text(&kept.join(name))).collect();
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    done(&[&["report"], &kept[..], options].concat())
}

/// The line at its end, of which `cargo xtask weights` makes options.
fn to_ship(report: &str) -> &str {
    report
        .lines()
        .rfind(|line| line.starts_with("To ship"))
        .unwrap()
}

#[test]
fn calibrations_are_those_of_the_cross_validations() {
    for (file, outcomes, votes) in [
        (
            "default.emo",
            &["steady", "steady-gru"][..],
            &["--votes", "1,2"][..],
        ),
        ("cnn.emo", &["steady"], &[]),
        ("cnn-gru.emo", &["steady-gru"], &[]),
        ("plain.emo", &["plain-light"], &[]),
    ] {
        let calibration = read_model(&weights(file)).header.calibration;
        let neutral = calibration.neutral.unwrap();
        let neutral: Vec<String> = neutral.iter().map(f32::to_string).collect();
        let expected = format!(
            ": --temperature {:.4} --uncertain-below {:.4} --neutral-logits={}",
            calibration.temperature,
            calibration.uncertain_below,
            neutral.join(",")
        );
        let report = report(outcomes, votes);
        let said = to_ship(&report);
        assert!(said.ends_with(&expected), "{file}: {said}");
    }
}

#[test]
fn the_model_card_shows_what_the_report_says() {
    let folder = scratch("shipped-pictures");
    let pictures = text(&folder);
    let options = ["--votes", "1,2", "--pictures", &pictures];
    let report = report(&["steady", "steady-gru"], &options);
    let card = fs::read_to_string(weights("MODEL_CARD.md")).unwrap();
    let groups = ["female", "male", "normal", "strong", "statement", "actor"];
    let of_groups: Vec<&str> = report
        .lines()
        .filter(|line| {
            groups
                .iter()
                .any(|group| line.starts_with(&format!("| {group} ")))
        })
        .collect();
    assert_eq!(of_groups.len(), 26, "{report}");
    for line in of_groups {
        assert!(card.contains(line), "the card lacks {line}");
    }
    for name in ["confusion.svg", "reliability.svg", "risk-coverage.svg"] {
        let made = fs::read_to_string(folder.join(name)).unwrap();
        let shown = fs::read_to_string(weights("pictures").join(name)).unwrap();
        assert!(made == shown, "{name} is another picture than the card's");
    }
}
