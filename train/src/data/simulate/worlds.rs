//! Cheap ways to change a sound so that it stays what it is: noise, a telephone, a room, a
//! loudspeaker. All at 16 kHz.

use std::f32::consts::TAU;

use rand::Rng;
use rand::rngs::StdRng;

/// Rate of everything here, in Hz.
pub const RATE: u32 = 16_000;

/// `noise`, as long and as loud as it must be to lie `snr_db` below the active parts of `sound`:
/// blocks of 20 ms within 25 dB of the loudest.
pub fn noise_for(sound: &[f32], noise: &[f32], snr_db: f32) -> Vec<f32> {
    let power = |block: &[f32]| block.iter().map(|s| s * s).sum::<f32>() / block.len() as f32;
    let blocks: Vec<f32> = sound.chunks(320).map(power).collect();
    let loudest = blocks.iter().copied().fold(0.0, f32::max);
    let active: Vec<f32> = blocks
        .into_iter()
        .filter(|p| *p > 0.003 * loudest)
        .collect();
    let level = active.iter().sum::<f32>() / active.len().max(1) as f32;
    let gain = (level / power(noise).max(1e-20)).sqrt() * 10f32.powf(-snr_db / 20.0);
    noise
        .iter()
        .cycle()
        .take(sound.len())
        .map(|s| gain * s)
        .collect()
}

/// The sum of two sounds of one length.
pub fn sum(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Leaves 300 to 3400 Hz, by three poles on either side.
pub fn telephone(sound: &[f32]) -> Vec<f32> {
    let mut out = sound.to_vec();
    for _ in 0..3 {
        let (mut low, mut high) = (0.0, 0.0);
        let pole = |hz: f32| (-TAU * hz / RATE as f32).exp();
        let (keep_low, keep_high) = (pole(4_000.0), pole(200.0));
        for sample in &mut out {
            low = keep_low * low + (1.0 - keep_low) * *sample;
            high = keep_high * high + (1.0 - keep_high) * low;
            *sample = low - high;
        }
    }
    out
}

/// Sixty random reflections that die away in 0.15 to 0.6 s.
pub fn room(sound: &[f32], rng: &mut StdRng) -> Vec<f32> {
    let mut out = sound.to_vec();
    let seconds = rng.random_range(0.15..0.6f32);
    let wet = rng.random_range(0.1..0.6f32);
    for _ in 0..60 {
        let time = rng.random_range(0.002..0.5f32) * seconds;
        let sign = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
        // 60 dB are 6.9 nepers.
        let gain = sign * wet * (-6.9 * time / seconds).exp();
        let delay = (time * RATE as f32) as usize;
        for (out, sample) in out.iter_mut().skip(delay).zip(sound) {
            *out += gain * sample;
        }
    }
    out
}

/// A microphone's or loudspeaker's colour: three resonances of up to 12 dB anywhere.
pub fn colour(sound: &[f32], rng: &mut StdRng) -> Vec<f32> {
    let mut out = sound.to_vec();
    for _ in 0..3 {
        let hz = 150.0 * 40f32.powf(rng.random());
        let radius = (-std::f32::consts::PI * 0.4 * hz / RATE as f32).exp();
        let (b, c) = (
            2.0 * radius * (TAU * hz / RATE as f32).cos(),
            -radius * radius,
        );
        let gain = (1.0 - radius) * rng.random_range(0.0..8.0f32);
        let (mut last, mut before) = (0.0, 0.0);
        for (out, sample) in out.iter_mut().zip(sound) {
            let next = sample + b * last + c * before;
            (last, before) = (next, last);
            *out += gain * next;
        }
    }
    out
}

/// What 16 bits keep of a sound, after a gain: clipped and rounded.
pub fn to_16_bits(sound: &[f32], gain: f32) -> Vec<f32> {
    let round = |s: &f32| (s * gain * 32_768.0).round().clamp(-32_768.0, 32_767.0) / 32_768.0;
    sound.iter().map(round).collect()
}
