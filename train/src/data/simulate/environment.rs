//! Noises around a speaker: traffic, wind, rain and a kitchen. With the fan of
//! [`sounds`](super::sounds), the most common noises at a browser's microphone.
//!
//! Like the sounds there, each draws all that it varies from the random generator; levels are
//! arbitrary, since [`mix`](super::mixing::mix) sets them.

use std::f64::consts::{PI, TAU};

use rand::Rng;
use rand::rngs::StdRng;
use realfft::num_complex::Complex64;

use super::channel::{high_pass, low_pass};
use super::sounds::{self, Generator};
use super::spectrum::equalize;

/// The environments by name.
pub const ALL: [(&str, Generator); 5] = [
    ("traffic", traffic),
    ("fan", sounds::fan),
    ("wind", wind),
    ("rain", rain),
    ("kitchen", kitchen),
];

/// A street: the rumble of engines and tyres, swelling as cars pass, with an engine's harmonics.
pub fn traffic(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let corner_hz = rng.random_range(100.0..300.0);
    let rumble = noise(rng, len, sample_rate, |hz| {
        high_pass(hz, 30.0, 2) * low_pass(hz, corner_hz, 1)
    });
    let tyres = noise(rng, len, sample_rate, |hz| {
        0.5 * high_pass(hz, 500.0, 2) * low_pass(hz, 1_200.0, 2)
    });
    let passing = swell(rng, sample_rate, len, 0.5);
    let engine_hz = rng.random_range(30.0..60.0);
    let turns = swell(rng, sample_rate, len, 1.0);
    let mut phase = 0.0f64;
    (0..len)
        .map(|i| {
            phase += engine_hz * (1.0 + 0.3 * turns[i]) / f64::from(sample_rate);
            let engine = harmonics(TAU * phase);
            let near = 0.3 + passing[i];
            (near * (f64::from(rumble[i]) + near * f64::from(tyres[i]) + 0.02 * engine)) as f32
        })
        .collect()
}

/// Ten sines, each weaker by its number: sin(kx) = 2 cos(x) sin((k - 1)x) - sin((k - 2)x).
fn harmonics(angle: f64) -> f64 {
    let (sin, cos) = angle.sin_cos();
    let (mut before, mut at, mut sum) = (0.0, sin, 0.0);
    for k in 1..=10 {
        sum += at / f64::from(k);
        (before, at) = (at, 2.0 * cos * at - before);
    }
    sum
}

/// Wind in the microphone: noise below 200 Hz that comes in gusts.
pub fn wind(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let corner_hz = rng.random_range(60.0..200.0);
    let air = noise(rng, len, sample_rate, |hz| {
        high_pass(hz, 20.0, 2) * low_pass(hz, corner_hz, 2)
    });
    let gusts = swell(rng, sample_rate, len, 2.0);
    let gust = |(air, gust): (&f32, f64)| air * (0.1 + gust * gust) as f32;
    air.iter().zip(gusts).map(gust).collect()
}

/// Rain on a window: hiss, and drops that tap on it.
pub fn rain(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let corner_hz = rng.random_range(500.0..2_000.0);
    let mut out = noise(rng, len, sample_rate, |hz| {
        0.3 * high_pass(hz, corner_hz, 1) * low_pass(hz, 8_000.0, 1)
    });
    let drops_per_s = rng.random_range(20.0..100.0);
    for at in events(rng, sample_rate, len, drops_per_s) {
        // A few drops are much louder than the rest.
        let amplitude = rng.random_range(0.3..1.3f64).powi(4);
        let hz = rng.random_range(1_500.0..6_500.0);
        let decay_s = rng.random_range(0.001..0.005);
        ring(&mut out[at..], sample_rate, hz, decay_s, amplitude);
    }
    out
}

/// Dishes: metal and china struck a few times a second, over a quiet room.
pub fn kitchen(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let mut out = noise(rng, len, sample_rate, |hz| 0.02 * low_pass(hz, 1_000.0, 1));
    let strikes_per_s = rng.random_range(2.0..6.0);
    for at in events(rng, sample_rate, len, strikes_per_s) {
        let amplitude = rng.random_range(0.2..1.0);
        let lowest_hz = rng.random_range(600.0..2_500.0);
        let decay_s = rng.random_range(0.01..0.12);
        for _ in 0..6 {
            // Struck bodies ring at frequencies that are no harmonics of each other.
            let hz = lowest_hz * rng.random_range(1.0..4.0);
            let amplitude = amplitude * rng.random_range(0.2..1.0);
            ring(&mut out[at..], sample_rate, hz, decay_s, amplitude);
        }
    }
    out
}

