//! Training and evaluation on what `preprocess` made, run as a user runs them.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

#[macro_use]
mod support;

use std::fs;

use emotionai_voice::training::{Provenance, Speaker, Speakers};

use support::*;

#[test]
fn spectrograms_give_the_model_and_the_metrics_that_the_recordings_give() {
    let folder = scratch("spectrograms");
    let (wavs, mels) = (synthesized(&folder), folder.join("mels"));
    done(args!("preprocess --data {wavs} --out {mels}"));

    let [of_wavs, of_mels] = ["wavs.emo", "mels.emo"].map(|name| folder.join(name));
    // SHORT is without prosody, which needs samples: of spectrograms there is none.
    for (data, out) in [(&wavs, &of_wavs), (&mels, &of_mels)] {
        done(args!("fit --data {data} --out {out} {SHORT...}"));
    }
    assert_eq!(read_model(&of_wavs).header, read_model(&of_mels).header);
    let is_same = fs::read(&of_wavs).unwrap() == fs::read(&of_mels).unwrap();
    assert!(is_same, "the same, to the last byte");

    let evaluate = |data| {
        done_json(args!(
            "evaluate --data {data} --actors split:valid --model {of_mels} --json"
        ))
    };
    assert_eq!(evaluate(&wavs), evaluate(&mels));

    // The recipe's other speeds and distorted copies need samples: they are left out, and it is said.
    let out = folder.join("whole-recipe.emo");
    let small = &SMALL[..2];
    let whole = args!("fit --data {mels} --epochs 1 --batch-size 8 {small...} --out {out}");
    let said = noted(&whole);
    assert_says(
        &said,
        &["without other speeds, distorted copies and prosody"],
    );
    let recipe = read_model(&out).header.provenance.recipe;
    assert_eq!(recipe["augment.distortions"], 0.0, "{recipe:?}");

    let other = args!("fit --data {mels} --set features.n_mels=32");
    assert_says(&refused(other), &["made with other features"]);
    let robust = args!("robustness --data {mels} --actors S08 --model {of_mels}");
    assert_says(&refused(robust), &["needs the recording itself"]);

    let manifest = mels.join("manifest.csv");
    let listed = read_text(&manifest);
    fs::write(&manifest, listed.replacen(",config", ",other", 1)).unwrap();
    assert_says(&refused(&whole), &["nothing says with which features"]);
    fs::write(&manifest, listed).unwrap();
    let broken = mels.join("S01-tired-1.npy");
    let bytes = fs::read(&broken).unwrap();
    fs::write(&broken, &bytes[..bytes.len() - 2]).unwrap();
    assert_says(&noted(&whole), &["S01-tired-1.npy", "cut short"]);
}

#[test]
fn a_corpus_that_is_known_stays_what_it_is_as_spectrograms() {
    let folder = scratch("spectrograms-ravdess");
    let wavs = ravdess("spectrograms-ravdess-wavs", 1..=24, [1, 5]);
    let [mels, out, runs] = ["mels", "model.emo", "runs"].map(|name| folder.join(name));
    done(args!("preprocess --data {wavs} --out {mels}"));

    done(args!("fit --data {mels} --out {out} {SHORT...}"));
    let header = read_model(&out).header;
    assert_eq!(header.licence, "CC-BY-NC-SA-4.0");
    assert_eq!(header.labels.len(), 8, "all that the corpus has");
    let speakers = |first, last| Speakers::Only((first..=last).map(Speaker::Number).collect());
    let split = |provenance: Provenance| {
        let corpus = &provenance.corpora[0];
        (corpus.train.clone(), corpus.valid.clone())
    };
    assert_eq!(
        split(header.provenance),
        (speakers(1, 20), speakers(21, 24))
    );

    // The five folds of the protocol, and nobody of the sealed test.
    done(args!("fit --data {mels} --out {runs} --folds 5 {SHORT...}"));
    let provenance = read_model(runs.join("seed1-fold0.emo")).header.provenance;
    assert_eq!(split(provenance), (speakers(5, 20), speakers(1, 4)));
}
