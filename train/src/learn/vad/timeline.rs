//! Timelines that are made up of recordings: people speak, dogs bark and clocks tick in rooms and over
//! lines, and each frame says whether a voice is in it.

use std::ops::Range;

use anyhow::Result;
use emotionai_voice::{FeatureConfig, LogMelExtractor, MelSpectrogram};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::examples::RATE;
use super::material::Material;
use crate::data::simulate::channel::{
    self, Microphone, high_pass, low_pass, phone_band, to_16_bits,
};
use crate::data::simulate::mixing::{active_power, active_stretch, power};
use crate::data::simulate::resample;
use crate::data::simulate::rooms::Room;
use crate::data::simulate::sounds;
use crate::data::simulate::spectrum::equalize;

/// Length of a timeline, in samples.
const LEN: usize = 12 * RATE as usize;
/// Root mean square of a voice at 0 dB, while it lasts.
const LEVEL: f32 = 0.05;

/// The frames of a timeline.
pub struct Timeline {
    /// Log-mel frames.
    pub mel: MelSpectrogram,
    /// Whether each frame holds a voice.
    pub voice: Vec<bool>,
    /// Whether each frame counts: those between two sounds of a word, or where other sounds drown the
    /// voice, are neither.
    pub counts: Vec<bool>,
}

/// The sounds of a timeline before they are mixed.
struct Layers {
    voices: Vec<f32>,
    sounds: Vec<f32>,
    /// Where each voice is, in samples.
    places: Vec<Range<usize>>,
}

impl Timeline {
    /// Draws a timeline of 12 s. Six of ten have voices.
    pub fn random(material: &Material, rng: &mut StdRng) -> Result<Timeline> {
        let mut layers = Layers::random(material, rng);
        layers.put_into_room(rng);
        layers.send_over_line(rng);
        let mix = recorded(&layers, rng);
        let mel = mel(&mix)?;
        let (voices, sounds) = (levels(&layers.voices)?, levels(&layers.sounds)?);
        let mut timeline = Timeline {
            voice: vec![false; mel.n_frames()],
            counts: vec![true; mel.n_frames()],
            mel,
        };
        let hop = FeatureConfig::default().hop_length;
        for place in &layers.places {
            let frames = place.start / hop..(place.end / hop + 1).min(voices.len());
            timeline.mark(frames, &voices, &sounds);
        }
        Ok(timeline)
    }

    /// Marks the frames of one voice, by the levels of all voices and of all sounds.
    fn mark(&mut self, frames: Range<usize>, voices: &[f32], sounds: &[f32]) {
        /// Pauses of up to 200 ms are part of a word.
        const PAUSE: usize = 13;
        let mut sorted = voices[frames.clone()].to_vec();
        sorted.sort_by(f32::total_cmp);
        let (Some(top), Some(floor)) = (sorted.last(), sorted.get(sorted.len() / 20)) else {
            return;
        };
        // A recording from a street has a floor of its own.
        let threshold = (top - 30.0).max((floor + 9.0).min(top - 12.0));
        let mut last: Option<usize> = None;
        for frame in frames {
            let level = voices[frame];
            if level > threshold {
                if let Some(last) = last.filter(|last| frame - last <= PAUSE) {
                    self.counts[last + 1..frame].fill(false);
                }
                last = Some(frame);
                self.voice[frame] = true;
                self.counts[frame] = level > sounds[frame] - 5.0;
            } else if level > threshold - 12.0 {
                self.counts[frame] = false;
            }
        }
    }
}

