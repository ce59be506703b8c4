//! The history of a training run.

use serde::{Deserialize, Serialize};

/// One epoch, as a line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean loss over the augmented windows, in nats.
    pub loss: f64,
    /// Share of augmented windows whose label was the likeliest.
    pub accuracy: f64,
    /// Unweighted average recall of the same.
    #[serde(default)]
    pub uar: f64,
    /// Unweighted average recall of the averaged weights on the held-out recordings, where evaluated.
    pub held_out_uar: Option<f64>,
    /// Seconds of training, without the time between processes.
    pub seconds: f64,
}

impl LogEntry {
    /// A line of text for an entry of so many epochs.
    pub fn line(&self, epochs: usize) -> String {
        let held_out = self
            .held_out_uar
            .map_or_else(String::new, |uar| format!("   held out: UAR {uar:.3}"));
        format!(
            "epoch {:>3}/{epochs}   loss {:.3}   accuracy {:.3}   UAR {:.3}   {:.0} s{held_out}",
            self.epoch, self.loss, self.accuracy, self.uar, self.seconds
        )
    }
}

/// The epochs so far, and the best evaluation among them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// An entry for each epoch that ended.
    pub epochs: Vec<LogEntry>,
    /// Seconds of training, without the time between processes.
    pub seconds: f64,
    /// The best UAR on the held-out recordings.
    pub best_uar: Option<f64>,
    /// Evaluations since then.
    pub since_best: usize,
    /// The averaged weights of that evaluation, where training may stop early; else empty.
    #[serde(with = "serde_bytes")]
    pub best_weights: Vec<u8>,
}

impl History {
    /// Adds an evaluation of `weights`, which are kept unless earlier ones were as good.
    pub fn evaluated(&mut self, uar: f64, weights: impl FnOnce() -> Vec<u8>) {
        if self.best_uar.is_none_or(|best| uar > best) {
            self.best_uar = Some(uar);
            self.best_weights = weights();
            self.since_best = 0;
        } else {
            self.since_best += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equally_good_evaluations_is_kept() {
        let mut history = History::default();
        for (uar, weights) in [(0.3, 1), (0.5, 2), (0.5, 3), (0.4, 4)] {
            history.evaluated(uar, || vec![weights]);
        }
        assert_eq!(history.best_uar, Some(0.5));
        assert_eq!((history.best_weights, history.since_best), (vec![2], 2));
    }
}
