//! The small maths that features, voice activity and prosody share.

use std::f64::consts::PI;

/// The arithmetic mean; 0 of an empty sequence.
pub(crate) fn mean(values: impl IntoIterator<Item = impl Into<f64>>) -> f64 {
    let sum = |(sum, n), value: f64| (sum + value, n + 1);
    let (sum, n) = values.into_iter().map(Into::into).fold((0.0, 0), sum);
    sum / f64::from(n.max(1))
}

/// The standard deviation about a given mean; 0 of an empty slice.
pub(crate) fn deviation(values: &[f64], mean: f64) -> f64 {
    self::mean(values.iter().map(|value| (value - mean).powi(2))).sqrt()
}

/// The percentile of ascending values, interpolated linearly between neighbours as
/// `numpy.percentile` does; 0 of an empty slice.
pub(crate) fn percentile(sorted: &[f64], percent: u32) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let rank = last as f64 * f64::from(percent) / 100.0;
    let (below, above) = (rank.floor() as usize, rank.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * rank.fract()
}

/// Pearson's correlation of two sequences of one length; 0 where one of them is constant.
pub(crate) fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let (mean_a, mean_b) = (mean(a.iter().copied()), mean(b.iter().copied()));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a) - mean_a, f64::from(b) - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    let scale = (aa * bb).sqrt();
    if scale > 1e-6 { ab / scale } else { 0.0 }
}

/// A power in decibels.
pub(crate) fn power_db(power: f64) -> f64 {
    10.0 * power.log10()
}

/// The power of a level in decibels.
pub(crate) fn db_power(db: f64) -> f64 {
    10f64.powf(db / 10.0)
}

/// The type-II discrete cosine transform, divided by the number of inputs, without its constant
/// coefficient: the cepstrum of a log spectrum.
#[derive(Debug, Clone)]
pub(crate) struct Dct {
    /// Cosines of each coefficient in turn.
    basis: Vec<f64>,
    n_inputs: usize,
}

impl Dct {
    /// A transform of `n_inputs` values to coefficients 1 to `n_coefficients`.
    pub(crate) fn new(n_inputs: usize, n_coefficients: usize) -> Dct {
        let step = PI / n_inputs as f64;
        let cosines =
            |k: usize| (0..n_inputs).map(move |i| (step * (i as f64 + 0.5) * k as f64).cos());
        Dct {
            basis: (1..=n_coefficients).flat_map(cosines).collect(),
            n_inputs,
        }
    }

    /// The coefficients of `n_inputs` values.
    pub(crate) fn apply(&self, values: &[f64]) -> impl Iterator<Item = f64> {
        let rows = self.basis.chunks_exact(self.n_inputs.max(1));
        rows.map(|row| mean(values.iter().zip(row).map(|(value, cosine)| value * cosine)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_sequences_have_zero_statistics() {
        assert_eq!(mean([0.0f64; 0]), 0.0);
        assert_eq!(deviation(&[], 3.0), 0.0);
        assert_eq!(percentile(&[], 50), 0.0);
    }

    #[test]
    fn percentiles_equal_numpys() {
        let values = [1.0, 2.0, 4.0, 8.0];
        for (percent, expected) in [(0, 1.0), (25, 1.75), (50, 3.0), (90, 6.8), (100, 8.0)] {
            let found = percentile(&values, percent);
            assert!((found - expected).abs() < 1e-12, "{percent}: {found}");
        }
    }

    #[test]
    fn correlation_is_one_for_a_scaled_copy_and_zero_for_a_constant() {
        let rising = [1.0, 2.0, 3.0, 5.0];
        let scaled = rising.map(|x| 10.0 - 4.0 * x);
        assert!((correlation(&rising, &scaled) + 1.0).abs() < 1e-12);
        assert_eq!(correlation(&rising, &[7.0; 4]), 0.0);
    }

    #[test]
    fn the_transform_finds_the_cosine_that_it_is_given() {
        let dct = Dct::new(16, 4);
        let wave: Vec<f64> = (0..16)
            .map(|i| (PI / 16.0 * (f64::from(i) + 0.5) * 3.0).cos())
            .collect();
        let found: Vec<f64> = dct.apply(&wave).collect();
        for (k, value) in found.iter().enumerate() {
            let expected = if k == 2 { 0.5 } else { 0.0 };
            assert!((value - expected).abs() < 1e-12, "{k}: {value}");
        }
    }

    #[test]
    fn decibels_and_power_are_inverse() {
        for power in [1e-10, 0.5, 1.0, 300.0] {
            assert!((db_power(power_db(power)) / power - 1.0).abs() < 1e-12);
        }
    }
}
