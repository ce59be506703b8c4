//! Explaining an input: keeps the window to explain while the input passes.

use std::sync::Arc;

use super::chunk::Chunk;
use super::classifier::Classifier;
use super::reader::AudioReader;
use super::saliency::{Candidate, Saliency};
use super::settings::StreamSettings;
use super::window_stream::{AnsweredWindow, WindowStream};
use crate::audio::Waveform;
use crate::error::{Error, Result};

/// Explains the answer for an input: chunks of any size in, a [`Saliency`] map out. Memory does not
/// grow with the input.
///
/// The map explains one window, the one in which the emotion is likeliest. The answer for the whole
/// input is a mean over windows that overlap, so the same syllable lies at another place in each.
///
/// ```
/// use emotionai_voice::{Classifier, DEFAULT_MODEL, Waveform};
///
/// let classifier = Classifier::from_bytes(DEFAULT_MODEL)?;
/// let voice = Waveform::from_wav(include_bytes!("../../tests/data/voice.wav"))?;
/// let saliency = classifier.explain(&voice, None)?;
/// assert_eq!(saliency.data.len(), saliency.n_frames * saliency.n_mels);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug)]
pub struct Explainer {
    reader: AudioReader<WindowStream>,
    candidates: Candidates,
}

/// For each label, the window in which it is likeliest; empty before the first answer.
#[derive(Debug, Default)]
struct Candidates(Vec<Option<Arc<Candidate>>>);

impl Candidates {
    /// Keeps a window for each label that no earlier window makes likelier.
    fn add(&mut self, window: AnsweredWindow) {
        let Some(candidate) = Candidate::new(window).map(Arc::new) else {
            return;
        };
        self.0.resize(candidate.n_labels(), None);
        for (label, kept) in self.0.iter_mut().enumerate() {
            let is_better = kept
                .as_ref()
                .is_none_or(|kept| candidate.is_better(kept, label));
            if is_better {
                *kept = Some(candidate.clone());
            }
        }
    }
}

impl Classifier {
    /// Explains the answer for a recording: for a label of the model, or for the likeliest.
    ///
    /// # Errors
    /// As [`Explainer::explain`].
    pub fn explain(&self, waveform: &Waveform, label: Option<&str>) -> Result<Saliency> {
        let mut explainer = Explainer::new(self, waveform.sample_rate())?;
        explainer.push(waveform.samples())?;
        explainer.explain(label)
    }
}

impl Explainer {
    /// Explains the answers of a classifier for samples at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`].
    pub fn new(classifier: &Classifier, sample_rate: u32) -> Result<Explainer> {
        let settings = StreamSettings::new(classifier);
        Ok(Explainer {
            reader: AudioReader::pcm(settings, sample_rate)?,
            candidates: Candidates::default(),
        })
    }

    /// Explains the answers of a classifier for the bytes of WAV files.
    pub fn wav(classifier: &Classifier) -> Explainer {
        Explainer {
            reader: AudioReader::wav(StreamSettings::new(classifier)),
            candidates: Candidates::default(),
        }
    }

    /// Rate of the samples, in Hz; `None` until a WAV's header has been read.
    pub fn sample_rate(&self) -> Option<u32> {
        self.reader.sample_rate()
    }

    /// Takes the next mono samples.
    ///
    /// # Errors
    /// As [`push_chunk`](Self::push_chunk).
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.push_chunk(Chunk::Mono(samples))
    }

    /// Takes the next bytes of a WAV file.
    ///
    /// # Errors
    /// As [`push_chunk`](Self::push_chunk).
    pub fn push_wav(&mut self, bytes: &[u8]) -> Result<()> {
        self.push_chunk(Chunk::Wav(bytes))
    }

    /// Takes the next chunk. A chunk of samples that fails is left out whole; a WAV file that fails
    /// stays failed until the next [`explain`](Self::explain) or [`reset`](Self::reset).
    ///
    /// # Errors
    /// As [`StreamClassifier::push_chunk`](crate::StreamClassifier::push_chunk).
    pub fn push_chunk(&mut self, chunk: Chunk<'_>) -> Result<()> {
        let candidates = &mut self.candidates;
        self.reader.push(chunk, |stream, samples| {
            stream.push(samples, &mut |window| candidates.add(window))
        })
    }

    /// Ends this input, explains which places speak for a label (the likeliest label of the whole
    /// input where `None`), and starts anew.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for a label that the model does not have; [`Error::NoSpeech`] where
    /// there is no answer to explain; [`Error::TooShort`] below 100 ms; and as
    /// [`StreamClassifier::flush`](crate::StreamClassifier::flush).
    pub fn explain(&mut self, label: Option<&str>) -> Result<Saliency> {
        let saliency = self.finish(label);
        self.reset();
        saliency
    }

    fn finish(&mut self, label: Option<&str>) -> Result<Saliency> {
        let candidates = &mut self.candidates;
        let mut add = |window: AnsweredWindow| candidates.add(window);
        let stream = (self.reader).finish(|stream, samples| stream.push(samples, &mut add))?;
        let (clip, _) = stream.finish(&mut add)?;
        let classifier = &self.reader.settings().classifier;
        let label = match (label, &clip.probabilities) {
            (Some(label), _) => index_of(classifier, label)?,
            (None, Some(probabilities)) => probabilities.top().0,
            (None, None) => 0,
        };
        let Some(Some(candidate)) = self.candidates.0.get(label) else {
            return Err(Error::NoSpeech {
                expected_ms: classifier.model().gate.min_speech_ms as u32,
                actual_ms: clip.speech_ms as u32,
            });
        };
        candidate.explain(classifier, label)
    }

    /// Forgets this input.
    pub fn reset(&mut self) {
        self.reader.reset();
        self.candidates = Candidates::default();
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
