use emotionai_voice::Error;
use emotionai_voice::training::{MelFilterbank, hz_to_mel, mel_to_hz};

use crate::support::Golden;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The literal values of librosa's own tests and documentation, and a few computed with it.
const SCALE: [(f64, f64); 9] = [
    (0.0, 0.0),
    (60.0, 0.9),
    (110.0, 1.65),
    (220.0, 3.3),
    (440.0, 6.6),
    (1000.0, 15.0),
    (2000.0, 25.081_880_157_308_323),
    (4000.0, 35.163_760_314_616_646),
    (8000.0, 45.245_640_471_924_97),
];

#[test]
fn the_mel_scale_has_librosas_values() {
    for (hz, mel) in SCALE {
        assert!((hz_to_mel(hz) - mel).abs() < 1e-9, "{hz} Hz");
        assert!(
            (mel_to_hz(mel) - hz).abs() < 1e-9 * hz.max(1.0),
            "{mel} mel"
        );
    }
}

#[test]
fn the_mel_scale_is_its_own_inverse_and_rises() {
    let mut last = -1.0;
    for hz in (0..96_000).step_by(37).map(f64::from) {
        let mel = hz_to_mel(hz);
        assert!(mel > last);
        assert!((mel_to_hz(mel) - hz).abs() < 1e-8 * hz.max(1.0));
        last = mel;
    }
}

#[test]
fn filterbanks_equal_librosas() {
    for golden in Golden::load().banks {
        let c = &golden.config;
        let bank = MelFilterbank::new(c.sample_rate, c.n_fft, c.n_mels, c.f_min, c.f_max).unwrap();
        let rows = (0..c.n_mels).flat_map(|i| bank.weights(i).unwrap());
        let expected = golden.expected();
        let peak = f64::from(expected.iter().copied().fold(0.0, f32::max));
        assert_eq!(expected.len(), c.n_mels * bank.n_bins());
        for (ours, theirs) in rows.zip(expected) {
            assert!((ours - f64::from(theirs)).abs() < 1e-6 * peak, "{c:?}");
        }
    }
}

#[test]
fn filters_are_triangles_that_overlap_and_share_one_area() {
    for sample_rate in [8_000, 16_000, 22_050, 48_000] {
        for n_fft in [400, 512, 1024, 2048] {
            for n_mels in [1, 13, 40, 64, 128] {
                for f_min in [0.0, 60.0, 300.0] {
                    let f_max = sample_rate as f32 / 2.0;
                    let case = format!("{sample_rate} Hz, {n_fft}, {n_mels}, from {f_min} Hz");
                    let bank =
                        MelFilterbank::new(sample_rate, n_fft, n_mels, f_min, f_max).unwrap();
                    check_filters(&bank, f64::from(sample_rate) / n_fft as f64, &case);
                }
            }
        }
    }
}

fn check_filters(bank: &MelFilterbank, bin_hz: f64, case: &str) {
    let mut last_peak = 0;
    for i in 0..bank.n_mels() {
        let row = bank.weights(i).unwrap();
        assert_eq!(row.len(), bank.n_bins(), "{case}");
        assert!(row.iter().all(|&w| w >= 0.0), "{case}");
        let support: Vec<usize> = (0..row.len()).filter(|&b| row[b] > 0.0).collect();
        let (Some(&first), Some(&last)) = (support.first(), support.last()) else {
            continue; // Narrower than a bin: empty, as in librosa.
        };
        assert_eq!(support.len(), last - first + 1, "{case}: a gap in band {i}");
        let peak = (first..=last)
            .max_by(|&a, &b| row[a].total_cmp(&row[b]))
            .unwrap();
        assert!(row[first..=peak].is_sorted(), "{case}: band {i} rises");
        assert!(
            row[peak..=last].is_sorted_by(|a, b| a >= b),
            "{case}: band {i} falls"
        );
        assert!(peak >= last_peak, "{case}: bands in order");
        last_peak = peak;
        // Slaney's normalisation gives every triangle the area 1. A sum over the bins comes near
        // it where there are enough of them.
        if support.len() >= 12 {
            let area = row.iter().sum::<f64>() * bin_hz;
            assert!(
                (area - 1.0).abs() < 0.05,
                "{case}: band {i} has area {area}"
            );
        }
    }
    assert!(bank.weights(bank.n_mels()).is_none());
}

#[test]
fn parameters_out_of_range_are_refused() {
    for (rate, n_fft, n_mels, f_min, f_max) in [
        (16_000, 0, 40, 0.0, 8_000.0),
        (16_000, 1, 40, 0.0, 8_000.0),
        (16_000, 20_000, 40, 0.0, 8_000.0),
        (16_000, 512, 0, 0.0, 8_000.0),
        (16_000, 512, 258, 0.0, 8_000.0),
        (16_000, 512, 40, -1.0, 8_000.0),
        (16_000, 512, 40, 8_000.0, 8_000.0),
        (16_000, 512, 40, 0.0, 8_000.5),
        (16_000, 512, 40, f32::NAN, 8_000.0),
        (16_000, 512, 40, 0.0, f32::INFINITY),
        (0, 512, 40, 0.0, 8_000.0),
    ] {
        let error = MelFilterbank::new(rate, n_fft, n_mels, f_min, f_max).unwrap_err();
        assert!(matches!(error, Error::InvalidConfig { .. }), "{error}");
    }
    let bank = MelFilterbank::new(16_000, 512, 40, 0.0, 8_000.0).unwrap();
    assert!(bank.apply(&[0.0; 256], &mut [0.0; 40]).is_err());
    assert!(bank.apply(&[0.0; 257], &mut [0.0; 41]).is_err());
}
