//! Trains speech emotion models from scratch, evaluates them, and applies them to files.
//!
//! A library and a thin program. Each room imports from the rooms after it alone:
//! [`commands`], [`learn`], [`eval`], [`data`], [`io`].

pub mod commands;
pub mod data;
pub mod eval;
pub mod io;
pub mod learn;
