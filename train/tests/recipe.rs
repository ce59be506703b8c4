//! `train recipe`, and what a recipe is known by, run as a user runs it.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use serde_json::Value;
use support::{SHORT, done, refused, scratch, synthesized, text};

#[test]
fn what_is_printed_is_a_recipe_file() {
    let file = scratch("recipe").join("mine.toml");
    let changed = [
        "recipe",
        "--network",
        "cnn-gru",
        "--set",
        "mixup=0.3",
        "--epochs",
        "7",
    ];
    let printed = done(&changed);
    for line in ["epochs = 7", "mixup = 0.3", "[augment]"] {
        assert!(printed.lines().any(|it| it == line), "{line}: {printed}");
    }
    std::fs::write(&file, &printed).unwrap();
    let read = ["recipe", "--network", "cnn-gru", "--recipe", &text(&file)];
    assert_eq!(done(&read), printed);
    assert!(refused(&["recipe", "--set", "epochs=0"]).contains("--epochs 0"));
}

#[test]
fn what_is_fitted_on_held_out_speakers_may_be_given() {
    let folder = scratch("calibrated");
    let data = synthesized(&folder);
    let threshold = |name: &str, given: &[&str]| {
        let out = text(&folder.join(name));
        let fit = ["fit", "--data", &data, "--out", &out];
        done(&[&fit[..], &SHORT, given].concat());
        let described: Value =
            serde_json::from_str(&done(&["describe", "--json", "--model", &out])).unwrap();
        described["uncertain_below"].as_f64().unwrap()
    };
    let fitted = threshold("fitted.emo", &[]);
    // Three labels: the likeliest has at least a third.
    assert!((1.0 / 3.0..1.0).contains(&fitted), "{fitted}");
    assert_eq!(threshold("given.emo", &["--uncertain-below", "0.25"]), 0.25);
    assert_eq!(threshold("none.emo", &["--temperature", "1"]), 0.0);
}
