//! Instruments, by additive synthesis: partials with envelopes, vibrato and breath.

use std::f32::consts::TAU;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::data::simulate::sounds::{gaussian, log_uniform};

/// The timbre of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timbre {
    /// Struck strings: slightly stretched partials, the higher the sooner gone.
    Piano,
    /// A plucked string.
    Pluck,
    /// Few partials, breath, and a vibrato that sets in late.
    Flute,
    /// A bowed string with a body's resonances, vibrato and a slide into the note.
    Bowed,
    /// Detuned saw-teeth behind a low-pass, fading in and out.
    Pad,
    /// Drawbars: steady from start to end.
    Organ,
    /// Partials of a bell.
    Bell,
    /// A bright saw-tooth, steady or with vibrato.
    Saw,
    /// Low partials that fade.
    Bass,
    /// One sine, steady or fading.
    Sine,
    /// A square wave, as of old games.
    Square,
    /// A sine whose phase another sine bends (Chowning 1973): electric piano, brass, gongs.
    Fm,
}

/// A partial: ratio to the note's frequency, gain, and decay to 1/e in seconds.
type Partial = (f32, f32, f32);

const STEADY: f32 = f32::INFINITY;

/// Samples in which a decay is a product alone, so that they are computed side by side.
const LANES: usize = 16;

/// An amplitude that falls exponentially, sample after sample.
struct Decay {
    amplitude: f32,
    factor: f32,
}

impl Decay {
    /// Falls to 1/e in `seconds`.
    fn new(amplitude: f32, seconds: f32, sample_rate: f32) -> Decay {
        Decay {
            amplitude,
            factor: (-1.0 / (seconds * sample_rate)).exp(),
        }
    }

    fn next(&mut self) -> f32 {
        let amplitude = self.amplitude;
        self.amplitude *= self.factor;
        amplitude
    }
}

/// Adds a partial whose frequency is `ratio` times that of `phases`.
fn add_partial(note: &mut [f32], phases: &[f32], ratio: f32, decay: Decay) {
    let Decay {
        mut amplitude,
        factor,
    } = decay;
    let mut powers = [1.0; LANES];
    for lane in 1..LANES {
        powers[lane] = powers[lane - 1] * factor;
    }
    let after = powers[LANES - 1] * factor;
    for (samples, phases) in note.chunks_mut(LANES).zip(phases.chunks(LANES)) {
        for ((sample, phase), power) in samples.iter_mut().zip(phases).zip(&powers) {
            *sample += amplitude * power * sine(ratio * phase);
        }
        amplitude *= after;
    }
}

/// The sine of an angle in turns, by the Taylor series to the eleventh power over a quarter turn, which is off by
/// 6e-8. Unlike the library's, it is computed for several angles side by side.
fn sine(turns: f32) -> f32 {
    // Added and taken away, it leaves the nearest whole number.
    const WHOLE: f32 = 1.5 * (1 << 23) as f32;
    let turn = turns - ((turns + WHOLE) - WHOLE);
    let quarter = 0.25 - (turn.abs() - 0.25).abs();
    let x = TAU * quarter;
    let y = x * x;
    let series = 1.0 - y * (1.0 / 110.0);
    let series = 1.0 - y * (1.0 / 72.0) * series;
    let series = 1.0 - y * (1.0 / 42.0) * series;
    let series = 1.0 - y * (1.0 / 20.0) * series;
    (x * (1.0 - y * (1.0 / 6.0) * series)).copysign(turn)
}

