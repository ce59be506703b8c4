//! From chunks of samples to an answer a window.

use serde::Serialize;

use super::classifier::{Classifier, Prediction};
use super::frame_stream::FrameStream;
use super::profile::VoiceSample;
use super::saliency::Evidence;
use super::smoothing::Smoothing;
use super::windows::Window;
use crate::audio::{check_long_enough, check_samples};
use crate::features::MelSpectrogram;
use crate::{Error, Result};

/// The longest hop, in milliseconds.
const MAX_HOP_MS: f64 = 600_000.0;
/// The longest time constant of smoothing, in milliseconds.
const MAX_SMOOTHING_MS: f64 = 60_000.0;

/// Classifies a stream: chunks of any size in, one prediction a window out.
///
/// The first window is answered after about a second, marked provisional, then one a hop. How the
/// samples are cut into chunks changes nothing. Memory does not grow with the input.
///
/// ```
/// use emotionai_voice::{Classifier, DEFAULT_MODEL};
///
/// let classifier = Classifier::from_bytes(DEFAULT_MODEL)?;
/// let mut stream = classifier.stream(48_000, Some(500.0))?;
/// let mut windows = 0;
/// for chunk in vec![0.0; 96_000].chunks(2_048) {
///     windows += stream.push(chunk)?.len();
/// }
/// assert!(windows > 0);
/// let end = stream.flush()?;
/// assert_eq!(end.clip.label, None, "silence has no emotion");
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug)]
pub struct StreamClassifier {
    classifier: Classifier,
    frames: FrameStream,
    sample_rate: u32,
    hop_frames: usize,
    /// Frame that the next window ends before.
    next_end: usize,
    /// Frame that the last answered window ended before.
    last_end: usize,
    /// Frames of the whole input that held speech, as far as they were counted.
    speech_frames: usize,
    /// Frame before which they were counted.
    counted_end: usize,
    n_samples: u64,
    clip: Clip,
    /// The windows that spoke loudest, where they are to be explained.
    evidence: Option<Evidence>,
    smoothing: Option<Smoothing>,
}

/// What a stream still had to say when its input ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamEnd {
    /// The window that ends with the input, unless it was answered already.
    pub windows: Vec<Prediction>,
    /// The answer for the whole input.
    pub clip: Prediction,
    /// What the network made of the voice, for [`Classifier::enroll_voices`] if it spoke neutrally;
    /// `None` where the model was not calibrated for voice profiles.
    pub voice: Option<VoiceSample>,
}

/// The clip's logits as they grow: the mean of the windows' logits, weighted by their speech.
///
/// Provisional windows count only while there is no whole one.
#[derive(Debug, Default)]
struct Clip {
    weighted_logits: Vec<f64>,
    weight: usize,
    whole: bool,
}

impl Clip {
    fn add(&mut self, logits: &[f32], speech_frames: usize, provisional: bool) {
        if provisional && self.whole {
            return;
        }
        // A provisional window is contained in the ones after it: only the longest counts.
        if !self.whole {
            *self = Clip {
                whole: !provisional,
                ..Clip::default()
            };
        }
        self.weighted_logits.resize(logits.len(), 0.0);
        for (sum, logit) in self.weighted_logits.iter_mut().zip(logits) {
            *sum += f64::from(*logit) * speech_frames as f64;
        }
        self.weight += speech_frames;
    }

    fn logits(&self) -> Option<Vec<f32>> {
        let weight = self.weight as f64;
        (self.weight > 0).then(|| {
            let mean = self.weighted_logits.iter().map(|sum| (sum / weight) as f32);
            mean.collect()
        })
    }
}

