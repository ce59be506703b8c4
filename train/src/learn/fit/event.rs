//! The events of a training run. As JSON, one object a line, they are what `fit --json` prints and what the
//! cross-validation reads from its child processes.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::history::LogEntry;
use crate::eval::Evaluation;
use crate::eval::confusion::Confusion;
use crate::learn::trainer::Progress;

/// An event; its JSON names it in `event`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The recordings were read; training begins or is resumed.
    Started {
        /// Number of training recordings.
        recordings: usize,
        /// Number of held-out recordings.
        held_out: usize,
        /// The labels, in the order of the confusion matrices.
        labels: Vec<String>,
        /// Epochs of the recipe.
        epochs: usize,
        /// The epochs that an earlier process completed.
        done: Vec<LogEntry>,
    },
    /// A training step. It has no JSON: there are too many.
    #[serde(skip)]
    Step(Progress),
    /// The averaged weights are being evaluated on the held-out recordings. It has no JSON.
    #[serde(skip)]
    Evaluating,
    /// An epoch ended.
    Epoch {
        /// Its metrics.
        #[serde(flatten)]
        entry: LogEntry,
        /// Confusion matrix of the augmented windows.
        confusion: Confusion,
        /// Confusion matrix of the held-out clips, where they were evaluated.
        held_out_confusion: Option<Confusion>,
    },
    /// The model was written.
    Finished {
        /// Path of its file.
        path: String,
        /// Id of the model.
        model: String,
        /// Divisor of its logits.
        #[serde(skip)]
        temperature: f32,
        /// The held-out speakers and the evaluation on them.
        #[serde(skip)]
        held_out: Option<(String, Box<Evaluation>)>,
        /// The metrics in the model file.
        metrics: BTreeMap<String, f64>,
    },
    /// Training failed or was interrupted.
    Failed {
        /// The message.
        error: String,
    },
}

/// A receiver of events.
pub trait Listener {
    /// Receives an event.
    fn on_event(&mut self, event: &Event) -> Result<()>;
}
