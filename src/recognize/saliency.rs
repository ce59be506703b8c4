//! Which bands and frames spoke for an emotion.
//!
//! By occlusion (Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks",
//! arXiv:1311.2901): a patch of a window is hidden, and as far as the emotion's log-odds fall, so
//! much had the patch said for it. It asks the network that answers, not an approximation of it,
//! and needs no gradients. Hidden is what has the value that training masked with (SpecAugment's:
//! each band's mean), so that the network judges nothing of a kind that it has not seen. What the figures
//! of the prosody say stays as it is: the map shows what the network hears, not all that the answer rests on.
//!
//! One window is explained, the one in which the emotion is likeliest. The answer for an input is a
//! mean over its windows, and the windows overlap: the same syllable lies at another place in each.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::classifier::{Classifier, Prediction};
use super::emotion::Probabilities;
use super::stream::{StreamClassifier, add};
use crate::audio::Waveform;
use crate::{Error, Result};

/// A patch's sides, in bands and frames: an eighth of the spectrum for an eighth of a second, with
/// the default features. Smaller ones say too little each; larger ones hide what lies beside.
const PATCH: usize = 8;
/// From one patch to the next. Half a patch, so that an edge of the grid is the middle of a patch.
const STEP: usize = PATCH / 2;
/// Windows that go through the network at once.
const BATCH: usize = 16;
/// What hides a band, in units of its deviation from its mean in the training data.
const HIDDEN: f32 = 0.0;

/// How much each band of each frame of a window spoke for an emotion.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Saliency {
    /// The emotion that is explained.
    pub label: String,
    /// Its calibrated probability in this window.
    pub probability: f32,
    /// Mel bands.
    #[serde(rename = "bands")]
    pub n_mels: usize,
    /// Centre of each band, in Hz.
    pub bands_hz: Vec<f64>,
    /// Frames of the window that lie in the input.
    #[serde(rename = "frames")]
    pub n_frames: usize,
    /// Time from one frame to the next, in milliseconds.
    pub frame_ms: f64,
    /// `[n_frames, n_mels]`, frame-major: how far the log-odds of the emotion fall, in nats, where the
    /// place is hidden; the mean over the patches that hide it. Below 0 it spoke against the emotion.
    #[serde(skip)]
    pub data: Vec<f32>,
    /// Where the window begins in the input, in milliseconds.
    pub start_ms: f64,
    /// Where it ends.
    pub end_ms: f64,
}

/// Explains the answer for an input: samples in chunks of any size in, a [`Saliency`] map out.
/// Memory does not grow with the input.
///
/// ```
/// use emotionai_voice::{Classifier, DEFAULT_MODEL, Explainer, Waveform};
///
/// let classifier = Classifier::from_bytes(DEFAULT_MODEL)?;
/// let voice = Waveform::from_wav(include_bytes!("../../tests/data/voice.wav"))?;
/// let saliency = classifier.explain(&voice, None)?;
/// assert_eq!(saliency.data.len(), saliency.n_frames * saliency.n_mels);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug)]
pub struct Explainer {
    stream: StreamClassifier,
}

impl Explainer {
    /// Explains the answers of this classifier, for samples at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`].
    pub fn new(classifier: &Classifier, sample_rate: u32) -> Result<Explainer> {
        Ok(Explainer {
            stream: classifier.stream(sample_rate, None)?.with_evidence(),
        })
    }

    /// Rate of the samples, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.stream.sample_rate()
    }

    /// Takes the next samples.
    ///
    /// # Errors
    /// As [`StreamClassifier::push`].
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.stream.push(samples).map(drop)
    }

    /// Ends this input, explains what in it spoke for an emotion (the likeliest of the whole where
    /// `None`), and starts anew.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for a label that the model does not have; [`Error::NoSpeech`] where
    /// there is no answer to explain; [`Error::TooShort`] below 100 ms.
    pub fn explain(&mut self, label: Option<&str>) -> Result<Saliency> {
        let (end, evidence) = self.stream.flush_evidence()?;
        let classifier = self.stream.classifier();
        let label = match (label, &end.clip.probabilities) {
            (Some(label), _) => index_of(classifier, label)?,
            (None, Some(probabilities)) => probabilities.top().0,
            (None, None) => 0,
        };
        let Some(Some(exhibit)) = evidence.likeliest.get(label) else {
            return Err(Error::NoSpeech {
                expected_ms: classifier.model().gate.min_speech_ms as u32,
                actual_ms: end.clip.speech_ms as u32,
            });
        };
        exhibit.explain(classifier, label)
    }
}

