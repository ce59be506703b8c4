use std::f64::consts::TAU;

use emotionai_voice::training::Stft;

use emotionai_voice::Error;

use crate::support::noise;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The definition written out: the periodic Hann window, then the DFT sum.
fn slow_power(frame: &[f32], win_length: usize) -> Vec<f64> {
    let n_fft = frame.len();
    let start = (n_fft - win_length) / 2;
    let windowed: Vec<f64> = (0..n_fft)
        .map(|n| match n.checked_sub(start) {
            Some(k) if k < win_length => {
                let hann = 0.5 - 0.5 * (TAU * k as f64 / win_length as f64).cos();
                f64::from(frame[n]) * hann
            }
            _ => 0.0,
        })
        .collect();
    (0..=n_fft / 2)
        .map(|k| {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, x) in windowed.iter().enumerate() {
                let angle = TAU * ((k * n) % n_fft) as f64 / n_fft as f64;
                re += x * angle.cos();
                im -= x * angle.sin();
            }
            re * re + im * im
        })
        .collect()
}

#[test]
fn every_small_size_equals_the_written_out_transform() {
    for n_fft in (2_usize..=96).step_by(2).chain([250, 400, 514]) {
        for win_length in [n_fft, n_fft - 1, n_fft.div_ceil(2)] {
            if win_length < 2 {
                continue;
            }
            let frame = noise(n_fft);
            let mut stft = Stft::new(n_fft, win_length).unwrap();
            let slow = slow_power(&frame, win_length);
            for (fast, slow) in stft.power(&frame).unwrap().iter().zip(&slow) {
                let close = (fast - slow).abs() <= 1e-10 * (1.0 + slow);
                assert!(close, "n_fft {n_fft}, win {win_length}: {fast} != {slow}");
            }
        }
    }
}

#[test]
fn a_window_of_one_sample_is_one() {
    let mut stft = Stft::new(2, 1).unwrap();
    assert_eq!(stft.power(&[0.5, 0.25]).unwrap(), [0.25, 0.25]);
}

#[test]
fn sizes_out_of_range_are_refused() {
    for (n_fft, win_length) in [
        (0, 0),
        (1, 1),
        (5, 5),
        (512, 0),
        (512, 513),
        (16_386, 512),
        (usize::MAX, 1),
        (usize::MAX - 1, 1),
    ] {
        let error = Stft::new(n_fft, win_length).unwrap_err();
        assert!(matches!(error, Error::InvalidConfig { .. }), "{error}");
    }
}

#[test]
fn a_frame_of_another_length_is_refused() {
    let mut stft = Stft::new(512, 512).unwrap();
    for len in [0, 511, 513] {
        let error = stft.power(&vec![0.0; len]).unwrap_err();
        assert!(matches!(error, Error::InvalidAudio { .. }), "{error}");
    }
}
