//! Steady sounds: noise of three colours, a fan, mains hum.

use std::f32::consts::TAU;

use rand::Rng;
use rand::rngs::StdRng;

use super::{gaussian, log_uniform, to_peak};

/// White noise: hiss of an amplifier. Gaussian, the same power in every Hz.
pub fn white(rng: &mut StdRng, _sample_rate: u32, len: usize) -> Vec<f32> {
    to_peak((0..len).map(|_| gaussian(rng)).collect())
}

/// Pink noise: rain, distant traffic. Falls by 3 dB an octave, by Paul Kellet's three poles
/// (musicdsp.org, "Pink noise filter"), whose corners are fractions of the sample rate.
pub fn pink(rng: &mut StdRng, _sample_rate: u32, len: usize) -> Vec<f32> {
    let mut poles = [0.0f32; 3];
    let mut next = || {
        let x = gaussian(rng);
        for (state, (pole, gain)) in poles.iter_mut().zip([
            (0.99765, 0.099_046),
            (0.963, 0.296_516_4),
            (0.57, 1.052_691_3),
        ]) {
            *state = pole * *state + gain * x;
        }
        poles.iter().sum::<f32>() + 0.1848 * x
    };
    to_peak((0..len).map(|_| next()).collect())
}

/// Brown noise: wind, a car's cabin, surf. Falls by 6 dB an octave above 20 Hz.
pub fn brown(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let mut noise = one_pole(rng, sample_rate, 20.0);
    to_peak((0..len).map(|_| noise()).collect())
}

/// A fan: a tone of the blades (30 to 300 Hz) with harmonics, over a rush of air that falls
/// above 300 to 3000 Hz, all of it swelling a little at the rotor's rate.
pub fn fan(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let rotor_hz = rng.random_range(10.0f32..45.0);
    let blades = rng.random_range(3..=7) as f32;
    let tone = log_uniform(rng, 0.03, 0.5);
    let roll_off = rng.random_range(0.8f32..2.0);
    let swell = rng.random_range(0.0f32..0.1);
    let corner_hz = log_uniform(rng, 300.0, 3_000.0);
    let phases: Vec<f32> = (0..8).map(|_| rng.random::<f32>() * TAU).collect();
    let rush: Vec<f32> = {
        let mut air = one_pole(rng, sample_rate, corner_hz);
        (0..len).map(|_| air()).collect()
    };
    let rms = (rush.iter().map(|s| s * s).sum::<f32>() / len.max(1) as f32).sqrt();
    let sample = |(i, air): (usize, &f32)| {
        let turn = TAU * rotor_hz * i as f32 / sample_rate as f32;
        let blade: f32 = phases
            .iter()
            .zip(1..)
            .map(|(phase, k)| {
                let k = k as f32;
                (k * blades * turn + phase).sin() / k.powf(roll_off)
            })
            .sum();
        (air / rms + tone * blade) * (1.0 + swell * turn.sin())
    };
    to_peak(rush.iter().enumerate().map(sample).collect())
}

/// Mains hum of 50 Hz with up to twenty harmonics, the odd or the even ones stronger (a
/// transformer, a ground loop, a rectifier), over hiss 40 to 80 dB below it.
pub fn hum(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let roll_off = rng.random_range(0.7f32..2.5);
    let odd = rng.random_range(0.1f32..1.0);
    let even = rng.random_range(0.1f32..1.0);
    let hiss = log_uniform(rng, 1e-4, 1e-2);
    let harmonics: Vec<(f32, f32, f32)> = (1..=rng.random_range(1..=20))
        .map(|k| {
            let side = if k % 2 == 1 { odd } else { even };
            let k = k as f32;
            let gain = side * rng.random_range(0.3..1.0) / k.powf(roll_off);
            (50.0 * k, gain, rng.random::<f32>() * TAU)
        })
        .collect();
    let sample = |i: usize| {
        let time = i as f64 / f64::from(sample_rate);
        let tones = harmonics.iter().map(|&(hz, gain, phase)| {
            // The phase in f64: after minutes f32 would be a noisy clock.
            let turn = (f64::from(hz) * time).fract() as f32;
            gain * (TAU * turn + phase).sin()
        });
        tones.sum::<f32>() + hiss * harmonics[0].1 * gaussian(rng)
    };
    to_peak((0..len).map(sample).collect())
}

/// Noise that swells and ebbs: gusts, surf, a steam engine, a helicopter. White, pink or brown,
/// its level moved by 3 to 40 dB, 0.15 to 12 times a second, as a sine or a saw-tooth that falls.
pub fn gusts(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let mut noise = match rng.random_range(0..3) {
        0 => white(rng, sample_rate, len),
        1 => pink(rng, sample_rate, len),
        _ => brown(rng, sample_rate, len),
    };
    let hz = log_uniform(rng, 0.15, 12.0);
    let depth_db = log_uniform(rng, 3.0, 40.0);
    let (saw, linear) = (rng.random_bool(0.3), rng.random_bool(0.5));
    let jitter = rng.random_range(0.0..0.3f32);
    let mut phase = rng.random::<f32>();
    let mut speed = 1.0;
    for sample in &mut noise {
        phase += speed * hz / sample_rate as f32;
        if phase >= 1.0 {
            phase -= 1.0;
            speed = (jitter * gaussian(rng)).exp();
        }
        let swell = if saw {
            1.0 - phase
        } else {
            0.5 - 0.5 * (TAU * phase).cos()
        };
        // Straight in amplitude, as a modulator does it, or in decibels, as loudness is perceived.
        let floor = 10f32.powf(-depth_db / 20.0);
        *sample *= if linear {
            floor + (1.0 - floor) * swell
        } else {
            floor.powf(1.0 - swell)
        };
    }
    to_peak(noise)
}

/// White noise through one pole at `corner_hz`, sample by sample.
fn one_pole(rng: &mut StdRng, sample_rate: u32, corner_hz: f32) -> impl FnMut() -> f32 {
    let pole = (-TAU * corner_hz / sample_rate as f32).exp();
    let mut state = 0.0f32;
    move || {
        state = pole * state + (1.0 - pole) * gaussian(rng);
        state
    }
}
