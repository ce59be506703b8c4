//! From samples of any rate to frames.

use super::config::FeatureConfig;
use super::framing::Framing;
use crate::audio::Resampler;
use crate::error::Result;

/// The front end that mel bands and pitch share: resamples a stream of any rate and cuts it into
/// frames. It stores no more of the stream than the filter and one frame hold.
#[derive(Debug)]
pub(crate) struct FrontEnd {
    resampler: Resampler,
    framing: Framing,
}

impl FrontEnd {
    /// A front end for samples at `sample_rate` Hz and the frames of `config`.
    ///
    /// # Errors
    /// [`Error::SampleRate`](crate::error::Error::SampleRate).
    pub(crate) fn new(config: &FeatureConfig, sample_rate: u32) -> Result<FrontEnd> {
        Ok(FrontEnd {
            resampler: Resampler::new(sample_rate, config.sample_rate)?,
            framing: Framing::new(config.n_fft, config.hop_length),
        })
    }

    /// Takes the next samples, which must be finite, and hands each frame that they complete to
    /// `on_frame`.
    pub(crate) fn push(&mut self, samples: &[f32], mut on_frame: impl FnMut(&[f32])) {
        let Self { resampler, framing } = self;
        resampler.push_to(samples, |block| framing.push(block, &mut on_frame));
    }

    /// Ends this input: hands its last frames to `on_frame`, and [resets](Self::reset).
    pub(crate) fn flush(&mut self, mut on_frame: impl FnMut(&[f32])) {
        let Self { resampler, framing } = self;
        resampler.flush_to(|block| framing.push(block, &mut on_frame));
        framing.flush(&mut on_frame);
    }

    /// Forgets this input; the next sample is the first of a new one.
    pub(crate) fn reset(&mut self) {
        self.resampler.reset();
        self.framing.reset();
    }
}
