//! Windows to learn from: sounds and voices, plain and as the world changes them.

use std::ops::Range;

use anyhow::Result;
use emotionai_voice::{
    FeatureConfig, FrameStream, Gate, LogMelExtractor, MelSpectrogram, N_FIGURES, Normalization,
    VoiceNet, WindowConfig,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::data::corpus::Clip;
use crate::data::decode::read_waveform;
use crate::data::simulate::resample;
use crate::data::simulate::sounds::{self, Generator, Style};
use crate::data::simulate::worlds::{self, RATE};

/// A window's figures and what it holds.
pub struct Example {
    /// What the network sees.
    pub figures: [f32; N_FIGURES],
    /// Whether it holds a voice.
    pub voice: bool,
}

/// A kind of sound: its name and how it is made.
pub type Kind = (
    String,
    Box<dyn Fn(&mut StdRng, usize) -> Vec<f32> + Send + Sync>,
);

/// All kinds, each style of music one of its own.
pub fn kinds() -> Vec<Kind> {
    let plain = sounds::ALL.into_iter().filter(|(name, _)| *name != "music");
    let plain = plain.map(|(name, generate): (&str, Generator)| -> Kind {
        (
            name.into(),
            Box::new(move |rng, len| generate(rng, RATE, len)),
        )
    });
    let music = Style::ALL.into_iter().map(|style| -> Kind {
        let song = move |rng: &mut StdRng, len| sounds::song(style, rng, RATE, len);
        (name_of(style), Box::new(song))
    });
    plain.chain(music).collect()
}

/// What a style of music is called as a kind of sound.
fn name_of(style: Style) -> String {
    format!("music-{style:?}")
}

/// Sounds to learn from.
pub struct Sounds {
    /// Which.
    pub kinds: Vec<Kind>,
    /// One of each kind a seed, but for more [`TUNES`].
    pub seeds: Range<u64>,
    /// Versions of each recording with one of them behind it.
    pub behind: u64,
}

/// How many times as many tunes there are as sounds of any other kind: they have more instruments, and come and go as
/// syllables do.
const TUNES: u64 = 3;
/// Seconds of a sound.
pub const SECONDS: usize = 10;
/// Frames from one window of a sound to the next, and of a voice, which are shorter.
const HOPS: [usize; 2] = [31, 15];

/// The windows of every sound, as it is and changed in a random way.
pub fn of_sounds(sounds: &Sounds) -> Result<Vec<Example>> {
    let len = SECONDS * RATE as usize;
    let jobs = sounds.kinds.iter().flat_map(|kind| {
        let is_tune = kind.0 == name_of(Style::Tune);
        let of_kind = if is_tune { TUNES } else { 1 };
        let Range { start, end } = sounds.seeds;
        (start..start + of_kind * (end - start)).map(move |seed| (seed, kind))
    });
    let jobs: Vec<(u64, &Kind)> = jobs.collect();
    let examples = jobs.par_iter().map(|&(seed, kind)| {
        let rng = &mut StdRng::seed_from_u64(seed);
        let sound = (kind.1)(rng, len);
        let other = &sounds.kinds[rng.random_range(0..sounds.kinds.len())].1;
        let changed = match rng.random_range(0..9) {
            0 => worlds::sum(&sound, &noise(&sound, rng)),
            1 => worlds::telephone(&sound),
            2 => worlds::room(&sound, rng),
            3 => worlds::sum(&sound, &other(rng, len)),
            // Faint, down to a few steps of 16 bits, and clipped.
            4 => worlds::to_16_bits(&sound, rng.random_range(0.0005..0.003)),
            5 => worlds::to_16_bits(&sound, rng.random_range(1.5..10.0)),
            // Faint, but not rounded: samples that a page computed itself.
            6 => faint(&sound, rng),
            _ => worlds::colour(&sound, rng),
        };
        let mut examples = Vec::new();
        for samples in [sound, changed] {
            let stream = stream(&samples)?;
            for end in ends(&stream, HOPS[0]) {
                examples.extend(of_window(&stream, end, false));
            }
        }
        Ok(examples)
    });
    let examples: Result<Vec<Vec<Example>>> = examples.collect();
    Ok(examples?.into_iter().flatten().collect())
}

/// The stretches of the window before `end`.
fn of_window(stream: &FrameStream, end: usize, voice: bool) -> impl Iterator<Item = Example> {
    let figures = stream.figures(end, &WindowConfig::default()).into_iter();
    figures.map(move |figures| Example { figures, voice })
}

/// Down by 20 to 80 dB.
fn faint(samples: &[f32], rng: &mut StdRng) -> Vec<f32> {
    let gain = 10f32.powf(rng.random_range(-4.0..=-1.0));
    samples.iter().map(|sample| sample * gain).collect()
}

/// The windows of every recording that hold speech, as it is, changed in three ways, and with sounds
/// behind it.
pub fn of_voices(clips: &[Clip], sounds: &Sounds, seed: u64) -> Result<Vec<Example>> {
    let examples = clips.par_iter().enumerate().map(|(number, clip)| {
        let rng = &mut StdRng::seed_from_u64(seed << 32 | number as u64);
        let sound = at_rate(clip)?;
        let clean = stream(&sound)?;
        let noise = noise(&sound, rng);
        let other = match rng.random_range(0..5) {
            0 => worlds::to_16_bits(&sound, rng.random_range(0.002..0.05)),
            4 => faint(&sound, rng),
            1 => worlds::to_16_bits(&sound, rng.random_range(2.0..20.0)),
            2 => worlds::room(&sound, rng),
            _ => worlds::colour(&sound, rng),
        };
        let before = |behind: &[f32]| (worlds::sum(&sound, behind), level(behind));
        let mut versions = vec![
            (sound.clone(), SILENT),
            before(&noise),
            (worlds::telephone(&sound), SILENT),
            (other, SILENT),
        ];
        for _ in 0..sounds.behind {
            let (_, generate) = &sounds.kinds[rng.random_range(0..sounds.kinds.len())];
            let behind = generate(rng, sound.len());
            let behind = worlds::noise_for(&sound, &behind, rng.random_range(5.0..30.0));
            versions.push(before(&behind));
        }
        let mut examples = Vec::new();
        for (samples, noise_db) in versions {
            let stream = stream(&samples)?;
            for end in ends(&stream, HOPS[1]) {
                if speech_frames(&clean, end, noise_db) < MIN_FRAMES {
                    continue;
                }
                examples.extend(of_window(&stream, end, true));
            }
        }
        Ok(examples)
    });
    let examples: Result<Vec<Vec<Example>>> = examples.collect();
    Ok(examples?.into_iter().flatten().collect())
}

/// Noise of a random colour, 5 to 35 dB below the sound.
fn noise(sound: &[f32], rng: &mut StdRng) -> Vec<f32> {
    let colours = [sounds::white, sounds::pink, sounds::brown, sounds::fan];
    let noise = colours[rng.random_range(0..colours.len())](rng, RATE, sound.len());
    worlds::noise_for(sound, &noise, rng.random_range(5.0..35.0))
}

/// A level that no sound has.
pub const SILENT: f32 = -200.0;

/// The least speech that makes a window one of speech: 200 ms, as the gate has it.
pub const MIN_FRAMES: usize = 13;

/// Frames of the window before `end` in which a clean recording holds speech, by its level, that
/// is louder than noise of `noise_db`.
pub fn speech_frames(clean: &FrameStream, end: usize, noise_db: f32) -> usize {
    let by_level = Gate {
        // A clean recording has a wide margin.
        margin_db: 12.0,
        min_level_db: noise_db.max(Gate::default().min_level_db),
        voice: false,
        ..Gate::default()
    };
    window(clean, end, &by_level)
}

/// Frames that a gate calls speech in the window before `end`.
pub fn window(stream: &FrameStream, end: usize, gate: &Gate) -> usize {
    let normalization = Normalization::floor_only(FeatureConfig::default().n_mels, 60.0);
    stream
        .window(end, &WindowConfig::default(), &normalization, gate)
        .speech_frames()
}

/// Whether the window before `end` is one of speech to a network other than the shipped one.
pub fn passes(stream: &FrameStream, end: usize, net: &VoiceNet) -> bool {
    let by_level = Gate {
        voice: false,
        ..Gate::default()
    };
    let figures = stream.figures(end, &WindowConfig::default());
    window(stream, end, &by_level) >= MIN_FRAMES
        && figures.iter().any(|figures| net.logit(figures) > 0.0)
}

/// Where windows end: the first, provisional one, and then every `hop` frames.
pub fn ends(stream: &FrameStream, hop: usize) -> impl Iterator<Item = usize> {
    let first = WindowConfig::default().provisional_frames;
    (first..=stream.n_frames()).step_by(hop)
}

/// The frames of a sound.
pub fn stream(samples: &[f32]) -> Result<FrameStream> {
    Ok(FrameStream::whole(
        &FeatureConfig::default(),
        RATE,
        samples,
    )?)
}

/// A recording at [`RATE`].
pub fn at_rate(clip: &Clip) -> Result<Vec<f32>> {
    let waveform = read_waveform(&clip.path)?;
    Ok(resample(waveform.samples(), waveform.sample_rate(), RATE)?)
}

/// Mean level of a sound's frames, in the gate's decibels.
pub fn level(samples: &[f32]) -> f32 {
    let features = FeatureConfig::default();
    let mut mel = MelSpectrogram::new(features.n_mels);
    if let Ok(mut extractor) = LogMelExtractor::new(&features) {
        extractor.push(samples, &mut mel);
    }
    let power: f32 = mel.as_slice().iter().map(|db| 10f32.powf(db / 10.0)).sum();
    10.0 * (power / mel.n_frames().max(1) as f32).log10()
}
