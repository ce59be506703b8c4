//! Recordings as training windows, cut by the root crate's own pipeline.

mod variant;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::{FrameStream, Normalization, ProsodyHead, Waveform, WindowConfig};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rayon::iter::Either;
use rayon::prelude::*;

use crate::data::augment::Augment;
use crate::data::corpus::{Clip, Skip, Speaker, skips};
use crate::data::seeded;
use crate::data::simulate::babble;
use crate::data::simulate::{distort, resample};
use crate::data::spectrogram;
use crate::data::voice_exchange::{VoiceSums, Voices};
use crate::io::files;
use crate::learn::prosody::{self, Said};
use crate::learn::recipe::{Recipe, Sampling};
use variant::Take;

/// One recording.
struct Recording {
    label: usize,
    speaker: Option<Speaker>,
    /// As it was recorded, then at each of the other speeds.
    takes: Vec<Take>,
    /// As poor microphones in noisy rooms might have heard these takes, each with its place among them.
    distorted: Vec<(usize, Take)>,
    /// How it is said, as it was recorded and in the copies.
    said: Vec<Said>,
}

impl Recording {
    /// With no take but its own so far.
    fn new(clip: &Clip, own: Option<Take>, said: Vec<Said>) -> Result<Recording> {
        let Some(own) = own else {
            bail!("it holds no speech");
        };
        Ok(Recording {
            label: clip.label,
            speaker: clip.speaker.clone(),
            takes: vec![own],
            distorted: Vec::new(),
            said,
        })
    }
}

/// Between these rates, in Hz, samples can be played at any speed, 0.5 to 2, and remain at a rate that is taken.
const PLAYED: (u32, u32) = (16_000, 96_000);

/// The rate of samples that are played at another speed: faster, as many take less time.
fn faster(rate: u32, speed: f64) -> u32 {
    (f64::from(rate) * speed).round() as u32
}

/// How often windows are drawn from a recording as it is, from one of its other speeds, and from one of
/// its distorted copies.
struct Shares {
    own: f64,
    speed: f64,
    copy: f64,
}

impl Shares {
    fn of(augment: &Augment) -> Shares {
        let (speeds, copies) = (augment.speeds.len() as f64, augment.distortions as f64);
        let copied = if copies > 0.0 {
            augment.distorted_share
        } else {
            0.0
        };
        let any_speed = (1.0 - copied) * augment.speed_share / (speeds + 1.0);
        Shares {
            own: (1.0 - copied) * (1.0 - augment.speed_share) + any_speed,
            speed: any_speed,
            copy: copied / copies.max(1.0),
        }
    }
}

/// The training set in memory: frames are computed once, windows are cut anew each epoch.
pub struct Dataset {
    recordings: Vec<Recording>,
    recipe: Recipe,
    voices: Voices,
    skipped: Vec<Skip>,
}

/// Normalised windows, `[batch, 1, n_mels, n_frames]`, with their labels.
#[derive(Default)]
pub struct Batch {
    /// Window after window.
    pub windows: Vec<f32>,
    /// Index of each window's label.
    pub labels: Vec<usize>,
    /// The last so many windows are what the last so many before them were before they were distorted.
    pub pairs: usize,
}

impl Batch {
    fn push(&mut self, window: &[f32], label: usize) {
        self.windows.extend_from_slice(window);
        self.labels.push(label);
    }

    fn append(&mut self, mut other: Batch) {
        self.windows.append(&mut other.windows);
        self.labels.append(&mut other.labels);
    }
}

impl Dataset {
    /// Reads every clip at every speed of the recipe, in parallel. Of those that are spectrograms
    /// there is but the one speed, and no distorted copy. What cannot be read or holds no speech is
    /// left out. Same seed: same distortions of the same clips.
    ///
    /// # Errors
    /// Where nothing is left of a label, and where spectrograms were made with other features.
    pub fn load(clips: &[Clip], recipe: &Recipe, seed: u64) -> Result<Dataset> {
        spectrogram::check(clips, &recipe.features)?;
        // Read only where somebody is to talk behind others; what cannot be is found again below.
        let talkers = (recipe.augment.distortions > 0)
            .then(|| babble::Voices::load(clips, recipe.features.sample_rate).0);
        let (recordings, skipped): (Vec<Recording>, Vec<Skip>) =
            clips.par_iter().partition_map(|clip| {
                match hear(clip, seed, talkers.as_ref(), recipe) {
                    Ok(recording) => Either::Left(recording),
                    Err(error) => Either::Right(Skip::because(&clip.path, &error)),
                }
            });
        let heard: BTreeSet<usize> = recordings.iter().map(|recording| recording.label).collect();
        if let Some(lost) = clips.iter().find(|clip| !heard.contains(&clip.label)) {
            bail!(
                "no recording of {} can be used\n{}",
                lost.label_name(),
                skips(&skipped).trim_end()
            );
        }
        Ok(Dataset {
            voices: voices(&recordings, recipe),
            recordings,
            recipe: recipe.clone(),
            skipped,
        })
    }

