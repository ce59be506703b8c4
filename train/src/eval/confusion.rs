//! What was taken for what.

use serde::{Deserialize, Serialize};

/// Counts by true label (row) and by the label that was likeliest (column).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confusion(pub Vec<Vec<usize>>);

impl Confusion {
    /// Nothing counted yet.
    pub fn new(n_labels: usize) -> Confusion {
        Confusion(vec![vec![0; n_labels]; n_labels])
    }

    /// Rows and columns.
    pub fn n_labels(&self) -> usize {
        self.0.len()
    }

    /// Counts pairs of a true label and a likeliest one.
    pub fn count(&mut self, truths: &[usize], guesses: &[usize]) {
        for (&truth, &guess) in truths.iter().zip(guesses) {
            self.0[truth][guess] += 1;
        }
    }

    /// Share of the diagonal; 0 of nothing.
    pub fn accuracy(&self) -> f64 {
        let total: usize = self.0.iter().flatten().sum();
        let right: usize = self.0.iter().enumerate().map(|(at, row)| row[at]).sum();
        right as f64 / total.max(1) as f64
    }

    /// Unweighted average recall: the mean over the labels that occur; 0 of nothing.
    pub fn uar(&self) -> f64 {
        let recalls = self.0.iter().enumerate().filter_map(|(at, row)| {
            let clips: usize = row.iter().sum();
            (clips > 0).then(|| row[at] as f64 / clips as f64)
        });
        let (sum, count) = recalls.fold((0.0, 0usize), |(sum, n), recall| (sum + recall, n + 1));
        sum / count.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_does_not_occur_has_no_recall() {
        let mut confusion = Confusion::new(3);
        assert_eq!((confusion.accuracy(), confusion.uar()), (0.0, 0.0));
        confusion.count(&[0, 0, 0, 1], &[0, 0, 2, 2]);
        assert_eq!(confusion.0, [[2, 0, 1], [0, 0, 1], [0, 0, 0]]);
        assert_eq!(confusion.accuracy(), 0.5);
        assert!((confusion.uar() - (2.0 / 3.0 + 0.0) / 2.0).abs() < 1e-12);
    }
}
