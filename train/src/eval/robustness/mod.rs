//! The robustness of a model against noise, rooms, lines and microphones.

pub mod conditions;

use std::fmt::Write;

use serde::Serialize;

use crate::eval::{Confusion, Difference, Outcome};
use conditions::{Condition, Criterion};

/// The robustness of a model.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Id of the weights; of several, with spaces between.
    pub model: String,
    /// The speakers, as the option names them; by several models, with spaces between.
    pub speakers: String,
    /// Clips evaluated in each row.
    pub clips: usize,
    /// Seed of the changes.
    pub seed: u64,
    /// The same clips unchanged.
    pub clean: Clean,
    /// One a condition.
    pub rows: Vec<Row>,
    /// Criteria that were met.
    pub passed: usize,
    /// Criteria that were not.
    pub failed: usize,
    /// Rows that could not be run.
    pub skipped: usize,
}

/// Metrics of the clips unchanged.
#[derive(Debug, Serialize)]
pub struct Clean {
    /// Unweighted average recall.
    pub uar: f64,
    /// Share of clips named rightly.
    pub accuracy: f64,
    /// Share of clips in which no speech was found.
    pub no_speech: f64,
}

/// A condition and its metrics.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Short name of the condition.
    pub name: &'static str,
    /// A description of the condition.
    pub about: &'static str,
    /// `None` where the condition is only described.
    pub criterion: Option<Criterion>,
    /// Whether the criterion was met; `None` without one and for a skipped row.
    pub passed: Option<bool>,
    /// Why the row could not be run.
    pub skipped: Option<String>,
    /// `None` for a skipped row.
    #[serde(flatten)]
    pub metrics: Option<Metrics>,
}

/// Metrics of one condition, beside those of the same clips unchanged.
#[derive(Debug, Clone, Serialize)]
pub struct Metrics {
    /// Unweighted average recall. A clip in which no speech is found counts as an error.
    pub uar: f64,
    /// Share of clips named rightly.
    pub accuracy: f64,
    /// UAR less that of the clips unchanged.
    pub uar_change: f64,
    /// Where other speakers would have put `uar_change` (95%); `None` of one speaker alone.
    pub uar_change_interval: Option<[f64; 2]>,
    /// Share of clips that are answered as without the change: by their likeliest label, or by no
    /// speech.
    pub unchanged: f64,
    /// Share of clips in which no speech was found.
    pub no_speech: f64,
}

/// The metrics of `changed`, clip by clip beside `clean`.
pub fn compare(clean: &[Outcome], changed: &[Outcome], labels: &[String]) -> Metrics {
    let difference = Difference::new(clean, changed, labels.len());
    let after = Confusion::of(changed, labels.len());
    let pairs = clean.iter().zip(changed);
    let unchanged = pairs
        .filter(|(a, b)| a.predicted() == b.predicted())
        .count();
    Metrics {
        uar: after.uar(),
        accuracy: after.accuracy(),
        uar_change: difference.uar,
        uar_change_interval: difference.bootstrap.map(|it| [it.uar.low, it.uar.high]),
        unchanged: unchanged as f64 / changed.len().max(1) as f64,
        no_speech: no_speech(changed),
    }
}

/// Share of clips in which no speech was found.
pub fn no_speech(changed: &[Outcome]) -> f64 {
    let none = changed.iter().filter(|h| h.predicted().is_none()).count();
    none as f64 / changed.len().max(1) as f64
}

impl Row {
    /// The row of a condition: its metrics, or why it could not be run.
    pub fn new(condition: &Condition, metrics: Result<Metrics, String>) -> Row {
        let (metrics, skipped) = match metrics {
            Ok(metrics) => (Some(metrics), None),
            Err(reason) => (None, Some(reason)),
        };
        let is_met = |metrics: &Metrics| match condition.criterion? {
            Criterion::UnchangedAtLeast(share) => Some(metrics.unchanged >= share),
            Criterion::UarFallsLessThan(fall) => Some(metrics.uar_change > -fall),
        };
        Row {
            name: condition.name,
            about: condition.about,
            criterion: condition.criterion,
            passed: metrics.as_ref().and_then(is_met),
            skipped,
            metrics,
        }
    }

