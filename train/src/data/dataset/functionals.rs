//! Prosody functionals of the windows of a recording.

use emotionai_voice::FrameStream;

use super::DatasetConfig;

/// The prosody functionals of one window.
#[derive(Debug, Clone)]
pub struct WindowFunctionals {
    /// One value for each functional, in the core's order.
    pub values: Vec<f32>,
    /// Weight of the window; the weights of a recording and its variants sum up to 1.
    pub weight: f64,
}

/// The functionals of the windows that a stream would answer over a whole input; their weights sum up to
/// `share`. Empty where the pitch is not tracked.
pub fn functionals(
    frames: &FrameStream,
    share: f64,
    config: &DatasetConfig,
) -> Vec<WindowFunctionals> {
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
            found.push(WindowFunctionals {
                values,
                weight: speech as f64,
            });
        }
    }
    let all: f64 = found.iter().map(|window| window.weight).sum();
    for window in &mut found {
        window.weight *= share / all;
    }
    found
}
