//! What the frames of a passage say once it is known where in it there is a voice.

use std::ops::Range;

use super::path::path;
use super::pitch::{Peak, PitchFrame, loudest};

/// How far below the loudest frame speech may lie, in dB.
const SPEECH_RANGE: f32 = 30.0;
/// What lies further below the loudest frame is taken to lie there, in dB: how quiet a pause is says more
/// of the room than of the voice.
const LOWEST: f32 = -40.0;
/// Frames around the first and the last speech that still belong to it: the window of a frame reaches as far.
const AROUND: usize = 3;

/// Some frames, heard as a whole.
#[derive(Debug)]
pub(super) struct Passage {
    /// The pitch of each frame that has one.
    pub(super) voice: Vec<Option<Peak>>,
    /// Where one frame after the other has a pitch.
    pub(super) voiced: Vec<Range<usize>>,
    /// Level of each frame in dB below the loudest, which is 0.
    pub(super) levels: Vec<f32>,
    /// Whether each frame is loud enough for speech.
    pub(super) is_speech: Vec<bool>,
    /// How periodic each frame is at best, from 0 to 1.
    pub(super) periodicity: Vec<f32>,
}

impl Passage {
    pub(super) fn new(frames: &[PitchFrame]) -> Passage {
        let path = path(frames);
        let loudest = loudest(frames);
        let levels: Vec<f32> = frames
            .iter()
            .map(|frame| (frame.level - loudest).max(LOWEST))
            .collect();
        Passage {
            voiced: stretches(path.iter().map(Option::is_some)),
            voice: (frames.iter().zip(path))
                .map(|(frame, peak)| peak.map(|peak| frame.peaks[peak]))
                .collect(),
            is_speech: levels.iter().map(|&level| level > -SPEECH_RANGE).collect(),
            levels,
            periodicity: frames.iter().map(PitchFrame::periodicity).collect(),
        }
    }

    /// The frames with a pitch.
    pub(super) fn peaks(&self) -> impl Iterator<Item = &Peak> {
        self.voice.iter().flatten()
    }

    /// From each frame with a pitch to the next, where that has one too, in semitones.
    pub(super) fn glides(&self) -> Vec<f32> {
        let pairs = self.voice.windows(2);
        pairs
            .filter_map(|pair| Some(pair[1]?.semitones - pair[0]?.semitones))
            .collect()
    }

    /// From the first speech to the last. Silence before and after says nothing of how it is said.
    pub(super) fn speech(&self) -> Range<usize> {
        let first = self.is_speech.iter().position(|&speech| speech);
        let last = self.is_speech.iter().rposition(|&speech| speech);
        match (first, last) {
            (Some(first), Some(last)) => {
                first.saturating_sub(AROUND)..(last + 1 + AROUND).min(self.levels.len())
            }
            _ => 0..0,
        }
    }
}

/// Harmonics-to-noise ratio of a frame that is periodic by this share, in dB.
pub(super) fn harmonicity(periodicity: f32) -> f32 {
    10.0 * (periodicity / (1.0 - periodicity)).log10()
}

/// Where it is so for one frame after the other.
fn stretches(is_so: impl Iterator<Item = bool>) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for (index, _) in is_so.enumerate().filter(|(_, so)| *so) {
        match stretches.last_mut() {
            Some(last) if last.end == index => last.end += 1,
            _ => stretches.push(index..index + 1),
        }
    }
    stretches
}
