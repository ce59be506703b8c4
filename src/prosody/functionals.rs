//! What a contour does over a stretch, as figures: the functionals of emotion research (as in the
//! ComParE set; Weninger et al. 2013, doi:10.3389/fpsyg.2013.00292).

use super::statistics::{mean, percentile};

/// Figures of a contour.
pub(super) const N_FUNCTIONALS: usize = 22;

/// A contour of fewer values has none.
const MIN_VALUES: usize = 6;
/// What a deviation is at least taken to be, so that a contour that stands still can be divided by it.
const TINY: f64 = 1e-6;
/// How far apart values are compared, in frames: 32, 80, 160 and 320 ms.
const LAGS: [usize; 4] = [2, 5, 10, 20];

/// Appends the figures of a contour to `out`, in this order:
///
/// - deviation;
/// - percentiles 5, 25, 75 and 95, from the median;
/// - slope and curvature of the parabola that fits it best, with time from -1 to 1, and the deviation
///   from that;
/// - skewness, kurtosis;
/// - share of the values that are above a quarter, a half, three quarters and nine tenths of the way from
///   the 1st to the 99th percentile;
/// - share of the steps that rise;
/// - its peaks: their mean height above the mean, their deviation, their number a value;
/// - autocorrelation over 2, 5, 10 and 20 values.
///
/// None of them says where the contour lies: that is the microphone's and the room's as much as the voice's.
/// What there are too few values for is 0.
pub(super) fn functionals(contour: &[f64], out: &mut Vec<f32>) {
    let start = out.len();
    if contour.len() >= MIN_VALUES {
        let centre = mean(contour.iter().copied());
        let spread = deviation(contour, centre) + TINY;
        let mut sorted = contour.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        out.push(spread as f32);
        let median = percentile(&sorted, 50);
        out.extend([5, 25, 75, 95].map(|percent| (percentile(&sorted, percent) - median) as f32));
        parabola(contour, centre, out);
        let moment = |power: i32| mean(contour.iter().map(|x| ((x - centre) / spread).powi(power)));
        out.extend([moment(3) as f32, moment(4) as f32]);
        heights(&sorted, out);
        let rises = contour.windows(2).filter(|pair| pair[1] > pair[0]).count();
        out.push(rises as f32 / (contour.len() - 1) as f32);
        peaks(contour, centre, out);
        out.extend(LAGS.map(|lag| {
            let later = contour.get(lag..).unwrap_or_default();
            let pairs = contour.iter().zip(later);
            mean(pairs.map(|(a, b)| (a - centre) * (b - centre) / (spread * spread))) as f32
        }));
    }
    out.resize(start + N_FUNCTIONALS, 0.0);
}

fn deviation(values: &[f64], centre: f64) -> f64 {
    mean(values.iter().map(|x| (x - centre).powi(2))).sqrt()
}

fn heights(sorted: &[f64], out: &mut Vec<f32>) {
    let (low, high) = (percentile(sorted, 1), percentile(sorted, 99));
    out.extend([0.25, 0.5, 0.75, 0.9].map(|part| {
        let height = low + part * (high - low + TINY);
        let below = sorted.partition_point(|x| *x <= height);
        (sorted.len() - below) as f32 / sorted.len() as f32
    }));
}

fn parabola(contour: &[f64], centre: f64, out: &mut Vec<f32>) {
    let last = (contour.len() - 1) as f64;
    let time = |i: usize| 2.0 * i as f64 / last - 1.0;
    let square = mean((0..contour.len()).map(|i| time(i).powi(2)));
    // The straight line and the square without its mean are at right angles, and so are both to a constant.
    let share_of = |shape: &dyn Fn(usize) -> f64| {
        let along = mean(contour.iter().enumerate().map(|(i, x)| x * shape(i)));
        along / mean((0..contour.len()).map(|i| shape(i).powi(2)))
    };
    let bend = |i: usize| time(i).powi(2) - square;
    let (slope, curvature) = (share_of(&time), share_of(&bend));
    let rest = contour.iter().enumerate();
    let rest = rest.map(|(i, x)| (x - centre - slope * time(i) - curvature * bend(i)).powi(2));
    out.extend([slope as f32, curvature as f32, mean(rest).sqrt() as f32]);
}

fn peaks(contour: &[f64], centre: f64, out: &mut Vec<f32>) {
    let peaks: Vec<f64> = contour
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
        peaks.len() as f32 / contour.len() as f32,
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(contour: &[f64]) -> [f32; N_FUNCTIONALS] {
        let mut out = Vec::new();
        functionals(contour, &mut out);
        out.try_into().unwrap()
    }

    #[test]
    fn a_straight_line_rises_all_the_time_and_has_no_peak() {
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
    fn where_a_contour_lies_is_not_heard() {
        let contour = |offset: f64| -> Vec<f64> {
            (0..90).map(|i| offset + f64::from((i * 37) % 11)).collect()
        };
        for (here, there) in of(&contour(0.0)).iter().zip(of(&contour(-64.0))) {
            assert!((here - there).abs() < 1e-5, "{here}, {there}");
        }
    }

    #[test]
    fn a_wave_has_its_peaks_and_its_period() {
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
    fn what_stands_still_or_is_hardly_there_has_finite_figures() {
        assert_eq!(of(&[]), [0.0; N_FUNCTIONALS]);
        assert_eq!(of(&[1.0; 5]), [0.0; N_FUNCTIONALS]);
        for length in [6, 7, 300] {
            assert!(of(&vec![-60.0; length]).iter().all(|x| x.is_finite()));
        }
    }
}