impl Classifier {
    /// What in a recording spoke for an emotion: for a label of the model, or for the likeliest.
    ///
    /// # Errors
    /// As [`Explainer::explain`].
    pub fn explain(&self, waveform: &Waveform, label: Option<&str>) -> Result<Saliency> {
        let mut explainer = Explainer::new(self, waveform.sample_rate())?;
        explainer.push(waveform.samples())?;
        explainer.explain(label)
    }
}

fn index_of(classifier: &Classifier, label: &str) -> Result<usize> {
    let labels = &classifier.model().labels;
    labels
        .iter()
        .position(|own| own == label)
        .ok_or_else(|| Error::InvalidConfig {
            expected: format!("one of the model's labels: {}", labels.join(", ")),
            actual: label.to_owned(),
        })
}

/// For each label, the window in which it is likeliest.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    likeliest: Vec<Option<Arc<Exhibit>>>,
}

/// A window that is kept.
#[derive(Debug)]
struct Exhibit {
    /// What the network saw, `[n_mels, n_frames]`.
    data: Vec<f32>,
    /// What the prosody added to its logits: nothing that is hidden changes that.
    prosody: Vec<f32>,
    /// Where it lies in the input. Fewer frames than the network saw: the rest is padding.
    frames: Range<usize>,
    provisional: bool,
    probabilities: Probabilities,
}

impl Evidence {
    /// Keeps a window for each label that was never likelier. As in the answer for the whole, a
    /// provisional one counts only while there is no whole one.
    pub(crate) fn add(
        &mut self,
        data: Vec<f32>,
        prosody: Vec<f32>,
        frames: Range<usize>,
        prediction: &Prediction,
    ) {
        let Some(probabilities) = prediction.probabilities.clone() else {
            return;
        };
        self.likeliest.resize(probabilities.values().len(), None);
        let exhibit = Arc::new(Exhibit {
            data,
            prosody,
            frames,
            provisional: prediction.provisional,
            probabilities,
        });
        for (label, kept) in self.likeliest.iter_mut().enumerate() {
            let is_better = kept.as_ref().is_none_or(|kept| exhibit.beats(kept, label));
            if is_better {
                *kept = Some(exhibit.clone());
            }
        }
    }
}

impl Exhibit {
    fn beats(&self, other: &Exhibit, label: usize) -> bool {
        if self.provisional != other.provisional {
            return other.provisional;
        }
        log_odds(&self.probabilities, label) > log_odds(&other.probabilities, label)
    }

    fn explain(&self, classifier: &Classifier, label: usize) -> Result<Saliency> {
        let header = classifier.model();
        let n_mels = header.features.n_mels;
        let width = header.windows.n_frames;
        let n_frames = self.frames.len();
        let first = header.windows.input_columns(n_frames).start;
        let patches: Vec<(Range<usize>, Range<usize>)> = spans(n_mels)
            .flat_map(|bands| spans(n_frames).map(move |frames| (bands.clone(), frames)))
            .collect();
        let whole = log_odds(&self.probabilities, label);

        let mut data = vec![0.0; n_frames * n_mels];
        let mut hits = vec![0.0; n_frames * n_mels];
        for batch in patches.chunks(BATCH) {
            let mut windows = Vec::with_capacity(batch.len() * self.data.len());
            for (bands, frames) in batch {
                let window = windows.len();
                windows.extend_from_slice(&self.data);
                for band in bands.clone() {
                    let row = window + band * width + first;
                    windows[row + frames.start..row + frames.end].fill(HIDDEN);
                }
            }
            let mut logits = classifier.logits_of(windows)?;
            let of_each = logits.chunks_exact_mut(header.labels.len());
            for ((bands, frames), logits) in batch.iter().zip(of_each) {
                add(logits, &self.prosody);
                let fall = whole - log_odds(&classifier.probabilities(logits), label);
                for frame in frames.clone() {
                    for band in bands.clone() {
                        data[frame * n_mels + band] += fall;
                        hits[frame * n_mels + band] += 1.0;
                    }
                }
            }
        }
        for (value, hits) in data.iter_mut().zip(hits) {
            *value /= hits;
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
}

/// Where the patches lie along one side, so that they cover it.
fn spans(length: usize) -> impl Iterator<Item = Range<usize>> {
    let last = length.saturating_sub(PATCH);
    (0..last + STEP).step_by(STEP).map(move |start| {
        let start = start.min(last);
        start..(start + PATCH).min(length)
    })
}

/// How much likelier a label is than all others together, as a logarithm. Unlike the probability it
/// does not stand still where that is next to 0 or 1.
fn log_odds(probabilities: &Probabilities, label: usize) -> f32 {
    let values = probabilities.values();
    let own = values[label];
    let others: f32 = (values.iter().enumerate())
        .filter(|(index, _)| *index != label)
        .map(|(_, value)| value)
        .sum();
    own.max(f32::MIN_POSITIVE).ln() - others.max(f32::MIN_POSITIVE).ln()
}