impl Timbre {
    /// A note of `seconds`, after which it fades.
    pub fn note(self, rng: &mut StdRng, sample_rate: u32, hz: f32, seconds: f32) -> Vec<f32> {
        let rate = sample_rate as f32;
        let (attack, release) = match self {
            // A pedal, or a string that is left to ring.
            Timbre::Piano | Timbre::Bell => (0.003, log_uniform(rng, 0.1, 1.5)),
            Timbre::Pluck => (0.002, log_uniform(rng, 0.05, 1.5)),
            Timbre::Flute => (rng.random_range(0.03..0.1), 0.08),
            Timbre::Bowed => (rng.random_range(0.04..0.15), 0.12),
            Timbre::Pad => (rng.random_range(0.2..0.8), 0.6),
            Timbre::Organ => (0.01, 0.03),
            Timbre::Saw => (0.01, 0.06),
            Timbre::Bass => (0.005, 0.05),
            Timbre::Sine | Timbre::Square | Timbre::Fm => {
                (log_uniform(rng, 0.001, 0.05), log_uniform(rng, 0.002, 0.1))
            }
        };
        let vibrato_cents = match self {
            Timbre::Flute => rng.random_range(5.0..45.0),
            Timbre::Bowed => rng.random_range(10.0..60.0),
            Timbre::Saw | Timbre::Sine | Timbre::Square if rng.random_bool(0.3) => {
                rng.random_range(10.0..60.0)
            }
            _ => 0.0,
        };
        let vibrato_hz = rng.random_range(4.5..6.8f32);
        let slide_semitones = match self {
            Timbre::Bowed if rng.random_bool(0.4) => rng.random_range(-2.0..1.0),
            _ => 0.0,
        };
        let breath = match self {
            Timbre::Flute => rng.random_range(0.005..0.06),
            Timbre::Bowed => 0.01,
            _ => 0.0,
        };
        let (bend, bend_ratio, bend_decay) = match self {
            Timbre::Fm => (
                log_uniform(rng, 0.3, 6.0),
                *[0.5, 1.0, 1.41, 2.0, 3.0, 3.5, 7.0]
                    .choose(rng)
                    .unwrap_or(&1.0),
                log_uniform(rng, 0.05, 1.0),
            ),
            _ => (0.0, 1.0, 1.0),
        };
        let partials = self.partials(rng, hz);
        // Strings of a choir are never quite in tune.
        let detune = match self {
            Timbre::Pad | Timbre::Bowed => 2f32.powf(rng.random_range(-8.0..8.0) / 1_200.0),
            _ => 1.0,
        };
        let n = ((seconds + release) * rate) as usize;
        let mut phase = rng.random::<f32>();
        // The phase is that of the note's frequency, in turns.
        let mut phases: Vec<f32> = (0..n)
            .map(|i| {
                let time = i as f32 / rate;
                let late = (time / 0.3 - 0.5).clamp(0.0, 1.0);
                let cents = match vibrato_cents != 0.0 || slide_semitones != 0.0 {
                    true => {
                        vibrato_cents * late * sine(vibrato_hz * time)
                            + 100.0 * slide_semitones * (1.0 - time / 0.12).max(0.0)
                    }
                    false => 0.0,
                };
                let bend = if cents == 0.0 {
                    1.0
                } else {
                    2f32.powf(cents / 1_200.0)
                };
                phase += hz * detune * bend / rate;
                phase
            })
            .collect();
        if bend > 0.0 {
            let mut depth = Decay::new(bend / TAU, bend_decay, rate);
            for phase in &mut phases {
                *phase += depth.next() * sine(bend_ratio * *phase);
            }
        }
        let mut note = vec![0.0; n];
        for &(ratio, gain, decay) in partials.iter().filter(|it| it.0 * hz < 0.45 * rate) {
            add_partial(&mut note, &phases, ratio, Decay::new(gain, decay, rate));
        }
        for (i, sample) in note.iter_mut().enumerate() {
            let time = i as f32 / rate;
            let envelope =
                (time / attack).min(1.0) * ((seconds + release - time) / release).min(1.0);
            let hiss = match breath > 0.0 {
                true => breath * gaussian(rng),
                false => {
                    // Drawn in any case, so that a seed names the same song whatever plays it.
                    let _: [f32; 2] = [rng.random(), rng.random()];
                    0.0
                }
            };
            *sample = envelope * (*sample + hiss);
        }
        note
    }

    fn partials(self, rng: &mut StdRng, hz: f32) -> Vec<Partial> {
        let series = |n: usize, partial: &mut dyn FnMut(f32) -> Partial| -> Vec<Partial> {
            (1..=n).map(|k| partial(k as f32)).collect()
        };
        match self {
            Timbre::Piano => {
                let dull = rng.random_range(0.9..1.5);
                let ring = 2.0 * (220.0 / hz).sqrt();
                series(14, &mut |k| {
                    let stretched = k * (1.0 + 4e-4 * k * k).sqrt();
                    let struck = (std::f32::consts::PI * k / 8.0).sin().abs() + 0.05;
                    (stretched, struck / k.powf(dull), ring / k.powf(0.7))
                })
            }
            Timbre::Pluck => {
                let position = rng.random_range(0.1..0.4);
                let ring = log_uniform(rng, 0.15, 1.5);
                let (dull, damped) = (rng.random_range(0.2..1.5), rng.random_range(0.3..1.8));
                // A pick's noise sets the partials off unevenly.
                let uneven = rng.random_range(0.05..1.0f32);
                series(24, &mut |k| {
                    let plucked = (std::f32::consts::PI * k * position).sin().abs();
                    let gain = uneven.powf(rng.random()) * plucked / k.powf(dull);
                    (k, gain, ring / k.powf(damped))
                })
            }
            Timbre::Flute => {
                let bright = rng.random_range(0.15..0.6f32);
                series(6, &mut |k| (k, bright.powf(k - 1.0), STEADY))
            }
            Timbre::Bowed => {
                let bodies =
                    [280.0, 460.0, 1_200.0, 2_800.0].map(|hz: f32| hz * rng.random_range(0.8..1.2));
                series(18, &mut |k| {
                    let near = |body: &f32| 1.0 / (1.0 + ((k * hz - body) / (0.2 * body)).powi(2));
                    let body: f32 = bodies.iter().map(near).sum();
                    (k, (0.2 + body) / k, STEADY)
                })
            }
            Timbre::Pad => {
                let spread = rng.random_range(1.001..1.008);
                let dull = rng.random_range(1.1..2.0);
                let voice = |tune: f32| series(10, &mut |k| (k * tune, 0.5 / k.powf(dull), STEADY));
                [voice(1.0), voice(spread), voice(1.0 / spread)].concat()
            }
            Timbre::Organ => [0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]
                .map(|ratio| (ratio, rng.random_range(0.0..1.0), STEADY))
                .to_vec(),
            Timbre::Bell => {
                let ring = log_uniform(rng, 0.3, 2.5);
                [0.5, 1.0, 1.19, 1.56, 2.0, 2.51, 2.66, 3.01, 4.1]
                    .map(|ratio: f32| {
                        (
                            ratio,
                            rng.random_range(0.1..1.0) / ratio.max(1.0),
                            ring / ratio,
                        )
                    })
                    .to_vec()
            }
            Timbre::Saw => {
                let dull = rng.random_range(0.9..1.6);
                let decay = if rng.random_bool(0.5) {
                    STEADY
                } else {
                    rng.random_range(0.1..0.6)
                };
                series(20, &mut |k| (k, 1.0 / k.powf(dull), decay))
            }
            Timbre::Bass => {
                let decay = log_uniform(rng, 0.15, 1.0);
                series(8, &mut |k| (k, 1.0 / k.powf(1.3), decay / k.sqrt()))
            }
            Timbre::Sine | Timbre::Fm => vec![(1.0, 1.0, fade(rng))],
            Timbre::Square => {
                let decay = fade(rng);
                series(12, &mut |k| (2.0 * k - 1.0, 1.0 / (2.0 * k - 1.0), decay))
            }
        }
    }
}

