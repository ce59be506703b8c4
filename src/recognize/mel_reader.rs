//! The log-mel frames of an input, as a model sees them: PCM or WAV in, frames out.

use super::chunk::Chunk;
use super::classifier::Classifier;
use super::postponed::Postponed;
use super::reader::{AudioReader, SampleStream};
use crate::error::Result;
use crate::features::{FeatureConfig, MelSpectrogram, MelStream};

impl SampleStream for MelStream {
    type Settings = FeatureConfig;

    fn open(features: &FeatureConfig, sample_rate: u32) -> Result<MelStream> {
        MelStream::new(features, sample_rate)
    }

    fn reset(&mut self) {
        MelStream::reset(self);
    }
}

/// Computes log-mel frames, in dB, of chunks of PCM or of a WAV file.
#[derive(Debug)]
pub struct MelReader {
    reader: AudioReader<MelStream>,
    postponed: Postponed,
}

impl Classifier {
    /// Reads the log-mel frames of samples at `sample_rate` Hz, with the model's features.
    ///
    /// # Errors
    /// [`Error::SampleRate`](crate::Error::SampleRate).
    pub fn mel_reader(&self, sample_rate: u32) -> Result<MelReader> {
        let features = self.model().features.clone();
        AudioReader::pcm(features, sample_rate).map(MelReader::new)
    }

    /// Reads the log-mel frames of the bytes of WAV files, with the model's features.
    pub fn wav_mel_reader(&self) -> MelReader {
        MelReader::new(AudioReader::wav(self.model().features.clone()))
    }
}

impl MelReader {
    fn new(reader: AudioReader<MelStream>) -> MelReader {
        MelReader {
            reader,
            postponed: Postponed::default(),
        }
    }

    /// Takes the next chunk and returns the frames that it completes. Where a chunk completes
    /// frames before its damage, this call returns them, and the next call fails in its place.
    ///
    /// # Errors
    /// As [`StreamClassifier::push_chunk`](crate::StreamClassifier::push_chunk).
    pub fn push_chunk(&mut self, chunk: Chunk<'_>) -> Result<MelSpectrogram> {
        self.postponed.check()?;
        let mut frames = self.no_frames();
        let outcome = self.reader.push(chunk, |stream, samples| {
            stream.push_checked(samples, &mut frames);
            Ok(())
        });
        let are_none = frames.is_empty();
        self.postponed.give(frames, are_none, outcome)
    }

    /// Ends this input, returns its last frames and starts anew.
    ///
    /// # Errors
    /// As [`StreamClassifier::flush`](crate::StreamClassifier::flush).
    pub fn flush(&mut self) -> Result<MelSpectrogram> {
        let frames = self.finish();
        self.reset();
        frames
    }

    fn finish(&mut self) -> Result<MelSpectrogram> {
        self.postponed.check()?;
        let mut frames = self.no_frames();
        let stream = self.reader.finish(|stream, samples| {
            stream.push_checked(samples, &mut frames);
            Ok(())
        })?;
        stream.flush(&mut frames)?;
        Ok(frames)
    }

    /// Forgets this input.
    pub fn reset(&mut self) {
        self.reader.reset();
        self.postponed.reset();
    }

    fn no_frames(&self) -> MelSpectrogram {
        MelSpectrogram::new(self.reader.settings().n_mels)
    }
}