impl StreamClassifier {
    pub(crate) fn new(
        classifier: Classifier,
        sample_rate: u32,
        hop_ms: Option<f64>,
    ) -> Result<StreamClassifier> {
        let header = classifier.model();
        let hop_frames = match hop_ms {
            None => header.windows.hop_frames,
            Some(ms) if ms > 0.0 && ms <= MAX_HOP_MS => {
                ((ms / header.frames_to_ms(1)).round() as usize).max(1)
            }
            Some(ms) => {
                return Err(Error::InvalidConfig {
                    expected: format!("a hop above 0 and up to {MAX_HOP_MS} ms"),
                    actual: format!("{ms} ms"),
                });
            }
        };
        let frames = FrameStream::new(&header.features, sample_rate)?;
        Ok(StreamClassifier {
            frames: match header.prosody {
                Some(_) => frames.with_prosody(),
                None => frames,
            },
            sample_rate,
            hop_frames,
            next_end: header.windows.provisional_frames,
            last_end: 0,
            speech_frames: 0,
            counted_end: 0,
            n_samples: 0,
            clip: Clip::default(),
            evidence: None,
            smoothing: None,
            classifier,
        })
    }

    /// This stream, keeping the windows that [`flush_evidence`](Self::flush_evidence) gives.
    pub(crate) fn with_evidence(self) -> StreamClassifier {
        StreamClassifier {
            evidence: Some(Evidence::default()),
            ..self
        }
    }

    pub(crate) fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// This stream with each window's logits averaged with those before it, exponentially: one from
    /// `time_constant_ms` ago counts for 1/e (37%) of one from now. Windows without speech are left
    /// out and stay what they are; the answer for the whole input is not smoothed.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for a time that is not positive or above a minute.
    pub fn with_smoothing(self, time_constant_ms: f64) -> Result<StreamClassifier> {
        if time_constant_ms > 0.0 && time_constant_ms <= MAX_SMOOTHING_MS {
            return Ok(StreamClassifier {
                smoothing: Some(Smoothing::new(time_constant_ms)),
                ..self
            });
        }
        Err(Error::InvalidConfig {
            expected: format!("a smoothing above 0 and up to {MAX_SMOOTHING_MS} ms"),
            actual: format!("{time_constant_ms} ms"),
        })
    }