/// A decay to 1/e in seconds, or none.
fn fade(rng: &mut StdRng) -> f32 {
    if rng.random_bool(0.4) {
        return STEADY;
    }
    log_uniform(rng, 0.06, 0.8)
}

/// A percussion instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drum {
    /// A membrane whose pitch falls from 150 to 50 Hz.
    Kick,
    /// A membrane at 200 Hz and rattling wires.
    Snare,
    /// Metal: high noise, closed or open.
    Hat,
    /// A membrane at 80 to 200 Hz.
    Tom,
}

impl Drum {
    /// One hit of a drum of this kind.
    pub fn hit(self, rng: &mut StdRng, sample_rate: u32) -> Vec<f32> {
        let rate = sample_rate as f32;
        // Pitch at first and later, decay of tone and of noise, share of noise.
        let (start_hz, end_hz, decay, noise_decay, noise) = match self {
            Drum::Kick => (
                150.0,
                rng.random_range(42.0..65.0),
                log_uniform(rng, 0.06, 0.25),
                0.004,
                0.3,
            ),
            Drum::Snare => (
                230.0,
                190.0,
                log_uniform(rng, 0.02, 0.12),
                log_uniform(rng, 0.03, 0.2),
                rng.random_range(0.5..1.0),
            ),
            Drum::Hat => (8_000.0, 8_000.0, 0.01, log_uniform(rng, 0.015, 0.25), 1.0),
            Drum::Tom => (
                200.0,
                rng.random_range(80.0..140.0),
                log_uniform(rng, 0.1, 0.3),
                0.01,
                0.1,
            ),
        };
        // Metal and wires have no bass, which a difference removes; cheap boxes play plain hiss.
        let metal = rng.random_range(0.0..1.0f32);
        let (mut phase, mut last) = (0.0f32, 0.0);
        let seconds = 6.0 * noise_decay.max(decay);
        (0..(seconds * rate) as usize)
            .map(|i| {
                let time = i as f32 / rate;
                let hz = end_hz + (start_hz - end_hz) * (-time / 0.03).exp();
                phase = (phase + hz / rate).fract();
                let tone = (-time / decay).exp() * (TAU * phase).sin();
                let hiss = gaussian(rng);
                let bright = 0.5 * (hiss - metal * last);
                last = hiss;
                (1.0 - noise) * tone + noise * (-time / noise_decay).exp() * bright
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sine_is_that_of_the_library() {
        for i in -2_000..40_000 {
            let turns = i as f32 / 1_000.0;
            let expected = (f64::from(turns) * std::f64::consts::TAU).sin() as f32;
            assert!((sine(turns) - expected).abs() < 2e-5, "{turns}");
        }
    }

    #[test]
    fn a_partial_is_a_sine_that_decays() {
        let rate = 16_000.0;
        let phases: Vec<f32> = (0..4_001).map(|i| i as f32 * 220.0 / rate).collect();
        let mut note = vec![0.0; phases.len()];
        add_partial(&mut note, &phases, 3.0, Decay::new(0.5, 0.1, rate));
        for (i, sample) in note.iter().enumerate() {
            let time = i as f64 / f64::from(rate);
            let expected = 0.5 * (-time / 0.1).exp() * (std::f64::consts::TAU * 660.0 * time).sin();
            assert!((f64::from(*sample) - expected).abs() < 2e-3, "{i}");
        }
    }
}
