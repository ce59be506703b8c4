//! The network of the voice activity detector: its examples, its training and its evaluation.

pub mod evaluation;
pub mod examples;
pub mod judge;
pub mod material;
pub mod network;
pub mod timeline;
