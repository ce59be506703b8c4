//! Standard output and standard error, both of which a reader may close at any time.

use std::fmt;
use std::io::{ErrorKind, Write, stderr, stdout};

use anyhow::{Context, Error, Result};
use serde::Serialize;

/// Standard output was closed: its reader, such as `head`, needs no more of the result.
#[derive(Debug)]
pub struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("standard output is closed")
    }
}

impl std::error::Error for Closed {}

/// Writes the result of a command to standard output. Unlike `print!` it does not panic.
///
/// # Errors
/// [`Closed`], or what else keeps it from being written.
pub fn print(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// The result of writing to standard output, where a closed pipe is [`Closed`].
pub fn written(result: std::io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Error::new(Closed)),
        result => result.context("cannot write to standard output"),
    }
}

/// Writes progress to standard output. Where that is closed, nobody reads the progress and the work goes on.
pub fn print_progress(text: &str) -> Result<()> {
    match print(text) {
        Err(error) if error.is::<Closed>() => Ok(()),
        result => result,
    }
}

/// Prints a result: as one JSON object where `json` is set, else as text.
pub fn show<T: Serialize>(json: bool, result: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
    print(&match json {
        true => serde_json::to_string(result)? + "\n",
        false => text(result),
    })
}

/// Writes a message of one or more lines to standard error; an empty message is left out. A standard error
/// that is closed is no failure.
pub fn note(message: impl fmt::Display) {
    let message = message.to_string();
    if !message.is_empty() {
        let _ = writeln!(stderr(), "{}", message.trim_end());
    }
}

/// Numbers with commas between them, as options take them.
pub fn comma_separated(numbers: &[f32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(f32::to_string).collect();
    numbers.join(",")
}
