//! Recipes, their changes and their errors.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

use toml::Value;

use super::*;

#[test]
fn learning_rate_rises_then_falls_to_zero() {
    let recipe = Recipe::new(Network::Cnn);
    let rate = |progress| recipe.learning_rate_at(progress);
    assert!(rate(0.0) < 0.05 * recipe.learning_rate);
    assert!((rate(0.1) - recipe.learning_rate).abs() < 1e-9);
    assert!(rate(0.5) < rate(0.2));
    assert!(rate(1.0) < 1e-9);
}

#[test]
fn assignments_change_their_fields_alone_and_are_reproduced() {
    let given = [
        "augment.noise=0.4",
        "architecture.channels=[8, 8, 8, 8]",
        "range_db=50",
    ]
    .map(String::from);
    let recipe = Recipe::load(Network::Cnn, None, &given).unwrap();
    assert_eq!(recipe.augment.noise, 0.4);
    assert_eq!(recipe.range_db, 50.0);
    assert_eq!(recipe.epochs, Recipe::new(Network::Cnn).epochs);
    let changes = recipe.changes(Network::Cnn).unwrap();
    assert_eq!(changes.len(), 3, "{changes:?}");
    assert_eq!(Recipe::load(Network::Cnn, None, &changes).unwrap(), recipe);
    assert!(
        Recipe::new(Network::Plain)
            .changes(Network::Plain)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn all_assignments_give_the_recipe_again_whatever_the_defaults() {
    for network in [Network::Cnn, Network::CnnGru, Network::Plain] {
        let changed = ["mixup=0.3", "sampling=balanced", "epochs=7"].map(String::from);
        let recipe = Recipe::load(network, None, &changed).unwrap();
        let given = recipe.assignments().unwrap();
        for field in [
            "mixup=0.3",
            "epochs=7",
            "average_decay=0.995",
            "spec_augment.masks=2",
        ] {
            assert!(given.contains(&field.to_owned()), "{field}: {given:?}");
        }
        assert_eq!(Recipe::load(network, None, &given).unwrap(), recipe);
    }
}

#[test]
fn a_bare_word_is_a_text() {
    let load = |given: &str| Recipe::load(Network::Cnn, None, &[given.into()]);
    for given in [
        "sampling=balanced",
        "sampling = balanced",
        "sampling='balanced'",
    ] {
        assert_eq!(load(given).unwrap().sampling, Sampling::Balanced);
    }
    let error = format!("{:#}", load("sampling=some").unwrap_err());
    assert!(error.contains("balanced"), "{error}");
}

#[test]
fn a_network_takes_what_features_and_windows_make() {
    let load = |network, given: &[&str]| {
        let given: Vec<String> = given.iter().map(|given| (*given).into()).collect();
        let recipe = Recipe::load(network, None, &given).unwrap();
        let changes = recipe.changes(network).unwrap();
        assert_eq!(Recipe::load(network, None, &changes).unwrap(), recipe);
        Table::try_from(recipe.architecture).unwrap()
    };
    let fewer = ["features.n_mels=40", "windows.n_frames=96"];
    for network in [Network::Cnn, Network::CnnGru, Network::Plain] {
        assert_eq!(load(network, &fewer)["n_mels"], Value::Integer(40));
    }
    assert_eq!(load(Network::Plain, &fewer)["n_frames"], Value::Integer(96));
    for member in load(Network::Ensemble, &fewer)["members"]
        .as_array()
        .unwrap()
    {
        assert_eq!(member["n_mels"], Value::Integer(40));
    }
    // What is asked for is not put right behind anybody's back.
    for (asked, said) in [
        (
            ["features.n_mels=40", "architecture.n_mels=64"],
            "n_mels = 64",
        ),
        (
            ["windows.n_frames=96", "architecture.n_frames=128"],
            "n_frames = 128",
        ),
    ] {
        let asked = asked.map(String::from);
        let error = Recipe::load(Network::Plain, None, &asked).unwrap_err();
        assert!(format!("{error:#}").contains(said), "{error:#}");
    }
}

#[test]
fn the_number_of_labels_is_no_part_of_a_recipe() {
    for network in Network::ALL {
        let recipe = Recipe::new(network).with_labels(3);
        assert_eq!(recipe.architecture.n_labels(), 3);
        recipe.architecture.validate().unwrap();
        assert!(recipe.changes(network).unwrap().is_empty());
    }
}

#[test]
fn what_a_recipe_cannot_be_is_said() {
    for (given, said) in [
        ("epochs=0", "epochs"),
        ("augment.nose=1", "unknown field `nose`"),
        ("augment.noise=2", "augment.noise"),
        ("epochs=\"many\"", "epochs"),
        ("sampling=\"some\"", "balanced"),
        ("noise", "not an assignment"),
        ("windows.padding=end", "pads at the start"),
    ] {
        let error = Recipe::load(Network::CnnGru, None, &[given.into()]).unwrap_err();
        assert!(format!("{error:#}").contains(said), "{given}: {error:#}");
    }
}