    /// Rate of the samples, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Takes the next samples and answers the windows that they complete. Samples after an error
    /// go on where the last good chunk ended.
    ///
    /// # Errors
    /// [`Error::InvalidAudio`] for a sample that is not finite; the chunk is then left out whole.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Prediction>> {
        check_samples(samples, self.n_samples)?;
        let mut predictions = Vec::new();
        // A tenth of a second at a time: frames are dropped as soon as their windows are answered,
        // so that one huge chunk takes no more memory than many small ones.
        for block in samples.chunks((self.sample_rate / 10) as usize) {
            self.n_samples += block.len() as u64;
            self.frames.push(block);
            self.answer(&mut predictions)?;
        }
        Ok(predictions)
    }

    /// Ends this input: answers what is left of it and the whole, and starts anew.
    ///
    /// # Errors
    /// [`Error::TooShort`] for an input below 100 ms.
    pub fn flush(&mut self) -> Result<StreamEnd> {
        let end = self.finish();
        self.reset();
        end
    }

    /// [`flush`](Self::flush), with the windows of the input that are to be explained.
    pub(crate) fn flush_evidence(&mut self) -> Result<(StreamEnd, Evidence)> {
        let end = self.finish();
        let evidence = self
            .evidence
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        self.reset();
        Ok((end?, evidence))
    }

    /// Forgets this input, as after a gap or a change of device.
    pub fn reset(&mut self) {
        self.frames.reset();
        self.next_end = self.classifier.model().windows.provisional_frames;
        self.last_end = 0;
        self.speech_frames = 0;
        self.counted_end = 0;
        self.n_samples = 0;
        self.clip = Clip::default();
        self.evidence = self.evidence.take().map(|_| Evidence::default());
        if let Some(smoothing) = &mut self.smoothing {
            smoothing.reset();
        }
    }

    /// Answers a whole input of which the frames are there already, in the place of its samples.
    pub(crate) fn classify_mel(mut self, mel: &MelSpectrogram) -> Result<Prediction> {
        let header = self.classifier.model();
        if header.prosody.is_some() {
            return Err(Error::InvalidConfig {
                expected: "a model that hears mel bands alone".into(),
                actual: format!(
                    "{}, which listens to the pitch too: give it the samples",
                    header.id
                ),
            });
        }
        let hop_length = self.classifier.model().features.hop_length as u64;
        self.n_samples = mel.n_frames() as u64 * hop_length;
        check_long_enough(self.n_samples, self.sample_rate)?;
        self.frames.push_mel(mel)?;
        Ok(self.end()?.clip)
    }

    fn finish(&mut self) -> Result<StreamEnd> {
        check_long_enough(self.n_samples, self.sample_rate)?;
        self.frames.flush();
        self.end()
    }

    /// Answers what is left once all frames are in.
    fn end(&mut self) -> Result<StreamEnd> {
        let mut windows = Vec::new();
        self.answer(&mut windows)?;
        let n_frames = self.frames.n_frames();
        if self.last_end < n_frames {
            windows.push(self.answer_window(n_frames)?);
        }
        let logits = self.clip.logits();
        let provisional = n_frames < self.classifier.model().windows.n_frames;
        let clip = self.classifier.predict(
            logits.as_deref(),
            0..n_frames,
            self.speech_frames,
            provisional,
        );
        let header = self.classifier.model();
        let voice = header.voice_space().map(|space| VoiceSample {
            space: space.to_owned(),
            speech_ms: header.frames_to_ms(self.speech_frames),
            logits: logits.unwrap_or_default(),
        });
        Ok(StreamEnd {
            windows,
            clip,
            voice,
        })
    }

    /// Answers every window whose frames are in.
    fn answer(&mut self, predictions: &mut Vec<Prediction>) -> Result<()> {
        loop {
            self.count_unanswered();
            if self.next_end > self.frames.n_frames() {
                break;
            }
            predictions.push(self.answer_window(self.next_end)?);
            self.next_end += self.hop_frames;
        }
        let windows = &self.classifier.model().windows;
        // The input may end with any frame, and its last window ends there.
        let earliest_end = self.frames.n_frames().min(self.next_end);
        self.frames.discard(earliest_end, windows);
        Ok(())
    }

    /// Counts the speech before the next window, of which that will not tell: a hop may be longer than a window.
    fn count_unanswered(&mut self) {
        let header = self.classifier.model();
        loop {
            let end = self.counted_end + header.windows.n_frames;
            if end >= self.next_end || end > self.frames.n_frames() {
                return;
            }
            self.speech_frames += (self.frames).speech_frames(end, &header.windows, &header.gate);
            self.counted_end = end;
        }
    }

    fn answer_window(&mut self, end: usize) -> Result<Prediction> {
        let header = self.classifier.model();
        let provisional = end < header.windows.n_frames;
        let start = end.saturating_sub(header.windows.n_frames);
        let view = (self.frames).view(end, &header.windows, &header.normalization);
        let window = Window {
            data: view.data(),
            speech: self.frames.speech(end, &header.windows, &header.gate),
        };
        let speech_frames = window.speech_frames();
        self.speech_frames += window.speech_frames_of_last(end - self.counted_end);
        self.counted_end = end;
        self.last_end = end;
        let enough =
            speech_frames > 0 && header.frames_to_ms(speech_frames) >= header.gate.min_speech_ms;
        let prosody = match &header.prosody {
            Some(head) if enough => view.prosody().map(|functionals| head.logits(&functionals)),
            _ => None,
        };
        let kept = (enough && self.evidence.is_some()).then(|| window.data.clone());
        let mut logits = enough.then(|| self.classifier.logits(window)).transpose()?;
        if let (Some(logits), Some(prosody)) = (&mut logits, &prosody) {
            add(logits, prosody);
        }
        if let Some(logits) = &mut logits {
            self.clip.add(logits, speech_frames, provisional);
            if let Some(smoothing) = &mut self.smoothing {
                smoothing.apply(logits, header.frames_to_ms(end));
            }
        }
        let prediction =
            self.classifier
                .predict(logits.as_deref(), start..end, speech_frames, provisional);
        if let (Some(evidence), Some(data)) = (&mut self.evidence, kept) {
            evidence.add(data, prosody.unwrap_or_default(), start..end, &prediction);
        }
        Ok(prediction)
    }
}

/// Adds to each logit.
pub(crate) fn add(logits: &mut [f32], others: &[f32]) {
    for (logit, other) in logits.iter_mut().zip(others) {
        *logit += other;
    }
}
