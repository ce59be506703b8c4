//! A dashboard of the training run in the terminal.

mod view;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Input, KeyCode, KeyEventKind, KeyModifiers};

use self::view::View;
use super::lines::Lines;
use super::request;
use crate::learn::fit::{Event, Listener, Stop};

/// Time between two frames, so that drawing takes a negligible share of the time.
const EVERY: Duration = Duration::from_millis(100);

/// Draws the progress until the model is written; then the terminal is restored and shows the final metrics.
pub struct Dashboard {
    terminal: DefaultTerminal,
    view: View,
    drawn: Option<Instant>,
    is_over: bool,
}

impl Dashboard {
    /// Takes the terminal over. `q` and Ctrl-C request the stop.
    pub fn new(title: String, stop: Stop) -> Result<Dashboard> {
        let terminal = ratatui::try_init().context("cannot draw on this terminal: try --plain")?;
        // In raw mode Ctrl-C is a key and no signal.
        std::thread::spawn(move || {
            while let Ok(input) = event::read() {
                if is_stop_key(&input) {
                    request(&stop);
                }
            }
        });
        Ok(Dashboard {
            terminal,
            view: View::new(title),
            drawn: None,
            is_over: false,
        })
    }
}

fn is_stop_key(input: &Input) -> bool {
    matches!(input, Input::Key(key) if key.kind == KeyEventKind::Press
        && (key.code == KeyCode::Char('q')
            || key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)))
}

impl Listener for Dashboard {
    fn on_event(&mut self, event: &Event) -> Result<()> {
        if let Event::Finished { .. } = event {
            self.restore();
            return Lines::default().on_event(event);
        }
        self.view.update(event);
        let is_due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= EVERY);
        if is_due || !matches!(event, Event::Step(_)) {
            self.terminal.draw(|frame| self.view.draw(frame))?;
            self.drawn = Some(Instant::now());
        }
        Ok(())
    }
}

impl Dashboard {
    /// Restores the terminal, once: a second time would move the cursor into its text.
    fn restore(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            ratatui::restore();
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        self.restore();
    }
}
