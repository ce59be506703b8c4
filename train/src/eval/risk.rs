//! Selective classification: error against the share of clips that get an answer
//! (El-Yaniv & Wiener 2010; Geifman & El-Yaniv 2017, arXiv:1705.08500).
//!
//! Clips are ranked by the probability of their likeliest label. One without speech is an error
//! and comes last.

use serde::Serialize;

use super::mean;
use super::outcome::Calibrated;

/// Points of a curve.
const POINTS: usize = 100;

/// Clips that got an answer, and how well it went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Accepted {
    /// Share of the clips.
    pub coverage: f64,
    /// Share of errors among them; `None` where there are none.
    pub error: Option<f64>,
    /// By how much of itself the error fell from that over all clips; `None` without an error.
    pub relative_fall: Option<f64>,
}

/// Error against coverage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selective {
    /// The threshold of [`fit_threshold`], which these very clips gave.
    pub threshold: f64,
    /// At that threshold.
    pub at_threshold: Accepted,
    /// At the model's own threshold.
    pub at_own: Accepted,
    /// Area under the curve: the mean error over all coverages.
    pub area: f64,
    /// Coverage in hundredths, and error among the clips that are surest.
    pub curve: Vec<(f64, f64)>,
}

/// The top probabilities of all clips, the surest first, with whether each was right.
struct Ranking(Vec<(f64, bool)>);

impl Ranking {
    fn new(calibrated: &[Calibrated]) -> Ranking {
        // No probability is below 0, so a clip without speech comes last.
        let top = |clip: &Calibrated| clip.top().map_or(-1.0, |(_, p)| p);
        let clips = calibrated.iter().map(|clip| (top(clip), clip.is_correct()));
        let mut clips: Vec<(f64, bool)> = clips.collect();
        // Of equals, errors first: the order of files must not matter.
        clips.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Ranking(clips)
    }

    /// The probability halfway between the last clip that is kept and the first that is not.
    fn threshold(&self, coverage: f64) -> f64 {
        let kept = (coverage * self.0.len() as f64).ceil() as usize;
        let Some(&(last, _)) = kept.checked_sub(1).and_then(|at| self.0.get(at)) else {
            return 0.0;
        };
        let next = self.0.iter().map(|clip| clip.0).find(|&p| p < last);
        (0.5 * (last + next.unwrap_or(0.0).max(0.0))).max(0.0)
    }

    /// The error among the surest `n`.
    fn error(&self, n: usize) -> f64 {
        let errors = self.0[..n].iter().filter(|clip| !clip.1).count();
        errors as f64 / n.max(1) as f64
    }

    fn curve(&self) -> Vec<(f64, f64)> {
        let n_points = if self.0.is_empty() { 0 } else { POINTS };
        let points = (1..=n_points).map(|point| {
            let coverage = point as f64 / POINTS as f64;
            let n = (coverage * self.0.len() as f64).round() as usize;
            (coverage, self.error(n.clamp(1, self.0.len())))
        });
        points.collect()
    }

    fn area(&self) -> f64 {
        let mut errors = 0;
        mean(self.0.iter().zip(1..).map(|(clip, n)| {
            errors += usize::from(!clip.1);
            errors as f64 / f64::from(n)
        }))
    }
}

/// The lowest top probability that is to count as certain, so that `coverage` of these clips do.
pub fn fit_threshold(calibrated: &[Calibrated], coverage: f64) -> f64 {
    Ranking::new(calibrated).threshold(coverage)
}

