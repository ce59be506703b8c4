//! The shipped weights, their model card and the README agree with the cross-validations that are kept.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;
#[path = "shipped/data.rs"]
mod data;
#[path = "shipped/tables.rs"]
mod tables;

use std::{env, fs};

use serde_json::Value;

use data::{FILES, SHIPPED, root, weights};
use support::{len, number, read_model, read_text, scratch, text};

#[test]
fn calibrations_are_those_of_the_cross_validations() {
    for file in SHIPPED.iter() {
        let stored = read_model(weights(file.name)).header.calibration;
        let reported = &file.report["calibration"];
        // Rounded as the options of `cargo xtask weights` are.
        let same = |stored: f32, reported: &Value, digits: usize| {
            let reported = format!("{:.digits$}", number(reported));
            assert_eq!(format!("{stored:.digits$}"), reported, "{}", file.name);
        };
        same(stored.temperature, &reported["temperature"], 4);
        same(stored.uncertain_below, &reported["uncertain_below"], 4);
        let (stored, reported) = (stored.neutral.unwrap(), &reported["neutral"]);
        assert_eq!(stored.len(), len(reported));
        for (label, &logit) in stored.iter().enumerate() {
            same(logit, &reported[label], 3);
        }
    }
}

/// The card's page is written by hand. With `UPDATE_EXPECT=1` in its environment this test writes the tables below it.
#[test]
fn the_tables_of_the_model_card_are_those_of_the_reports() {
    let tables = tables::all(&SHIPPED[..]);
    let path = root().join("src/weights/MODEL_CARD.md");
    let card = read_text(&path);
    let (page, written) = card.split_once(tables::HEADING).unwrap();
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, [page, tables::HEADING, &tables].concat()).unwrap();
    } else {
        assert!(written == tables, "the card's tables should be\n{tables}");
    }
    let readme = read_text(root().join("README.md"));
    let headline = tables::headline(&SHIPPED[..]);
    assert!(
        readme.contains(&headline),
        "the README's table should be\n{headline}"
    );
}

#[test]
fn the_pictures_of_the_model_card_are_those_of_the_report() {
    let folder = scratch("shipped-pictures");
    FILES[0].report(&["--pictures", &text(&folder)]);
    for name in ["confusion.svg", "reliability.svg", "risk-coverage.svg"] {
        let made = read_text(folder.join(name));
        let shown = read_text(root().join("src/weights/pictures").join(name));
        assert!(made == shown, "{name} is another picture than the card's");
    }
}
