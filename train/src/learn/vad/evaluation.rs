//! How often sounds pass for speech, and speech for none.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
use emotionai_voice::{FrameStream, Gate, VoiceNet};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use super::examples::{self, Kind, MIN_FRAMES, SECONDS, SILENT};
use crate::data::corpus::Clip;
use crate::data::simulate::sounds;
use crate::data::simulate::worlds::{self, RATE};

/// Sounds of each kind; their seeds are below those of training.
const N_SOUNDS: u64 = 32;
/// Levels that each sound is played at: its root mean square in dB of full scale, or as near to it
/// as 16 bits hold it unclipped.
const LEVELS_DB: [f32; 4] = [-70.0, -50.0, -25.0, 0.0];
/// Peak of the faint voices: -50 dB of full scale. Ten dB further down the quiet parts of a recording fall below the level
/// under which the gate takes everything for silence.
const FAINT: f32 = 0.003_162;
/// Speech in a window of those that are counted: 400 ms, which is a word.
const A_WORD: usize = 25;

/// One window to judge.
pub struct Window<'a> {
    stream: &'a FrameStream,
    end: usize,
}

impl Window<'_> {
    /// Whether the shipped gate calls it speech.
    pub fn is_speech(&self) -> bool {
        examples::window(self.stream, self.end, &Gate::default()) >= MIN_FRAMES
    }

    /// Whether the gate would with another network.
    pub fn passes(&self, net: &VoiceNet) -> bool {
        examples::passes(self.stream, self.end, net)
    }
}

/// Shares of windows and clips.
pub struct Report {
    /// Of each sound: the largest share of its windows that pass at any level.
    pub sounds: BTreeMap<String, f64>,
    /// Of each kind of speech, what is recognised as speech.
    pub voices: BTreeMap<&'static str, Voice>,
}

/// What is recognised as speech.
pub struct Voice {
    /// Share of the windows with a word or more: 400 ms of speech, louder than the noise.
    pub windows: f64,
    /// How many those are.
    pub n_windows: usize,
    /// Share of the windows with any countable speech, 200 ms.
    pub short_windows: f64,
    /// Share of the clips: those with a window of speech.
    pub clips: f64,
}

/// Judges on sounds of other seeds and on the clips.
///
/// # Errors
/// Where a recording cannot be read.
pub fn judge(is_speech: &(dyn Fn(&Window) -> bool + Sync), clips: &[Clip]) -> Result<Report> {
    Ok(Report {
        sounds: judge_sounds(is_speech, N_SOUNDS)?,
        voices: judge_voices(is_speech, clips)?,
    })
}

/// Of each sound, so many of a kind: the largest share of its windows that pass at any level.
///
/// # Errors
/// None: sounds of full length always have frames.
pub fn judge_sounds(
    is_speech: &(dyn Fn(&Window) -> bool + Sync),
    of_a_kind: u64,
) -> Result<BTreeMap<String, f64>> {
    let silence: Kind = ("silence".into(), Box::new(|_, len| vec![0.0; len]));
    let mut jobs = Vec::new();
    for kind in examples::kinds().into_iter().chain([silence]) {
        let kind = std::sync::Arc::new(kind);
        jobs.extend((0..of_a_kind).map(|seed| (kind.clone(), seed)));
    }
    let rows: Result<Vec<_>> = jobs
        .par_iter()
        .map(|(kind, seed)| {
            let rng = &mut StdRng::seed_from_u64(*seed);
            let sound = (kind.1)(rng, SECONDS * RATE as usize);
            let power = sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32;
            let mut rows = Vec::new();
            for level in LEVELS_DB {
                let gain = (10f32.powf(level / 20.0) / power.sqrt()).min(1.0 / sounds::PEAK);
                let stream = examples::stream(&worlds::to_16_bits(&sound, gain))?;
                let answers = answers(&stream, is_speech);
                let passed = answers.iter().filter(|(_, speech)| *speech).count();
                rows.push(((kind.0.clone(), level as i32), (passed, answers.len())));
            }
            Ok(rows)
        })
        .collect();
    let mut counts: BTreeMap<(String, i32), (usize, usize)> = BTreeMap::new();
    for (key, (passed, n)) in rows?.into_iter().flatten() {
        let count = counts.entry(key).or_default();
        *count = (count.0 + passed, count.1 + n);
    }
    let mut sounds: BTreeMap<String, f64> = BTreeMap::new();
    for ((name, _), (passed, n)) in counts {
        let worst = sounds.entry(name).or_default();
        *worst = worst.max(passed as f64 / n as f64);
    }
    Ok(sounds)
}

