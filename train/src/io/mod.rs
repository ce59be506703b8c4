//! Files, model files and output, safe against crashes and closed pipes.

pub mod atomic;
pub mod files;
pub mod hex;
pub mod model;
pub mod output;
