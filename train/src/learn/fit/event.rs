//! What happens during a training, and how it is told: lines, JSON, or a picture in the terminal.

use anyhow::Result;
use emotionai_voice::ModelHeader;
use serde::Serialize;

use super::history::LogEntry;
use crate::commands::cli::print;
use crate::eval::Evaluation;
use crate::eval::confusion::Confusion;
use crate::eval::report;
use crate::learn::trainer::Progress;

/// What happened. As JSON, one object a line, with the name in `event`.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event<'a> {
    /// The recordings were read; training begins or goes on.
    Started {
        /// Recordings to learn from.
        recordings: usize,
        /// Recordings to judge on.
        held_out: usize,
        /// The labels, in the order of the confusion matrices.
        labels: &'a [String],
        /// Epochs of the recipe.
        epochs: usize,
        /// Epochs that an earlier start did.
        done: &'a [LogEntry],
    },
    /// A batch was learned from. Not part of the JSON: there are too many.
    #[serde(skip)]
    Step(&'a Progress),
    /// The averaged weights are being judged on the held-out recordings.
    #[serde(skip)]
    Judging,
    /// An epoch ended.
    Epoch {
        /// Its figures.
        #[serde(flatten)]
        entry: &'a LogEntry,
        /// Augmented windows, true label by likeliest label.
        confusion: &'a Confusion,
        /// Held-out clips, true label by likeliest label, where judged.
        held_out_confusion: Option<&'a Confusion>,
    },
    /// The model was written.
    Finished {
        /// Its file.
        path: &'a str,
        /// What it says of itself.
        #[serde(serialize_with = "name_of")]
        model: &'a ModelHeader,
        /// Whom was held out, and how the model did on them.
        #[serde(skip)]
        held_out: Option<(&'a str, &'a Evaluation)>,
        /// The figures that are in the file.
        metrics: &'a std::collections::BTreeMap<String, f64>,
    },
}

fn name_of<S: serde::Serializer>(model: &&ModelHeader, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&model.id)
}

/// Someone who is told.
pub trait Listener {
    /// Takes in what happened.
    ///
    /// # Errors
    /// Where it cannot be passed on.
    fn hear(&mut self, event: &Event) -> Result<()>;
}

/// A line an epoch on standard error, the final figures on standard output.
pub struct Lines {
    epochs: usize,
}

impl Lines {
    /// Nothing told yet.
    pub fn new() -> Lines {
        Lines { epochs: 0 }
    }
}

impl Listener for Lines {
    fn hear(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Started { epochs, .. } => self.epochs = *epochs,
            Event::Step(_) | Event::Judging => {}
            Event::Epoch { entry, .. } => eprintln!("{}", entry.line(self.epochs)),
            Event::Finished {
                path,
                model,
                held_out,
                ..
            } => {
                let mut text = String::new();
                if let Some((whom, evaluation)) = held_out {
                    text += &format!("held out, {whom}\n{}", report::table(evaluation));
                    text += &format!("temperature {:.4}\n", model.calibration.temperature);
                }
                print(&format!("{text}wrote {path} ({})\n", model.id))?;
            }
        }
        Ok(())
    }
}

/// A JSON object a line on standard output.
pub struct JsonLines;

impl Listener for JsonLines {
    fn hear(&mut self, event: &Event) -> Result<()> {
        if !matches!(event, Event::Step(_) | Event::Judging) {
            print(&(serde_json::to_string(event)? + "\n"))?;
        }
        Ok(())
    }
}
