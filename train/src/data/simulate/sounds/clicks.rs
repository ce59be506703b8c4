//! Short sounds: a metronome, a mouse, a keyboard. Each is a few resonances that are struck.

use std::f32::consts::TAU;

use rand::Rng;
use rand::rngs::StdRng;

use super::{gaussian, log_uniform, mix_in, to_peak};

/// A resonance of a struck object.
struct Body {
    /// Frequency in Hz, decay to 1/e in seconds, gain.
    modes: Vec<(f32, f32, f32)>,
    /// Share of noise in the strike, and its decay to 1/e in seconds.
    noise: (f32, f32),
}

impl Body {
    /// The sound of one strike, of a seventh to a third of a second at most.
    fn strike(&self, rng: &mut StdRng, sample_rate: u32) -> Vec<f32> {
        let rate = sample_rate as f32;
        let longest = self
            .modes
            .iter()
            .map(|mode| mode.1)
            .fold(self.noise.1, f32::max);
        let phase = rng.random::<f32>() * TAU;
        (0..(7.0 * longest * rate) as usize)
            .map(|i| {
                let time = i as f32 / rate;
                let ring: f32 = self
                    .modes
                    .iter()
                    .filter(|mode| mode.0 < 0.45 * rate)
                    .map(|&(hz, decay, gain)| {
                        gain * (-time / decay).exp() * (TAU * hz * time + phase).sin()
                    })
                    .sum();
                ring + self.noise.0 * (-time / self.noise.1).exp() * gaussian(rng)
            })
            .collect()
    }
}

/// A sound that is made of strikes.
struct Track {
    rate: f32,
    out: Vec<f32>,
}

impl Track {
    fn new(sample_rate: u32, len: usize) -> Track {
        Track {
            rate: sample_rate as f32,
            out: vec![0.0; len],
        }
    }

    /// Whether a time, in seconds, comes before the end.
    fn holds(&self, time: f32) -> bool {
        time * self.rate < self.out.len() as f32
    }

    /// Adds a strike at a time, in seconds.
    fn strike(&mut self, time: f32, body: &Body, gain: f32, rng: &mut StdRng) {
        let sound = body.strike(rng, self.rate as u32);
        mix_in(&mut self.out, (time * self.rate) as usize, &sound, gain);
    }
}

/// A metronome or another ticking thing at 40 to 300 beats a minute: a wooden, electronic or
/// hissing click of 1 to 80 ms, or a bare impulse; the first of 2 to 6 beats higher and louder, in time to the sample as a machine is.
pub fn metronome(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let beat = (60.0 / log_uniform(rng, 40.0, 300.0) * sample_rate as f32) as usize;
    let beats = rng.random_range(2..=6);
    let hz = log_uniform(rng, 500.0, 4_000.0);
    let decay = log_uniform(rng, 0.0002, 0.03);
    let noise = (rng.random_range(0.0..2.0f32).powi(2), decay);
    let overtone = rng.random_range(1.3..3.2);
    let click = |pitch: f32| Body {
        modes: vec![
            (hz * pitch, decay, 1.0),
            (hz * pitch * overtone, 0.6 * decay, 0.4),
        ],
        noise,
    };
    let accent = click(rng.random_range(1.0..2.0)).strike(rng, sample_rate);
    let other = click(1.0).strike(rng, sample_rate);
    let mut out = vec![0.0; len];
    for (number, at) in (rng.random_range(0..beat)..len).step_by(beat).enumerate() {
        let sound = if number % beats == 0 {
            (&accent, 1.0)
        } else {
            (&other, 0.7)
        };
        mix_in(&mut out, at, sound.0, sound.1);
    }
    // A sound shorter than a beat may hold none, and then begins with one.
    if out.iter().all(|&sample| sample == 0.0) {
        mix_in(&mut out, 0, &accent, 1.0);
    }
    to_peak(out)
}

/// Mouse clicks: a press and, 50 to 150 ms later, a softer release, each 1 to 4 ms of ringing
/// plastic at 1.5 to 7 kHz over a faint thud; single and double clicks 0.3 to 2 s apart.
pub fn mouse(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let body = |rng: &mut StdRng| Body {
        modes: vec![
            (
                rng.random_range(1_500.0..3_000.0),
                log_uniform(rng, 0.001, 0.004),
                1.0,
            ),
            (
                rng.random_range(3_000.0..7_000.0),
                log_uniform(rng, 0.001, 0.003),
                0.8,
            ),
            (rng.random_range(150.0..400.0), 0.008, 0.15),
        ],
        noise: (0.5, 0.001),
    };
    let (down, up) = (body(rng), body(rng));
    let mut track = Track::new(sample_rate, len);
    let mut time = rng.random_range(0.0..0.2f32);
    while track.holds(time) {
        let double = rng.random_bool(0.25);
        for click in 0..=usize::from(double) {
            let press = time + click as f32 * rng.random_range(0.12..0.22);
            let release = press + rng.random_range(0.05..0.15);
            let level = rng.random_range(0.7..1.0);
            track.strike(press, &down, level, rng);
            track.strike(release, &up, 0.6 * level, rng);
        }
        time += log_uniform(rng, 0.3, 2.0);
    }
    to_peak(track.out)
}

/// Typing, 3 to 13 keys a second in words with pauses between: each key hits its bottom, may bounce, and, 60
/// to 140 ms later, its top; 2 to 40 ms of clatter at 1 to 6 kHz over a thud of case and desk at
/// 70 to 500 Hz; no two keys the same, the space bar duller.
pub fn keyboard(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let thud_hz = log_uniform(rng, 70.0, 500.0);
    let thud_decay = log_uniform(rng, 0.005, 0.025);
    let bounce = rng.random_range(-0.5..0.7f32).max(0.0);
    let thud = log_uniform(rng, 0.03, 1.0);
    let bright = log_uniform(rng, 0.2, 4.0);
    let ring = log_uniform(rng, 0.0015, 0.012);
    let keys_a_second = log_uniform(rng, 2.5, 13.0);
    let uneven = rng.random_range(0.1..0.5);
    let key = |rng: &mut StdRng, dull: f32| Body {
        modes: vec![
            (
                thud_hz * rng.random_range(0.8..1.25),
                thud_decay * rng.random_range(0.8..1.25),
                thud,
            ),
            (rng.random_range(1_000.0..2_500.0) / dull, ring, 0.7),
            (
                rng.random_range(2_500.0..6_000.0) / dull,
                0.6 * ring,
                bright / dull,
            ),
        ],
        noise: (0.6 * bright, 0.7 * ring),
    };
    let mut track = Track::new(sample_rate, len);
    let mut time = rng.random_range(0.0..0.1f32);
    let mut letters = rng.random_range(1..=9);
    while track.holds(time) {
        let space = letters == 0;
        let body = key(rng, if space { 1.6 } else { 1.0 });
        let level = rng.random_range(0.4..1.0);
        track.strike(time, &body, level, rng);
        let again = time + rng.random_range(0.01..0.03);
        track.strike(again, &body, level * bounce, rng);
        let top = time + rng.random_range(0.06..0.14);
        let top_level = level * rng.random_range(0.0..0.6);
        track.strike(top, &body, top_level, rng);
        // Intervals of typists are close to log-normal.
        time += (uneven * gaussian(rng)).exp() / keys_a_second;
        letters = if space {
            rng.random_range(2..=9)
        } else {
            letters - 1
        };
        if space && rng.random_bool(0.15) {
            time += rng.random_range(0.3..1.5);
        }
    }
    to_peak(track.out)
}
