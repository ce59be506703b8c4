//! Precision, recall and F1 of each label.

use std::collections::BTreeMap;

use serde::Serialize;

use super::outcome::Judged;

/// How well one label is told from the others. A clip without speech found was named nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassFigures {
    /// Clips of this label.
    pub clips: usize,
    /// Share of the clips named so that are; `None` where none is named so.
    pub precision: Option<f64>,
    /// Share of the clips of this label that are named so; `None` where there are none.
    pub recall: Option<f64>,
    /// The harmonic mean of both, 0 where no clip is named rightly; `None` where the label neither
    /// occurs nor is named.
    pub f1: Option<f64>,
}

/// The figures of every label.
pub fn classes(judged: &[Judged], labels: &[String]) -> BTreeMap<String, ClassFigures> {
    let figures = |label: usize| {
        let is_so = |judged: &&Judged| judged.outcome.truth == label;
        let is_named = |judged: &&Judged| judged.outcome.named() == Some(label);
        let clips = judged.iter().filter(is_so).count();
        let named = judged.iter().filter(is_named).count();
        let right = judged.iter().filter(is_so).filter(is_named).count();
        let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
        ClassFigures {
            clips,
            precision: share(right, named),
            recall: share(right, clips),
            f1: share(2 * right, named + clips),
        }
    };
    let names = labels.iter().cloned();
    names
        .enumerate()
        .map(|(label, name)| (name, figures(label)))
        .collect()
}

#[cfg(test)]
mod tests {
    use emotionai_voice::Calibration;

    use super::super::outcome::tests::outcome;
    use super::*;

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let outcomes = [
            outcome(1, 0, Some(&[0.8, 0.1, 0.1])),
            outcome(1, 0, Some(&[0.1, 0.8, 0.1])),
            outcome(1, 0, None),
            outcome(1, 1, Some(&[0.1, 0.8, 0.1])),
            outcome(1, 1, Some(&[0.2, 0.7, 0.1])),
        ];
        let calibration = Calibration::default();
        let judged: Vec<Judged> = outcomes.iter().map(|o| o.judge(&calibration)).collect();
        let labels = ["a", "b", "c"].map(str::to_owned);
        let found = classes(&judged, &labels);
        let expected = |clips, precision, recall, f1| ClassFigures {
            clips,
            precision,
            recall,
            f1,
        };
        let third = 1.0 / 3.0;
        assert_eq!(found["a"], expected(3, Some(1.0), Some(third), Some(0.5)));
        assert_eq!(
            found["b"],
            expected(2, Some(2.0 * third), Some(1.0), Some(0.8))
        );
        assert_eq!(found["c"], expected(0, None, None, None));
    }
}
