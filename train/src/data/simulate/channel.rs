//! The effect of microphones and lines on a sound.

use std::f64::consts::{PI, TAU};

use rand::Rng;
use rand::rngs::StdRng;

use super::spectrum::equalize;

/// Gain at `hz` of a Butterworth high-pass: -3 dB at `cutoff_hz`, `6 * order` dB an octave below.
pub fn high_pass(hz: f64, cutoff_hz: f64, order: i32) -> f64 {
    1.0 / (1.0 + (cutoff_hz / hz).powi(2 * order)).sqrt()
}

/// Gain at `hz` of a Butterworth low-pass: -3 dB at `cutoff_hz`, `6 * order` dB an octave above.
pub fn low_pass(hz: f64, cutoff_hz: f64, order: i32) -> f64 {
    1.0 / (1.0 + (hz / cutoff_hz).powi(2 * order)).sqrt()
}

/// The band of a telephone, 300 to 3400 Hz (ITU-T G.712), at the same rate.
pub fn phone_band(samples: &[f32], sample_rate: u32) -> Vec<f32> {
    equalize(samples, sample_rate, |hz| {
        high_pass(hz, 300.0, 6) * low_pass(hz, 3_400.0, 12)
    })
}

/// Samples `db` louder.
pub fn gain(samples: &[f32], db: f64) -> Vec<f32> {
    let factor = 10f64.powf(db / 20.0) as f32;
    samples.iter().map(|sample| sample * factor).collect()
}

/// The samples after a gain, clipped and rounded to 16 bits.
pub fn to_16_bits(samples: &[f32], gain: f32) -> Vec<f32> {
    let round = |s: &f32| (s * gain * 32_768.0).round().clamp(-32_768.0, 32_767.0) / 32_768.0;
    samples.iter().map(round).collect()
}

/// The loudest `share` of the samples cut down to the loudest of the rest.
pub fn clip(samples: &[f32], share: f64) -> Vec<f32> {
    let rest = samples.len() - (share * samples.len() as f64).round() as usize;
    if rest == 0 || rest == samples.len() {
        return samples.to_vec();
    }
    let mut magnitudes: Vec<f32> = samples.iter().map(|sample| sample.abs()).collect();
    let (_, &mut limit, _) = magnitudes.select_nth_unstable_by(rest - 1, f32::total_cmp);
    samples.iter().map(|s| s.clamp(-limit, limit)).collect()
}

/// `n` samples of a tone.
pub fn tone(n: usize, sample_rate: u32, hz: f64, phase: f64) -> Vec<f32> {
    let step = TAU * hz / f64::from(sample_rate);
    (0..n)
        .map(|i| (phase + step * i as f64).sin() as f32)
        .collect()
}

/// Frequencies that a microphone's curve is drawn at: octaves from 62.5 Hz to 16 kHz.
const OCTAVES: usize = 9;
const LOWEST_HZ: f64 = 62.5;

/// The frequency response of a cheap microphone: a smooth random curve between a low cut and a
/// high cut, as the capsules of laptops, headsets and telephones have.
#[derive(Debug, Clone, PartialEq)]
pub struct Microphone {
    curve_db: [f64; OCTAVES],
    low_cut_hz: f64,
    high_cut_hz: f64,
}

impl Microphone {
    /// Draws one: up to 5 dB either way at each octave and a tilt of up to 1.5 dB an octave, cut
    /// with 12 dB an octave below 50 to 250 Hz and above 5.5 to 12 kHz.
    pub fn random(rng: &mut StdRng) -> Microphone {
        let tilt = rng.random_range(-1.5..=1.5);
        Microphone {
            curve_db: std::array::from_fn(|octave| {
                // Level at 1 kHz, so that the tilt leaves loudness about as it was.
                tilt * (octave as f64 - 4.0) + rng.random_range(-5.0..=5.0)
            }),
            low_cut_hz: rng.random_range(50.0..=250.0),
            high_cut_hz: rng.random_range(5_500.0..=12_000.0),
        }
    }

    /// The gain at a frequency.
    pub fn gain(&self, hz: f64) -> f64 {
        let position = (hz / LOWEST_HZ).log2().clamp(0.0, (OCTAVES - 1) as f64);
        let left = (position as usize).min(OCTAVES - 2);
        let weight = 0.5 - 0.5 * (PI * (position - left as f64)).cos();
        let db = self.curve_db[left] * (1.0 - weight) + self.curve_db[left + 1] * weight;
        10f64.powf(db / 20.0)
            * high_pass(hz, self.low_cut_hz, 2)
            * low_pass(hz, self.high_cut_hz, 2)
    }