/// White noise through a filter of the given gain.
fn noise(rng: &mut StdRng, len: usize, sample_rate: u32, gain: impl Fn(f64) -> f64) -> Vec<f32> {
    equalize(&sounds::white(rng, sample_rate, len), sample_rate, gain)
}

/// A smooth random course from 0 to 1 with `per_s` turning points a second.
fn swell(rng: &mut StdRng, sample_rate: u32, len: usize, per_s: f64) -> Vec<f64> {
    let step = f64::from(sample_rate) / per_s;
    let points: Vec<f64> = (0..(len as f64 / step) as usize + 2)
        .map(|_| rng.random())
        .collect();
    (0..len)
        .map(|i| {
            let position = i as f64 / step;
            let weight = 0.5 - 0.5 * (PI * position.fract()).cos();
            let left = position as usize;
            points[left] * (1.0 - weight) + points[left + 1] * weight
        })
        .collect()
}

/// Samples at which something happens, by chance, `per_s` times a second (a Poisson process).
fn events(rng: &mut StdRng, sample_rate: u32, len: usize, per_s: f64) -> Vec<usize> {
    let mut events = Vec::new();
    let mut at = 0.0f64;
    loop {
        at += -(1.0 - rng.random::<f64>()).ln() / per_s * f64::from(sample_rate);
        if at >= len as f64 {
            return events;
        }
        events.push(at as usize);
    }
}

/// Adds a tone that decays to 1/e in `decay_s`, unless the rate cannot carry it.
fn ring(out: &mut [f32], sample_rate: u32, hz: f64, decay_s: f64, amplitude: f64) {
    let rate = f64::from(sample_rate);
    if hz > 0.45 * rate {
        return;
    }
    let length = (7.0 * decay_s * rate) as usize;
    // A point that turns and nears the middle with each sample.
    let factor = Complex64::from_polar((-1.0 / (decay_s * rate)).exp(), TAU * hz / rate);
    let mut point = Complex64::new(amplitude, 0.0);
    for sample in out.iter_mut().take(length) {
        *sample += point.im as f32;
        point *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::super::mixing::power;
    use super::super::spectrum::band_share;
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_seed_names_an_environment_of_the_asked_length() {
        for (name, generate) in ALL {
            for rate in [8_000, 16_000, 48_000] {
                let sound = |seed| generate(&mut StdRng::seed_from_u64(seed), rate, 20_000);
                let samples = sound(1);
                assert_eq!(samples, sound(1), "{name}");
                assert_ne!(samples, sound(2), "{name}");
                assert_eq!(samples.len(), 20_000, "{name}");
                assert!(samples.iter().all(|s| s.is_finite()), "{name}");
                assert!(power(&samples) > 0.0, "{name}");
            }
        }
    }

    #[test]
    fn environments_sound_where_they_should() {
        let rate = 16_000;
        for seed in 0..5 {
            let share = |generate: Generator, low, high| {
                let samples = generate(&mut StdRng::seed_from_u64(seed), rate, 64_000);
                band_share(&samples, rate, low, high)
            };
            assert!(share(traffic, 20.0, 1_500.0) > 0.8, "{seed}");
            assert!(share(wind, 10.0, 500.0) > 0.95, "{seed}");
            assert!(share(rain, 1_000.0, 8_000.0) > 0.8, "{seed}");
            assert!(share(kitchen, 500.0, 8_000.0) > 0.8, "{seed}");
        }
    }

    #[test]
    fn a_kitchen_clatters_and_rain_does_not() {
        let crest = |generate: Generator| {
            let samples = generate(&mut StdRng::seed_from_u64(2), 16_000, 64_000);
            let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
            f64::from(peak) / power(&samples).sqrt()
        };
        assert!(crest(kitchen) > 8.0, "{}", crest(kitchen));
        assert!(crest(traffic) < 6.0, "{}", crest(traffic));
    }
}
