//! From the bytes of a WAV to an answer a window, in bounded memory.

use super::classifier::{Classifier, Prediction};
use super::stream::{StreamClassifier, StreamEnd};
use crate::audio::WavDecoder;
use crate::{Error, Result};

/// A [`WavDecoder`] in front of a [`StreamClassifier`]: takes the bytes of a WAV in chunks of any
/// size. The rate comes from the file's own header.
#[derive(Debug)]
pub struct WavStreamClassifier {
    classifier: Classifier,
    hop_ms: Option<f64>,
    decoder: WavDecoder,
    stream: Option<StreamClassifier>,
    samples: Vec<f32>,
}

/// Bytes that are decoded at a time, so that one huge chunk takes little memory beside its own.
const BLOCK: usize = 1 << 16;

impl WavStreamClassifier {
    /// Answers every `hop_ms`, as [`Classifier::stream`] does.
    pub fn new(classifier: Classifier, hop_ms: Option<f64>) -> WavStreamClassifier {
        WavStreamClassifier {
            classifier,
            hop_ms,
            decoder: WavDecoder::new(),
            stream: None,
            samples: Vec::new(),
        }
    }

    /// Takes the next bytes and answers the windows that they complete.
    ///
    /// # Errors
    /// [`Error::UnsupportedFormat`] and [`Error::InvalidAudio`] as the decoder finds them, and what
    /// [`Classifier::stream`] fails with. The input is over then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Prediction>> {
        let mut predictions = Vec::new();
        for block in bytes.chunks(BLOCK) {
            self.samples.clear();
            self.decoder.push(block, &mut self.samples)?;
            predictions.extend(self.classify()?);
        }
        Ok(predictions)
    }

    /// Ends the file: answers what is left of it and the whole. The next byte is the first of
    /// another file.
    ///
    /// # Errors
    /// As [`push`](Self::push) and [`StreamClassifier::flush`], and where the file is cut short.
    pub fn flush(&mut self) -> Result<StreamEnd> {
        let end = self.finish();
        self.decoder = WavDecoder::new();
        self.stream = None;
        end
    }

    fn finish(&mut self) -> Result<StreamEnd> {
        self.samples.clear();
        self.decoder.finish(&mut self.samples)?;
        let mut windows = self.classify()?;
        let Some(stream) = &mut self.stream else {
            // A decoder that finishes without an error has read a header, hence a rate.
            return Err(Error::Internal {
                message: "a WAV without a header was not refused".into(),
            });
        };
        let end = stream.flush()?;
        windows.extend(end.windows);
        Ok(StreamEnd { windows, ..end })
    }

    fn classify(&mut self) -> Result<Vec<Prediction>> {
        let Some(sample_rate) = self.decoder.sample_rate() else {
            return Ok(Vec::new());
        };
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(self.classifier.stream(sample_rate, self.hop_ms)?),
        };
        stream.push(&self.samples)
    }
}
