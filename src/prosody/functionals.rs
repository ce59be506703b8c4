//! Functionals: summaries of a low-level descriptor over a window, as in the ComParE set (Weninger et
//! al. 2013, doi:10.3389/fpsyg.2013.00292).

use crate::features::maths::{deviation, mean, percentile};

/// Functionals of a descriptor.
pub(super) const N_FUNCTIONALS: usize = 22;

/// The least number of values; with fewer all functionals are 0.
const MIN_VALUES: usize = 6;
/// An addition to deviations, so that one can divide by that of a constant descriptor.
const TINY: f64 = 1e-6;
/// Lags of the autocorrelation in frames: 32, 80, 160 and 320 ms.
const LAGS: [usize; 4] = [2, 5, 10, 20];

/// Appends the functionals of a descriptor to `out`, in this order:
///
/// - deviation;
/// - percentiles 5, 25, 75 and 95, relative to the median;
/// - slope and curvature of the parabola that fits it best, with time from -1 to 1, and the deviation
///   from the parabola;
/// - skewness, kurtosis;
/// - shares of the values above a quarter, a half, three quarters and nine tenths of the range from the
///   1st to the 99th percentile;
/// - share of rising steps;
/// - peaks: mean height above the mean, deviation of the height, number per value;
/// - autocorrelation over 2, 5, 10 and 20 values.
///
/// No functional depends on the mean of the descriptor, which the microphone and the room determine as
/// much as the voice. Functionals without enough values are 0.
pub(super) fn functionals(values: &[f64], out: &mut Vec<f32>) {
    let start = out.len();
    if values.len() >= MIN_VALUES {
        let centre = mean(values.iter().copied());
        let spread = deviation(values, centre) + TINY;
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        out.push(spread as f32);
        let median = percentile(&sorted, 50);
        out.extend([5, 25, 75, 95].map(|percent| (percentile(&sorted, percent) - median) as f32));
        parabola(values, centre, out);
        let moment = |power: i32| mean(values.iter().map(|x| ((x - centre) / spread).powi(power)));
        out.extend([moment(3) as f32, moment(4) as f32]);
        heights(&sorted, out);
        let rises = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
        out.push(rises as f32 / (values.len() - 1) as f32);
        peaks(values, centre, out);
        out.extend(LAGS.map(|lag| {
            let later = values.get(lag..).unwrap_or_default();
            let pairs = values.iter().zip(later);
            mean(pairs.map(|(a, b)| (a - centre) * (b - centre) / (spread * spread))) as f32
        }));
    }
    out.resize(start + N_FUNCTIONALS, 0.0);
}

/// Appends the shares of values above parts of the range.
fn heights(sorted: &[f64], out: &mut Vec<f32>) {
    let (low, high) = (percentile(sorted, 1), percentile(sorted, 99));
    out.extend([0.25, 0.5, 0.75, 0.9].map(|part| {
        let height = low + part * (high - low + TINY);
        let below = sorted.partition_point(|x| *x <= height);
        (sorted.len() - below) as f32 / sorted.len() as f32
    }));
}

/// Appends slope and curvature of the best parabola and the deviation from it.
fn parabola(values: &[f64], centre: f64, out: &mut Vec<f32>) {
    let last = (values.len() - 1) as f64;
    let time = |i: usize| 2.0 * i as f64 / last - 1.0;
    let square = mean((0..values.len()).map(|i| time(i).powi(2)));
    // The line, the square without its mean, and a constant are orthogonal, so each is fitted alone.
    let share_of = |shape: &dyn Fn(usize) -> f64| {
        let along = mean(values.iter().enumerate().map(|(i, x)| x * shape(i)));
        along / mean((0..values.len()).map(|i| shape(i).powi(2)))
    };
    let bend = |i: usize| time(i).powi(2) - square;
    let (slope, curvature) = (share_of(&time), share_of(&bend));
    let rest = values.iter().enumerate();
    let rest = rest.map(|(i, x)| (x - centre - slope * time(i) - curvature * bend(i)).powi(2));
    out.extend([slope as f32, curvature as f32, mean(rest).sqrt() as f32]);
}

/// Appends height, deviation and density of the peaks.
fn peaks(values: &[f64], centre: f64, out: &mut Vec<f32>) {
    let peaks: Vec<f64> = values
        .windows(3)
        .filter(|three| three[1] > three[0] && three[1] >= three[2])
        .map(|three| three[1])
        .collect();
    let height = if peaks.is_empty() {
        0.0
    } else {
        mean(peaks.iter().copied()) - centre
    };
    out.extend([
        height as f32,
        deviation(&peaks, centre + height) as f32,
        peaks.len() as f32 / values.len() as f32,
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> [f32; N_FUNCTIONALS] {
        let mut out = Vec::new();
        functionals(values, &mut out);
        out.try_into().unwrap()
    }

    #[test]
    fn a_straight_line_only_rises_and_has_no_peak() {
        let line: Vec<f64> = (0..101).map(f64::from).collect();
        let found = of(&line);
        assert_eq!(found[1..5], [-45.0, -25.0, 25.0, 45.0]);
        assert!((found[5] - 50.0).abs() < 1e-4, "slope {}", found[5]);
        assert!(found[6].abs() < 1e-4 && found[7] < 1e-3, "no bend, no rest");
        assert_eq!(found[14], 1.0, "rises");
        assert_eq!(found[15..18], [0.0; 3], "no peaks");
        assert!(found[18] > 0.9, "values are like those before");
    }

    #[test]
    fn an_offset_changes_no_functional() {
        let shifted = |offset: f64| -> Vec<f64> {
            (0..90).map(|i| offset + f64::from((i * 37) % 11)).collect()
        };
        for (here, there) in of(&shifted(0.0)).iter().zip(of(&shifted(-64.0))) {
            assert!((here - there).abs() < 1e-5, "{here}, {there}");
        }
    }

    #[test]
    fn the_peaks_and_the_period_of_a_wave_are_found() {
        let wave: Vec<f64> = (0..200)
            .map(|i| (std::f64::consts::TAU * f64::from(i) / 10.0).cos())
            .collect();
        let found = of(&wave);
        assert!((found[17] - 19.0 / 200.0).abs() < 1e-6, "{}", found[17]);
        assert!((found[15] - 1.0).abs() < 1e-3 && found[16] < 1e-3);
        // Half a period and a whole one.
        assert!((found[19] + 1.0).abs() < 0.1 && (found[20] - 1.0).abs() < 0.1);
    }

    #[test]
    fn constant_and_short_descriptors_have_finite_functionals() {
        assert_eq!(of(&[]), [0.0; N_FUNCTIONALS]);
        assert_eq!(of(&[1.0; 5]), [0.0; N_FUNCTIONALS]);
        for length in [6, 7, 300] {
            assert!(of(&vec![-60.0; length]).iter().all(|x| x.is_finite()));
        }
    }
}
