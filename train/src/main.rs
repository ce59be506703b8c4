//! Trains speech emotion models from scratch, judges them, and uses them on files.

mod augment;
mod average;
mod cli;
mod corpus;
mod dataset;
mod evaluation;
mod fit;
mod gate;
mod predict;
mod recipe;
mod report;
mod training;
mod world;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
