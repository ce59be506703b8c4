//! Random realistic distortions, as training needs them.

use rand::Rng;
use rand::rngs::StdRng;

use super::babble::crowd;
use super::channel::{Microphone, clip, gain, high_pass, low_pass, phone_band};
use super::environment;
use super::mixing::mix;
use super::rooms::Room;
use super::sounds;
use super::spectrum::equalize;

/// Speech at a random microphone in a random acoustic environment.
///
/// Every fourth time it is hardly changed: a sound 25 to 45 dB below it, or an end of its band cut
/// off. Else, in the order in which it happens: a room (every second time; a large one every
/// fourth of these), a sound behind the voice at 5 to 30 dB SNR (three of four), a microphone
/// (three of four), a narrower band (every fourth; half of these a telephone's), clipping of up to 1% of the
/// samples (every tenth), a gain of up to 20 dB down. The clip keeps its length and its time.
///
/// `voices` are what [`crowd`] makes babble of, at the same rate and of other speakers; without
/// any there is none. The same samples and the same state of `rng` give the same result.
pub fn distort(samples: &[f32], sample_rate: u32, voices: &[&[f32]], rng: &mut StdRng) -> Vec<f32> {
    if rng.random_bool(0.25) {
        return slight(samples, sample_rate, voices, rng);
    }
    let mut distorted = samples.to_vec();
    if rng.random_bool(0.5) {
        let room = if rng.random_bool(0.25) {
            let distance = rng.random_range(1.0..=3.0);
            Room::large(distance, rng)
        } else {
            Room::small(rng)
        };
        distorted = room.reverberate(&distorted, sample_rate, rng);
    }
    if rng.random_bool(0.75) {
        let noise = background(sample_rate, voices, rng, distorted.len());
        distorted = mix(
            &distorted,
            &noise,
            sample_rate,
            rng.random_range(5.0..=30.0),
        );
    }
    if rng.random_bool(0.75) {
        distorted = Microphone::random(rng).record(&distorted, sample_rate);
    }
    if rng.random_bool(0.25) {
        distorted = if rng.random_bool(0.5) {
            phone_band(&distorted, sample_rate)
        } else {
            let cutoff_hz = rng.random_range(3_500.0..=7_500.0);
            equalize(&distorted, sample_rate, |hz| low_pass(hz, cutoff_hz, 8))
        };
    }
    if rng.random_bool(0.1) {
        distorted = clip(&distorted, rng.random_range(0.0..=0.01));
    }
    gain(&distorted, rng.random_range(-20.0..=0.0))
}

/// One small change: a sound 25 to 45 dB below, a high-pass at 50 to 200 Hz or a low-pass at 5 to 7.5 kHz,
/// both of 12 or 24 dB an octave.
fn slight(samples: &[f32], sample_rate: u32, voices: &[&[f32]], rng: &mut StdRng) -> Vec<f32> {
    let order = if rng.random_bool(0.5) { 2 } else { 4 };
    match rng.random_range(0..3) {
        0 => {
            let noise = background(sample_rate, voices, rng, samples.len());
            mix(samples, &noise, sample_rate, rng.random_range(25.0..=45.0))
        }
        1 => {
            let cutoff_hz = rng.random_range(50.0..=200.0);
            equalize(samples, sample_rate, |hz| high_pass(hz, cutoff_hz, order))
        }
        _ => {
            let cutoff_hz = rng.random_range(5_000.0..=7_500.0);
            equalize(samples, sample_rate, |hz| low_pass(hz, cutoff_hz, order))
        }
    }
}

/// A sound behind a voice: noise of some colour, an environment, music or babble, each as often.
fn background(sample_rate: u32, voices: &[&[f32]], rng: &mut StdRng, len: usize) -> Vec<f32> {
    let kinds = if voices.is_empty() { 3 } else { 4 };
    match rng.random_range(0..kinds) {
        0 => {
            let colours = [sounds::white, sounds::pink, sounds::brown];
            colours[rng.random_range(0..colours.len())](rng, sample_rate, len)
        }
        1 => {
            let (_, generate) = environment::ALL[rng.random_range(0..environment::ALL.len())];
            generate(rng, sample_rate, len)
        }
        2 => sounds::music(rng, sample_rate, len),
        _ => {
            let speakers = rng.random_range(1..=6);
            crowd(voices, speakers, rng, len)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn distortions_differ_by_seed_and_keep_length_and_time() {
        let rate = 16_000;
        // A second of silence, one of a voice-like buzz, one of silence.
        let mut speech = vec![0.0f32; 48_000];
        for (i, sample) in speech[16_000..32_000].iter_mut().enumerate() {
            *sample = 0.3 * ((i % 130) as f32 / 65.0 - 1.0) * (0.002 * i as f32).sin();
        }
        let other: Vec<f32> = speech[16_000..32_000].iter().rev().copied().collect();
        let likeness = |distorted: &[f32], from: usize| -> f32 {
            distorted[from..from + 16_000].iter().map(|s| s * s).sum()
        };
        let mut seen = Vec::new();
        for seed in 0..40 {
            let run = || distort(&speech, rate, &[&other], &mut StdRng::seed_from_u64(seed));
            let distorted = run();
            assert_eq!(distorted, run(), "{seed}");
            assert_eq!(distorted.len(), speech.len(), "{seed}");
            assert!(
                distorted.iter().all(|s| s.is_finite() && s.abs() < 20.0),
                "{seed}"
            );
            // The voice is still where it was, above whatever was put behind it.
            let middle = likeness(&distorted, 16_000);
            assert!(
                middle > likeness(&distorted, 0) && middle > likeness(&distorted, 32_000),
                "{seed}"
            );
            assert!(!seen.contains(&distorted), "{seed}");
            seen.push(distorted);
        }
    }
}
