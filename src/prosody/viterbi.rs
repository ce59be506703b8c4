//! The choice of one pitch candidate, or no voice, for each frame: the Viterbi path through the frames,
//! with costs for leaps of pitch and for changes of voicing (as in Boersma 1993).

use super::pitch::{N_CANDIDATES, PitchFrame, loudest_db};

/// The score of an unvoiced frame.
const UNVOICED: f32 = 0.45;
/// The addition to [`UNVOICED`] in silence, more than the score of any candidate, so that music or a
/// hum in the pauses of a voice is no pitch. It grows from `QUIET` dB below the loudest frame to its full
/// value `QUIET_RANGE` dB further down.
const SILENT: f32 = 1.0;
const QUIET: f32 = 15.0;
const QUIET_RANGE: f32 = 10.0;
/// The cost of a change between voiced and unvoiced.
const VOICING_CHANGE: f32 = 0.084;
/// The cost of a semitone between neighbouring frames.
const SEMITONE: f32 = 0.21875 / 12.0;

/// The candidates, and no voice.
const N_STATES: usize = N_CANDIDATES + 1;
const NO_VOICE: usize = N_CANDIDATES;

/// The index of each frame's pitch among its candidates; `None` for an unvoiced frame.
pub(super) fn best_path(frames: &[PitchFrame]) -> Vec<Option<usize>> {
    let loudest_db = loudest_db(frames);
    let mut scores = [0.0; N_STATES];
    let mut predecessors: Vec<[u8; N_STATES]> = Vec::with_capacity(frames.len());
    for (index, frame) in frames.iter().enumerate() {
        let mut next = state_scores(frame, loudest_db);
        let mut from = [0; N_STATES];
        if let Some(before) = index.checked_sub(1).map(|before| &frames[before]) {
            for (state, score) in next.iter_mut().enumerate() {
                let (best, reached) = best_before(&scores, before, frame, state);
                *score += reached;
                from[state] = best;
            }
        }
        scores = next;
        predecessors.push(from);
    }
    let mut state = arg_max(&scores);
    let mut path = vec![None; frames.len()];
    for (place, from) in path.iter_mut().zip(&predecessors).rev() {
        *place = (state != NO_VOICE).then_some(state);
        state = from[state] as usize;
    }
    path
}

/// The score of each state of a frame by itself.
fn state_scores(frame: &PitchFrame, loudest_db: f32) -> [f32; N_STATES] {
    let mut scores = [0.0; N_STATES];
    for (score, candidate) in scores.iter_mut().zip(&frame.candidates) {
        *score = candidate.score;
    }
    let silence = ((loudest_db - frame.level_db - QUIET) / QUIET_RANGE).clamp(0.0, 1.0);
    scores[NO_VOICE] = UNVOICED + SILENT * silence;
    scores
}

/// The best predecessor of `state`, and the score of the path through it.
fn best_before(
    scores: &[f32; N_STATES],
    before: &PitchFrame,
    frame: &PitchFrame,
    state: usize,
) -> (u8, f32) {
    let mut reached = [0.0; N_STATES];
    for (from, (reached, score)) in reached.iter_mut().zip(scores).enumerate() {
        let cost = match (from, state) {
            (NO_VOICE, NO_VOICE) => 0.0,
            (NO_VOICE, _) | (_, NO_VOICE) => VOICING_CHANGE,
            _ => {
                SEMITONE
                    * (before.candidates[from].semitones - frame.candidates[state].semitones).abs()
            }
        };
        *reached = score - cost;
    }
    let best = arg_max(&reached);
    (best as u8, reached[best])
}

fn arg_max(values: &[f32; N_STATES]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}
