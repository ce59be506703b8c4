//! Which of its peaks is the pitch of each frame, if it has any: the path through the frames that costs
//! least, where pitch rarely leaps and voices rarely break off (Viterbi, as in Boersma 1993).

use super::pitch::{N_PEAKS, PitchFrame, loudest};

/// The score of a frame without a voice.
const UNVOICED: f32 = 0.45;
/// What silence adds to it, from `QUIET` dB below the loudest frame on, in full `QUIET_RANGE` dB further:
/// more than any peak has. What sounds in the pauses of a voice is music, or a hum.
const SILENT: f32 = 1.0;
const QUIET: f32 = 15.0;
const QUIET_RANGE: f32 = 10.0;
/// What it costs to begin or to end a voice.
const TURN: f32 = 0.084;
/// What it costs to move by a semitone in a hop.
const SEMITONE: f32 = 0.21875 / 12.0;

/// A peak, or none.
const STATES: usize = N_PEAKS + 1;
const NO_VOICE: usize = N_PEAKS;

/// For each frame which of its peaks it is; `None` without a voice.
pub(super) fn path(frames: &[PitchFrame]) -> Vec<Option<usize>> {
    let loudest = loudest(frames);
    let mut scores = [0.0; STATES];
    let mut came_from: Vec<[u8; STATES]> = Vec::with_capacity(frames.len());
    for (index, frame) in frames.iter().enumerate() {
        let mut next = own_scores(frame, loudest);
        let mut from = [0; STATES];
        if let Some(before) = index.checked_sub(1).map(|before| &frames[before]) {
            for (state, score) in next.iter_mut().enumerate() {
                let (best, reached) = best_before(&scores, before, frame, state);
                *score += reached;
                from[state] = best;
            }
        }
        scores = next;
        came_from.push(from);
    }
    let mut state = arg_max(&scores);
    let mut path = vec![None; frames.len()];
    for (place, from) in path.iter_mut().zip(&came_from).rev() {
        *place = (state != NO_VOICE).then_some(state);
        state = from[state] as usize;
    }
    path
}

fn own_scores(frame: &PitchFrame, loudest: f32) -> [f32; STATES] {
    let mut scores = [0.0; STATES];
    for (score, peak) in scores.iter_mut().zip(&frame.peaks) {
        *score = peak.score;
    }
    let silence = ((loudest - frame.level - QUIET) / QUIET_RANGE).clamp(0.0, 1.0);
    scores[NO_VOICE] = UNVOICED + SILENT * silence;
    scores
}

/// From which state `state` is best reached, and the score of that.
fn best_before(
    scores: &[f32; STATES],
    before: &PitchFrame,
    frame: &PitchFrame,
    state: usize,
) -> (u8, f32) {
    let mut reached = [0.0; STATES];
    for (from, (reached, score)) in reached.iter_mut().zip(scores).enumerate() {
        let cost = match (from, state) {
            (NO_VOICE, NO_VOICE) => 0.0,
            (NO_VOICE, _) | (_, NO_VOICE) => TURN,
            _ => SEMITONE * (before.peaks[from].semitones - frame.peaks[state].semitones).abs(),
        };
        *reached = score - cost;
    }
    let best = arg_max(&reached);
    (best as u8, reached[best])
}

fn arg_max(values: &[f32; STATES]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}
