//! From samples of any rate to log-mel frames.

use super::config::FeatureConfig;
use super::front_end::FrontEnd;
use super::log_mel::LogMelBands;
use super::spectrogram::MelSpectrogram;
use crate::audio::{check_long_enough, check_samples};
use crate::error::Result;

/// Computes the log-mel frames of a stream of any rate: a
/// [`Resampler`](crate::training::Resampler) in front of a [`LogMelExtractor`](crate::LogMelExtractor).
///
/// ```
/// use emotionai_voice::training::MelStream;
/// use emotionai_voice::{FeatureConfig, MelSpectrogram};
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
    front_end: FrontEnd,
    bands: LogMelBands,
    sample_rate: u32,
    n_samples: u64,
}

impl MelStream {
    /// A stream of samples at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`](crate::Error::SampleRate) and
    /// [`Error::InvalidConfig`](crate::Error::InvalidConfig).
    pub fn new(features: &FeatureConfig, sample_rate: u32) -> Result<MelStream> {
        Ok(MelStream {
            front_end: FrontEnd::new(features, sample_rate)?,
            bands: LogMelBands::new(features)?,
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
    /// [`Error::InvalidAudio`](crate::Error::InvalidAudio) for a sample that is not finite; the chunk
    /// is then left out whole.
    pub fn push(&mut self, samples: &[f32], out: &mut MelSpectrogram) -> Result<()> {
        check_samples(samples, self.n_samples)?;
        self.push_checked(samples, out);
        Ok(())
    }

    /// [`push`](Self::push) for samples that were checked where they came in.
    pub(crate) fn push_checked(&mut self, samples: &[f32], out: &mut MelSpectrogram) {
        self.n_samples += samples.len() as u64;
        let Self {
            front_end, bands, ..
        } = self;
        front_end.push(samples, |frame| out.push_frame(bands.apply(frame)));
    }

    /// Ends this input: appends its last frames to `out`, and starts anew.
    ///
    /// # Errors
    /// [`Error::TooShort`](crate::Error::TooShort) for an input below 100 ms.
    pub fn flush(&mut self, out: &mut MelSpectrogram) -> Result<()> {
        let long_enough = check_long_enough(self.n_samples, self.sample_rate);
        let Self {
            front_end, bands, ..
        } = self;
        front_end.flush(|frame| out.push_frame(bands.apply(frame)));
        self.n_samples = 0;
        long_enough
    }

    /// Forgets this input.
    pub fn reset(&mut self) {
        self.n_samples = 0;
        self.front_end.reset();
    }
}
