//! From samples of any rate to log-mel frames: what windows are cut from, and pictures drawn from.

use super::{FeatureConfig, LogMelExtractor, MelSpectrogram};
use crate::Result;
use crate::audio::{Resampler, check_long_enough, check_samples};

/// Computes the log-mel frames of a stream of any rate: a [`Resampler`] in front of a
/// [`LogMelExtractor`].
///
/// ```
/// use emotionai_voice::{FeatureConfig, MelSpectrogram, MelStream};
///
/// let features = FeatureConfig::default();
/// let mut stream = MelStream::new(&features, 48_000)?;
/// let mut mel = MelSpectrogram::new(features.n_mels);
/// for chunk in vec![0.0; 48_000].chunks(2_048) {
///     stream.push(chunk, &mut mel)?;
/// }
/// stream.flush(&mut mel)?;
/// assert_eq!(mel.n_frames(), 63);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug)]
pub struct MelStream {
    resampler: Resampler,
    extractor: LogMelExtractor,
    resampled: Vec<f32>,
    sample_rate: u32,
    n_samples: u64,
}

impl MelStream {
    /// A stream of samples at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`] and [`Error::InvalidConfig`].
    pub fn new(features: &FeatureConfig, sample_rate: u32) -> Result<MelStream> {
        Ok(MelStream {
            resampler: Resampler::new(sample_rate, features.sample_rate)?,
            extractor: LogMelExtractor::new(features)?,
            resampled: Vec::new(),
            sample_rate,
            n_samples: 0,
        })
    }

    /// Rate of the samples, in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Takes the next samples and appends the frames that they complete to `out`.
    ///
    /// # Errors
    /// [`Error::InvalidAudio`] for a sample that is not finite; the chunk is then left out whole.
    pub fn push(&mut self, samples: &[f32], out: &mut MelSpectrogram) -> Result<()> {
        check_samples(samples, self.n_samples)?;
        self.push_checked(samples, out);
        Ok(())
    }

    /// Ends this input: appends its last frames to `out`, and starts anew.
    ///
    /// # Errors
    /// [`Error::TooShort`] for an input below 100 ms.
    pub fn flush(&mut self, out: &mut MelSpectrogram) -> Result<()> {
        let long_enough = check_long_enough(self.n_samples, self.sample_rate);
        self.flush_checked(out);
        long_enough
    }

    /// [`push`](Self::push) for samples that are known to be finite.
    pub(crate) fn push_checked(&mut self, samples: &[f32], out: &mut MelSpectrogram) {
        self.n_samples += samples.len() as u64;
        self.resampled.clear();
        self.resampler.push(samples, &mut self.resampled);
        self.extractor.push(&self.resampled, out);
    }

    /// [`flush`](Self::flush) for an input of any length.
    pub(crate) fn flush_checked(&mut self, out: &mut MelSpectrogram) {
        self.n_samples = 0;
        self.resampled.clear();
        self.resampler.flush(&mut self.resampled);
        self.extractor.push(&self.resampled, out);
        self.extractor.flush(out);
    }

    /// What the last `push_checked` or `flush_checked` gave, at the features' rate.
    pub(crate) fn resampled(&self) -> &[f32] {
        &self.resampled
    }

    /// How the frames are computed.
    pub(crate) fn features(&self) -> &FeatureConfig {
        self.extractor.config()
    }

    /// Forgets this input.
    pub fn reset(&mut self) {
        self.n_samples = 0;
        self.resampler.reset();
        self.extractor.reset();
    }
}
