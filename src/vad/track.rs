//! From the frames of an input to the speech in its windows.

use std::ops::Range;
use std::sync::Arc;

use super::config::VadConfig;
use super::inputs::VadInputs;
use super::level::LevelMeter;
use super::network::{VadNetwork, VadState};
use crate::features::FeatureConfig;

/// The rule by which logits become voice: from a sure frame on, while it is likely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoiceHysteresis {
    /// Logit above which a voice begins.
    pub onset: f32,
    /// Logit above which it goes on.
    pub offset: f32,
}

impl VoiceHysteresis {
    /// A rule with another onset, and the usual distance to its offset.
    pub fn at(onset: f32) -> VoiceHysteresis {
        VoiceHysteresis {
            onset,
            offset: onset - 1.5,
        }
    }

    /// Whether each of consecutive frames holds a voice.
    pub fn heard(self, logits: impl IntoIterator<Item = f32>) -> impl Iterator<Item = bool> {
        logits.into_iter().scan(false, move |heard, logit| {
            *heard = logit > self.onset || *heard && logit > self.offset;
            Some(*heard)
        })
    }
}

impl Default for VoiceHysteresis {
    fn default() -> VoiceHysteresis {
        VoiceHysteresis::at(0.25)
    }
}

/// Analyses each frame of a stream for voice activity.
#[derive(Debug)]
pub(crate) struct VadAnalyzer {
    meter: LevelMeter,
    /// `None` for features other than those of the network.
    inputs: Option<VadInputs>,
    network: Arc<VadNetwork>,
    state: VadState,
}

impl VadAnalyzer {
    pub(crate) fn new(features: &FeatureConfig) -> VadAnalyzer {
        VadAnalyzer {
            meter: LevelMeter::default(),
            inputs: VadInputs::new(features),
            network: VadNetwork::shipped(),
            state: VadState::default(),
        }
    }

    /// This analyzer, before its first frame, with another network than the shipped one.
    pub(crate) fn with_network(self, network: Arc<VadNetwork>) -> VadAnalyzer {
        VadAnalyzer { network, ..self }
    }

    /// Analyses the next frame, whose bands are in dB, and appends the result to `track`.
    pub(crate) fn push(&mut self, frame: &[f32], track: &mut VadTrack) {
        track.levels.push(self.meter.push(frame));
        if let Some(inputs) = &mut self.inputs {
            let logit = self.network.step(&inputs.push(frame), &mut self.state);
            track.logits.push(logit);
        }
    }

    /// Forgets this input; the next frame is the first of a new one.
    pub(crate) fn reset(&mut self) {
        self.meter = LevelMeter::default();
        self.state = VadState::default();
        if let Some(inputs) = &mut self.inputs {
            inputs.reset();
        }
    }
}

/// The analysed frames of an input.
#[derive(Debug, Default)]
pub(crate) struct VadTrack {
    /// Level of each frame, smoothed over the last frames, in dB.
    levels: Vec<f32>,
    /// The network's logit at each frame; empty where it does not know the features.
    logits: Vec<f32>,
}

impl VadTrack {
    /// Drops the first `n` frames, of which there must be as many.
    pub(crate) fn drain_front(&mut self, n: usize) {
        self.levels.drain(..n);
        self.logits.drain(..n.min(self.logits.len()));
    }

    /// Drops all frames and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.levels.clear();
        self.logits.clear();
    }

    /// Whether each of the last `n_frames` frames of `context` is speech.
    pub(crate) fn speech(
        &self,
        context: Range<usize>,
        n_frames: usize,
        config: &VadConfig,
    ) -> Vec<bool> {
        let levels = &self.levels[context.clone()];
        let threshold = config.threshold_db(levels);
        let window = context.end - n_frames..context.end;
        let voice = match config.voice {
            true => self.voice(window.clone()),
            false => None,
        };
        let voice = voice.unwrap_or_else(|| vec![true; n_frames]);
        let speech = self.levels[window].iter().zip(voice);
        speech
            .map(|(&level, voice)| level > threshold && voice)
            .collect()
    }

    /// The logit of each frame of a window, as far as it is known at the window's end; `None` where
    /// the network does not know the features.
    pub(crate) fn logits(&self, window: Range<usize>) -> Option<impl Iterator<Item = f32>> {
        let last = window.end.checked_sub(1)?;
        let logits = self.logits.get(..window.end)?;
        Some(window.map(move |frame| logits[(frame + VadNetwork::DELAY).min(last)]))
    }

    /// Whether each frame of a window is a voice's.
    fn voice(&self, window: Range<usize>) -> Option<Vec<bool>> {
        Some(
            VoiceHysteresis::default()
                .heard(self.logits(window)?)
                .collect(),
        )
    }
}
