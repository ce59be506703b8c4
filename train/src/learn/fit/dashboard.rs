//! The training as a picture in the terminal.

mod view;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Input, KeyCode, KeyEventKind, KeyModifiers};

use self::view::View;
use super::event::{Event, Lines, Listener};
use super::stop::Stop;

/// Time between two pictures, so that drawing costs nothing to speak of.
const EVERY: Duration = Duration::from_millis(100);

/// Draws what happens until the model is written; then the terminal is as before, with the final figures.
pub struct Dashboard {
    terminal: DefaultTerminal,
    view: View,
    drawn: Option<Instant>,
    is_over: bool,
}

impl Dashboard {
    /// Takes the terminal over. `q` and Ctrl-C ask for the stop.
    ///
    /// # Errors
    /// Where there is no terminal to draw on.
    pub fn new(title: String, stop: Stop) -> Result<Dashboard> {
        let terminal = ratatui::try_init().context("cannot draw on this terminal: try --plain")?;
        // The terminal gives Ctrl-C as a key now, not as a signal.
        std::thread::spawn(move || {
            while let Ok(input) = event::read() {
                if asks_to_stop(&input) {
                    stop.ask();
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

fn asks_to_stop(input: &Input) -> bool {
    matches!(input, Input::Key(key) if key.kind == KeyEventKind::Press
        && (key.code == KeyCode::Char('q')
            || key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL)))
}

impl Listener for Dashboard {
    fn hear(&mut self, event: &Event) -> Result<()> {
        if let Event::Finished { .. } = event {
            self.restore();
            return Lines::new().hear(event);
        }
        self.view.hear(event);
        let is_due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= EVERY);
        if is_due || !matches!(event, Event::Step(_)) {
            self.terminal.draw(|frame| self.view.draw(frame))?;
            self.drawn = Some(Instant::now());
        }
        Ok(())
    }
}

impl Dashboard {
    /// Gives the terminal back, once: the second time would move the cursor into what is on it.
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
