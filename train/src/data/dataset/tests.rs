//! A dataset of synthetic recordings, held against its parts.
#![allow(clippy::unwrap_used)] // A test that cannot unwrap has failed.

use rand::SeedableRng;

use emotionai_voice::training::VadConfig;

use emotionai_voice::{FeatureConfig, Waveform};

use super::*;
use crate::data::augment::{Augment, SpecAugment};
use crate::data::cache::Location;
use crate::data::corpus::Corpus;
use crate::data::corpus::tests::scratch;
use crate::data::simulate::resample;

const VOICE: &[u8] = include_bytes!("../../../../tests/data/voice.wav");

/// The shipped recipe's, without prosody.
fn config() -> DatasetConfig {
    let (features, windows) = (FeatureConfig::default(), WindowConfig::default());
    DatasetConfig {
        n_labels: 8,
        spec_augment: SpecAugment::light(features.n_mels, windows.n_frames),
        features,
        windows,
        gate: VadConfig::default(),
        range_db: 60.0,
        subtraction: 2.0,
        sampling: Sampling::Each,
        pairs: true,
        prosody: false,
        augment: Augment::shipped(),
    }
}

fn temporary() -> Cache {
    Cache::open(&Location::Temporary).unwrap()
}

/// One distorted copy of each of eight recordings of the synthetic voice, all windows from these.
fn distorted(test: &str, pairs: bool) -> Dataset {
    let root = scratch(test);
    for emotion in 1..=8 {
        let file = format!("03-01-{emotion:02}-01-01-01-01.wav");
        // A recording is known by its bytes: those after the samples are no sound.
        let bytes = [VOICE, b"note\x01\0\0\0", &[emotion, 0]].concat();
        std::fs::write(root.join(file), bytes).unwrap();
    }
    let clips = Corpus::open(&root, None).unwrap().clips().to_vec();
    let mut config = config();
    config.pairs = pairs;
    config.augment.speeds = vec![0.9];
    config.augment.distortions = 1;
    config.augment.distorted_share = 1.0;
    Dataset::load(&clips, &config, temporary()).unwrap()
}

#[test]
fn distorted_windows_come_with_the_clean_ones_that_they_were() {
    let mut dataset = distorted("pairs", true);
    let normalization = dataset.normalization().clone();
    let indices: Vec<usize> = (0..8).collect();
    let of = |dataset: &Dataset| {
        let mut rng = StdRng::seed_from_u64(1);
        dataset.batch(&indices, &normalization, &mut rng).unwrap()
    };
    let batch = of(&dataset);
    assert_eq!((batch.pairs, batch.labels.len()), (8, 16));
    assert_eq!(batch.labels[..8], batch.labels[8..]);
    let (distorted, clean) = batch.windows.split_at(batch.windows.len() / 2);
    assert_ne!(distorted, clean);

    // Nothing but the distortion tells them apart: without it they are the same, at any speed.
    for (index, recording) in dataset.recordings.iter_mut().enumerate() {
        let of = index % 2;
        recording.distorted = vec![(of, recording.variants[of].clone())];
    }
    let batch = of(&dataset);
    let (distorted, clean) = batch.windows.split_at(batch.windows.len() / 2);
    assert_eq!(distorted, clean);
}

#[test]
fn distorted_copies_are_of_any_speed() {
    let dataset = distorted("speeds", true);
    let of: BTreeSet<usize> = (dataset.recordings.iter())
        .flat_map(|recording| recording.distorted.iter().map(|(of, _)| *of))
        .collect();
    assert_eq!(of, BTreeSet::from([0, 1]));
}

#[test]
fn recordings_of_any_rate_are_played_at_every_speed() {
    let root = scratch("rates");
    let voice = Waveform::from_wav(VOICE).unwrap();
    for rate in [8_000, 192_000] {
        let path = root.join(format!("{rate}.wav"));
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: rate,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut wav = hound::WavWriter::create(&path, spec).unwrap();
        for sample in resample(voice.samples(), voice.sample_rate(), rate).unwrap() {
            wav.write_sample(sample).unwrap();
        }
        wav.finalize().unwrap();
    }
    let manifest = "path,label\n8000.wav,happy\n192000.wav,sad\n";
    std::fs::write(root.join("manifest.csv"), manifest).unwrap();
    let clips = Corpus::open(&root, None).unwrap().clips().to_vec();
    let mut config = config();
    config.prosody = true;
    config.augment.speeds = vec![0.5, 2.0];
    config.augment.distortions = 0;
    // A synthetic voice at half its speed need not sound like a voice.
    config.gate.voice = false;
    let dataset = Dataset::load(&clips, &config, temporary()).unwrap();
    assert!(dataset.skipped().is_empty(), "{:?}", dataset.skipped());
    for recording in &dataset.recordings {
        assert_eq!(recording.variants.len(), 3);
    }
}

#[test]
fn without_consistency_distorted_windows_come_alone() {
    let dataset = distorted("no-consistency", false);
    let normalization = dataset.normalization().clone();
    let mut rng = StdRng::seed_from_u64(1);
    let batch = dataset.batch(&[0, 1], &normalization, &mut rng).unwrap();
    assert_eq!((batch.pairs, batch.labels.len()), (0, 2));
}

