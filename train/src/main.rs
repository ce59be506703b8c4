//! Trains speech emotion models from scratch, judges them, and uses them on files.

mod atomic;
mod augment;
mod average;
mod cli;
mod corpus;
mod crossval;
mod dataset;
mod describe;
mod download;
mod evaluation;
mod fit;
mod gate;
mod npy;
mod pictures;
mod predict;
mod preprocess;
mod profile;
mod recipe;
mod report;
mod robustness;
mod synthesize;
mod training;
mod voices;
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
