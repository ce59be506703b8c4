//! Right answers and clips, counted by true label.

use super::mean;
use super::outcome::Outcome;

/// Counts from which accuracy and recall follow.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Of each label: clips named rightly, and clips.
    counts: Vec<(usize, usize)>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(n_labels: usize) -> Tally {
        Tally {
            counts: vec![(0, 0); n_labels],
        }
    }

    /// Counts some outcomes.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, n_labels: usize) -> Tally {
        let mut tally = Tally::new(n_labels);
        for outcome in outcomes {
            let (right, clips) = &mut tally.counts[outcome.truth];
            *right += usize::from(outcome.is_right());
            *clips += 1;
        }
        tally
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &Tally) {
        for (sum, more) in self.counts.iter_mut().zip(&other.counts) {
            sum.0 += more.0;
            sum.1 += more.1;
        }
    }

    /// Clips counted.
    pub fn clips(&self) -> usize {
        self.counts.iter().map(|count| count.1).sum()
    }

    /// Share of clips named rightly.
    pub fn accuracy(&self) -> f64 {
        let right: usize = self.counts.iter().map(|count| count.0).sum();
        right as f64 / self.clips().max(1) as f64
    }

    /// Recall of each label, `None` of one that does not occur.
    pub fn recalls(&self) -> impl Iterator<Item = Option<f64>> {
        let recall = |&(right, clips): &(usize, usize)| (right as f64) / (clips as f64);
        self.counts
            .iter()
            .map(move |count| (count.1 > 0).then(|| recall(count)))
    }

    /// Unweighted average recall: the mean over the labels that occur.
    pub fn uar(&self) -> f64 {
        mean(self.recalls().flatten())
    }
}