/// Of each kind of speech, what is recognised as speech.
///
/// # Errors
/// Where a recording cannot be read.
pub fn judge_voices(
    is_speech: &(dyn Fn(&Window) -> bool + Sync),
    clips: &[Clip],
) -> Result<BTreeMap<&'static str, Voice>> {
    let rows: Result<Vec<_>> = clips
        .par_iter()
        .enumerate()
        .map(|(number, clip)| {
            let rng = &mut StdRng::seed_from_u64(number as u64);
            let sound = examples::at_rate(clip)?;
            let clean = examples::stream(&sound)?;
            let peak = sound.iter().fold(1e-9f32, |peak, s| peak.max(s.abs()));
            let mut versions = vec![
                ("clean", sound.clone(), SILENT),
                (
                    "faint",
                    sound.iter().map(|s| s * FAINT / peak).collect(),
                    SILENT,
                ),
                (
                    "loud, clipped",
                    worlds::to_16_bits(&sound, 3.0 / peak),
                    SILENT,
                ),
                ("telephone", worlds::telephone(&sound), SILENT),
                ("room", worlds::room(&sound, rng), SILENT),
                ("microphone", worlds::colour(&sound, rng), SILENT),
            ];
            for (name, noise) in [
                ("white 10 dB", sounds::white as sounds::Generator),
                ("pink 10 dB", sounds::pink),
                ("fan 10 dB", sounds::fan),
                ("keyboard 10 dB", sounds::keyboard),
                ("music 10 dB", sounds::music),
            ] {
                let noise = noise(rng, RATE, sound.len());
                let noise = worlds::noise_for(&sound, &noise, 10.0);
                let level = examples::level(&noise);
                versions.push((name, worlds::sum(&sound, &noise), level));
            }
            let mut rows = Vec::new();
            for (name, samples, noise_db) in versions {
                let stream = examples::stream(&samples)?;
                let answers: Vec<(usize, bool)> = answers(&stream, is_speech)
                    .into_iter()
                    .map(|(end, speech)| (examples::speech_frames(&clean, end, noise_db), speech))
                    .collect();
                rows.push((name, answers));
            }
            Ok(rows)
        })
        .collect();
    let mut by_name: BTreeMap<&'static str, Vec<Vec<(usize, bool)>>> = BTreeMap::new();
    for (name, answers) in rows?.into_iter().flatten() {
        by_name.entry(name).or_default().push(answers);
    }
    let share = |answers: &[bool]| {
        answers.iter().filter(|speech| **speech).count() as f64 / answers.len().max(1) as f64
    };
    let voice = |clips: Vec<Vec<(usize, bool)>>| {
        let of = |least: usize| -> Vec<bool> {
            let windows = clips.iter().flatten().filter(|window| window.0 >= least);
            windows.map(|window| window.1).collect()
        };
        let heard: Vec<bool> = clips
            .iter()
            .map(|windows| windows.iter().any(|window| window.1))
            .collect();
        Voice {
            windows: share(&of(A_WORD)),
            n_windows: of(A_WORD).len(),
            short_windows: share(&of(MIN_FRAMES)),
            clips: share(&heard),
        }
    };
    Ok(by_name
        .into_iter()
        .map(|(name, clips)| (name, voice(clips)))
        .collect())
}

/// Where the windows of a stream end, and whether each is one of speech.
fn answers(
    stream: &FrameStream,
    is_speech: &(dyn Fn(&Window) -> bool + Sync),
) -> Vec<(usize, bool)> {
    examples::ends(stream, 31)
        .map(|end| (end, is_speech(&Window { stream, end })))
        .collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "windows that pass for speech, at the worst of {LEVELS_DB:?} dB"
        )?;
        for (name, passes) in &self.sounds {
            writeln!(f, "  {name:<16}{:>7.2} %", 100.0 * passes)?;
        }
        writeln!(
            f,
            "speech       windows of a word  (count)  of 200 ms    clips"
        )?;
        for (name, voice) in &self.voices {
            writeln!(
                f,
                "  {name:<16}{:>11.2} %{:>9}{:>10.2} %{:>7.2} %",
                100.0 * voice.windows,
                voice.n_windows,
                100.0 * voice.short_windows,
                100.0 * voice.clips
            )?;
        }
        Ok(())
    }
}
