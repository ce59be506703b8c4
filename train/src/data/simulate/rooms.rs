//! Rooms, by the image-source method (Allen & Berkley 1979, doi:10.1121/1.382599).

use rand::Rng;
use rand::rngs::StdRng;

use super::channel::high_pass;
use super::spectrum::{convolve, equalize};

/// Metres a second, at 20 degrees Celsius.
const SPEED_OF_SOUND: f64 = 343.0;

/// Largest displacement of a mirrored source, in metres. Perfect boxes put their echoes
/// into a pattern that is audible as a sweep (De Sena et al. 2015, doi:10.1109/TASLP.2015.2397152).
const SCATTER_M: f64 = 0.05;

/// Rounds in which the walls are fitted to the RT60; what is left is a few per cent.
const CORRECTIONS: usize = 4;

/// A box with a speaker and a microphone in it. Lengths are metres.
#[derive(Debug, Clone, PartialEq)]
pub struct Room {
    size: [f64; 3],
    source: [f64; 3],
    microphone: [f64; 3],
    /// Time in which the sound falls by 60 dB, in seconds.
    rt60_s: f64,
}

impl Room {
    /// A small room, an office or a bedroom: 2.5 to 4.5 m wide, an RT60 of 0.15 to 0.4 s, the
    /// microphone 0.4 to 1.2 m from the mouth.
    pub fn small(rng: &mut StdRng) -> Room {
        let size = [
            rng.random_range(2.5..=4.5),
            rng.random_range(2.5..=4.5),
            rng.random_range(2.3..=2.8),
        ];
        let rt60_s = rng.random_range(0.15..=0.4);
        let distance = rng.random_range(0.4..=1.2);
        Room::with_speaker(size, rt60_s, distance, rng)
    }

    /// A large room, a living room or a class: 5 to 8 m wide, an RT60 of 0.35 to 0.7 s, the
    /// microphone `distance` metres from the mouth, at most 3.
    pub fn large(distance: f64, rng: &mut StdRng) -> Room {
        let size = [
            rng.random_range(5.0..=8.0),
            rng.random_range(5.0..=8.0),
            rng.random_range(2.4..=3.2),
        ];
        let rt60_s = rng.random_range(0.35..=0.7);
        Room::with_speaker(size, rt60_s, distance, rng)
    }

    /// Puts the speaker anywhere at least 0.3 m from the walls, and the microphone at `distance`
    /// from there in a direction that stays inside.
    fn with_speaker(size: [f64; 3], rt60_s: f64, distance: f64, rng: &mut StdRng) -> Room {
        let inside = |axis: usize, at: f64| (0.3..=size[axis] - 0.3).contains(&at);
        loop {
            let source = [
                rng.random_range(0.3..=size[0] - 0.3),
                rng.random_range(0.3..=size[1] - 0.3),
                rng.random_range(1.1..=1.7),
            ];
            let angle: f64 = rng.random_range(0.0..std::f64::consts::TAU);
            let microphone = [
                source[0] + distance * angle.cos(),
                source[1] + distance * angle.sin(),
                source[2],
            ];
            // From the middle of a room as small as these, some direction is always free.
            if inside(0, microphone[0]) && inside(1, microphone[1]) {
                return Room {
                    size,
                    source,
                    microphone,
                    rt60_s,
                };
            }
        }
    }

    /// A sound at the microphone: as long as it was, the direct path at its own time
    /// and level.
    pub fn reverberate(&self, samples: &[f32], sample_rate: u32, rng: &mut StdRng) -> Vec<f32> {
        let wet = convolve(samples, &self.response(sample_rate, rng));
        // Echoes that are all positive add up at 0 Hz, which no room does; Allen & Berkley
        // cut there, too.
        equalize(&wet, sample_rate, |hz| high_pass(hz, 50.0, 2))
    }

    /// The impulse response, until the sound has fallen by 60 dB. The direct path is its first
    /// sample, at 1.
    fn response(&self, sample_rate: u32, rng: &mut StdRng) -> Vec<f32> {
        let paths = self.paths(sample_rate, rng);
        let length = (self.rt60_s * f64::from(sample_rate)) as usize + 1;
        let [x, y, z] = self.size;
        let (volume, surface) = (x * y * z, 2.0 * (x * y + x * z + y * z));
        // What a wall takes, -ln of the share of energy that it leaves, by Eyring's formula: right
        // for sound that goes everywhere alike. In a box it does not and lingers by up to half as
        // long again, so the walls are made softer until the room has the RT60 that it was given.
        let mut loss = 24.0 * 10f64.ln() * volume / (SPEED_OF_SOUND * surface * self.rt60_s);
        for _ in 0..CORRECTIONS {
            loss *= rt60(&sum(&paths, loss, length), sample_rate) / self.rt60_s;
        }
        sum(&paths, loss, length)
    }

    /// Every way from the source to the microphone that is short enough for the RT60.
    fn paths(&self, sample_rate: u32, rng: &mut StdRng) -> Vec<Path> {
        let direct = distance(self.source, self.microphone);
        let farthest = direct + SPEED_OF_SOUND * self.rt60_s;
        let per_metre = f64::from(sample_rate) / SPEED_OF_SOUND;
        let [xs, ys, zs] = std::array::from_fn(|axis| self.images(axis, farthest));
        let mut paths = Vec::new();
        for &(x, bounces_x) in &xs {
            for &(y, bounces_y) in &ys {
                let flat = x * x + y * y;
                if flat > farthest * farthest {
                    continue;
                }
                for &(z, bounces_z) in &zs {
                    let mut length = (flat + z * z).sqrt();
                    if length > farthest {
                        continue;
                    }
                    let bounces = bounces_x + bounces_y + bounces_z;
                    if bounces > 0 {
                        length += rng.random_range(-SCATTER_M..=SCATTER_M);
                    }
                    paths.push(Path {
                        delay: ((length - direct).max(0.0) * per_metre).round() as usize,
                        bounces,
                        level: (direct / length.max(direct)) as f32,
                    });
                }
            }
        }
        paths
    }

