//! Files and output, safe against crashes and closed pipes.

pub mod atomic;
pub mod files;
pub mod hex;
