//! Training: recipes, the training loop, checkpoints, cross-validation, the prosody head and the VAD network.

pub mod backend;
pub mod crossval;
pub mod finish;
pub mod fit;
pub mod prosody;
pub mod recipe;
pub mod trainer;
pub mod vad;
pub mod weight_average;
