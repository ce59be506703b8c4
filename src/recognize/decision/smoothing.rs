//! An exponential average of a stream's logits over time.

/// Averages each window's logits with those before it.
#[derive(Debug)]
pub(crate) struct Smoothing {
    time_constant_ms: f64,
    /// The last average; empty before the first window.
    logits: Vec<f32>,
    /// Time of the last average, in milliseconds.
    at_ms: f64,
}

impl Smoothing {
    pub(crate) fn new(time_constant_ms: f64) -> Smoothing {
        Smoothing {
            time_constant_ms,
            logits: Vec::new(),
            at_ms: 0.0,
        }
    }

    /// Forgets the past.
    pub(crate) fn reset(&mut self) {
        self.logits.clear();
    }

    /// Replaces a window's logits by their average with the past. The past counts less after a
    /// longer time, such as a pause without speech.
    pub(crate) fn apply(&mut self, logits: &mut [f32], at_ms: f64) {
        if self.logits.is_empty() {
            self.logits.extend_from_slice(logits);
            self.at_ms = at_ms;
            return;
        }
        let past = (-(at_ms - self.at_ms) / self.time_constant_ms).exp() as f32;
        for (kept, now) in self.logits.iter_mut().zip(logits) {
            *kept = past * *kept + (1.0 - past) * *now;
            *now = *kept;
        }
        self.at_ms = at_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_from_a_time_constant_ago_counts_for_a_third() {
        let mut smoothing = Smoothing::new(1_000.0);
        let mut first = [1.0, 0.0];
        smoothing.apply(&mut first, 500.0);
        assert_eq!(first, [1.0, 0.0], "there is no past");
        let mut second = [0.0, 0.0];
        smoothing.apply(&mut second, 1_500.0);
        assert!((second[0] - (-1.0_f32).exp()).abs() < 1e-6, "{second:?}");
        // In two steps or in one: the same.
        let mut steps = Smoothing::new(1_000.0);
        steps.apply(&mut [1.0, 0.0], 500.0);
        steps.apply(&mut [0.0, 0.0], 900.0);
        let mut last = [0.0, 0.0];
        steps.apply(&mut last, 1_500.0);
        assert!((last[0] - second[0]).abs() < 1e-6, "{last:?}");
        smoothing.reset();
        let mut anew = [5.0, 5.0];
        smoothing.apply(&mut anew, 9_000.0);
        assert_eq!(anew, [5.0, 5.0]);
    }
}
