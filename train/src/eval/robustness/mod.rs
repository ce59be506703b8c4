//! The robustness of a model against noise, rooms, lines and microphones.

pub mod conditions;
pub mod metrics;
pub mod table;

use serde::Serialize;

use conditions::Criterion;
use metrics::Metrics;

/// The robustness of a model.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Id of the weights; of several, with spaces between.
    pub model: String,
    /// The speakers, as the option names them; by several models, with spaces between.
    pub actors: String,
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
