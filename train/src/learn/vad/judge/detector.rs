//! A detector as the judge sees it: a score for each window.

use std::sync::Arc;

use anyhow::Result;
use emotionai_voice::training::{VadConfig, VadNetwork, VoiceHysteresis, WindowConfig};

use crate::learn::vad::examples::{self, MIN_FRAMES};

/// The windows of a clip: the frames that each ends before.
pub type Ends = [usize];

/// A voice activity detector.
pub trait Detector: Sync {
    /// Its name in the table.
    fn name(&self) -> &str;

    /// The score above which a window is speech.
    fn threshold(&self) -> f32;

    /// The score of each window of a clip at 16 kHz: the highest threshold at which it holds 200 ms of speech.
    ///
    /// # Errors
    /// Where the detector cannot run.
    fn scores(&self, samples: &[f32], ends: &Ends) -> Result<Vec<f32>>;
}

/// The detector of the core.
pub struct Ours(pub Arc<VadNetwork>);

impl Detector for Ours {
    fn name(&self) -> &str {
        "ours"
    }

    fn threshold(&self) -> f32 {
        VoiceHysteresis::default().onset
    }

    fn scores(&self, samples: &[f32], ends: &Ends) -> Result<Vec<f32>> {
        let stream = examples::stream(samples, &self.0)?;
        let windows = WindowConfig::default();
        let by_level = VadConfig {
            voice: false,
            ..VadConfig::default()
        };
        let score = |&end: &usize| {
            let loud = stream.speech(end, &windows, &by_level);
            let logits = stream.vad_logits(end, &windows).unwrap_or_default();
            let passes = |onset: f32| {
                let heard = VoiceHysteresis::at(onset).heard(logits.iter().copied());
                let speech = heard.zip(&loud).filter(|(heard, loud)| *heard && **loud);
                speech.count() >= MIN_FRAMES
            };
            // A higher threshold never passes more, so the highest is found by halves.
            let (mut low, mut high) = (-20.0, 20.0);
            if !passes(low) {
                return f32::NEG_INFINITY;
            }
            for _ in 0..20 {
                let middle = 0.5 * (low + high);
                match passes(middle) {
                    true => low = middle,
                    false => high = middle,
                }
            }
            low
        };
        Ok(ends.iter().map(score).collect())
    }
}
