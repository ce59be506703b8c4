use emotionai_voice::Error;
use emotionai_voice::training::Resampler;

use crate::support::{noise, rms_db, tone};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Sound cards, old files, and rates with next to no common divisor.
const RATES: [u32; 16] = [
    8_000, 11_025, 12_000, 16_000, 22_050, 22_255, 24_000, 32_000, 37_800, 44_100, 44_101, 48_000,
    88_200, 96_000, 176_400, 192_000,
];

fn resample(from: u32, to: u32, samples: &[f32], chunk: usize) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to).unwrap();
    let mut out = Vec::new();
    for chunk in samples.chunks(chunk) {
        resampler.push(chunk, &mut out);
    }
    resampler.flush(&mut out);
    out
}

/// The gain of a tone in dB, away from its abrupt ends, which hold every frequency.
fn gain(hz: f64, from: u32, to: u32) -> f64 {
    let input = tone(hz, from, from as usize / 2);
    let out = resample(from, to, &input, 1024);
    rms_db(&out[out.len() / 4..out.len() * 3 / 4]) - rms_db(&input)
}

#[test]
fn frequencies_above_the_new_nyquist_frequency_are_removed() {
    for from in RATES.into_iter().filter(|&rate| rate > 16_000) {
        let nyquist = f64::from(from) / 2.0;
        for hz in [
            8_050.0, 8_500.0, 9_000.0, 12_345.0, 15_900.0, 21_000.0, 70_000.0,
        ] {
            if hz < nyquist {
                let left = gain(hz, from, 16_000);
                assert!(left < -80.0, "{hz} Hz at {from} Hz leaves {left:.1} dB");
            }
        }
    }
}

#[test]
fn a_tone_above_nyquist_leaves_nothing_even_at_its_ends() {
    for from in [44_100, 48_000] {
        let mut input = tone(9_000.0, from, from as usize);
        let ramp = from as usize / 50;
        for i in 0..ramp {
            // A tone that starts at once is a click too; one that swells for 20 ms is not.
            let hill = 0.5 - 0.5 * (std::f32::consts::PI * i as f32 / ramp as f32).cos();
            input[i] *= hill;
            let last = input.len() - 1 - i;
            input[last] *= hill;
        }
        let out = resample(from, 16_000, &input, 128);
        let loudest = out.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
        assert!(loudest < 0.8e-3, "{from} Hz: a peak of {loudest}");
    }
}

#[test]
fn the_pass_band_is_flat() {
    for from in RATES {
        let top = 7_000.0_f64.min(f64::from(from) * 0.43);
        for hz in [50.0, 440.0, 1_000.0, 3_300.0, 5_000.0, 7_000.0] {
            if hz <= top {
                let gain = gain(hz, from, 16_000);
                assert!(gain.abs() < 0.1, "{hz} Hz at {from} Hz: {gain:.3} dB");
            }
        }
    }
}

#[test]
fn upsampling_leaves_no_images() {
    for (from, to) in [(8_000, 16_000), (11_025, 16_000), (16_000, 48_000)] {
        let hz = 3_000.0;
        let out = resample(from, to, &tone(hz, from, from as usize), 500);
        let ideal = tone(hz, to, to as usize);
        let middle = to as usize / 4..to as usize * 3 / 4;
        let error: Vec<f32> = out[middle.clone()]
            .iter()
            .zip(&ideal[middle])
            .map(|(a, b)| a - b)
            .collect();
        // At 11,025 Hz what shows is the delay's last 0.08 samples, not an image.
        let limit = if from == 11_025 { -20.0 } else { -80.0 };
        assert!(
            rms_db(&error) < limit,
            "{from} to {to}: {:.1} dB",
            rms_db(&error)
        );
    }
}

#[test]
fn lengths_follow_the_ratio_exactly() {
    for from in RATES {
        for len in [0, 1, 2, 100, 441, 883, 4_801, 20_000] {
            let out = resample(from, 16_000, &noise(len), 333);
            let expected = (len * 16_000).div_ceil(from as usize);
            assert_eq!(out.len(), expected, "{len} samples at {from} Hz");
        }
    }
}

