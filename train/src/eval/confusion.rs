//! Confusion matrices, and the metrics that follow from one.

use serde::{Deserialize, Serialize};

use super::mean;
use super::outcome::Outcome;

/// Counts by true label (row) and by predicted label (column). Clips in which no speech was found are counted
/// apart. As JSON it is the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Vec<usize>>", into = "Vec<Vec<usize>>")]
pub struct Confusion {
    counts: Vec<Vec<usize>>,
    /// Clips of each true label without a prediction.
    no_speech: Vec<usize>,
}

/// How well one label is told from the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClassMetrics {
    /// Clips of this label.
    pub clips: usize,
    /// Share of the clips predicted as this label that are of it; `None` where there are none.
    pub precision: Option<f64>,
    /// Share of the clips of this label that are predicted as it; `None` where there are none.
    pub recall: Option<f64>,
    /// The harmonic mean of both, 0 where no clip is predicted correctly; `None` where the label neither
    /// occurs nor is predicted.
    pub f1: Option<f64>,
}

impl From<Vec<Vec<usize>>> for Confusion {
    fn from(counts: Vec<Vec<usize>>) -> Confusion {
        Confusion {
            no_speech: vec![0; counts.len()],
            counts,
        }
    }
}

impl From<Confusion> for Vec<Vec<usize>> {
    fn from(confusion: Confusion) -> Vec<Vec<usize>> {
        confusion.counts
    }
}

impl Confusion {
    /// A matrix of zeros.
    pub fn new(n_labels: usize) -> Confusion {
        vec![vec![0; n_labels]; n_labels].into()
    }

    /// The matrix of some outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, n_labels: usize) -> Confusion {
        let mut confusion = Confusion::new(n_labels);
        for outcome in outcomes {
            confusion.count(outcome.truth, outcome.predicted());
        }
        confusion
    }

    /// Counts a clip or a window; `predicted` is `None` where no speech was found.
    pub fn count(&mut self, truth: usize, predicted: Option<usize>) {
        match predicted {
            Some(predicted) => self.counts[truth][predicted] += 1,
            None => self.no_speech[truth] += 1,
        }
    }

    /// Adds the counts of another matrix.
    pub fn add(&mut self, other: &Confusion) {
        let cells = self.counts.iter_mut().flatten().chain(&mut self.no_speech);
        for (sum, more) in cells.zip(other.counts.iter().flatten().chain(&other.no_speech)) {
            *sum += more;
        }
    }

    /// The matrix: a row for each true label.
    pub fn counts(&self) -> &[Vec<usize>] {
        &self.counts
    }

    /// Number of labels.
    pub fn n_labels(&self) -> usize {
        self.counts.len()
    }

    /// Number of clips.
    pub fn clips(&self) -> usize {
        (0..self.n_labels()).map(|label| self.clips_of(label)).sum()
    }

    fn clips_of(&self, label: usize) -> usize {
        self.counts[label].iter().sum::<usize>() + self.no_speech[label]
    }

    /// Share of clips predicted correctly; 0 where there are none.
    pub fn accuracy(&self) -> f64 {
        let correct: usize = (0..self.n_labels()).map(|at| self.counts[at][at]).sum();
        correct as f64 / self.clips().max(1) as f64
    }

    /// Unweighted average recall: the mean over the labels that occur; 0 where there are none.
    pub fn uar(&self) -> f64 {
        let recall = |label: usize| share(self.counts[label][label], self.clips_of(label));
        mean((0..self.n_labels()).filter_map(recall))
    }

    /// Precision, recall and F1 of a label.
    pub fn class(&self, label: usize) -> ClassMetrics {
        let correct = self.counts[label][label];
        let clips = self.clips_of(label);
        let predicted = self.counts.iter().map(|row| row[label]).sum::<usize>();
        ClassMetrics {
            clips,
            precision: share(correct, predicted),
            recall: share(correct, clips),
            f1: share(2 * correct, predicted + clips),
        }
    }
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_does_not_occur_has_no_recall() {
        let mut confusion = Confusion::new(3);
        assert_eq!((confusion.accuracy(), confusion.uar()), (0.0, 0.0));
        for (truth, predicted) in [(0, 0), (0, 0), (0, 2), (1, 2)] {
            confusion.count(truth, Some(predicted));
        }
        assert_eq!(confusion.counts(), [[2, 0, 1], [0, 0, 1], [0, 0, 0]]);
        assert_eq!(confusion.accuracy(), 0.5);
        assert!((confusion.uar() - (2.0 / 3.0 + 0.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn class_metrics_are_those_worked_out_by_hand() {
        let mut confusion = Confusion::new(3);
        for (truth, predicted) in [
            (0, Some(0)),
            (0, Some(1)),
            (0, None),
            (1, Some(1)),
            (1, Some(1)),
        ] {
            confusion.count(truth, predicted);
        }
        let third = 1.0 / 3.0;
        for (label, clips, precision, recall, f1) in [
            (0, 3, Some(1.0), Some(third), Some(0.5)),
            (1, 2, Some(2.0 * third), Some(1.0), Some(0.8)),
            (2, 0, None, None, None),
        ] {
            let class = confusion.class(label);
            assert_eq!((class.clips, class.f1), (clips, f1));
            assert_eq!((class.precision, class.recall), (precision, recall));
        }
    }
}
