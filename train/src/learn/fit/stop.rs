//! Ctrl-C: the first one saves and stops, the second one stops at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// How a program ends that Ctrl-C stopped: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

/// Whether training should stop; clones are of one mind.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asked for by Ctrl-C, from now on.
    ///
    /// # Errors
    /// Where the signal cannot be caught.
    pub fn on_ctrl_c() -> Result<Stop> {
        let stop = Stop::default();
        let asked = stop.clone();
        ctrlc::set_handler(move || asked.ask()).context("cannot catch Ctrl-C")?;
        Ok(stop)
    }

    /// Asks for the stop. The second time ends the program; the last checkpoint stays.
    pub fn ask(&self) {
        if self.0.swap(true, Ordering::SeqCst) {
            ratatui::restore();
            std::process::exit(INTERRUPTED);
        }
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
