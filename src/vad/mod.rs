//! Voice activity detection: the frames of a window that hold speech.
//!
//! First by level: a frame may be speech if it stands out from the noise floor and is not far
//! below the loudest frame of the recent past ([`VadConfig::threshold_db`]). Silence, steady noise
//! and hum are their own noise floor and so no speech.
//!
//! Then by sound: a small recurrent network, which has heard voices and other sounds, says of each
//! frame how surely it is a voice's. It is the same for every model file, since it knows nothing of
//! emotions. It understands frames of 64 ms every 16 ms with 64 bands to 8 kHz only; with other
//! features the level decides alone.

mod config;
mod inputs;
mod level;
mod network;
mod track;

pub use config::VadConfig;
pub use inputs::{N_VAD_INPUTS, vad_inputs};
pub use network::VadNetwork;
pub use track::VoiceHysteresis;

pub(crate) use track::{VadAnalyzer, VadTrack};