    /// The row in the table for people.
    fn line(&self) -> String {
        let Row { name, about, .. } = self;
        let Some(metrics) = &self.metrics else {
            let reason = self.skipped.as_deref().unwrap_or_default();
            return format!("{name:<14} SKIPPED, NOT PASSED: {reason} ({about})");
        };
        let criterion = match self.criterion {
            Some(Criterion::UnchangedAtLeast(share)) => format!("unchanged >= {share}"),
            Some(Criterion::UarFallsLessThan(fall)) => format!("change > -{fall}"),
            None => "-".into(),
        };
        let verdict = match self.passed {
            Some(true) => "pass",
            Some(false) => "FAIL",
            None => "described",
        };
        let interval = metrics.uar_change_interval;
        let interval = interval.map(|[low, high]| format!("[{low:+.3}, {high:+.3}]"));
        format!(
            "{name:<14} {:>6.3} {:>9.3} {:>+8.3}  {:<17} {:>9.3} {:>9.3}  {criterion:<17} {verdict:<9}  {about}",
            metrics.uar,
            metrics.accuracy,
            metrics.uar_change,
            interval.unwrap_or_default(),
            metrics.unchanged,
            metrics.no_speech,
        )
    }
}

impl Report {
    /// A table for people, its summary last.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{}   speakers {}   clips {}   seed {}\n\n",
            self.model, self.speakers, self.clips, self.seed
        );
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<14} {:>6} {:>9} {:>8}  {:<17} {:>9} {:>9}  {:<17} verdict",
            "condition",
            "UAR",
            "accuracy",
            "change",
            "95% interval",
            "unchanged",
            "no speech",
            "criterion",
        );
        let clean = &self.clean;
        let _ = writeln!(
            text,
            "{:<14} {:>6.3} {:>9.3} {:>8}  {:<17} {:>9} {:>9.3}",
            "clean", clean.uar, clean.accuracy, "", "", "", clean.no_speech
        );
        for row in &self.rows {
            text += &(row.line() + "\n");
        }
        let (passed, all) = (self.passed, self.passed + self.failed);
        text += &format!("\n{passed} of {all} criteria met");
        if self.skipped > 0 {
            text += &format!("; {} rows SKIPPED, which is not passed", self.skipped);
        }
        text + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::tests::outcome;

    fn outcomes(truths: &[usize], named: &[Option<usize>]) -> Vec<Outcome> {
        let sure = [[0.9, 0.1], [0.1, 0.9]];
        let outcome = |(&truth, named): (&usize, &Option<usize>)| {
            outcome(1, truth, named.map(|label| &sure[label][..]))
        };
        truths.iter().zip(named).map(outcome).collect()
    }

    #[test]
    fn metrics_are_those_worked_out_by_hand() {
        let labels = ["a".to_owned(), "b".to_owned()];
        let of = |named: [Option<usize>; 5]| outcomes(&[0, 0, 0, 0, 1], &named);
        let clean = of([Some(0), Some(0), Some(1), None, Some(1)]);
        let changed = of([Some(0), Some(1), Some(1), None, None]);
        let metrics = compare(&clean, &changed, &labels);
        assert_eq!(metrics.uar, (0.25 + 0.0) / 2.0);
        assert_eq!(metrics.accuracy, 0.2);
        assert_eq!(metrics.uar_change, 0.125 - 0.75);
        assert_eq!(metrics.unchanged, 0.6);
        assert_eq!(metrics.no_speech, 0.4);
        assert_eq!(metrics.uar_change_interval, None, "one speaker");
        let same = compare(&clean, &clean, &labels);
        assert_eq!((same.uar_change, same.unchanged), (0.0, 1.0));
    }

    #[test]
    fn the_interval_is_over_speakers() {
        // The first speaker is always named rightly, the second no more once it is changed.
        let clips = |second: [f32; 2]| -> Vec<Outcome> {
            let of = |speaker, p: [f32; 2]| vec![outcome(speaker, 0, Some(&p)); 5];
            [of(1, [0.9, 0.1]), of(2, second)].concat()
        };
        let labels = ["a".to_owned(), "b".to_owned()];
        let metrics = compare(&clips([0.9, 0.1]), &clips([0.1, 0.9]), &labels);
        assert_eq!(metrics.uar_change, -0.5);
        assert_eq!(metrics.uar_change_interval, Some([-1.0, 0.0]));
    }
}
