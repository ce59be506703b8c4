//! The clips that detectors are judged on: sounds, and speech alone and with sounds behind it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use emotionai_voice::FeatureConfig;
use emotionai_voice::training::{FrameStream, WindowConfig};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::detector::Detector;
use super::report::{ClipScores, Group, Groups, Report};
use crate::data::decode::read_waveform;
use crate::data::recorded::{Recording, Role};
use crate::data::simulate::mixing::{noise_at, power, sum};
use crate::data::simulate::resample;
use crate::learn::vad::examples::{self, RATE, SILENT};

/// Levels of speech above a sound, in dB.
const ABOVE_DB: [i32; 4] = [20, 10, 5, 0];
/// Generated sounds of each kind; their seeds are below those of training.
const N_GENERATED: u64 = 8;
/// Length of a generated sound, in seconds.
const SECONDS: usize = 10;
/// Root mean square of a generated sound.
const LEVEL: f32 = 0.056;
/// Frames from one window to the next.
const HOP: usize = 31;

/// What is judged on.
pub struct Clips {
    /// Sounds without a voice, by their kind.
    sounds: BTreeMap<String, Vec<PathBuf>>,
    /// Voices by their corpus.
    voices: BTreeMap<String, Vec<PathBuf>>,
}

impl Clips {
    /// The recordings to judge on and `speech`, held-out clips of RAVDESS; at most `most` of each corpus of voices.
    pub fn new(recordings: &[Recording], speech: Vec<PathBuf>, most: usize) -> Clips {
        let [mut sounds, mut voices] = [const { BTreeMap::<String, Vec<PathBuf>>::new() }; 2];
        for recording in recordings.iter().filter(|r| r.role == Role::Judge) {
            let of = if recording.voice {
                &mut voices
            } else {
                &mut sounds
            };
            let paths = of.entry(recording.kind.clone()).or_default();
            paths.push(recording.path.clone());
        }
        if !speech.is_empty() {
            voices.insert("ravdess".into(), speech);
        }
        for paths in voices.values_mut() {
            paths.sort();
            paths.shuffle(&mut StdRng::seed_from_u64(0));
            paths.truncate(most);
        }
        Clips { sounds, voices }
    }

    /// Scores every clip with each detector.
    ///
    /// # Errors
    /// Where a clip cannot be decoded or a detector cannot run.
    pub fn judge(&self, detectors: &[Box<dyn Detector>]) -> Result<Report> {
        let sounds: Vec<(&str, Vec<f32>)> = flat(&self.sounds)
            .into_par_iter()
            .map(|(kind, path)| Ok((kind, samples(path)?)))
            .collect::<Result<_>>()?;
        let recorded = sounds.par_iter().map(|(kind, samples)| {
            let scores = score(samples, None, detectors)?;
            Ok((Group::Recorded((*kind).to_owned()), scores))
        });
        let mut all = recorded.collect::<Result<Vec<_>>>()?;
        all.extend(judge_generated(detectors)?);
        let voices = flat(&self.voices).into_par_iter().enumerate();
        let voices = voices.map(|(number, (corpus, path))| {
            judge_voice(corpus, &samples(path)?, number, &sounds, detectors)
        });
        all.extend(voices.collect::<Result<Vec<_>>>()?.into_iter().flatten());

        let mut groups = Groups::new();
        for (group, scores) in all {
            groups.entry(group).or_default().push(scores);
        }
        let detectors = detectors.iter();
        let detectors = detectors.map(|d| (d.name().to_owned(), d.threshold()));
        Ok(Report::new(detectors.collect(), &groups))
    }
}

type Scored = (Group, ClipScores);

fn judge_generated(detectors: &[Box<dyn Detector>]) -> Result<Vec<Scored>> {
    let kinds = examples::kinds();
    let all: Vec<_> = kinds
        .iter()
        .flat_map(|kind| (0..N_GENERATED).map(move |seed| (kind, seed)))
        .collect();
    let scored = all.into_par_iter().map(|((name, generate), seed)| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let sound = generate(rng, SECONDS * RATE as usize);
        let gain = LEVEL / power(&sound).sqrt().max(1e-9) as f32;
        let sound: Vec<f32> = sound.iter().map(|s| s * gain).collect();
        // Each style of music is a kind there.
        let kind = name.split('-').next().unwrap_or(name);
        let scores = score(&sound, None, detectors)?;
        Ok((Group::Generated(kind.to_owned()), scores))
    });
    scored.collect()
}

/// A voice alone, and at each level above one of the sounds.
fn judge_voice(
    corpus: &str,
    voice: &[f32],
    number: usize,
    sounds: &[(&str, Vec<f32>)],
    detectors: &[Box<dyn Detector>],
) -> Result<Vec<Scored>> {
    let clean = FrameStream::whole(&FeatureConfig::default(), RATE, voice)?;
    let scores = score(voice, Some((&clean, SILENT)), detectors)?;
    let mut scored = vec![(Group::Voice(corpus.to_owned()), scores)];
    // Neighbours in the list are of one kind, so the step is coprime to most lengths.
    let Some((kind, sound)) = sounds.get((number * 101) % sounds.len().max(1)) else {
        return Ok(scored);
    };
    for above_db in ABOVE_DB {
        let behind = noise_at(voice, sound, RATE, f64::from(above_db));
        let noise = Some((&clean, examples::level(&behind)?));
        let scores = score(&sum(voice, &behind), noise, detectors)?;
        scored.push((
            Group::VoiceAbove(corpus.to_owned(), above_db),
            scores.clone(),
        ));
        scored.push((Group::AboveSound((*kind).to_owned(), above_db), scores));
    }
    Ok(scored)
}

/// The scores of a clip's windows. A window's speech is counted in the frames of `clean`, a voice without
/// noise, that stand out in the whole clip and are louder than the noise.
fn score(
    samples: &[f32],
    clean: Option<(&FrameStream, f32)>,
    detectors: &[Box<dyn Detector>],
) -> Result<ClipScores> {
    let hop = FeatureConfig::default().hop_length;
    let n_frames = 1 + samples.len() / hop;
    let first = WindowConfig::default().provisional_frames;
    let ends: Vec<usize> = match n_frames < first {
        true => vec![n_frames],
        false => (first..=n_frames).step_by(HOP).collect(),
    };
    let speech = match clean {
        Some((clean, noise_db)) => examples::speech(clean, noise_db),
        None => vec![false; n_frames],
    };
    let speech_frames = |&end: &usize| examples::speech_frames(&speech, end);
    let scores = detectors
        .iter()
        .map(|detector| detector.scores(samples, &ends));
    Ok(ClipScores {
        speech_frames: ends.iter().map(speech_frames).collect(),
        scores: scores.collect::<Result<_>>()?,
    })
}

fn flat(groups: &BTreeMap<String, Vec<PathBuf>>) -> Vec<(&str, &PathBuf)> {
    let all = groups.iter();
    all.flat_map(|(name, paths)| paths.iter().map(|path| (name.as_str(), path)))
        .collect()
}

fn samples(path: &Path) -> Result<Vec<f32>> {
    let waveform = read_waveform(path)?;
    Ok(resample(waveform.samples(), waveform.sample_rate(), RATE)?)
}
