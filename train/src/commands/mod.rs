//! The commands of `train`: each file holds the options of a command and its `run`.

pub mod cli;
pub mod crossval;
pub mod describe;
pub mod download;
pub mod evaluate;
pub mod export;
pub mod gate;
pub mod help;
pub mod import;
pub mod join;
pub mod predict;
pub mod preprocess;
pub mod robustness;
pub mod synthesize;