#[test]
fn a_click_keeps_its_time() {
    for from in RATES {
        for to in [16_000, 22_050] {
            for place in [0, from / 4, from / 2] {
                let seconds = f64::from(place) / f64::from(from);
                let mut input = vec![0.0; from as usize];
                input[place as usize] = 1.0;
                let out = resample(from, to, &input, 160);
                let at = centre_of_energy(&out) / f64::from(to);
                // At the very edge half of the filter's response lies before the first sample.
                let within = if place == 0 { 0.5e-3 } else { 0.01e-3 };
                assert!(
                    (at - seconds).abs() < within,
                    "{from} to {to}: {seconds} s at {at} s"
                );
            }
        }
    }
}

fn centre_of_energy(samples: &[f32]) -> f64 {
    let (mut weighted, mut total) = (0.0, 0.0);
    for (i, &sample) in samples.iter().enumerate() {
        let energy = f64::from(sample).powi(2);
        weighted += energy * i as f64;
        total += energy;
    }
    weighted / total
}

#[test]
fn output_is_the_same_to_the_bit_for_any_chunking() {
    for from in [8_000, 11_025, 16_000, 22_255, 44_100, 48_000, 192_000] {
        let input = noise(from as usize / 3);
        let whole = resample(from, 16_000, &input, usize::MAX);
        for chunk in [1, 3, 127, 128, 441, 997, 4_096] {
            let chunked = resample(from, 16_000, &input, chunk);
            assert!(chunked == whole, "{from} Hz in chunks of {chunk}");
        }
    }
}

#[test]
fn equal_rates_pass_untouched_and_at_once() {
    let input = noise(1_000);
    let mut resampler = Resampler::new(16_000, 16_000).unwrap();
    let mut out = Vec::new();
    resampler.push(&input, &mut out);
    assert_eq!(out, input);
    resampler.flush(&mut out);
    assert_eq!(out, input);
}

#[test]
fn output_lags_by_the_documented_time_at_most() {
    for from in RATES {
        let mut resampler = Resampler::new(from, 16_000).unwrap();
        let mut out = Vec::new();
        let mut worst = 0.0_f64;
        for (i, sample) in noise(from as usize).iter().enumerate() {
            resampler.push(&[*sample], &mut out);
            let received = (i + 1) as f64 / f64::from(from);
            worst = worst.max(received - out.len() as f64 / 16_000.0);
        }
        let limit = if from % 1_000 == 0 || from % 44_100 == 0 {
            30.1e-3
        } else {
            60.1e-3
        };
        assert!(worst < limit, "{from} Hz lags by {worst} s");
    }
}

#[test]
fn flush_and_reset_start_a_new_input() {
    for from in [11_025, 48_000] {
        let input = noise(5_000);
        let fresh = resample(from, 16_000, &input, 128);
        let mut resampler = Resampler::new(from, 16_000).unwrap();
        let mut out = Vec::new();
        resampler.push(&noise(3_210), &mut out);
        resampler.flush(&mut out);
        out.clear();
        resampler.push(&input, &mut out);
        resampler.flush(&mut out);
        assert!(out == fresh, "{from} Hz after a flush");
        resampler.push(&noise(1_234), &mut out);
        resampler.reset();
        out.clear();
        resampler.push(&input, &mut out);
        resampler.flush(&mut out);
        assert!(out == fresh, "{from} Hz after a reset");
    }
}

#[test]
fn rates_out_of_range_are_refused() {
    for (from, to, bad) in [
        (0, 16_000, 0),
        (7_999, 16_000, 7_999),
        (192_001, 16_000, 192_001),
        (16_000, 0, 0),
        (16_000, u32::MAX, u32::MAX),
    ] {
        let error = Resampler::new(from, to).unwrap_err();
        assert_eq!(error, Error::SampleRate { actual: bad });
    }
}