    /// What is left out, and why.
    pub fn skipped(&self) -> &[Skip] {
        &self.skipped
    }

    /// Recordings in the set.
    pub fn len(&self) -> usize {
        self.recordings.len()
    }

    /// The share of each label among the recordings as an epoch hears them.
    pub fn label_shares(&self) -> Vec<f32> {
        let mut shares = vec![0.0; self.recipe.architecture.n_labels()];
        for recording in &self.recordings {
            shares[recording.label] += 1.0 / self.recordings.len() as f32;
        }
        if self.recipe.sampling == Sampling::Balanced {
            let heard = shares.iter().filter(|&&share| share > 0.0).count();
            for share in shares.iter_mut().filter(|share| **share > 0.0) {
                *share = 1.0 / heard as f32;
            }
        }
        shares
    }

    /// The recordings of an epoch in their order, as the recipe samples them.
    pub fn draw_epoch(&self, rng: &mut StdRng) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(rng);
        if self.recipe.sampling == Sampling::Balanced {
            order = balanced(&order, |index| self.recordings[index].label);
            order.shuffle(rng);
        }
        order
    }

    /// Mean and standard deviation of each band over windows of all recordings.
    pub fn normalization(&self) -> Normalization {
        let windows = &self.recipe.windows;
        let floor = self.recipe.floor();
        let mut sums = vec![(0.0f64, 0.0f64); self.recipe.features.n_mels];
        let mut count = 0.0;
        for recording in &self.recordings {
            let take = &recording.takes[0];
            let window = take.frames.window_data(take.fullest_end(), windows, &floor);
            for (sum, row) in sums.iter_mut().zip(window.chunks_exact(windows.n_frames)) {
                for &value in row {
                    sum.0 += f64::from(value);
                    sum.1 += f64::from(value).powi(2);
                }
            }
            count += windows.n_frames as f64;
        }
        let mean = |sum: &(f64, f64)| sum.0 / count;
        Normalization {
            range_db: floor.range_db,
            subtraction: floor.subtraction,
            mean: sums.iter().map(|sum| mean(sum) as f32).collect(),
            std: sums
                .iter()
                .map(|sum| (sum.1 / count - mean(sum).powi(2)).sqrt().max(1.0) as f32)
                .collect(),
        }
    }

    /// The head for what the prosody says; `None` where the recipe wants none, or no pitch is tracked in
    /// frames of its features.
    pub fn prosody_head(&self) -> Option<ProsodyHead> {
        let said = self.recordings.iter().map(|r| (r.label, &r.said[..]));
        let n_labels = self.recipe.architecture.n_labels();
        prosody::fit(said, n_labels, &self.recipe.prosody)
    }

    /// One augmented window of each recording in `indices`, drawn with its speech as weight; where the
    /// recipe asks for consistency, distorted ones last, and once more as they were before the distortion.
    pub fn batch(
        &self,
        indices: &[usize],
        normalization: &Normalization,
        rng: &mut StdRng,
    ) -> Batch {
        let augment = &self.recipe.augment;
        let floor = self.recipe.floor();
        let source = WindowConfig {
            n_frames: augment.source_frames(self.recipe.windows.n_frames),
            ..self.recipe.windows.clone()
        };
        let (mut batch, mut distorted, mut clean) =
            (Batch::default(), Batch::default(), Batch::default());
        for &index in indices {
            let recording = &self.recordings[index];
            let is_distorted = rng.random_bool(augment.distorted_share);
            let copy = recording.distorted.choose(rng).filter(|_| is_distorted);
            let take = match copy {
                Some((_, take)) => take,
                None => &recording.takes[draw_take(augment, recording.takes.len(), rng)],
            };
            let end = take.draw_end(rng);
            let window_of = |take: &Take, rng: &mut StdRng| {
                let cut = take.frames.window_data(end, &source, &floor);
                self.augmented(cut, recording.speaker.as_ref(), normalization, rng)
            };
            if let Some((of, _)) = copy
                && self.recipe.consistency > 0.0
            {
                // All else that is drawn is the same in both.
                let mut same = rng.clone();
                clean.push(
                    &window_of(&recording.takes[*of], &mut same),
                    recording.label,
                );
                distorted.push(&window_of(take, rng), recording.label);
            } else {
                batch.push(&window_of(take, rng), recording.label);
            }
        }
        batch.pairs = clean.labels.len();
        batch.append(distorted);
        batch.append(clean);
        batch
    }

    /// A window out of `source`, changed by chance, normalised and masked.
    fn augmented(
        &self,
        mut source: Vec<f32>,
        speaker: Option<&Speaker>,
        normalization: &Normalization,
        rng: &mut StdRng,
    ) -> Vec<f32> {
        let Recipe {
            augment, range_db, ..
        } = &self.recipe;
        let n_frames = self.recipe.windows.n_frames;
        if rng.random_bool(augment.exchange)
            && let Some(speaker) = speaker
        {
            let source_frames = augment.source_frames(n_frames);
            (self.voices).exchange(&mut source, source_frames, speaker, *range_db, rng);
        }
        let mut window = augment.apply(&source, n_frames, *range_db, rng);
        for (band, row) in window.chunks_exact_mut(n_frames).enumerate() {
            for value in row {
                *value = normalization.apply(band, *value, 0.0);
            }
        }
        self.recipe.spec_augment.apply(&mut window, n_frames, rng);
        window
    }
}