    /// Mirrored sources along one axis: offset from the microphone, and walls that the sound
    /// met on the way.
    fn images(&self, axis: usize, farthest: f64) -> Vec<(f64, usize)> {
        let length = self.size[axis];
        let order = (farthest / (2.0 * length)).ceil() as i32 + 1;
        let mut images = Vec::new();
        for room in -order..=order {
            for (mirrored, sign) in [(0, 1.0), (1, -1.0)] {
                let offset = sign * self.source[axis] + 2.0 * f64::from(room) * length
                    - self.microphone[axis];
                if offset.abs() <= farthest {
                    let bounces = (room - mirrored).unsigned_abs() + room.unsigned_abs();
                    images.push((offset, bounces as usize));
                }
            }
        }
        images
    }
}

/// A path of the sound.
struct Path {
    /// Samples after the direct path.
    delay: usize,
    /// Walls on the way.
    bounces: usize,
    /// Amplitude by its length alone, where the direct path is 1.
    level: f32,
}

/// The response over some paths where each wall takes `loss`.
fn sum(paths: &[Path], loss: f64, length: usize) -> Vec<f32> {
    let most = paths.iter().map(|path| path.bounces).max().unwrap_or(0);
    // The square root, since loss is of energy.
    let left: Vec<f32> = (0..=most)
        .map(|bounces| (-0.5 * loss * bounces as f64).exp() as f32)
        .collect();
    let mut response = vec![0.0; length];
    for path in paths {
        if let Some(sample) = response.get_mut(path.delay) {
            *sample += left[path.bounces] * path.level;
        }
    }
    response
}

/// RT60 of a response without its direct path: three times as long as Schroeder's integral
/// (doi:10.1121/1.1909343) takes from -5 to -25 dB.
fn rt60(response: &[f32], sample_rate: u32) -> f64 {
    let mut left: Vec<f64> = response[1..]
        .iter()
        .map(|&s| f64::from(s).powi(2))
        .collect();
    for at in (1..left.len()).rev() {
        left[at - 1] += left[at];
    }
    let fallen_by = |db: f64| left.partition_point(|&e| e > left[0] * 10f64.powf(-db / 10.0));
    3.0 * (fallen_by(25.0) - fallen_by(5.0)) as f64 / f64::from(sample_rate)
}

fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f64>()
        .sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_rt60_of_a_pure_decay_is_read_off() {
        let mut rng = StdRng::seed_from_u64(1);
        let decay: Vec<f32> = (0..16_000)
            .map(|i| rng.random_range(-1.0..1.0) * 10f32.powf(-3.0 * i as f32 / 4_800.0))
            .collect();
        let measured = rt60(&decay, 16_000);
        assert!((measured / 0.3 - 1.0).abs() < 0.03, "{measured}");
    }

    #[test]
    fn the_sound_falls_in_the_time_that_the_room_was_given() {
        for seed in 0..8 {
            let mut rng = StdRng::seed_from_u64(seed);
            let room = match seed % 2 {
                0 => Room::small(&mut rng),
                _ => Room::large(3.0, &mut rng),
            };
            let measured = rt60(&room.response(16_000, &mut rng), 16_000);
            let error = measured / room.rt60_s - 1.0;
            assert!(error.abs() < 0.1, "{seed}: {measured} {}", room.rt60_s);
        }
    }

    #[test]
    fn first_echoes_come_when_geometry_says() {
        let room = Room {
            size: [4.0, 3.0, 2.5],
            source: [1.0, 1.5, 1.25],
            microphone: [2.0, 1.5, 1.25],
            rt60_s: 0.3,
        };
        let rate = 48_000;
        let response = room.response(rate, &mut StdRng::seed_from_u64(1));
        assert_eq!(response[0], 1.0, "the direct path, over 1 m");
        // Floor and ceiling mirror the source to 2.5 m below and above, walls to 3 m beside.
        let echo = |metres: f64| ((metres - 1.0) / 343.0 * f64::from(rate)).round() as usize;
        let energy = |metres: f64| {
            let slack = (0.06 / 343.0 * f64::from(rate)) as usize + 1;
            let at = echo(metres);
            response[at - slack..=at + slack].iter().sum::<f32>()
        };
        let (ceiling, walls) = ((1.0f64 + 6.25).sqrt(), (1.0f64 + 9.0).sqrt());
        assert!(response[1..echo(ceiling) - 10].iter().all(|&s| s == 0.0));
        assert!(energy(ceiling) > 0.2 && energy(walls) > 0.2);
        // Two at once, each weaker by the longer way and by what one wall swallows.
        let reflection = f64::from(energy(ceiling)) / 2.0 * ceiling;
        assert!((0.5..1.0).contains(&reflection), "{reflection}");
    }

    #[test]
    fn reverberation_keeps_length_and_time() {
        let mut rng = StdRng::seed_from_u64(5);
        let mut click = vec![0.0; 8_000];
        click[4_000] = 1.0;
        let wet = Room::small(&mut rng).reverberate(&click, 16_000, &mut rng);
        assert_eq!(wet.len(), click.len());
        let peak = (0..8_000).max_by(|&a, &b| wet[a].abs().total_cmp(&wet[b].abs()));
        assert_eq!(peak, Some(4_000));
        let after: f32 = wet[4_100..6_000].iter().map(|s| s * s).sum();
        assert!(after > 0.01, "{after}");
    }
}
