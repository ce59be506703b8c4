//! Synthesised sounds other than speech, as rooms, desks and loudspeakers give them off.
//!
//! Every [`Generator`] draws all that it varies from the random generator that it is given, so a
//! seed names a sound; the same seed at another rate is the same sound only roughly. All are
//! mono and peak at [`PEAK`].

mod animals;
mod clicks;
mod music;
mod noise;

use rand::Rng;
use rand::rngs::StdRng;

pub use animals::{animal, sneeze};
pub use clicks::{keyboard, metronome, mouse};
pub use music::{Style, music, song};
pub use noise::{brown, fan, gusts, hum, pink, white};

/// Makes that many samples of a sound: `(rng, sample_rate, len)`, the rate in Hz.
pub type Generator = fn(&mut StdRng, u32, usize) -> Vec<f32>;

/// Largest magnitude of a generated sound.
pub const PEAK: f32 = 0.9;

/// All sounds by name.
pub const ALL: [(&str, Generator); 12] = [
    ("white", white),
    ("pink", pink),
    ("brown", brown),
    ("fan", fan),
    ("hum", hum),
    ("gusts", gusts),
    ("music", music),
    ("metronome", metronome),
    ("mouse", mouse),
    ("keyboard", keyboard),
    ("animal", animal),
    ("sneeze", sneeze),
];

/// Scales to a largest magnitude of [`PEAK`]; silence stays silence.
fn to_peak(mut samples: Vec<f32>) -> Vec<f32> {
    let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    if peak > 0.0 {
        for sample in &mut samples {
            *sample *= PEAK / peak;
        }
    }
    samples
}

/// A standard normal value (Box and Muller 1958).
pub fn gaussian(rng: &mut StdRng) -> f32 {
    let radius = (-2.0 * (1.0 - rng.random::<f32>()).ln()).sqrt();
    radius * (std::f32::consts::TAU * rng.random::<f32>()).cos()
}

/// A value between two positive ones, uniform in its logarithm, as frequencies and times are.
fn log_uniform(rng: &mut StdRng, low: f32, high: f32) -> f32 {
    low * (high / low).powf(rng.random())
}

/// Adds `sound` to `out` from sample `at` on; what lies past the end is lost.
fn mix_in(out: &mut [f32], at: usize, sound: &[f32], gain: f32) {
    for (out, sample) in out.iter_mut().skip(at).zip(sound) {
        *out += gain * sample;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_seed_names_a_sound_of_the_asked_length_and_peak() {
        for (name, generate) in ALL {
            for rate in [16_000, 44_100] {
                let sound = |seed| generate(&mut StdRng::seed_from_u64(seed), rate, 30_000);
                let samples = sound(1);
                assert_eq!(samples, sound(1), "{name}");
                assert_ne!(samples, sound(2), "{name}");
                assert_eq!(samples.len(), 30_000, "{name}");
                let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
                assert!((peak - PEAK).abs() < 1e-5, "{name}: {peak}");
            }
        }
    }

    /// Mean power per Hz around a frequency, in dB.
    fn density_db(samples: &[f32], hz: f64) -> f64 {
        let blocks = samples.chunks_exact(2_048);
        let n = blocks.len() as f64;
        let power: f64 = blocks
            .map(|block| {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, &sample) in block.iter().enumerate() {
                    let angle = std::f64::consts::TAU * hz * i as f64 / 16_000.0;
                    re += f64::from(sample) * angle.cos();
                    im += f64::from(sample) * angle.sin();
                }
                re * re + im * im
            })
            .sum();
        10.0 * (power / n).log10()
    }

    #[test]
    fn noises_fall_by_their_decibels_an_octave() {
        for (name, generate, slope) in [
            ("white", white as Generator, 0.0),
            ("pink", pink, -3.0),
            ("brown", brown, -6.0),
        ] {
            let samples = generate(&mut StdRng::seed_from_u64(3), 16_000, 400_000);
            let octaves = 3.0;
            let fall = (density_db(&samples, 2_000.0) - density_db(&samples, 250.0)) / octaves;
            assert!((fall - slope).abs() < 1.0, "{name}: {fall} dB an octave");
        }
    }
}
