//! Training examples of the VAD network: windows of sounds and of speech, as they are and distorted.

use std::ops::Range;

use anyhow::Result;
use emotionai_voice::training::{
    FrameStream, N_VAD_FEATURES, Normalization, VadConfig, VadNetwork, WindowConfig,
};
use emotionai_voice::{FeatureConfig, LogMelExtractor, MelSpectrogram};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use crate::data::corpus::Clip;
use crate::data::decode::read_waveform;
use crate::data::simulate::channel::{Microphone, gain, phone_band, to_16_bits};
use crate::data::simulate::mixing::{noise_at, sum};
use crate::data::simulate::resample;
use crate::data::simulate::rooms::Room;
use crate::data::simulate::sounds::{self, Generator, Style};

/// Sample rate of all examples, in Hz.
pub const RATE: u32 = 16_000;

/// The features of a window with its label.
pub struct Example {
    /// Input of the network.
    pub features: [f32; N_VAD_FEATURES],
    /// Whether it is speech.
    pub speech: bool,
}

/// A kind of sound: its name and its generator.
pub type Kind = (
    String,
    Box<dyn Fn(&mut StdRng, usize) -> Vec<f32> + Send + Sync>,
);

/// All kinds of sounds; each style of music is a kind.
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

/// The name of a style of music as a kind of sound.
fn name_of(style: Style) -> String {
    format!("music-{style:?}")
}

/// Sounds of the training examples.
pub struct Sounds {
    /// Their kinds.
    pub kinds: Vec<Kind>,
    /// A sound of each kind for each seed, and [`TUNES`] times as many tunes.
    pub seeds: Range<u64>,
    /// Versions of each recording with one of the sounds in the background.
    pub background: u64,
}

/// Ratio of tunes to sounds of any other kind: tunes have more instruments, and their notes resemble syllables.
const TUNES: u64 = 3;
/// Seconds of a sound.
pub const SECONDS: usize = 10;
/// Hops of the windows of sounds and of recordings, which are shorter, in frames.
const HOPS: [usize; 2] = [31, 15];

/// The windows of every sound, as it is and distorted.
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
            0 => sum(&sound, &noise(&sound, rng)),
            1 => phone_band(&sound, RATE),
            2 => Room::small(rng).reverberate(&sound, RATE, rng),
            3 => sum(&sound, &other(rng, len)),
            // Faint, down to a few steps of 16 bits, and clipped.
            4 => to_16_bits(&sound, rng.random_range(0.0005..0.003)),
            5 => to_16_bits(&sound, rng.random_range(1.5..10.0)),
            // Faint, but not rounded: samples that a page computed.
            6 => faint(&sound, rng),
            _ => Microphone::random(rng).record(&sound, RATE),
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

/// The examples of the window before `end`.
fn of_window(stream: &FrameStream, end: usize, speech: bool) -> impl Iterator<Item = Example> {
    let features = stream
        .vad_features(end, &WindowConfig::default())
        .into_iter();
    features.map(move |features| Example { features, speech })
}

/// The samples 20 to 80 dB softer.
fn faint(samples: &[f32], rng: &mut StdRng) -> Vec<f32> {
    gain(samples, rng.random_range(-80.0..=-20.0))
}

/// The windows of every recording that hold speech: as it is, distorted in three ways, and with sounds in the
/// background.
pub fn of_recordings(clips: &[Clip], sounds: &Sounds, seed: u64) -> Result<Vec<Example>> {
    let examples = clips.par_iter().enumerate().map(|(number, clip)| {
        let rng = &mut StdRng::seed_from_u64(seed << 32 | number as u64);
        let sound = at_rate(clip)?;
        let clean = stream(&sound)?;
        let noise = noise(&sound, rng);
        let other = match rng.random_range(0..5) {
            0 => to_16_bits(&sound, rng.random_range(0.002..0.05)),
            4 => faint(&sound, rng),
            1 => to_16_bits(&sound, rng.random_range(2.0..20.0)),
            2 => Room::small(rng).reverberate(&sound, RATE, rng),
            _ => Microphone::random(rng).record(&sound, RATE),
        };
        let over = |background: &[f32]| -> Result<(Vec<f32>, f32)> {
            Ok((sum(&sound, background), level(background)?))
        };
        let mut versions = vec![
            (sound.clone(), SILENT),
            over(&noise)?,
            (phone_band(&sound, RATE), SILENT),
            (other, SILENT),
        ];
        for _ in 0..sounds.background {
            let (_, generate) = &sounds.kinds[rng.random_range(0..sounds.kinds.len())];
            let background = generate(rng, sound.len());
            let background = noise_at(&sound, &background, RATE, rng.random_range(5.0..30.0));
            versions.push(over(&background)?);
        }
        let mut examples = Vec::new();
        for (samples, noise_db) in versions {
            let stream = stream(&samples)?;
            for end in ends(&stream, HOPS[1]) {
                if speech_frames(&clean, end, noise_db) >= MIN_FRAMES {
                    examples.extend(of_window(&stream, end, true));
                }
            }
        }
        Ok(examples)
    });
    let examples: Result<Vec<Vec<Example>>> = examples.collect();
    Ok(examples?.into_iter().flatten().collect())
}