/// Which of the takes of a recording is heard: the first, or any of them.
fn draw_take(augment: &Augment, n_takes: usize, rng: &mut StdRng) -> usize {
    match rng.random_bool(augment.speed_share) {
        true => rng.random_range(0..n_takes),
        false => 0,
    }
}

/// A clip at every speed of the recipe, and its distorted copies, others talking behind it.
fn hear(
    clip: &Clip,
    seed: u64,
    talkers: Option<&babble::Voices>,
    recipe: &Recipe,
) -> Result<Recording> {
    // A spectrogram has no samples to play faster or to distort.
    if spectrogram::is_one(&clip.path) {
        let mel = spectrogram::read(clip, &recipe.features)?;
        let frames = FrameStream::from_mel(&recipe.features, &mel)?;
        return Recording::new(clip, Take::of(frames, recipe), Vec::new());
    }
    let waveform = read(&clip.path)?;
    let native = waveform.sample_rate().clamp(PLAYED.0, PLAYED.1);
    let samples = &resample(waveform.samples(), waveform.sample_rate(), native)?;
    let shares = Shares::of(&recipe.augment);
    let (own, said) = Take::new(samples, native, shares.own, recipe)?;
    let mut recording = Recording::new(clip, own, said)?;
    // What the takes were played at: as many as there are of them.
    let mut rates = vec![native];
    for &speed in &recipe.augment.speeds {
        let rate = faster(native, speed);
        let (take, said) = Take::new(samples, rate, shares.speed, recipe)?;
        rates.extend(take.is_some().then_some(rate));
        recording.takes.extend(take);
        recording.said.extend(said);
    }
    if let Some(talkers) = talkers {
        let rate = recipe.features.sample_rate;
        let talkers = talkers.others(clip.speaker.as_ref());
        let mut rng = seeded::of_clip(seed, "distortions", clip);
        for _ in 0..recipe.augment.distortions {
            let of = draw_take(&recipe.augment, rates.len(), &mut rng);
            let played = resample(samples, rates[of], rate)?;
            let heard = distort(&played, rate, &talkers, &mut rng);
            let (take, said) = Take::new(&heard, rate, shares.copy, recipe)?;
            recording.distorted.extend(take.map(|take| (of, take)));
            recording.said.extend(said);
        }
    }
    Ok(recording)
}

/// As many of `order`, its labels in turn: those of rare labels again and again, those of frequent
/// ones as far as they come.
fn balanced(order: &[usize], label: impl Fn(usize) -> usize) -> Vec<usize> {
    let mut labels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &index in order {
        labels.entry(label(index)).or_default().push(index);
    }
    let labels: Vec<Vec<usize>> = labels.into_values().collect();
    let turns = (0..order.len()).map(|turn| (turn / labels.len(), &labels[turn % labels.len()]));
    turns.map(|(round, of)| of[round % of.len()]).collect()
}

