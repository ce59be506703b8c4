//! All functionals of one window.

use super::descriptors::{N_DESCRIPTORS, descriptors};
use super::functionals::{N_FUNCTIONALS, functionals};
use super::pitch::PitchFrame;
use super::pitch_functionals::{N_PITCH_FUNCTIONALS, pitch_functionals};
use super::pitch_track::PitchTrack;

/// Functionals of a window: [`N_PITCH_FUNCTIONALS`] of pitch, level and rhythm, then those of each
/// low-level descriptor in turn.
pub const N_PROSODY_FUNCTIONALS: usize = N_PITCH_FUNCTIONALS + N_DESCRIPTORS * N_FUNCTIONALS;

/// The [`N_PROSODY_FUNCTIONALS`] of a window, from its frames of pitch candidates and the mel bands of
/// the same frames, in dB below the loudest band.
pub(crate) fn prosody_functionals(pitch: &[PitchFrame], bands: &[Vec<f32>]) -> Vec<f32> {
    let track = PitchTrack::new(pitch);
    let mut all = Vec::with_capacity(N_PROSODY_FUNCTIONALS);
    all.extend(pitch_functionals(&track));
    for descriptor in descriptors(&track, bands) {
        functionals(&descriptor, &mut all);
    }
    all
}
