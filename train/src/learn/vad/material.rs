//! The recordings that the network learns from, held in memory: voices, events and backgrounds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::examples::{Kind, RATE, kinds};
use crate::data::decode::read_waveform;
use crate::data::recorded::{Recording, Role};
use crate::data::simulate::voice::{Manner, Throat, speak};
use crate::data::simulate::{environment, resample};

/// Recordings of one group that are held at most: more of one corpus adds little.
const MOST: usize = 1_500;

/// Synthetic voices.
const N_SYNTHETIC: usize = 100;

/// Kinds of sound that go on, and so may lie behind all else.
const CONTINUOUS: [&str; 7] = [
    "background",
    "rain",
    "sea waves",
    "helicopter",
    "chainsaw",
    "fire crackling",
    "clock tick",
];

/// A recording at [`RATE`], in 16 bits: thousands of them are held.
pub type Pcm = Vec<i16>;

/// Groups that are drawn more or less often than others: what resembles a voice most, and voices without
/// words, whose recordings hold breaths and knocks as well.
const WEIGHTS: [(&str, f64); 4] = [
    ("dog bark", 3.0),
    ("rooster", 3.0),
    ("person sneeze", 3.0),
    ("emogator", 0.5),
];

/// Recordings by the group that they are drawn from: groups are as likely as [`WEIGHTS`] says.
#[derive(Default)]
pub struct Groups(BTreeMap<String, Vec<Pcm>>);

impl Groups {
    /// A stretch of at most `len` samples of a recording of a random group; `None` where there are none.
    pub fn draw(&self, len: usize, rng: &mut StdRng) -> Option<Vec<f32>> {
        let groups: Vec<(&String, &Vec<Pcm>)> = self.0.iter().collect();
        let (_, group) = groups.choose_weighted(rng, |(name, _)| weight(name)).ok()?;
        let pcm = group.choose(rng)?;
        let start = rng.random_range(0..=pcm.len().saturating_sub(len));
        let stretch = &pcm[start..pcm.len().min(start + len)];
        Some(stretch.iter().map(|s| f32::from(*s) / 32_768.0).collect())
    }

    fn read(recordings: BTreeMap<String, Vec<&Path>>, rng: &mut StdRng) -> Result<Groups> {
        let mut groups = BTreeMap::new();
        for (name, mut paths) in recordings {
            paths.sort();
            paths.shuffle(rng);
            paths.truncate(MOST);
            let pcm: Result<Vec<Pcm>> = paths.par_iter().map(|path| pcm(path)).collect();
            let mut pcm = pcm?;
            pcm.retain(|pcm| pcm.iter().any(|sample| *sample != 0));
            groups.insert(name, pcm);
        }
        groups.retain(|_, pcm: &mut Vec<Pcm>| !pcm.is_empty());
        Ok(Groups(groups))
    }
}

fn weight(group: &str) -> f64 {
    let known = WEIGHTS.iter().find(|(name, _)| *name == group);
    known.map_or(1.0, |(_, weight)| *weight)
}

/// All that timelines are made of.
pub struct Material {
    /// Voices: each corpus is a group.
    pub voices: Groups,
    /// Sounds that come and go: each kind is a group.
    pub events: Groups,
    /// Sounds that go on.
    pub backgrounds: Groups,
    /// Sounds that are generated.
    pub generated: Vec<Kind>,
}

impl Material {
    /// Reads the recordings to learn from, and `clips` of a corpus of speech.
    ///
    /// # Errors
    /// Where a recording cannot be decoded, or there are no voices.
    pub fn read(recordings: &[Recording], clips: &[PathBuf], seed: u64) -> Result<Material> {
        let rng = &mut StdRng::seed_from_u64(seed);
        let [mut voices, mut events, mut backgrounds] = [const { BTreeMap::new() }; 3];
        type Paths<'a> = BTreeMap<String, Vec<&'a Path>>;
        fn add<'a>(to: &mut Paths<'a>, kind: &str, path: &'a Path) {
            to.entry(kind.to_owned()).or_default().push(path);
        }
        for recording in recordings.iter().filter(|r| r.role == Role::Learn) {
            let Recording { path, kind, .. } = recording;
            if recording.voice {
                add(&mut voices, kind, path);
                continue;
            }
            add(&mut events, kind, path);
            if kind == "background" {
                add(&mut backgrounds, kind, path);
            } else if CONTINUOUS.contains(&kind.as_str()) {
                add(&mut backgrounds, "sounds", path);
            }
        }
        for path in clips {
            add(&mut voices, "speech", path);
        }
        let mut voices = Groups::read(voices, rng)?;
        if voices.0.is_empty() {
            bail!("no voices to learn from: expected recordings in --data");
        }
        let synthetic = synthetic_voices(N_SYNTHETIC, rng);
        voices.0.insert("synthetic".to_owned(), synthetic);
        let around = environment::ALL.map(|(name, generate)| -> Kind {
            let generate = move |rng: &mut StdRng, len| generate(rng, RATE, len);
            (name.into(), Box::new(generate))
        });
        Ok(Material {
            voices,
            events: Groups::read(events, rng)?,
            backgrounds: Groups::read(backgrounds, rng)?,
            generated: kinds().into_iter().chain(around).collect(),
        })
    }

    /// How many recordings of each group there are.
    pub fn summary(&self) -> String {
        let groups = [("voices", &self.voices), ("sounds", &self.events)];
        let lines = groups.map(|(name, groups)| {
            let counts = groups.0.iter();
            let counts: Vec<String> = counts
                .map(|(name, pcm)| format!("{name} {}", pcm.len()))
                .collect();
            format!("{name}: {}\n", counts.join(", "))
        });
        lines.concat()
    }
}

/// The samples of a file at [`RATE`]; those of an overdriven one are scaled to fit.
fn pcm(path: &Path) -> Result<Pcm> {
    let waveform = read_waveform(path)?;
    let samples = resample(waveform.samples(), waveform.sample_rate(), RATE)?;
    let peak = samples.iter().fold(1.0f32, |peak, s| peak.max(s.abs()));
    let scale = 32_767.0 / peak;
    Ok(samples.iter().map(|s| (s * scale) as i16).collect())
}

/// Synthetic voices of 2 s, each of another throat: the tools are tried with such voices where there are
/// no recordings.
fn synthetic_voices(n: usize, rng: &mut StdRng) -> Vec<Pcm> {
    let voices = (0..n).map(|_| {
        let throat = Throat {
            pitch_hz: rng.random_range(80.0..300.0),
            formants: rng.random_range(0.9..1.25),
            breath: rng.random_range(0.005..0.1),
        };
        let manner = Manner {
            pitch: rng.random_range(0.8..1.4),
            pitch_range: rng.random_range(0.2..1.2),
            syllable_s: rng.random_range(0.12..0.35),
            loudness: 0.5,
        };
        let samples = speak(&throat, &manner, 2.0, rng);
        samples.iter().map(|s| (s * 32_767.0) as i16).collect()
    });
    voices.collect()
}
