//! Classifying streams, and clips as streams that end.

use serde::Serialize;

use super::chunk::Chunk;
use super::classifier::Classifier;
use super::postponed::Postponed;
use super::prediction::Prediction;
use super::profile::EnrollmentSample;
use super::reader::{AudioReader, SampleStream};
use super::settings::StreamSettings;
use super::window_stream::{AnsweredWindow, WindowStream};
use crate::audio::Waveform;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::features::MelSpectrogram;

/// Classifies a stream: chunks of any size in, one prediction a window out.
///
/// The first window is answered after about a second and marked provisional; then one a hop. The
/// cuts between chunks change nothing, and memory does not grow with the input.
///
/// [`Classifier::stream`] opens a stream of samples, [`Classifier::wav_stream`] a stream of the
/// bytes of WAV files.
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
    reader: AudioReader<WindowStream>,
    postponed: Postponed,
}

/// The last answers of a stream, at the end of its input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StreamEnd {
    /// The windows that the end completed: the one that ends with the input, unless it was
    /// answered before.
    pub windows: Vec<Prediction>,
    /// The answer for the whole input.
    pub clip: Prediction,
    /// Material for a speaker profile, for [`Classifier::enroll_samples`] if the speech was neutral;
    /// `None` where the model was not calibrated for profiles.
    pub enrollment: Option<EnrollmentSample>,
}

impl Classifier {
    /// The answer for a whole recording: a stream of it, and its [flush](StreamClassifier::flush).
    ///
    /// # Errors
    /// [`Error::TooShort`] below 100 ms.
    pub fn classify(&self, waveform: &Waveform) -> Result<Prediction> {
        let settings = StreamSettings::new(self);
        let mut stream = WindowStream::open(&settings, waveform.sample_rate())?;
        stream.push(waveform.samples(), &mut |_| ())?;
        Ok(stream.finish(&mut |_| ())?.0)
    }

    /// The answer for a whole recording from its log-mel frames, which must have been computed with
    /// the features of this model. It is the answer of [`classify`](Self::classify) for its samples.
    ///
    /// # Errors
    /// [`Error::TooShort`] below 100 ms; [`Error::InvalidConfig`] for another number of bands or a
    /// model with a prosody head; [`Error::InvalidAudio`] for frames that are not finite.
    pub fn classify_mel(&self, mel: &MelSpectrogram) -> Result<Prediction> {
        let settings = StreamSettings::new(self);
        let mut stream = WindowStream::open(&settings, self.model().features.sample_rate)?;
        stream.push_mel(mel, &mut |_| ())?;
        stream.finish_mel()
    }

    /// Opens a stream of samples at `sample_rate` Hz. It answers every `hop_ms`, rounded to whole
    /// frames; at the model's own hop where `None`.
    ///
    /// # Errors
    /// [`Error::SampleRate`]; [`Error::InvalidConfig`] for a hop that is not positive or above
    /// ten minutes.
    pub fn stream(&self, sample_rate: u32, hop_ms: Option<f64>) -> Result<StreamClassifier> {
        let settings = StreamSettings::new(self).with_hop(hop_ms)?;
        let reader = AudioReader::pcm(settings, sample_rate)?;
        Ok(StreamClassifier::new(reader))
    }

    /// Opens a stream of the bytes of WAV files, whose headers name the rate. It answers as
    /// [`stream`](Self::stream) does.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for a hop that is not positive or above ten minutes.
    pub fn wav_stream(&self, hop_ms: Option<f64>) -> Result<StreamClassifier> {
        let settings = StreamSettings::new(self).with_hop(hop_ms)?;
        Ok(StreamClassifier::new(AudioReader::wav(settings)))
    }
}

impl StreamClassifier {
    fn new(reader: AudioReader<WindowStream>) -> StreamClassifier {
        StreamClassifier {
            reader,
            postponed: Postponed::default(),
        }
    }

    /// This stream, before its first chunk, with each window's logits averaged exponentially with
    /// those before it: a window from `time_constant_ms` ago counts for 1/e (37%) of the present
    /// one. Windows without speech are left out and unchanged; the clip's answer is not smoothed.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for a time that is not positive or above a minute.
    pub fn with_smoothing(self, time_constant_ms: f64) -> Result<StreamClassifier> {
        let reader =
            (self.reader).with_settings(|settings| settings.with_smoothing(time_constant_ms))?;
        Ok(StreamClassifier::new(reader))
    }

    /// Rate of the samples, in Hz; `None` until a WAV's header has been read.
    pub fn sample_rate(&self) -> Option<u32> {
        self.reader.sample_rate()
    }

    /// The largest magnitude in the last chunk, after the down-mix: 0 is silence, 1 full scale.
    pub fn peak(&self) -> f32 {
        self.reader.peak()
    }

    /// Takes the next mono samples and answers the windows that they complete.
    ///
    /// # Errors
    /// As [`push_chunk`](Self::push_chunk).
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Prediction>> {
        self.push_chunk(Chunk::Mono(samples))
    }

    /// Takes the next bytes of a WAV file and answers the windows that they complete.
    ///
    /// # Errors
    /// As [`push_chunk`](Self::push_chunk).
    pub fn push_wav(&mut self, bytes: &[u8]) -> Result<Vec<Prediction>> {
        self.push_chunk(Chunk::Wav(bytes))
    }

    /// Takes the next chunk and answers the windows that it completes.
    ///
    /// A chunk of samples that fails is left out whole, and the next one continues the input. A
    /// WAV file that fails stays failed until a [`flush`](Self::flush) or [`reset`](Self::reset).
    /// No answer is lost: where a chunk completes windows before its damage, this call returns
    /// them, and the next call fails in its place.
    ///
    /// # Errors
    /// [`Error::InvalidAudio`] for a sample that is not finite, channels that do not fit together,
    /// or a damaged WAV; [`Error::UnsupportedFormat`] and [`Error::SampleRate`] for a WAV;
    /// [`Error::InvalidConfig`] for bytes where the stream takes samples, or the reverse.
    pub fn push_chunk(&mut self, chunk: Chunk<'_>) -> Result<Vec<Prediction>> {
        self.postponed.check()?;
        let mut windows = Vec::new();
        let outcome = self.reader.push(chunk, |stream, samples| {
            stream.push(samples, &mut |window| windows.push(window.prediction))
        });
        let are_none = windows.is_empty();
        self.postponed.give(windows, are_none, outcome)
    }

    /// Ends this input: answers for its last window and for the whole, and starts anew.
    ///
    /// # Errors
    /// [`Error::TooShort`] for an input below 100 ms; [`Error::InvalidAudio`] for a WAV file that
    /// is cut short; and as [`push_chunk`](Self::push_chunk).
    pub fn flush(&mut self) -> Result<StreamEnd> {
        let end = self.finish();
        self.reset();
        end
    }

    fn finish(&mut self) -> Result<StreamEnd> {
        self.postponed.check()?;
        let mut windows = Vec::new();
        let mut keep = |window: AnsweredWindow| {
            windows.push(window.prediction);
        };
        let stream = (self.reader).finish(|stream, samples| stream.push(samples, &mut keep))?;
        let (clip, enrollment) = stream.finish(&mut keep)?;
        Ok(StreamEnd {
            windows,
            clip,
            enrollment,
        })
    }

    /// Forgets this input, as after a gap or a change of device.
    pub fn reset(&mut self) {
        self.reader.reset();
        self.postponed.reset();
    }
}
