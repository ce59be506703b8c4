//! Provenance: whom a model knows, from the data of its file.

use burn::tensor::Device;
use emotionai_voice::Model;
use emotionai_voice::training::{CorpusUse, Parent, Provenance, Speaker, Speakers, Step};

use super::{model, shipped, small_cnn};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn speakers(numbers: &[u32]) -> Speakers {
    Speakers::Only(numbers.iter().copied().map(Speaker::Number).collect())
}

fn fit(train: &[u32], valid: &[u32]) -> Provenance {
    Provenance {
        step: Step::Fit,
        corpora: vec![CorpusUse {
            name: "ravdess".into(),
            digest: Some("0badcafe".into()),
            train: speakers(train),
            valid: speakers(valid),
        }],
        calibrated_on_valid: true,
        recipe: [("network".to_owned(), "cnn".into())].into(),
        seed: Some(u64::MAX),
        backend: Some("flex".into()),
        revision: Some("2".into()),
        ..Provenance::default()
    }
}

fn made_of(step: Step, parents: &[&Provenance]) -> Provenance {
    let parent = |provenance: &&Provenance| Parent {
        id: "emotion-cnn-00000000".into(),
        weight: 1.0 / parents.len() as f32,
        provenance: (*provenance).clone(),
    };
    Provenance {
        step,
        parents: parents.iter().map(parent).collect(),
        ..Provenance::default()
    }
}

#[test]
fn provenance_is_read_from_the_file_as_it_was_written() {
    let mut named = fit(&[1, 2], &[]);
    named.corpora[0].train = Speakers::Only([Speaker::from("DC"), Speaker::from(7)].into());
    let mut split = fit(&[], &[]);
    split.corpora[0].train = Speakers::Split("train".into());
    split.corpora[0].valid = Speakers::All;
    for provenance in [
        Provenance::default(),
        made_of(Step::Export, &[&made_of(Step::Join, &[&named, &split])]),
    ] {
        let model = model(small_cnn(8), |header| {
            header.provenance = provenance.clone()
        });
        let read = Model::from_bytes(&model.to_bytes().unwrap(), &Device::flex()).unwrap();
        assert_eq!(read.header.provenance, provenance);
    }
}

#[test]
fn speakers_of_every_step_were_learned_from() {
    let joined = made_of(Step::Join, &[&fit(&[1, 2], &[]), &fit(&[4], &[])]);
    let exported = made_of(Step::Export, &[&joined]);
    let expected = [&speakers(&[1, 2]), &speakers(&[4])];
    assert_eq!(joined.learned_from("ravdess"), expected);
    assert_eq!(exported.learned_from("ravdess"), expected);
    assert!(joined.learned_from("savee").is_empty());
    assert!(Provenance::default().learned_from("ravdess").is_empty());
    assert_eq!(exported.steps().len(), 4);
}

#[test]
fn the_last_step_but_exports_calibrates_and_any_may_choose_an_epoch() {
    let valid = speakers(&[1, 4]);
    let corpus = "ravdess";
    let calibrated = fit(&[9], &[1, 4]);
    assert_eq!(calibrated.chosen_on(corpus), [&valid]);
    assert_eq!(
        made_of(Step::Export, &[&calibrated]).chosen_on(corpus),
        [&valid]
    );
    let given = Provenance {
        calibrated_on_valid: false,
        ..calibrated.clone()
    };
    assert!(given.chosen_on(corpus).is_empty());
    let chosen = Provenance {
        epoch_chosen_on_valid: true,
        ..given.clone()
    };
    assert_eq!(chosen.chosen_on(corpus), [&valid]);
    // The calibration of a member is not that of its ensemble.
    assert!(
        made_of(Step::Join, &[&calibrated, &given])
            .chosen_on(corpus)
            .is_empty()
    );
    assert_eq!(
        made_of(Step::Join, &[&chosen, &given]).chosen_on(corpus),
        [&valid]
    );
    let mut joined = made_of(Step::Join, &[&calibrated, &given]);
    joined.calibrated_on_valid = true;
    joined.corpora = fit(&[], &[7]).corpora;
    assert_eq!(joined.chosen_on(corpus), [&speakers(&[7])]);
}

#[test]
fn the_shipped_model_learned_from_actors_1_to_20_and_was_chosen_on_nobody_of_them() {
    let provenance = shipped().header.provenance;
    let actors = speakers(&(1..=20).collect::<Vec<_>>());
    assert_eq!(provenance.step, Step::Join);
    assert_eq!(provenance.learned_from("ravdess"), [&actors, &actors]);
    assert_eq!(provenance.chosen_on("ravdess"), Vec::<&Speakers>::new());
    let weights: Vec<f32> = provenance.parents.iter().map(|it| it.weight).collect();
    assert_eq!(weights, [1.0 / 3.0, 2.0 / 3.0]);
    for (parent, network) in provenance.parents.iter().zip(["cnn", "cnn-gru"]) {
        assert_eq!(parent.provenance.recipe["network"], network);
        assert_eq!(parent.provenance.seed, Some(1));
    }
}
