//! Recordings as training windows, computed by the core's own pipeline.

mod analysis;
mod config;
mod entry;
mod recording;
mod talkers;
#[cfg(test)]
mod tests;
mod variant;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use emotionai_voice::training::{Normalization, WindowConfig};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rayon::iter::Either;
use rayon::prelude::*;

use crate::data::cache::{Cache, Unwritable};
use crate::data::corpus::Sha256Digest as Digest;
use crate::data::corpus::{Clip, Skip, Speaker, skips};
use crate::data::spectrogram;
use crate::data::voice_exchange::{VoiceSums, Voices};
use recording::{Recording, draw_variant};
use talkers::Talkers;
use variant::Variant;

pub use config::{DatasetConfig, Sampling};

/// The training set: frames are computed once and lie in the cache, windows are cut anew each epoch.
pub struct Dataset {
    recordings: Vec<Recording>,
    config: DatasetConfig,
    cache: Cache,
    normalization: Normalization,
    voices: Voices,
    skipped: Vec<Skip>,
}

/// The prosody functionals of one window.
#[derive(Debug, Clone)]
pub struct WindowFunctionals {
    /// One value for each functional, in the core's order.
    pub values: Vec<f32>,
    /// Weight of the window; the weights of a recording and its variants sum up to 1.
    pub weight: f64,
}

/// Recordings of which windows or functionals are read at a time.
const BLOCK: usize = 64;

/// Normalised windows, `[batch, 1, n_mels, n_frames]`, with their labels.
#[derive(Default)]
pub struct Batch {
    /// Window after window.
    pub windows: Vec<f32>,
    /// Index of each window's label.
    pub labels: Vec<usize>,
    /// Number of pairs: the last `pairs` windows are the clean counterparts of the `pairs` distorted windows
    /// before them.
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
    /// Prepares every clip, in parallel: reads its variants from the cache, or computes them. Clips that cannot be
    /// read or hold no speech are left out. The same recording is always distorted in the same ways.
    ///
    /// # Errors
    /// Where a label has no usable recording, spectrograms were made with other features, or the cache fails.
    pub fn load(clips: &[Clip], config: &DatasetConfig, cache: Cache) -> Result<Dataset> {
        spectrogram::check(clips, &config.features)?;
        let digests: Vec<Result<Digest>> = (clips.par_iter()).map(|clip| clip.digest()).collect();
        let known = clips.iter().zip(&digests);
        let talkers =
            Talkers::new(known.filter_map(|(clip, digest)| Some((clip, *digest.as_ref().ok()?))));
        let prepare = |(clip, digest): (&Clip, Result<Digest>)| {
            let prepared = digest
                .and_then(|digest| Recording::prepare(clip, digest, &talkers, config, &cache));
            match prepared {
                Ok(recording) => Ok(Either::Left(recording)),
                Err(error) if error.is::<Unwritable>() => Err(error),
                Err(error) => Ok(Either::Right(Skip::because(&clip.path, &error))),
            }
        };
        let prepared: Result<Vec<_>> = (clips.par_iter().zip(digests)).map(prepare).collect();
        let (recordings, skipped): (Vec<Recording>, Vec<Skip>) =
            prepared?.into_par_iter().partition_map(|it| it);
        let labels: BTreeSet<usize> = recordings.iter().map(|recording| recording.label).collect();
        if let Some(lost) = clips.iter().find(|clip| !labels.contains(&clip.label)) {
            bail!(
                "no recording of {} can be used\n{}",
                lost.label_name(),
                skips(&skipped).trim_end()
            );
        }
        let (normalization, voices) = statistics(&recordings, config, &cache)?;
        Ok(Dataset {
            recordings,
            config: config.clone(),
            cache,
            normalization,
            voices,
            skipped,
        })
    }

    /// The clips that are left out, each with the reason.
    pub fn skipped(&self) -> &[Skip] {
        &self.skipped
    }

    /// Recordings in the set.
    pub fn len(&self) -> usize {
        self.recordings.len()
    }

    /// The share of each label among the recordings of an epoch.
    pub fn label_shares(&self) -> Vec<f32> {
        let mut shares = vec![0.0; self.config.n_labels];
        for recording in &self.recordings {
            shares[recording.label] += 1.0 / self.recordings.len() as f32;
        }
        if self.config.sampling == Sampling::Balanced {
            let occurring = shares.iter().filter(|&&share| share > 0.0).count();
            for share in shares.iter_mut().filter(|share| **share > 0.0) {
                *share = 1.0 / occurring as f32;
            }
        }
        shares
    }

