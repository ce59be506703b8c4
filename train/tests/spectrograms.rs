//! Training and judging on what `preprocess` made, run as a user runs them.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

mod support;

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use emotionai_voice::Model;
use emotionai_voice::training::{Provenance, Speaker, Speakers};
use serde_json::Value;

use support::{SMALL, done, refused, scratch, stderr, stdout, text, train, write_voice};

/// A short training of a small network on nothing but the recordings as they are.
const SHORT: [&str; 4] = ["--epochs", "2", "--batch-size", "8"];

fn model(path: &Path) -> Model {
    Model::from_bytes(&fs::read(path).unwrap(), &Device::flex()).unwrap()
}

#[test]
fn spectrograms_give_the_model_and_the_figures_that_the_recordings_give() {
    let folder = scratch("spectrograms");
    let [wavs, mels] = ["wavs", "mels"].map(|name| text(&folder.join(name)));
    done(&["synthesize", "--out", &wavs]);
    done(&["preprocess", "--data", &wavs, "--out", &mels]);

    let [of_wavs, of_mels] = ["wavs.emo", "mels.emo"].map(|name| folder.join(name));
    // The prosody needs samples: of spectrograms there is none.
    let plain = ["--set", "prosody.weight=0"];
    for (data, out) in [(&wavs, &of_wavs), (&mels, &of_mels)] {
        let fit = ["fit", "--data", data, "--out", &text(out)];
        done(&[&fit[..], &SHORT, &SMALL, &plain].concat());
    }
    assert_eq!(model(&of_wavs).header, model(&of_mels).header);
    assert_eq!(
        fs::read(&of_wavs).unwrap(),
        fs::read(&of_mels).unwrap(),
        "the same, to the last byte"
    );

    let evaluate = |data: &str| {
        let args = ["evaluate", "--data", data, "--actors", "split:valid"];
        let report = done(&[&args[..], &["--model", &text(&of_mels), "--json"]].concat());
        serde_json::from_str::<Value>(&report).unwrap()
    };
    assert_eq!(evaluate(&wavs), evaluate(&mels));

    // The recipe's other speeds and distorted copies need samples: they are left out, and it is said.
    let out = folder.join("whole-recipe.emo");
    let whole = [
        "fit",
        "--data",
        &mels,
        "--epochs",
        "1",
        "--out",
        &text(&out),
    ];
    let output = train(&[&whole[..], &SHORT[2..], &SMALL[..2]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("without other speeds, distorted copies and prosody"));
    let recipe = model(&out).header.provenance.recipe;
    assert_eq!(recipe["augment.distortions"], 0.0, "{recipe:?}");

    let other = ["fit", "--data", &mels, "--set", "features.n_mels=32"];
    assert!(refused(&other).contains("made with other features"));
    let robust = ["robustness", "--data", &mels, "--actors", "S08"];
    let robust = refused(&[&robust[..], &["--model", &text(&of_mels)]].concat());
    assert!(robust.contains("needs the recording itself"), "{robust}");

    let manifest = folder.join("mels/manifest.csv");
    let listed = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, listed.replacen(",config", ",other", 1)).unwrap();
    assert!(refused(&whole).contains("nothing says with which features"));
    fs::write(&manifest, listed).unwrap();
    let broken = folder.join("mels/S01-tired-1.npy");
    let bytes = fs::read(&broken).unwrap();
    fs::write(&broken, &bytes[..bytes.len() - 2]).unwrap();
    let rest = train(&[&whole[..], &SHORT[2..], &SMALL[..2]].concat());
    let named = stderr(&rest);
    assert!(rest.status.success(), "{named}");
    assert!(
        named.contains("S01-tired-1.npy") && named.contains("cut short"),
        "{named}"
    );
}