impl Layers {
    fn random(material: &Material, rng: &mut StdRng) -> Layers {
        let mut layers = Layers {
            voices: vec![0.0; LEN],
            sounds: vec![0.0; LEN],
            places: Vec::new(),
        };
        let is_voiced = rng.random_bool(0.6);
        let share_of_events = match is_voiced {
            true => [0.0, 0.3, 0.5, 0.7][rng.random_range(0..4)],
            false => 1.0,
        };
        // Half of all recordings begin in the middle of a sound.
        let mut begun = if rng.random_bool(0.5) {
            samples(rng, 0.0..0.5)
        } else {
            0
        };
        let mut at = if begun == 0 {
            samples(rng, 0.0..1.5)
        } else {
            0
        };
        while at < LEN - RATE as usize / 4 {
            let is_event = rng.random_bool(share_of_events);
            let sound = match is_event {
                true => event(material, rng),
                false => voice(material, rng),
            };
            let sound = &sound[std::mem::take(&mut begun).min(sound.len() / 2)..];
            let level_db = if is_event { -20.0..6.0 } else { -10.0..3.0 };
            let gain = LEVEL * factor(rng.random_range(level_db));
            let rms = active_power(sound, RATE).sqrt() as f32;
            if rms > 1e-5 {
                if is_event {
                    add(&mut layers.sounds, at, sound, gain / rms);
                } else {
                    add(&mut layers.voices, at, sound, gain / rms);
                    layers.places.push(at..(at + sound.len()).min(LEN));
                }
            }
            // Among voices some sounds go on while the next begins.
            let overlaps = is_event && is_voiced && rng.random_bool(0.4);
            at += sound.len() / if overlaps { 4 } else { 1 } + samples(rng, 0.0..1.2);
        }
        if rng.random_bool(0.8) {
            let background = background(material, rng);
            let rms = power(&background).sqrt() as f32;
            let below_db = if is_voiced { -2.0..45.0 } else { -15.0..30.0 };
            let gain = LEVEL * factor(-rng.random_range(below_db));
            if rms > 1e-6 {
                add(&mut layers.sounds, 0, &background, gain / rms);
            }
        }
        layers
    }

    /// Every third time.
    fn put_into_room(&mut self, rng: &mut StdRng) {
        if !rng.random_bool(0.3) {
            return;
        }
        let room = match rng.random_bool(0.3) {
            true => Room::large(rng.random_range(1.0..=3.0), rng),
            false => Room::small(rng),
        };
        self.voices = room.reverberate(&self.voices, RATE, rng);
        if rng.random_bool(0.5) {
            self.sounds = room.reverberate(&self.sounds, RATE, rng);
        }
    }

    /// A microphone, a telephone or a narrower band, for five of eight.
    fn send_over_line(&mut self, rng: &mut StdRng) {
        let microphone = Microphone::random(rng);
        let corners = (
            rng.random_range(30.0..200.0),
            rng.random_range(3_000.0..7_500.0),
        );
        let kind = rng.random_range(0..8);
        for layer in [&mut self.voices, &mut self.sounds] {
            *layer = match kind {
                0..=2 => microphone.record(layer, RATE),
                3 => phone_band(layer, RATE),
                4 => equalize(layer, RATE, |hz| {
                    high_pass(hz, corners.0, 2) * low_pass(hz, corners.1, 8)
                }),
                _ => continue,
            };
        }
    }
}

/// The mix of both layers, at any level, at times overdriven, mostly in 16 bits.
fn recorded(layers: &Layers, rng: &mut StdRng) -> Vec<f32> {
    let both = layers.voices.iter().zip(&layers.sounds);
    let mut mix: Vec<f32> = both.map(|(voice, sound)| voice + sound).collect();
    if rng.random_bool(0.1) {
        mix = channel::clip(&mix, rng.random_range(0.0..0.02));
    }
    let peak = mix.iter().fold(1e-9f32, |peak, s| peak.max(s.abs()));
    let level_db = if rng.random_bool(0.2) {
        -50.0..-20.0
    } else {
        -24.0..0.0
    };
    let gain = factor(rng.random_range(level_db)) / peak;
    match rng.random_bool(0.8) {
        true => to_16_bits(&mix, gain),
        false => mix.iter().map(|sample| sample * gain).collect(),
    }
}

/// A voice of up to 5 s, most often without the silence around it.
fn voice(material: &Material, rng: &mut StdRng) -> Vec<f32> {
    let whole = material
        .voices
        .draw(5 * RATE as usize, rng)
        .unwrap_or_default();
    let stretch = match rng.random_bool(0.8) {
        true => active_stretch(&whole, RATE),
        false => &whole,
    };
    match rng.random_bool(0.6) {
        true => at_speed(stretch, rng.random_range(0.85..1.2)),
        false => stretch.to_vec(),
    }
}

