//! Linear filters by the Fourier transform.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

/// Multiplies the spectrum by `gain`, a function of the frequency in Hz.
///
/// The filter has no phase, so nothing is delayed. It rings to both sides of an edge; what leaves
/// the input at either end is lost.
pub fn equalize(samples: &[f32], sample_rate: u32, gain: impl Fn(f64) -> f64) -> Vec<f32> {
    // Half a second of room, so that the ends do not ring into each other.
    let n_fft = (samples.len() + sample_rate as usize / 2).next_power_of_two();
    let bin_hz = f64::from(sample_rate) / n_fft as f64;
    transform(samples, n_fft, |spectrum| {
        for (bin, value) in spectrum.iter_mut().enumerate() {
            *value *= gain(bin as f64 * bin_hz) as f32;
        }
    })
}

/// Samples through a system of the given impulse response, as long as they were: the tail that
/// sounds on after the last sample is left out.
pub fn convolve(samples: &[f32], response: &[f32]) -> Vec<f32> {
    let n_fft = (samples.len() + response.len()).next_power_of_two();
    let mut padded = response.to_vec();
    padded.resize(n_fft, 0.0);
    let forward = RealFftPlanner::new().plan_fft_forward(n_fft);
    let mut other = forward.make_output_vec();
    process(forward.process(&mut padded, &mut other));
    transform(samples, n_fft, |spectrum| {
        for (value, other) in spectrum.iter_mut().zip(&other) {
            *value *= other;
        }
    })
}

/// Samples whose spectrum of `n_fft / 2 + 1` bins was changed by `change`.
fn transform(samples: &[f32], n_fft: usize, change: impl FnOnce(&mut [Complex32])) -> Vec<f32> {
    let mut planner = RealFftPlanner::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(n_fft),
        planner.plan_fft_inverse(n_fft),
    );
    let mut signal = samples.to_vec();
    signal.resize(n_fft, 0.0);
    let mut spectrum = forward.make_output_vec();
    process(forward.process(&mut signal, &mut spectrum));
    change(&mut spectrum);
    // The first and the last bin of a real signal's spectrum are real; rounding may say otherwise.
    spectrum[0].im = 0.0;
    spectrum[n_fft / 2].im = 0.0;
    process(inverse.process(&mut spectrum, &mut signal));
    signal.truncate(samples.len());
    let scale = 1.0 / n_fft as f32;
    signal.iter_mut().for_each(|sample| *sample *= scale);
    signal
}

/// realfft fails only on buffers of another size than it asked for.
fn process(result: Result<(), realfft::FftError>) {
    if result.is_err() {
        unreachable!("a transform refused buffers of the size it asked for");
    }
}

/// Share of the power between two frequencies.
#[cfg(test)]
pub fn band_share(samples: &[f32], sample_rate: u32, low_hz: f64, high_hz: f64) -> f64 {
    let within = |hz: f64| f64::from(u8::from((low_hz..high_hz).contains(&hz)));
    let power = |samples: &[f32]| -> f64 { samples.iter().map(|&s| f64::from(s).powi(2)).sum() };
    power(&equalize(samples, sample_rate, within)) / power(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn convolution_is_the_sum_it_is_defined_as() {
        let mut rng = StdRng::seed_from_u64(1);
        for (n, m) in [(1, 1), (7, 3), (3, 7), (300, 40)] {
            let mut draw =
                |n| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
            let (samples, response): (Vec<f32>, Vec<f32>) = (draw(n), draw(m));
            for (at, value) in convolve(&samples, &response).into_iter().enumerate() {
                let expected: f32 = (0..m.min(at + 1))
                    .map(|k| response[k] * samples[at - k])
                    .sum();
                assert!((value - expected).abs() < 1e-4, "{n} {m} {at}");
            }
        }
    }

    #[test]
    fn a_gain_of_one_changes_nothing_and_a_band_is_cut_out() {
        let rate = 16_000;
        let tone = |hz: f32| -> Vec<f32> {
            (0..8_000)
                .map(|i| (std::f32::consts::TAU * hz * i as f32 / rate as f32).sin())
                .collect()
        };
        let (low, high) = (tone(500.0), tone(3_000.0));
        let both: Vec<f32> = low.iter().zip(&high).map(|(a, b)| a + b).collect();
        let same = equalize(&both, rate, |_| 1.0);
        assert!(same.iter().zip(&both).all(|(a, b)| (a - b).abs() < 1e-5));
        let cut = equalize(&both, rate, |hz| f64::from(u8::from(hz < 1_000.0)));
        // Away from the ends, where a tone that begins at once is not only a tone.
        assert!((2_000..6_000).all(|i| (cut[i] - low[i]).abs() < 1e-2));
        assert!((band_share(&both, rate, 0.0, 1_000.0) - 0.5).abs() < 1e-2);
    }
}
