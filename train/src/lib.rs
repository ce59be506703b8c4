//! Trains speech emotion models from scratch, evaluates them, and applies them to files.
//!
//! A library and a thin program. The rooms import downwards only: `commands`, `learn`, `eval`, `data`, `io`.

pub mod commands;
pub mod data;
pub mod eval;
pub mod io;
pub mod learn;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::commands::cli;

/// Runs the program that the command line describes.
pub fn run() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        // Whoever read the output has had enough, as `head` has.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Says on standard error what went wrong; where that is closed there is nobody to tell.
pub fn complain(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
    })
}