/// A sound of up to 5 s, two of three recorded ones.
fn event(material: &Material, rng: &mut StdRng) -> Vec<f32> {
    let len = samples(rng, 0.2..5.0);
    let recorded = match rng.random_bool(0.67) {
        true => material.events.draw(usize::MAX / 2, rng),
        false => None,
    };
    let mut sound = match recorded {
        Some(sound) => {
            let stretch = match rng.random_bool(0.7) {
                true => active_stretch(&sound, RATE),
                false => &sound,
            };
            let sound = at_speed(stretch, rng.random_range(0.65..1.5));
            let start = rng.random_range(0..=sound.len().saturating_sub(len));
            sound[start..sound.len().min(start + len)].to_vec()
        }
        None => generated(material, rng, len),
    };
    fade(&mut sound);
    sound
}

/// A sound that goes on for the whole timeline, half of them recorded ones.
fn background(material: &Material, rng: &mut StdRng) -> Vec<f32> {
    let recorded = match rng.random_bool(0.5) {
        true => material.backgrounds.draw(LEN, rng),
        false => None,
    };
    match recorded {
        Some(sound) => {
            let mut sound = match rng.random_bool(0.5) {
                true => at_speed(&sound, rng.random_range(0.8..1.25)),
                false => sound,
            };
            fade(&mut sound);
            sound.iter().copied().cycle().take(LEN).collect()
        }
        None => generated(material, rng, LEN),
    }
}

/// Music, whose notes resemble syllables, and animals each as often as all generated sounds together.
fn generated(material: &Material, rng: &mut StdRng, len: usize) -> Vec<f32> {
    match (rng.random_range(0..4), material.generated.choose(rng)) {
        (0, _) => sounds::music(rng, RATE, len),
        (1, _) => sounds::animal(rng, RATE, len),
        (_, Some((_, generate))) => generate(rng, len),
        (_, None) => vec![0.0; len],
    }
}

/// A duration in samples, from a range in seconds.
fn samples(rng: &mut StdRng, seconds: Range<f32>) -> usize {
    (rng.random_range(seconds) * RATE as f32) as usize
}

/// The factor of a level.
fn factor(db: f32) -> f32 {
    10f32.powf(db / 20.0)
}

/// Played faster or slower, and so higher or lower.
fn at_speed(samples: &[f32], speed: f32) -> Vec<f32> {
    let rate = (RATE as f32 * speed).round() as u32;
    resample(samples, rate, RATE).unwrap_or_else(|_| samples.to_vec())
}

fn add(out: &mut [f32], at: usize, sound: &[f32], gain: f32) {
    for (out, sample) in out.iter_mut().skip(at).zip(sound) {
        *out += gain * sample;
    }
}

/// Fades both ends over 5 ms, so that a cut makes no click.
fn fade(sound: &mut [f32]) {
    let edge = (RATE as usize / 200).min(sound.len() / 2);
    let last = sound.len().saturating_sub(1);
    for i in 0..edge {
        let gain = i as f32 / edge as f32;
        sound[i] *= gain;
        sound[last - i] *= gain;
    }
}

/// The log-mel frames of samples.
fn mel(samples: &[f32]) -> Result<MelSpectrogram> {
    let features = FeatureConfig::default();
    let mut mel = MelSpectrogram::new(features.n_mels);
    let mut extractor = LogMelExtractor::new(&features)?;
    extractor.push(samples, &mut mel)?;
    extractor.flush(&mut mel);
    Ok(mel)
}

/// Level of each frame, in dB.
fn levels(samples: &[f32]) -> Result<Vec<f32>> {
    let mel = mel(samples)?;
    let power = |frame: &[f32]| frame.iter().map(|db| 10f32.powf(db / 10.0)).sum::<f32>();
    Ok(mel
        .frames()
        .map(|frame| 10.0 * power(frame).log10())
        .collect())
}