    /// A sound as it records it.
    pub fn record(&self, samples: &[f32], sample_rate: u32) -> Vec<f32> {
        equalize(samples, sample_rate, |hz| self.gain(hz))
    }
}

#[cfg(test)]
mod tests {
    use super::super::mixing::power;
    use super::*;
    use rand::SeedableRng;

    const RATE: u32 = 16_000;

    /// The gain of a filter for a tone, in dB.
    fn response_db(hz: f64, filter: impl Fn(&[f32]) -> Vec<f32>) -> f64 {
        let tone = tone(16_000, RATE, hz, 0.0);
        let middle = 4_000..12_000;
        10.0 * (power(&filter(&tone)[middle.clone()]) / power(&tone[middle])).log10()
    }

    #[test]
    fn filters_are_3_db_down_at_their_corner_and_fall_as_their_order_says() {
        let low = |hz: f64| response_db(hz, |s| equalize(s, RATE, |f| low_pass(f, 2_000.0, 4)));
        let high = |hz: f64| response_db(hz, |s| equalize(s, RATE, |f| high_pass(f, 150.0, 4)));
        for (measured, expected, tolerance) in [
            (low(2_000.0), -3.01, 0.1),
            (low(500.0), 0.0, 0.05),
            (low(4_000.0), -24.1, 0.3),
            (high(150.0), -3.01, 0.1),
            (high(600.0), 0.0, 0.05),
            (high(75.0), -24.1, 0.3),
        ] {
            assert!(
                (measured - expected).abs() < tolerance,
                "{measured} {expected}"
            );
        }
        let phone = |hz| response_db(hz, |s| phone_band(s, RATE));
        assert!(phone(1_000.0).abs() < 0.05 && phone(150.0) < -30.0 && phone(5_000.0) < -35.0);
    }

    #[test]
    fn filters_delay_nothing() {
        let mut impulse = vec![0.0; 4_000];
        impulse[2_000] = 1.0;
        let peak = |samples: &[f32]| (0..4_000).max_by(|&a, &b| samples[a].total_cmp(&samples[b]));
        assert_eq!(peak(&phone_band(&impulse, RATE)), Some(2_000));
        let microphone = Microphone::random(&mut StdRng::seed_from_u64(3));
        assert_eq!(peak(&microphone.record(&impulse, RATE)), Some(2_000));
    }

    #[test]
    fn clipping_cuts_the_share_that_was_asked_for() {
        let ramp: Vec<f32> = (0..1_000).map(|i| (i as f32 - 600.25) / 600.25).collect();
        for share in [0.0, 0.003, 0.1] {
            let clipped = clip(&ramp, share);
            let changed = clipped.iter().zip(&ramp).filter(|(a, b)| a != b).count();
            assert_eq!(changed, (share * 1_000.0) as usize);
            let peak = clipped.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
            assert!(
                clipped
                    .iter()
                    .zip(&ramp)
                    .all(|(a, b)| a == b || a.abs() == peak)
            );
        }
    }

    #[test]
    fn gain_is_in_decibels() {
        let ratio = power(&gain(&[0.5, -0.25], -30.0)) / power(&[0.5, -0.25]);
        assert!((10.0 * ratio.log10() + 30.0).abs() < 1e-3);
    }

    #[test]
    fn microphones_are_smooth_differ_and_cut_both_ends() {
        for seed in 0..50 {
            let microphone = Microphone::random(&mut StdRng::seed_from_u64(seed));
            assert_ne!(
                microphone,
                Microphone::random(&mut StdRng::seed_from_u64(seed + 1))
            );
            let db = |hz: f64| 20.0 * microphone.gain(hz).log10();
            assert!((-16.0..=16.0).contains(&db(1_000.0)), "{seed}");
            assert!(db(10.0) < db(300.0), "{seed}");
            let mut hz = 60.0;
            while hz < 7_500.0 {
                assert!((db(hz * 1.03) - db(hz)).abs() < 1.5, "{seed} {hz}");
                hz *= 1.03;
            }
        }
    }
}
