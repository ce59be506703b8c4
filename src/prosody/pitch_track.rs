//! The pitch, voicing and level of each frame of a window.

use std::ops::Range;

use super::pitch::{PitchCandidate, PitchFrame, loudest_db};
use super::viterbi::best_path;

/// Greatest distance of speech below the loudest frame, in dB.
const SPEECH_RANGE: f32 = 30.0;
/// The floor of levels relative to the loudest frame, in dB: below it a pause tells more of the room
/// than of the voice.
const FLOOR_DB: f32 = -40.0;
/// Frames before the first and after the last speech that count as speech too, since the transforms
/// of neighbouring frames overlap.
const MARGIN: usize = 3;

/// The pitch, voicing and level of consecutive frames.
#[derive(Debug)]
pub(super) struct PitchTrack {
    /// The pitch of each frame; `None` where the frame is unvoiced.
    pub(super) pitch: Vec<Option<PitchCandidate>>,
    /// The runs of voiced frames.
    pub(super) voiced: Vec<Range<usize>>,
    /// Level of each frame in dB relative to the loudest, from [`FLOOR_DB`] to 0.
    pub(super) levels: Vec<f32>,
    /// Whether each frame is loud enough for speech.
    pub(super) is_speech: Vec<bool>,
    /// The periodic share of each frame's power, from 0 to 1.
    pub(super) periodicity: Vec<f32>,
}

impl PitchTrack {
    pub(super) fn new(frames: &[PitchFrame]) -> PitchTrack {
        let path = best_path(frames);
        let loudest_db = loudest_db(frames);
        let levels: Vec<f32> = frames
            .iter()
            .map(|frame| (frame.level_db - loudest_db).max(FLOOR_DB))
            .collect();
        PitchTrack {
            voiced: runs(path.iter().map(Option::is_some)),
            pitch: (frames.iter().zip(path))
                .map(|(frame, candidate)| candidate.map(|index| frame.candidates[index]))
                .collect(),
            is_speech: levels.iter().map(|&level| level > -SPEECH_RANGE).collect(),
            levels,
            periodicity: frames.iter().map(PitchFrame::periodicity).collect(),
        }
    }

    /// The pitch of the voiced frames.
    pub(super) fn voiced_pitch(&self) -> impl Iterator<Item = &PitchCandidate> {
        self.pitch.iter().flatten()
    }

    /// The pitch steps between neighbouring voiced frames, in semitones.
    pub(super) fn pitch_steps(&self) -> Vec<f64> {
        let pairs = self.pitch.windows(2);
        pairs
            .filter_map(|pair| Some(f64::from(pair[1]?.semitones - pair[0]?.semitones)))
            .collect()
    }

    /// The frames from the first speech to the last; silence outside of them tells nothing of the
    /// voice.
    pub(super) fn speech(&self) -> Range<usize> {
        let first = self.is_speech.iter().position(|&speech| speech);
        let last = self.is_speech.iter().rposition(|&speech| speech);
        match (first, last) {
            (Some(first), Some(last)) => {
                first.saturating_sub(MARGIN)..(last + 1 + MARGIN).min(self.levels.len())
            }
            _ => 0..0,
        }
    }
}

/// Harmonics-to-noise ratio of a frame with the given periodic share of its power, in dB.
pub(super) fn harmonicity_db(periodicity: f32) -> f32 {
    10.0 * (periodicity / (1.0 - periodicity)).log10()
}

/// The runs of consecutive `true`.
fn runs(flags: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, _) in flags.enumerate().filter(|(_, flag)| *flag) {
        match runs.last_mut() {
            Some(last) if last.end == index => last.end += 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}
