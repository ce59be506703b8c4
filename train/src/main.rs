//! Trains speech emotion models from scratch, judges them, and uses them on files.

mod atomic;
mod audio;
mod augment;
mod average;
mod cli;
mod confusion;
mod corpus;
mod crossval;
mod dataset;
mod describe;
mod download;
mod evaluate;
mod evaluation;
mod export;
mod files;
mod fit;
mod gate;
mod heard;
mod help;
mod hex;
mod import;
mod join;
mod npy;
mod pictures;
mod predict;
mod preprocess;
mod profile;
mod prosody;
mod provenance;
mod recipe;
mod report;
mod robustness;
mod seeded;
mod spectrogram;
mod synthesize;
mod training;
mod voices;
mod world;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
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
fn complain(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "error: {error:#}");
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
    })
}
