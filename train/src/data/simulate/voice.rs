//! A synthetic voice, for tests of learning and for trying the tools without any recording.
//!
//! A source-filter synthesiser after D. Klatt, "Software for a cascade/parallel formant
//! synthesizer", JASA 67(3), 1980: a glottal pulse train with moving pitch and some breath, through
//! a cascade of resonators that glide from vowel to vowel.

use std::f32::consts::{PI, TAU};

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::sounds::gaussian;

/// Rate of the synthesised samples, in Hz.
pub const RATE: u32 = 16_000;

/// The voice of a speaker.
#[derive(Debug, Clone, Copy)]
pub struct Throat {
    /// Usual pitch, in Hz.
    pub pitch_hz: f32,
    /// Formants over those of an average man.
    pub formants: f32,
    /// Breath beside the tone.
    pub breath: f32,
}

/// The manner of an utterance.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Pitch over the speaker's usual one.
    pub pitch: f32,
    /// Range of the pitch, in octaves.
    pub pitch_range: f32,
    /// Length of a syllable, in seconds.
    pub syllable_s: f32,
    /// Largest sample, below 1.
    pub loudness: f32,
}

/// Formants of an average man in Hz (Peterson & Barney, JASA 24(2), 1952), and their bandwidths.
const VOWELS: [[f32; 4]; 5] = [
    [730.0, 1090.0, 2440.0, 3400.0],
    [530.0, 1840.0, 2480.0, 3500.0],
    [270.0, 2290.0, 3010.0, 3600.0],
    [570.0, 840.0, 2410.0, 3300.0],
    [300.0, 870.0, 2240.0, 3300.0],
];
const BANDWIDTHS: [f32; 4] = [70.0, 90.0, 130.0, 200.0];
/// Silence around the speech, in seconds.
const PAUSE_S: f32 = 0.3;
/// A quiet room, 68 dB below full scale.
const NOISE_FLOOR: f32 = 4e-4;
/// Share of the way to the next vowel's formants that a sample covers.
const GLIDE: f32 = 1.0 / (0.02 * RATE as f32);

/// About `seconds` of speech between two short pauses.
pub fn speak(throat: &Throat, manner: &Manner, seconds: f32, rng: &mut StdRng) -> Vec<f32> {
    let samples = |seconds: f32| (seconds * RATE as f32) as usize;
    let mut voice = Vec::new();
    let mut phase = 0.0;
    let mut before = 0.0;
    let mut formants = VOWELS[0];
    let mut resonators = [[0.0f32; 2]; 4];
    while voice.len() < samples(seconds) {
        let vowel = VOWELS.choose(rng).copied().unwrap_or(VOWELS[0]);
        // A breath of noise, then the vowel.
        let length = manner.syllable_s * rng.random_range(0.8..1.2);
        let (hiss, tone) = (samples(0.2 * length), samples(0.8 * length));
        let stress = rng.random_range(0.7..1.0);
        let octaves = [(); 2].map(|()| manner.pitch_range * rng.random_range(-0.5..0.5));
        for at in 0..hiss + tone {
            let friction = 0.02 * hill(at, hiss) * gaussian(rng);
            let position = at.saturating_sub(hiss) as f32 / tone as f32;
            let pitch = throat.pitch_hz
                * manner.pitch
                * (octaves[0] + position * (octaves[1] - octaves[0])).exp2();
            phase = (phase + pitch / RATE as f32) % 1.0;
            let flow = glottal_flow(phase);
            // The lips radiate the flow's derivative.
            let source = flow - before + throat.breath * flow * gaussian(rng);
            before = flow;
            let mut sample = stress * source * hill(at.saturating_sub(hiss), tone);
            for (band, resonator) in resonators.iter_mut().enumerate() {
                formants[band] += GLIDE * (throat.formants * vowel[band] - formants[band]);
                sample = resonate(
                    sample,
                    formants[band],
                    BANDWIDTHS[band],
                    RATE as f32,
                    resonator,
                );
            }
            voice.push(sample + friction);
        }
    }
    let peak = voice
        .iter()
        .fold(f32::MIN_POSITIVE, |peak, s| peak.max(s.abs()));
    let pause = vec![0.0; samples(PAUSE_S)];
    let gain = manner.loudness / peak;
    [&pause, &voice, &pause]
        .into_iter()
        .flatten()
        .map(|sample| gain * sample + NOISE_FLOOR * gaussian(rng))
        .collect()
}

/// From 0 to 1 and back over `length` samples, with slopes of 30 ms.
fn hill(at: usize, length: usize) -> f32 {
    let edge = (0.03 * RATE as f32).min(length as f32 / 2.0).max(1.0);
    let to_edge = at.min(length.saturating_sub(at + 1)) as f32 / edge;
    0.5 - 0.5 * (PI * to_edge.min(1.0)).cos()
}

/// Rosenberg's pulse (JASA 49(2B), 1971): opens for 40% of the period, closes in 16%.
fn glottal_flow(phase: f32) -> f32 {
    match phase {
        p if p < 0.4 => 0.5 * (1.0 - (PI * p / 0.4).cos()),
        p if p < 0.56 => (PI / 2.0 * (p - 0.4) / 0.16).cos(),
        _ => 0.0,
    }
}

/// The next sample of Klatt's two-pole resonator at a rate in Hz.
pub fn resonate(sample: f32, hz: f32, bandwidth: f32, rate: f32, state: &mut [f32; 2]) -> f32 {
    let c = -(-TAU * bandwidth / rate).exp();
    let b = 2.0 * (-PI * bandwidth / rate).exp() * (TAU * hz / rate).cos();
    let out = (1.0 - b - c) * sample + b * state[0] + c * state[1];
    *state = [out, state[0]];
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const THROAT: Throat = Throat {
        pitch_hz: 130.0,
        formants: 1.0,
        breath: 0.02,
    };
    const MANNER: Manner = Manner {
        pitch: 1.2,
        pitch_range: 0.3,
        syllable_s: 0.2,
        loudness: 0.5,
    };

    #[test]
    fn a_seed_names_an_utterance_of_the_asked_length_and_loudness() {
        let speak = |seed| speak(&THROAT, &MANNER, 2.0, &mut StdRng::seed_from_u64(seed));
        let samples = speak(1);
        assert_eq!(samples, speak(1));
        assert_ne!(samples, speak(2));
        let seconds = samples.len() as f32 / RATE as f32;
        assert!((2.6..2.9).contains(&seconds), "{seconds}");
        let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
        assert!((peak - 0.5).abs() < 0.01, "{peak}");
    }
}