#[test]
fn a_corpus_that_is_known_stays_what_it_is_as_spectrograms() {
    let folder = scratch("spectrograms-ravdess");
    let [wavs, mels] = ["wavs", "mels"].map(|name| folder.join(name));
    fs::create_dir(&wavs).unwrap();
    for actor in 1..=24 {
        for emotion in [1, 5] {
            let file = format!("03-01-{emotion:02}-01-01-01-{actor:02}.wav");
            write_voice(&wavs.join(file));
        }
    }
    let (wavs, mels) = (text(&wavs), text(&mels));
    done(&["preprocess", "--data", &wavs, "--out", &mels]);

    let out = folder.join("model.emo");
    done(
        &[
            &["fit", "--data", &mels, "--out", &text(&out)],
            &SHORT[..],
            &SMALL,
        ]
        .concat(),
    );
    let header = model(&out).header;
    assert_eq!(header.licence, "CC-BY-NC-SA-4.0");
    assert_eq!(header.labels.len(), 8, "all that the corpus has");
    let speakers = |numbers: std::ops::RangeInclusive<u32>| {
        Speakers::Only(numbers.map(Speaker::Number).collect())
    };
    let of = |provenance: &Provenance| {
        let corpus = &provenance.corpora[0];
        (corpus.train.clone(), corpus.valid.clone())
    };
    let found = of(&header.provenance);
    assert_eq!(found, (speakers(1..=20), speakers(21..=24)));

    // The five folds of the protocol, and nobody of the sealed test.
    let runs = text(&folder.join("runs"));
    let folds = ["fit", "--data", &mels, "--out", &runs, "--folds", "5"];
    done(&[&folds[..], &SHORT, &SMALL].concat());
    let provenance = model(&folder.join("runs/seed1-fold0.emo"))
        .header
        .provenance;
    assert_eq!(of(&provenance), (speakers(5..=20), speakers(1..=4)));
}

#[test]
fn folds_are_trained_judged_and_summed_up_and_not_done_twice() {
    let folder = scratch("folds");
    let (data, out) = (text(&folder.join("data")), text(&folder.join("runs")));
    done(&["synthesize", "--out", &data]);
    let fit = ["fit", "--data", &data, "--out", &out];
    let folds = [&fit[..], &["--folds", "2"], &SHORT, &SMALL].concat();
    let first = train(&folds);
    let (said, progress) = (stdout(&first), stderr(&first));
    assert!(first.status.success(), "{progress}");
    for part in ["mean", "UAR", "ECE"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let tables = said.lines().filter(|line| line.contains("fold 0"));
    assert_eq!(
        tables.count(),
        1,
        "one table by fold, not two that differ: {said}"
    );
    for fold in 0..2 {
        for epoch in 1..=2 {
            let line = format!("fold {fold}   epoch   {epoch}/2   loss");
            assert_eq!(progress.matches(&line).count(), 1, "{line}: {progress}");
        }
    }
    let kept = fs::read_to_string(folder.join("runs/seed1-fold0.txt")).unwrap();
    assert!(
        kept.contains("epoch   2/2") && kept.contains("wrote "),
        "{kept}"
    );
    let outcomes: Vec<String> = (0..2)
        .map(|fold| fs::read_to_string(folder.join(format!("runs/seed1-fold{fold}.jsonl"))))
        .collect::<Result<_, _>>()
        .unwrap();
    let clips: usize = outcomes.iter().map(|fold| fold.lines().count()).sum();
    assert_eq!(
        clips,
        fs::read_to_string(folder.join("data/manifest.csv"))
            .unwrap()
            .lines()
            .count()
            - 1
    );

    let written = || {
        fs::metadata(folder.join("runs/seed1-fold0.emo"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = written();
    let again = train(&folds);
    assert_eq!(stdout(&again), said);
    assert!(!stderr(&again).contains("epoch"), "{}", stderr(&again));
    assert_eq!(written(), before);
    let other = [&folds[..], &["--set", "augment.noise=0"]].concat();
    assert!(refused(&other).contains("another --out"));

    let corpus = ["fit", "--data", &data, "--out", &data, "--folds", "2"];
    assert!(refused(&corpus).contains("holds recordings of --data"));
    let many = [&fit[..], &["--folds", "99"]].concat();
    assert!(refused(&many).contains("99 folds need as many speakers"));
    for wrong in [["--folds", "1"], ["--patience", "2"]] {
        let output = train(&[&fit[..], &["--folds", "2"], &wrong].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
    }
}
