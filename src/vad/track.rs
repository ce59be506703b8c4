//! From the frames of an input to the speech in its windows.

use std::ops::Range;

use super::config::VadConfig;
use super::frame::{VadFrame, VadFrameExtractor};
use super::level::LevelMeter;
use super::network::VadNetwork;
use super::segment::{N_VAD_FEATURES, segment_features};
use crate::features::FeatureConfig;

/// Analyses each frame of a stream for voice activity.
#[derive(Debug)]
pub(crate) struct VadAnalyzer {
    meter: LevelMeter,
    /// `None` for features other than those of the network.
    extractor: Option<VadFrameExtractor>,
}

impl VadAnalyzer {
    pub(crate) fn new(features: &FeatureConfig) -> VadAnalyzer {
        VadAnalyzer {
            meter: LevelMeter::default(),
            extractor: VadFrameExtractor::new(features),
        }
    }

    /// Analyses the next frame, whose bands are in dB, and appends the result to `track`.
    pub(crate) fn push(&mut self, frame: &[f32], track: &mut VadTrack) {
        let level = self.meter.push(frame);
        track.levels.push(level.smoothed);
        if let Some(extractor) = &mut self.extractor {
            track.frames.push(extractor.push(frame, level.frame));
        }
    }

    /// Forgets this input; the next frame is the first of a new one.
    pub(crate) fn reset(&mut self) {
        self.meter = LevelMeter::default();
        if let Some(extractor) = &mut self.extractor {
            extractor.reset();
        }
    }
}

/// The analysed frames of an input.
#[derive(Debug, Default)]
pub(crate) struct VadTrack {
    /// Level of each frame, smoothed over the last frames, in dB.
    levels: Vec<f32>,
    /// Features of each frame; empty where the network does not know the features.
    frames: Vec<VadFrame>,
}

impl VadTrack {
    /// Drops the first `n` frames, of which there must be as many.
    pub(crate) fn drain_front(&mut self, n: usize) {
        self.levels.drain(..n);
        self.frames.drain(..n.min(self.frames.len()));
    }

    /// Drops all frames and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.levels.clear();
        self.frames.clear();
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
        let window = &levels[levels.len() - n_frames..];
        let mut speech: Vec<bool> = window.iter().map(|&level| level > threshold).collect();
        if config.voice && speech.contains(&true) && self.knows_features() {
            let network = VadNetwork::shipped();
            let mut segments = self.segment_features(context, n_frames);
            if !segments.any(|features| network.logit(&features) > 0.0) {
                speech.fill(false);
            }
        }
        speech
    }

    /// The network's features for each segment of the last `n_frames` frames of `context`, the
    /// newest first; none where the network does not know the features.
    pub(crate) fn segment_features(
        &self,
        context: Range<usize>,
        n_frames: usize,
    ) -> impl Iterator<Item = [f32; N_VAD_FEATURES]> {
        let frames = self.frames.get(context.clone());
        frames.into_iter().flat_map(move |frames| {
            segment_features(frames, &self.levels[context.clone()], n_frames)
        })
    }

    fn knows_features(&self) -> bool {
        !self.frames.is_empty()
    }
}
