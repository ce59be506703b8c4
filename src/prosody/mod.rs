//! Prosody: functionals of pitch, loudness, rhythm, roughness and timbre, and their linear head.
//!
//! A network over mel bands resolves timbre well and pitch badly: harmonics lie closer together than
//! its bands. So the pitch is tracked from the samples themselves: candidates of each frame
//! ([`pitch`]), and the cheapest path through them ([`viterbi`]). The course of pitch, level and
//! voicing over a few seconds is summarised by a few functionals ([`pitch_functionals`]), much as in
//! eGeMAPS (Eyben et al. 2016, doi:10.1109/TAFFC.2015.2457417); each low-level descriptor
//! ([`descriptors`]) by many ([`functionals`]), as in ComParE. A [`ProsodyHead`] turns these
//! [`N_PROSODY_FUNCTIONALS`] into logits, which are added to the network's.
//!
//! The functionals do not depend on gain, and only on the past: on the context from which a
//! window's reference level is measured.

mod descriptors;
mod functionals;
mod head;
mod pitch;
mod pitch_functionals;
mod pitch_track;
mod viterbi;
mod window;

pub use head::ProsodyHead;
pub use pitch_functionals::N_PITCH_FUNCTIONALS;
pub use window::N_PROSODY_FUNCTIONALS;

pub(crate) use pitch::{PitchAnalyzer, PitchFrame};
pub(crate) use window::prosody_functionals;
