//! `train fit` and `train recipe`: what a model's file holds, and what a recipe is known by.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs;

use support::*;

#[test]
fn the_same_seed_gives_the_same_file_and_it_can_be_evaluated() {
    let corpus = ravdess("fit", 1..=3, 1..=8);
    let folder = scratch("models");
    let fit = |network: &str, seed: &str, name: &str| {
        let out = folder.join(name);
        let options = args!("--network {network} --seed {seed} --out {out}");
        let fit = args!("fit --data {corpus} --train 1-2 --valid 3 --epochs 2 {options...}");
        assert_says(&noted(fit), &["epoch   2/2"]);
        fs::read(out).unwrap()
    };
    for network in ["cnn", "cnn-gru", "ensemble", "plain"] {
        let first = fit(network, "7", "a.emo");
        assert!(
            first == fit(network, "7", "b.emo"),
            "{network}: the same seed"
        );
        assert!(
            first != fit(network, "8", "c.emo"),
            "{network}: another seed"
        );
    }
    let model = folder.join("a.emo");
    let report = done_json(args!(
        "evaluate --data {corpus} --actors 3 --model {model} --json"
    ));
    assert_eq!(report["clips"], 8);
    // One voice for all eight emotions: whatever is answered is right once in eight.
    assert_eq!(report["accuracy"], 0.125);
    assert_eq!(report["uar"], 0.125);
    assert_eq!((len(&report["recall"]), len(&report["confusion"])), (8, 8));
    assert_eq!(report["per_speaker"]["3"]["clips"], 8);
    assert!(report["ece"].is_number());
}

#[test]
fn a_file_of_halves_says_how_it_was_calibrated_and_made() {
    let corpus = ravdess("halves", 1..=2, 1..=8);
    let out = scratch("halves-model").join("halves.emo");
    let fit = [
        "fit",
        "--data",
        corpus.to_str().unwrap(),
        "--train",
        "1",
        "--valid",
        "none",
    ];
    let given = [
        "--neutral-logits=-1,0,0.5,0,0,0,0,1e-3",
        "--label-bias=-0.5,0,0,0,0,0,0,0.25",
        "--temperature=0.8",
    ];
    let options = args!("--epochs 1 --parameters f16 {given...} --out {out}");
    done(fit.map(Into::into).into_iter().chain(options));
    let described = done_json(args!("describe --json --model {out}"));
    assert_eq!(described["stored_as"], "f16");
    assert_eq!(described["speaker_profiles"], true);
    assert_eq!(described["provenance"]["step"], "fit");
    let header = read_model(&out).header;
    let provenance = serde_json::to_value(&header.provenance).unwrap();
    assert_eq!(described["provenance"], provenance);
    let neutral = header.calibration.neutral.unwrap();
    assert_eq!(neutral, [-1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.001]);
    let label_bias = header.calibration.label_bias.unwrap();
    assert_eq!(label_bias, [-0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25]);
    // One logit a label, or the file is not begun.
    for (option, said) in [
        ("--label-bias=1,2", "a finite bias"),
        ("--neutral-logits=1,2", "neutral logit"),
    ] {
        assert_says(&refused(fit.into_iter().chain([option])), &[said]);
    }
}

#[test]
fn what_is_printed_is_a_recipe_file() {
    let file = scratch("recipe").join("mine.toml");
    let printed = done(args!("recipe --network cnn-gru --set mixup=0.3 --epochs 7"));
    for line in ["epochs = 7", "mixup = 0.3", "[augment]"] {
        assert!(printed.lines().any(|it| it == line), "{line}: {printed}");
    }
    fs::write(&file, &printed).unwrap();
    assert_eq!(
        done(args!("recipe --network cnn-gru --recipe {file}")),
        printed
    );
    assert_says(&refused(args!("recipe --set epochs=0")), &["--epochs 0"]);
}

#[test]
fn what_is_fitted_on_held_out_speakers_may_be_given() {
    let folder = scratch("calibrated");
    let data = synthesized(&folder);
    let threshold = |name: &str, given: &[&str]| {
        let out = folder.join(name);
        done(args!("fit --data {data} --out {out} {SHORT...} {given...}"));
        number(&done_json(args!("describe --json --model {out}"))["uncertain_below"])
    };
    let fitted = threshold("fitted.emo", &[]);
    // Three labels: the likeliest has at least a third.
    assert!((1.0 / 3.0..1.0).contains(&fitted), "{fitted}");
    assert_eq!(threshold("given.emo", &["--uncertain-below", "0.25"]), 0.25);
    assert_eq!(threshold("none.emo", &["--temperature", "1"]), 0.0);
}