#[test]
fn every_label_has_its_turn_however_rare_it_is() {
    // Six of the first label, two of the second, one of the third.
    let label = |index: usize| [0, 0, 0, 0, 0, 0, 1, 1, 2][index];
    let order = [8, 0, 7, 1, 2, 6, 3, 4, 5];
    assert_eq!(balanced(&order, label), [0, 7, 8, 1, 6, 8, 2, 7, 8]);
    assert_eq!(balanced(&[3, 1], |_| 4), [3, 1]);
    assert!(balanced(&[], |_| 0).is_empty());
}

/// The windows of the first speed and the copies, the statistics and the functionals.
fn content(
    clips: &[Clip],
    config: &DatasetConfig,
    cache: Cache,
) -> (Vec<f32>, Normalization, Vec<f32>) {
    let dataset = Dataset::load(clips, config, cache).unwrap();
    let indices: Vec<usize> = (0..dataset.len()).collect();
    let mut rng = StdRng::seed_from_u64(1);
    let batch = dataset
        .batch(&indices, dataset.normalization(), &mut rng)
        .unwrap();
    let mut functionals = Vec::new();
    dataset
        .functionals(&mut |_, windows| {
            functionals.extend(windows.iter().flat_map(|it| it.values.clone()));
        })
        .unwrap();
    (batch.windows, dataset.normalization().clone(), functionals)
}

#[test]
fn a_second_run_reads_what_the_first_computed_and_a_damaged_entry_is_computed_anew() {
    let root = scratch("second-run");
    let path = root.join("03-01-01-01-01-01-01.wav");
    std::fs::write(&path, VOICE).unwrap();
    let clips = Corpus::open(&root, None).unwrap().clips().to_vec();
    let mut config = config();
    config.prosody = true;
    config.augment.distorted_share = 0.5;
    config.augment.speeds = vec![0.9];
    let folder = Location::Folder(scratch("second-run-cache"));
    let cache = || Cache::open(&folder).unwrap();
    let first = content(&clips, &config, cache());
    assert!(!first.2.is_empty());
    let size = cache().size().unwrap();
    assert_eq!(size.entries, 5);
    assert_eq!(content(&clips, &config, cache()), first);
    assert_eq!(content(&clips, &config, temporary()), first);

    // With another name and another copy, all others are found.
    let renamed = path.with_file_name("03-01-02-01-01-01-02.wav");
    std::fs::rename(&path, &renamed).unwrap();
    let clips = Corpus::open(&root, None).unwrap().clips().to_vec();
    config.augment.distortions += 1;
    let more = content(&clips, &config, cache());
    assert_eq!(cache().size().unwrap().entries, size.entries + 1);
    for file in walkdir::WalkDir::new(cache().folder()) {
        let file = file.unwrap();
        if file.file_type().is_file() {
            let bytes = std::fs::read(file.path()).unwrap();
            std::fs::write(file.path(), &bytes[..bytes.len() / 2]).unwrap();
        }
    }
    assert_eq!(content(&clips, &config, cache()), more);
}

/// Where this fails, entries are no longer those of earlier versions: raise `PREPARATION`, and set these numbers.
#[test]
fn entries_are_those_of_this_preparation() {
    let root = scratch("preparation");
    std::fs::write(root.join("03-01-01-01-01-01-01.wav"), VOICE).unwrap();
    let clips = Corpus::open(&root, None).unwrap().clips().to_vec();
    let mut config = config();
    config.prosody = true;
    config.augment.distorted_share = 0.5;
    config.augment.speeds = vec![0.9];
    config.augment.distortions = 6;
    let dataset = Dataset::load(&clips, &config, temporary()).unwrap();
    let recording = &dataset.recordings[0];
    let copies = recording.distorted.iter().map(|(_, copy)| copy);
    let mut found = vec![f64::from(recording::PREPARATION)];
    for variant in recording.variants.iter().chain(copies) {
        let end = variant.fullest_end();
        let window = variant.window(end, &config.windows, &config.floor(), &dataset.cache);
        let window = window.unwrap();
        let functionals = variant.functionals(&dataset.cache).unwrap();
        let mean = |values: &[f32]| {
            values.iter().map(|&it| f64::from(it)).sum::<f64>() / values.len() as f64
        };
        let speech = variant.fullest_speech(&dataset.cache).unwrap();
        found.extend([
            end as f64,
            speech.iter().filter(|&&it| it).count() as f64,
            mean(&window),
            mean(&functionals[0].values),
        ]);
    }
    let close = |(found, golden): (&f64, &f64)| (found - golden).abs() < 0.02;
    assert!(
        found.len() == GOLDEN.len() && found.iter().zip(&GOLDEN).all(close),
        "{found:.2?}"
    );
}

/// `PREPARATION`; then of each variant the end and the speech frames of the fullest window, the mean of its levels
/// and of the functionals of the first window.
const GOLDEN: [f64; 33] = [
    2.00, 171.00, 128.00, -47.73, 2.09, 175.00, 128.00, -48.20, 2.05, 175.00, 128.00, -43.54, 1.82,
    171.00, 128.00, -47.87, 2.08, 171.00, 125.00, -50.50, 1.56, 175.00, 128.00, -48.12, 2.04,
    199.00, 117.00, -47.77, 1.45, 191.00, 127.00, -48.60, 1.56,
];
