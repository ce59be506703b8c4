//! Voice activity detection: the frames of a window that hold speech.
//!
//! First by level: a frame may be speech if it stands out from the noise floor and is not far
//! below the loudest frame of the recent past ([`VadConfig::threshold_db`]). Silence, steady noise
//! and hum are their own noise floor and so no speech.
//!
//! Then by sound: the frames that stand out must move as a voice does, or the window holds no
//! speech, however loud: music, clicks, typing. A small network decides that, the same for every
//! model file, since it knows nothing of emotions. It understands frames of 64 ms every 16 ms with
//! 64 bands to 8 kHz only; with other features the level decides alone.

mod config;
mod frame;
mod level;
mod network;
mod segment;
mod track;

pub use config::VadConfig;
pub use network::VadNetwork;
pub use segment::N_VAD_FEATURES;

pub(crate) use track::{VadAnalyzer, VadTrack};