/// The voices of all speakers who are known, from the fullest window of each of their recordings.
fn voices(recordings: &[Recording], recipe: &Recipe) -> Voices {
    let Recipe { windows, gate, .. } = recipe;
    let mut speakers: BTreeMap<Speaker, VoiceSums> = BTreeMap::new();
    for recording in recordings {
        let Some(speaker) = recording.speaker.clone() else {
            continue;
        };
        let take = &recording.takes[0];
        let window = (take.frames).window(take.fullest_end(), windows, &recipe.floor(), gate);
        let sums = speakers.entry(speaker).or_default();
        sums.add(&window.data, windows.n_frames, &window.speech);
    }
    Voices::new(speakers)
}

/// Reads a WAV file.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<Waveform> {
    if spectrogram::is_one(path) {
        bail!(
            "{} is a spectrogram, which `fit` and `evaluate` can use: this needs the recording itself",
            path.display()
        );
    }
    let bytes = files::read(path)?;
    Waveform::from_wav(&bytes).with_context(|| format!("cannot use {}", path.display()))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::data::corpus::Corpus;
    use crate::data::corpus::tests::scratch;
    use crate::learn::recipe::Network;

    const VOICE: &[u8] = include_bytes!("../../../tests/data/voice.wav");

    /// One distorted copy of each of eight recordings of the synthetic voice, all windows from these.
    fn distorted(test: &str, consistency: f64) -> Dataset {
        let root = scratch(test);
        for emotion in 1..=8 {
            let file = format!("03-01-{emotion:02}-01-01-01-01.wav");
            std::fs::write(root.join(file), VOICE).unwrap();
        }
        let clips = Corpus::open(&root, None).unwrap().clips().to_vec();
        let mut recipe = Recipe::new(Network::Cnn);
        recipe.consistency = consistency;
        recipe.prosody.weight = 0.0;
        recipe.augment.speeds = vec![0.9];
        recipe.augment.distortions = 1;
        recipe.augment.distorted_share = 1.0;
        Dataset::load(&clips, &recipe, 1).unwrap()
    }

    #[test]
    fn distorted_windows_come_with_the_clean_ones_that_they_were() {
        let mut dataset = distorted("pairs", 0.5);
        let normalization = dataset.normalization();
        let indices: Vec<usize> = (0..8).collect();
        let of = |dataset: &Dataset| {
            let mut rng = StdRng::seed_from_u64(1);
            dataset.batch(&indices, &normalization, &mut rng)
        };
        let batch = of(&dataset);
        assert_eq!((batch.pairs, batch.labels.len()), (8, 16));
        assert_eq!(batch.labels[..8], batch.labels[8..]);
        let (heard, clean) = batch.windows.split_at(batch.windows.len() / 2);
        assert_ne!(heard, clean);

        // Nothing but the distortion tells them apart: without it they are the same, at any speed.
        let voice = Waveform::from_wav(VOICE).unwrap();
        for (index, recording) in dataset.recordings.iter_mut().enumerate() {
            let of = index % 2;
            let rate = faster(voice.sample_rate(), [1.0, 0.9][of]);
            let (same, _) = Take::new(voice.samples(), rate, 0.0, &dataset.recipe).unwrap();
            recording.distorted = vec![(of, same.unwrap())];
        }
        let batch = of(&dataset);
        let (heard, clean) = batch.windows.split_at(batch.windows.len() / 2);
        assert_eq!(heard, clean);
    }

    #[test]
    fn distorted_copies_are_of_any_speed() {
        let dataset = distorted("speeds", 0.5);
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
        let mut recipe = Recipe::new(Network::Cnn);
        recipe.augment.speeds = vec![0.5, 2.0];
        recipe.augment.distortions = 0;
        let dataset = Dataset::load(&clips, &recipe, 1).unwrap();
        assert!(dataset.skipped().is_empty(), "{:?}", dataset.skipped());
        for recording in &dataset.recordings {
            assert_eq!(recording.takes.len(), 3);
        }
    }

    #[test]
    fn without_consistency_distorted_windows_come_alone() {
        let dataset = distorted("no-consistency", 0.0);
        let normalization = dataset.normalization();
        let batch = dataset.batch(&[0, 1], &normalization, &mut StdRng::seed_from_u64(1));
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
}
