//! Training: recipes, the training loop, checkpoints, the prosody head and the VAD network.

pub mod fit;
pub mod prosody;
pub mod recipe;
pub mod trainer;
pub mod vad;
pub mod weight_average;