    /// Indices of the recordings of an epoch, in their order.
    pub fn draw_epoch(&self, rng: &mut StdRng) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(rng);
        if self.config.sampling == Sampling::Balanced {
            order = balanced(&order, |index| self.recordings[index].label);
            order.shuffle(rng);
        }
        order
    }

    /// Mean and standard deviation of each band over windows of all recordings.
    pub fn normalization(&self) -> &Normalization {
        &self.normalization
    }

    /// Hands the prosody functionals of each recording, with its label, to `each`.
    pub fn functionals(&self, each: &mut dyn FnMut(usize, &[WindowFunctionals])) -> Result<()> {
        for block in self.recordings.chunks(BLOCK) {
            let read = |recording: &Recording| recording.functionals(&self.config, &self.cache);
            let found: Result<Vec<_>> = block.par_iter().map(read).collect();
            for (recording, found) in block.iter().zip(found?) {
                each(recording.label, &found);
            }
        }
        Ok(())
    }

    /// Whether it holds no recording.
    pub fn is_empty(&self) -> bool {
        self.recordings.is_empty()
    }

    /// One augmented window of each recording in `indices`, drawn with probability proportional to its speech.
    /// With [`DatasetConfig::pairs`] the distorted windows come last, followed by their clean counterparts.
    pub fn batch(
        &self,
        indices: &[usize],
        normalization: &Normalization,
        rng: &mut StdRng,
    ) -> Result<Batch> {
        let augment = &self.config.augment;
        let floor = self.config.floor();
        let source = WindowConfig {
            n_frames: augment.source_frames(self.config.windows.n_frames),
            ..self.config.windows.clone()
        };
        let (mut batch, mut distorted, mut clean) =
            (Batch::default(), Batch::default(), Batch::default());
        for &index in indices {
            let recording = &self.recordings[index];
            let is_distorted = rng.random_bool(augment.distorted_share);
            let copy = recording.distorted.choose(rng).filter(|_| is_distorted);
            let variant = match copy {
                Some((_, variant)) => variant,
                None => &recording.variants[draw_variant(augment, recording.variants.len(), rng)],
            };
            let end = variant.draw_end(rng);
            let window_of = |variant: &Variant, rng: &mut StdRng| {
                let cut = variant.window(end, &source, &floor, &self.cache)?;
                let speaker = recording.speaker.as_ref();
                anyhow::Ok(self.augmented(cut, speaker, normalization, rng))
            };
            if let Some((of, _)) = copy
                && self.config.pairs
            {
                // Both windows are augmented by the same random numbers.
                let mut same = rng.clone();
                clean.push(
                    &window_of(&recording.variants[*of], &mut same)?,
                    recording.label,
                );
                distorted.push(&window_of(variant, rng)?, recording.label);
            } else {
                batch.push(&window_of(variant, rng)?, recording.label);
            }
        }
        batch.pairs = clean.labels.len();
        batch.append(distorted);
        batch.append(clean);
        Ok(batch)
    }

    /// A window of `source`, randomly augmented, normalised and masked.
    fn augmented(
        &self,
        mut source: Vec<f32>,
        speaker: Option<&Speaker>,
        normalization: &Normalization,
        rng: &mut StdRng,
    ) -> Vec<f32> {
        let DatasetConfig {
            augment, range_db, ..
        } = &self.config;
        let n_frames = self.config.windows.n_frames;
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
        self.config.spec_augment.apply(&mut window, n_frames, rng);
        window
    }
}

/// As many indices as `order` has, label after label in turn: recordings of rare labels are repeated, those
/// of frequent labels are used in part.
fn balanced(order: &[usize], label: impl Fn(usize) -> usize) -> Vec<usize> {
    let mut labels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &index in order {
        labels.entry(label(index)).or_default().push(index);
    }
    let labels: Vec<Vec<usize>> = labels.into_values().collect();
    let turns = (0..order.len()).map(|turn| (turn / labels.len(), &labels[turn % labels.len()]));
    turns.map(|(round, of)| of[round % of.len()]).collect()
}

/// The mean and the deviation of each band over all recordings, and the long-term statistics of all known
/// speakers: both from the window with the most speech of each recording.
fn statistics(
    recordings: &[Recording],
    config: &DatasetConfig,
    cache: &Cache,
) -> Result<(Normalization, Voices)> {
    let (windows, floor) = (&config.windows, config.floor());
    let mut sums = vec![(0.0f64, 0.0f64); config.features.n_mels];
    let mut speakers: BTreeMap<Speaker, VoiceSums> = BTreeMap::new();
    let read = |recording: &Recording| {
        let variant = &recording.variants[0];
        let window = variant.window(variant.fullest_end(), windows, &floor, cache)?;
        Ok((window, variant.fullest_speech(cache)?))
    };
    for block in recordings.chunks(BLOCK) {
        let found: Result<Vec<_>> = block.par_iter().map(read).collect();
        for (recording, (window, speech)) in block.iter().zip(found?) {
            for (sum, row) in sums.iter_mut().zip(window.chunks_exact(windows.n_frames)) {
                for &value in row {
                    sum.0 += f64::from(value);
                    sum.1 += f64::from(value).powi(2);
                }
            }
            if let Some(speaker) = &recording.speaker {
                let sums = speakers.entry(speaker.clone()).or_default();
                sums.add(&window, windows.n_frames, &speech);
            }
        }
    }
    let count = (recordings.len() * windows.n_frames) as f64;
    let mean = |sum: &(f64, f64)| sum.0 / count;
    let normalization = Normalization {
        range_db: floor.range_db,
        subtraction: floor.subtraction,
        mean: sums.iter().map(|sum| mean(sum) as f32).collect(),
        std: sums
            .iter()
            .map(|sum| (sum.1 / count - mean(sum).powi(2)).sqrt().max(1.0) as f32)
            .collect(),
    };
    Ok((normalization, Voices::new(speakers)))
}
