//! The shipped weights, their model card and the README agree with the cross-validations that are kept.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[path = "shipped/data.rs"]
mod data;
mod support;
#[path = "shipped/tables.rs"]
mod tables;

use std::{env, fs};

use data::{FILES, Shipped, root, weights};
use support::{done, read_model, scratch, text};

#[test]
fn calibrations_are_those_of_the_cross_validations() {
    for file in FILES.map(Shipped::read) {
        let calibration = read_model(&weights(file.name)).header.calibration;
        let reported = &file.report["calibration"];
        // `cargo xtask weights` rounds as the last line of a report does.
        let rounded = |value: &serde_json::Value, digits: i32| {
            let scale = 10f64.powi(digits);
            (value.as_f64().unwrap() * scale).round() / scale
        };
        let close = |stored: f32, expected: f64| (f64::from(stored) - expected).abs() < 1e-6;
        let neutral = reported["neutral"].as_array().unwrap();
        let stored = calibration.neutral.unwrap();
        assert_eq!(stored.len(), neutral.len(), "{}", file.name);
        for (name, stored, expected) in [
            (
                "temperature",
                calibration.temperature,
                rounded(&reported["temperature"], 4),
            ),
            (
                "threshold",
                calibration.uncertain_below,
                rounded(&reported["uncertain_below"], 4),
            ),
        ]
        .into_iter()
        .chain(
            (stored.iter().zip(neutral))
                .map(|(&it, value)| ("neutral logit", it, rounded(value, 3))),
        ) {
            assert!(
                close(stored, expected),
                "{}: {name} {stored}, reported {expected}",
                file.name
            );
        }
    }
}

/// The page of the card is written by hand, its tables are not: `UPDATE_EXPECT=1 cargo test --release --test shipped`
/// writes them anew.
#[test]
fn the_tables_of_the_model_card_are_those_of_the_reports() {
    let files = FILES.map(Shipped::read);
    let tables = tables::all(&files);
    let path = root().join("src/weights/MODEL_CARD.md");
    let card = fs::read_to_string(&path).unwrap();
    let (page, written) = card.split_once(tables::HEADING).unwrap();
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, [page, tables::HEADING, &tables].concat()).unwrap();
    } else {
        assert!(written == tables, "the card's tables should be\n{tables}");
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let headline = tables::headline(&files);
    assert!(
        readme.contains(&headline),
        "the README's table should be\n{headline}"
    );
}

#[test]
fn the_pictures_of_the_model_card_are_those_of_the_report() {
    let folder = scratch("shipped-pictures");
    let pictures = text(&folder);
    done(
        &[
            &FILES[0].report_arguments()[..],
            &["--pictures".into(), pictures],
        ]
        .concat(),
    );
    for name in ["confusion.svg", "reliability.svg", "risk-coverage.svg"] {
        let made = fs::read_to_string(folder.join(name)).unwrap();
        let shown = fs::read_to_string(root().join("src/weights/pictures").join(name)).unwrap();
        assert!(made == shown, "{name} is another picture than the card's");
    }
}