impl Accepted {
    /// The clips that `accept` takes, of which none without speech is one.
    fn new(calibrated: &[Calibrated], accept: impl Fn(&Calibrated) -> bool) -> Accepted {
        let error = |clip: &Calibrated| f64::from(!clip.is_correct());
        let is_accepted = |clip: &&Calibrated| clip.top().is_some() && accept(clip);
        let accepted: Vec<&Calibrated> = calibrated.iter().filter(is_accepted).collect();
        let full = mean(calibrated.iter().map(error));
        let error = (!accepted.is_empty()).then(|| mean(accepted.iter().map(|&clip| error(clip))));
        Accepted {
            coverage: accepted.len() as f64 / calibrated.len().max(1) as f64,
            error,
            relative_fall: error.filter(|_| full > 0.0).map(|error| 1.0 - error / full),
        }
    }
}

impl Selective {
    /// The curve of some clips; `coverage` is the share that [`fit_threshold`] keeps.
    pub fn new(calibrated: &[Calibrated], coverage: f64) -> Selective {
        let ranking = Ranking::new(calibrated);
        let threshold = ranking.threshold(coverage);
        let above = |clip: &Calibrated| clip.top().is_some_and(|(_, p)| p >= threshold);
        Selective {
            threshold,
            at_threshold: Accepted::new(calibrated, above),
            at_own: Accepted::new(calibrated, |clip| clip.certain),
            area: ranking.area(),
            curve: ranking.curve(),
        }
    }
}

#[cfg(test)]
mod tests {
    use emotionai_voice::training::Calibration;

    use super::super::outcome::Outcome;
    use super::super::outcome::tests::outcome;
    use super::*;

    /// Four clips: two sure and right, one unsure and wrong, one without speech.
    fn clips() -> [Outcome; 4] {
        [
            outcome(1, 0, None),
            outcome(1, 1, Some(&[0.6, 0.4])),
            outcome(1, 0, Some(&[0.9, 0.1])),
            outcome(1, 0, Some(&[0.8, 0.2])),
        ]
    }

    fn selective(clips: &[Outcome], uncertain_below: f32, coverage: f64) -> Selective {
        let calibration = Calibration {
            uncertain_below,
            ..Calibration::default()
        };
        let calibrated: Vec<_> = clips.iter().map(|it| it.calibrated(&calibration)).collect();
        Selective::new(&calibrated, coverage)
    }

    #[test]
    fn metrics_are_those_worked_out_by_hand() {
        let found = selective(&clips(), 0.55, 0.5);
        assert!((found.threshold - 0.7).abs() < 1e-6, "{}", found.threshold);
        let half = Accepted {
            coverage: 0.5,
            error: Some(0.0),
            relative_fall: Some(1.0),
        };
        assert_eq!(found.at_threshold, half);
        // Three above 0.55, one of them wrong, against two errors in four.
        assert_eq!(found.at_own.coverage, 0.75);
        assert!((found.at_own.error.unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert!((found.at_own.relative_fall.unwrap() - 1.0 / 3.0).abs() < 1e-12);
        // Errors among the first one to four: 0, 0, 1/3, 2/4.
        assert!((found.area - (1.0 / 3.0 + 0.5) / 4.0).abs() < 1e-12);
        assert_eq!(found.curve[49], (0.5, 0.0));
        assert_eq!(found.curve[99], (1.0, 0.5));
    }

    #[test]
    fn no_threshold_makes_silence_certain() {
        let found = selective(&clips(), 0.0, 1.0);
        assert_eq!(found.threshold, 0.0);
        assert_eq!(found.at_threshold.coverage, 0.75);
        assert_eq!(found.at_own.coverage, 0.75);
    }

    #[test]
    fn equals_are_kept_or_left_together_and_never_flatter() {
        let clips = [
            outcome(1, 0, Some(&[0.7, 0.3])),
            outcome(1, 1, Some(&[0.7, 0.3])),
        ];
        let found = selective(&clips, 0.99, 0.5);
        assert_eq!(found.at_threshold.coverage, 1.0);
        assert_eq!(found.curve[0].1, 1.0, "the error is first");
        assert_eq!(found.at_own.coverage, 0.0);
        assert_eq!(
            (found.at_own.error, found.at_own.relative_fall),
            (None, None)
        );
    }
}
