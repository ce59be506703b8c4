//! Saliency by occlusion: which bands and frames of a window speak for an emotion.
//!
//! A patch of the window is masked; the fall of the emotion's log-odds is the patch's saliency
//! (Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", arXiv:1311.2901).
//! Occlusion needs no gradients and runs the network that answers, not an approximation of it. The
//! mask is each band's mean, the value that SpecAugment masks with in training, so the network sees
//! no kind of input that it was not trained on. The prosody head's term stays as it is: the map
//! explains the network's part of the answer.

use std::ops::Range;

use super::classifier::Classifier;
use super::probabilities::Probabilities;
use super::window_stream::AnsweredWindow;
use crate::error::Result;

/// Sides of a patch, in bands and frames: an eighth of the spectrum by an eighth of a second with
/// the default features. A smaller patch changes the answer too little; a larger one blurs the map.
const PATCH: usize = 8;
/// From one patch to the next: half a patch, so that the patches overlap.
const STEP: usize = PATCH / 2;
/// Windows that go through the network at once.
const BATCH: usize = 16;
/// The normalised value of a masked place: each band's mean in the training data.
const MASK: f32 = 0.0;

/// How much each band of each frame of a window speaks for an emotion.
#[derive(Debug, Clone, PartialEq)]
pub struct Saliency {
    /// The emotion that is explained.
    pub label: String,
    /// Its calibrated probability in this window.
    pub probability: f32,
    /// Mel bands.
    pub n_mels: usize,
    /// Centre of each band, in Hz.
    pub bands_hz: Vec<f64>,
    /// Frames of the window that lie in the input.
    pub n_frames: usize,
    /// Time from one frame to the next, in milliseconds.
    pub frame_ms: f64,
    /// `[n_frames, n_mels]`, frame-major: the fall of the emotion's log-odds where the place is
    /// masked, in nats; the mean over the patches that cover the place. A negative value speaks
    /// against the emotion.
    pub data: Vec<f32>,
    /// Start of the window in the input, in milliseconds.
    pub start_ms: f64,
    /// End of the window in the input, in milliseconds.
    pub end_ms: f64,
}

/// A window that may be explained.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The network's input, `[n_mels, n_frames]`.
    data: Vec<f32>,
    /// The prosody head's term of the logits, which masking does not change.
    prosody: Option<Vec<f32>>,
    /// Frames of the input in the window.
    frames: Range<usize>,
    provisional: bool,
    probabilities: Probabilities,
}

impl Candidate {
    /// `None` for a window without an answer.
    pub fn new(window: AnsweredWindow) -> Option<Candidate> {
        Some(Candidate {
            probabilities: window.prediction.probabilities?,
            provisional: window.prediction.provisional,
            data: window.data,
            prosody: window.prosody,
            frames: window.frames,
        })
    }

    /// Labels, hence probabilities.
    pub fn n_labels(&self) -> usize {
        self.probabilities.values().len()
    }

    /// Whether a label is likelier in this window than in `other`. As in a clip's answer, a
    /// provisional window counts only while there is no whole one.
    pub fn is_better(&self, other: &Candidate, label: usize) -> bool {
        if self.provisional != other.provisional {
            return other.provisional;
        }
        self.probabilities.log_odds(label) > other.probabilities.log_odds(label)
    }

    /// The map of this window for one label of the model.
    pub fn explain(&self, classifier: &Classifier, label: usize) -> Result<Saliency> {
        let header = classifier.model();
        let (n_mels, n_frames) = (header.features.n_mels, self.frames.len());
        let patches: Vec<(Range<usize>, Range<usize>)> = spans(n_mels)
            .flat_map(|bands| spans(n_frames).map(move |frames| (bands.clone(), frames)))
            .collect();
        let mut data = vec![0.0; n_frames * n_mels];
        let mut n_patches = vec![0.0; n_frames * n_mels];
        for batch in patches.chunks(BATCH) {
            let falls = self.falls(classifier, label, batch)?;
            for ((bands, frames), fall) in batch.iter().zip(falls) {
                for frame in frames.clone() {
                    for band in bands.clone() {
                        data[frame * n_mels + band] += fall;
                        n_patches[frame * n_mels + band] += 1.0;
                    }
                }
            }
        }
        for (value, n_patches) in data.iter_mut().zip(n_patches) {
            *value /= n_patches;
        }
        Ok(Saliency {
            label: header.labels[label].clone(),
            probability: self.probabilities.values()[label],
            n_mels,
            bands_hz: header.features.band_centres_hz(),
            n_frames,
            frame_ms: header.frames_to_ms(1),
            data,
            start_ms: header.frames_to_ms(self.frames.start),
            end_ms: header.frames_to_ms(self.frames.end),
        })
    }

    /// The fall of the label's log-odds for each of some patches of bands and frames.
    fn falls(
        &self,
        classifier: &Classifier,
        label: usize,
        patches: &[(Range<usize>, Range<usize>)],
    ) -> Result<Vec<f32>> {
        let windows = &classifier.model().windows;
        let first = windows.input_columns(self.frames.len()).start;
        let mut masked = Vec::with_capacity(patches.len() * self.data.len());
        for (bands, frames) in patches {
            let window = masked.len();
            masked.extend_from_slice(&self.data);
            for band in bands.clone() {
                let row = window + band * windows.n_frames + first;
                masked[row + frames.start..row + frames.end].fill(MASK);
            }
        }
        let logits = classifier.logits(masked, self.prosody.as_deref())?;
        let decision = classifier.decision();
        let whole = self.probabilities.log_odds(label);
        let fall = |logits: &[f32]| whole - decision.probabilities(logits.to_vec()).log_odds(label);
        Ok(logits.chunks_exact(self.n_labels()).map(fall).collect())
    }
}

/// Where the patches lie along one side of a window, so that they cover it.
fn spans(length: usize) -> impl Iterator<Item = Range<usize>> {
    let last = length.saturating_sub(PATCH);
    (0..last + STEP).step_by(STEP).map(move |start| {
        let start = start.min(last);
        start..(start + PATCH).min(length)
    })
}
