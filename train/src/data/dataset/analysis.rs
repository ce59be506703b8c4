//! From a variant's frames to its entry in the cache.

use emotionai_voice::training::FrameStream;

use super::DatasetConfig;
use super::entry::{Entry, Summary, WindowProsody};
use super::variant::fullest_end;

/// Frames between the positions at which a window may end.
const END_STEP: usize = 4;

/// The entry of a whole variant's frames.
pub fn analyse(frames: FrameStream, config: &DatasetConfig) -> Entry {
    let DatasetConfig { windows, gate, .. } = config;
    let mut ends = Vec::new();
    let mut speech = 0;
    for end in (windows.provisional_frames..=frames.n_frames()).step_by(END_STEP) {
        let frames = frames.speech_frames(end, windows, gate) as u32;
        if frames > 0 {
            speech += frames;
            ends.push((end as u32, speech));
        }
    }
    let fullest_speech = match ends.is_empty() {
        true => Vec::new(),
        false => frames.speech(fullest_end(&ends), windows, gate),
    };
    Entry {
        summary: Summary {
            ends,
            fullest_speech,
        },
        functionals: functionals(&frames, config),
        frames: frames.into_mel(),
    }
}

/// The functionals of the windows that a stream would answer over a whole input. Empty where the pitch is not
/// tracked.
fn functionals(frames: &FrameStream, config: &DatasetConfig) -> Vec<WindowProsody> {
    let DatasetConfig {
        features,
        windows,
        gate,
        ..
    } = config;
    let (n_frames, floor) = (frames.n_frames(), config.floor());
    let mut ends: Vec<usize> = (windows.provisional_frames..=n_frames)
        .step_by(windows.hop_frames)
        .filter(|&end| end >= windows.n_frames)
        .collect();
    if ends.last() != Some(&n_frames) {
        ends.push(n_frames);
    }
    let mut found = Vec::new();
    for end in ends {
        let speech = frames.speech_frames(end, windows, gate);
        let enough = speech > 0 && features.frames_to_ms(speech) >= gate.min_speech_ms;
        if enough && let Some(values) = frames.prosody(end, windows, &floor) {
            found.push(WindowProsody {
                speech: speech as u32,
                values,
            });
        }
    }
    found
}