/// Noise of a random spectrum, 5 to 35 dB below the sound.
fn noise(sound: &[f32], rng: &mut StdRng) -> Vec<f32> {
    let colours = [sounds::white, sounds::pink, sounds::brown, sounds::fan];
    let noise = colours[rng.random_range(0..colours.len())](rng, RATE, sound.len());
    noise_at(sound, &noise, RATE, rng.random_range(5.0..35.0))
}

/// A level below that of any sound, in dB.
pub const SILENT: f32 = -200.0;

/// Speech frames of a window of speech: 200 ms, as in the voice activity detector.
pub const MIN_FRAMES: usize = 13;

/// Frames of the window before `end` in which a clean recording holds speech, by its level, that is louder than
/// noise of `noise_db`.
pub fn speech_frames(clean: &FrameStream, end: usize, noise_db: f32) -> usize {
    let by_level = VadConfig {
        // A clean recording has a wide margin.
        margin_db: 12.0,
        min_level_db: noise_db.max(VadConfig::default().min_level_db),
        voice: false,
        ..VadConfig::default()
    };
    detected_frames(clean, end, &by_level)
}

/// Frames of the window before `end` that a voice activity detector calls speech.
pub fn detected_frames(stream: &FrameStream, end: usize, gate: &VadConfig) -> usize {
    let normalization = Normalization::floor_only(FeatureConfig::default().n_mels, 60.0);
    stream
        .window(end, &WindowConfig::default(), &normalization, gate)
        .speech_frames()
}

/// Whether the window before `end` is speech to another network than the shipped one.
pub fn is_speech(stream: &FrameStream, end: usize, net: &VadNetwork) -> bool {
    let by_level = VadConfig {
        voice: false,
        ..VadConfig::default()
    };
    let features = stream.vad_features(end, &WindowConfig::default());
    detected_frames(stream, end, &by_level) >= MIN_FRAMES
        && features.iter().any(|features| net.logit(features) > 0.0)
}

/// Ends of windows: the first, provisional one, and then every `hop` frames.
pub fn ends(stream: &FrameStream, hop: usize) -> impl Iterator<Item = usize> {
    let first = WindowConfig::default().provisional_frames;
    (first..=stream.n_frames()).step_by(hop)
}

/// The frames of a sound.
pub fn stream(samples: &[f32]) -> Result<FrameStream> {
    let features = FeatureConfig::default();
    Ok(FrameStream::whole(&features, RATE, samples)?)
}

/// The samples of a recording at [`RATE`].
pub fn at_rate(clip: &Clip) -> Result<Vec<f32>> {
    let waveform = read_waveform(&clip.path)?;
    Ok(resample(waveform.samples(), waveform.sample_rate(), RATE)?)
}

/// Mean level of a sound's frames, in the decibels of the voice activity detector.
pub fn level(samples: &[f32]) -> Result<f32> {
    let features = FeatureConfig::default();
    let mut mel = MelSpectrogram::new(features.n_mels);
    LogMelExtractor::new(&features)?.push(samples, &mut mel)?;
    let power: f32 = mel.as_slice().iter().map(|db| 10f32.powf(db / 10.0)).sum();
    Ok(10.0 * (power / mel.n_frames().max(1) as f32).log10())
}
