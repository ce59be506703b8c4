//! Recordings as training windows, cut by the root crate's own pipeline.

use std::path::Path;

use anyhow::{Context, Result};
use emotionai_voice::{FeatureConfig, FrameStream, Gate, Normalization, Waveform, WindowConfig};
use rand::Rng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use crate::augment::{Augment, SpecAugment};
use crate::corpus::Clip;

/// A recording's frames, with the windows that hold speech.
struct Recording {
    frames: FrameStream,
    label: usize,
    /// Where windows may end, with the sum of speech frames up to and with each.
    ends: Vec<(usize, usize)>,
}

/// The training set in memory: frames are computed once, windows are cut anew each epoch.
pub struct Dataset {
    recordings: Vec<Recording>,
    windows: WindowConfig,
    gate: Gate,
    floor: Normalization,
}

/// Normalised windows, `[batch, 1, n_mels, n_frames]`, with their labels.
pub struct Batch {
    /// Window after window.
    pub windows: Vec<f32>,
    /// Index of each window's label.
    pub labels: Vec<usize>,
}

/// Frames between the places where a window may end.
const END_STEP: usize = 4;

impl Dataset {
    /// Reads every clip, in parallel.
    ///
    /// # Errors
    /// Where a file cannot be read or holds no speech; the message names it.
    pub fn load(
        clips: &[Clip],
        features: &FeatureConfig,
        windows: &WindowConfig,
        gate: &Gate,
        range_db: f32,
    ) -> Result<Dataset> {
        let floor = Normalization::floor_only(features.n_mels, range_db);
        let recordings = clips
            .par_iter()
            .map(|clip| {
                let waveform = read(&clip.path)?;
                let mut frames = FrameStream::new(features, waveform.sample_rate())?;
                frames.push(waveform.samples());
                frames.flush();
                let mut ends = Vec::new();
                let mut speech = 0;
                for end in (windows.provisional_frames..=frames.n_frames()).step_by(END_STEP) {
                    let frames = frames.window(end, windows, &floor, gate).speech_frames();
                    if frames > 0 {
                        speech += frames;
                        ends.push((end, speech));
                    }
                }
                if ends.is_empty() {
                    anyhow::bail!("{} holds no speech", clip.path.display());
                }
                Ok(Recording {
                    frames,
                    label: clip.label,
                    ends,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Dataset {
            recordings,
            windows: windows.clone(),
            gate: gate.clone(),
            floor,
        })
    }

    /// Recordings in the set.
    pub fn len(&self) -> usize {
        self.recordings.len()
    }

    /// Mean and standard deviation of each band over windows of all recordings.
    pub fn normalization(&self) -> Normalization {
        let n_mels = self.floor.mean.len();
        let mut sums = vec![(0.0f64, 0.0f64); n_mels];
        let mut count = 0.0;
        for recording in &self.recordings {
            // The window with the most speech is the typical one.
            let (mut best, mut most, mut before) = (recording.ends[0].0, 0, 0);
            for &(end, speech) in &recording.ends {
                if speech - before > most {
                    (best, most) = (end, speech - before);
                }
                before = speech;
            }
            let window = recording
                .frames
                .window(best, &self.windows, &self.floor, &self.gate);
            for (sum, row) in sums
                .iter_mut()
                .zip(window.data.chunks_exact(self.windows.n_frames))
            {
                for &value in row {
                    sum.0 += f64::from(value);
                    sum.1 += f64::from(value).powi(2);
                }
            }
            count += self.windows.n_frames as f64;
        }
        let mean = |sum: &(f64, f64)| sum.0 / count;
        Normalization {
            range_db: self.floor.range_db,
            mean: sums.iter().map(|sum| mean(sum) as f32).collect(),
            std: sums
                .iter()
                .map(|sum| (sum.1 / count - mean(sum).powi(2)).sqrt().max(1.0) as f32)
                .collect(),
            neutral: None,
        }
    }

    /// One augmented window of each recording in `indices`, drawn with its speech as weight.
    pub fn batch(
        &self,
        indices: &[usize],
        normalization: &Normalization,
        augment: &Augment,
        spec_augment: &SpecAugment,
        rng: &mut StdRng,
    ) -> Batch {
        let n_frames = self.windows.n_frames;
        let source = WindowConfig {
            n_frames: augment.source_frames(n_frames),
            ..self.windows.clone()
        };
        let mut batch = Batch {
            windows: Vec::new(),
            labels: Vec::with_capacity(indices.len()),
        };
        for &index in indices {
            let recording = &self.recordings[index];
            let total = recording.ends.last().map_or(1, |end| end.1);
            let draw = rng.random_range(0..total);
            let place = recording.ends.partition_point(|end| end.1 <= draw);
            let window =
                recording
                    .frames
                    .window(recording.ends[place].0, &source, &self.floor, &self.gate);
            let mut window = augment.apply(&window.data, n_frames, self.floor.range_db, rng);
            for (band, row) in window.chunks_exact_mut(n_frames).enumerate() {
                for value in row {
                    *value = normalization.apply(band, *value, 0.0);
                }
            }
            spec_augment.apply(&mut window, n_frames, rng);
            batch.windows.extend_from_slice(&window);
            batch.labels.push(recording.label);
        }
        batch
    }
}

/// Reads a WAV file.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<Waveform> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Waveform::from_wav(&bytes).with_context(|| format!("cannot use {}", path.display()))
}
