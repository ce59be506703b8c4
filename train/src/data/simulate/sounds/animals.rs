//! Calls of animals, and sneezes: sounds of one breath, which no speech is made of.

use rand::Rng;
use rand::rngs::StdRng;

use super::{gaussian, log_uniform, mix_in, to_peak};
use crate::data::simulate::voice::resonate;

/// The call of one animal: a tone and noise through resonances that do not move.
struct Call {
    /// Pitch in Hz at the start, in the middle and at the end.
    pitch_hz: [f32; 3],
    seconds: f32,
    /// Share of the call in which it swells.
    attack: f32,
    /// Random walk of the pitch in a millisecond, in octaves: hoarseness.
    roughness: f32,
    /// Noise beside the tone.
    noise: f32,
    /// Resonances in Hz and their bandwidths.
    resonances: Vec<(f32, f32)>,
}

impl Call {
    /// A bark, a yelp, a mew, a caw or a crow.
    fn random(rng: &mut StdRng) -> Call {
        let middle = log_uniform(rng, 120.0, 1_500.0);
        let bend = rng.random_range(0.0..1.0f32);
        let mut off = || middle * rng.random_range(-bend..=bend).exp2();
        let pitch_hz = [off(), middle, off()];
        let first = log_uniform(rng, 350.0, 1_500.0);
        let resonances = (0..rng.random_range(1..=3)).map(|k| {
            let hz = first * (1.0 + k as f32 * rng.random_range(0.6..1.8));
            (hz.min(7_000.0), log_uniform(rng, 80.0, 600.0))
        });
        Call {
            resonances: resonances.collect(),
            pitch_hz,
            seconds: log_uniform(rng, 0.06, 1.2),
            attack: rng.random_range(0.03..0.5),
            roughness: log_uniform(rng, 0.001, 0.1),
            noise: rng.random_range(0.0..1.0f32).powi(2),
        }
    }

    /// A sneeze: a burst of noise, at times with a short falling tone.
    fn sneeze(rng: &mut StdRng) -> Call {
        let top = log_uniform(rng, 180.0, 600.0);
        let toneless = rng.random_bool(0.5);
        let resonances = (0..3).map(|_| {
            let hz = log_uniform(rng, 700.0, 6_000.0);
            (hz, log_uniform(rng, 300.0, 1_500.0))
        });
        Call {
            resonances: resonances.collect(),
            pitch_hz: [top, 0.8 * top, 0.5 * top],
            seconds: rng.random_range(0.1..0.5),
            attack: rng.random_range(0.02..0.15),
            roughness: 0.02,
            noise: if toneless {
                20.0
            } else {
                rng.random_range(0.5..3.0)
            },
        }
    }

    /// The call as it is this time: no two are alike.
    fn cry(&self, rng: &mut StdRng, sample_rate: u32) -> Vec<f32> {
        let rate = sample_rate as f32;
        let seconds = self.seconds * rng.random_range(0.8..1.25);
        let higher = rng.random_range(-0.1..0.1f32).exp2();
        let n = (seconds * rate) as usize;
        let mut states = vec![[0.0; 2]; self.resonances.len()];
        let (mut phase, mut drift) = (0.0f32, 0.0f32);
        let walk = self.roughness * (1_000.0 / rate).sqrt();
        let sound = (0..n).map(|i| {
            let position = i as f32 / n as f32;
            let [from, to] = match position < 0.5 {
                true => [0, 1],
                false => [1, 2],
            }
            .map(|at| self.pitch_hz[at]);
            let between = (2.0 * position).fract();
            drift = 0.999 * drift + walk * gaussian(rng);
            let pitch = higher * (from + between * (to - from)) * drift.clamp(-1.0, 1.0).exp2();
            phase = (phase + pitch / rate).fract();
            // A sawtooth has all harmonics.
            let source = 2.0 * phase - 1.0 + self.noise * gaussian(rng);
            let envelope = match position < self.attack {
                true => position / self.attack,
                false => (1.0 - position) / (1.0 - self.attack),
            };
            let tuned = self.resonances.iter().zip(&mut states);
            envelope.sqrt()
                * tuned
                    .map(|(&(hz, bandwidth), state)| resonate(source, hz, bandwidth, rate, state))
                    .sum::<f32>()
        });
        sound.collect()
    }
}

/// An animal that calls again and again: one to six calls, then a pause.
pub fn animal(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let call = Call::random(rng);
    let gap = log_uniform(rng, 0.08, 1.0);
    let pause = log_uniform(rng, 0.5, 4.0);
    let at_once = rng.random_range(1..=6);
    again_and_again(rng, sample_rate, len, |rng, number| {
        let after = if (number + 1) % at_once == 0 {
            pause
        } else {
            gap
        };
        (call.cry(rng, sample_rate), after)
    })
}

/// Someone who sneezes, with the breath before it.
pub fn sneeze(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let burst = Call::sneeze(rng);
    let breath = Call {
        seconds: rng.random_range(0.2..0.8),
        attack: 0.8,
        noise: 20.0,
        ..Call::sneeze(rng)
    };
    let loudness = rng.random_range(0.0..0.2);
    let pause = log_uniform(rng, 0.5, 3.0);
    again_and_again(rng, sample_rate, len, |rng, _| {
        let mut sound = breath.cry(rng, sample_rate);
        let level = |sound: &[f32]| sound.iter().fold(1e-6f32, |peak, s| peak.max(s.abs()));
        let out = burst.cry(rng, sample_rate);
        let gain = loudness * level(&out) / level(&sound);
        sound.iter_mut().for_each(|sample| *sample *= gain);
        sound.extend(out);
        (sound, pause)
    })
}

/// Sounds one after the other, each with the pause after it in seconds.
fn again_and_again(
    rng: &mut StdRng,
    sample_rate: u32,
    len: usize,
    mut next: impl FnMut(&mut StdRng, usize) -> (Vec<f32>, f32),
) -> Vec<f32> {
    let mut out = vec![0.0; len];
    let mut at = 0;
    let mut number = 0;
    while at < len {
        let (sound, pause) = next(rng, number);
        mix_in(&mut out, at, &sound, rng.random_range(0.5..1.0));
        let pause = pause * rng.random_range(0.7..1.4);
        at += sound.len() + (pause * sample_rate as f32) as usize;
        number += 1;
    }
    to_peak(out)
}
