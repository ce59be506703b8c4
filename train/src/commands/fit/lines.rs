//! The events of a training run as lines of text or JSON.

use anyhow::Result;

use crate::eval::report;
use crate::io::output::{note, print, print_progress};
use crate::learn::fit::{Event, Listener};

/// A line an epoch on standard error, the final metrics on standard output.
#[derive(Default)]
pub struct Lines {
    epochs: usize,
}

impl Listener for Lines {
    fn on_event(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Started { epochs, .. } => self.epochs = *epochs,
            Event::Epoch { entry, .. } => note(entry.line(self.epochs)),
            Event::Finished {
                path,
                model,
                temperature,
                held_out,
                ..
            } => {
                let mut text = String::new();
                if let Some((speakers, evaluation)) = held_out {
                    text += &format!("held out, {speakers}\n");
                    text += &report::evaluation(evaluation).markdown();
                    text += &format!("temperature {temperature:.4}\n");
                }
                print(&format!("{text}wrote {path} ({model})\n"))?;
            }
            Event::Step(_) | Event::Evaluating | Event::Failed { .. } => {}
        }
        Ok(())
    }
}

/// A JSON object a line on standard output. Where that is closed, training goes on: the model is still wanted.
pub struct JsonLines;

impl Listener for JsonLines {
    fn on_event(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::Step(_) | Event::Evaluating => Ok(()),
            event => print_progress(&(serde_json::to_string(event)? + "\n")),
        }
    }
}
