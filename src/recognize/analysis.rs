//! The frames of a whole recording, for several models to answer for.

use super::classifier::Classifier;
use super::frame_stream::FrameStream;
use super::prediction::Prediction;
use super::reader::SampleStream;
use super::settings::StreamSettings;
use super::window_stream::WindowStream;
use crate::audio::{Waveform, check_long_enough};
use crate::error::Result;
use crate::features::{FeatureConfig, MelSpectrogram};
use crate::prosody::PitchFrame;

/// The log-mel frames of a recording, and their pitch candidates where a model needs them.
#[derive(Debug, Clone)]
pub struct Analysis {
    mel: MelSpectrogram,
    /// Empty where the pitch was not tracked.
    pitch: Vec<PitchFrame>,
}

impl Analysis {
    /// Analyses a recording, with its pitch for a model with a prosody head.
    ///
    /// # Errors
    /// [`Error::TooShort`](crate::Error::TooShort) below 100 ms;
    /// [`Error::InvalidConfig`](crate::Error::InvalidConfig).
    pub fn new(
        features: &FeatureConfig,
        with_pitch: bool,
        waveform: &Waveform,
    ) -> Result<Analysis> {
        let (samples, sample_rate) = (waveform.samples(), waveform.sample_rate());
        check_long_enough(samples.len() as u64, sample_rate)?;
        let mut frames = FrameStream::new(features, sample_rate)?;
        if with_pitch {
            frames = frames.with_prosody();
        }
        frames.push(samples);
        frames.flush();
        let (mel, pitch) = frames.into_frames();
        Ok(Analysis { mel, pitch })
    }

    /// The analysis of log-mel frames that were computed before, with the same features and without pitch.
    ///
    /// # Errors
    /// [`Error::TooShort`](crate::Error::TooShort) below 100 ms; as [`FrameStream::from_mel`].
    pub fn from_mel(features: &FeatureConfig, mel: &MelSpectrogram) -> Result<Analysis> {
        let n_samples = (mel.n_frames() * features.hop_length) as u64;
        check_long_enough(n_samples, features.sample_rate)?;
        let (mel, pitch) = FrameStream::from_mel(features, mel)?.into_frames();
        Ok(Analysis { mel, pitch })
    }
}

impl Classifier {
    /// The answer for a recording that was analysed with the features of this model: that of
    /// [`classify`](Self::classify).
    ///
    /// # Errors
    /// As [`classify_mel`](Self::classify_mel); a model with a prosody head needs the pitch.
    pub fn classify_analysis(&self, analysis: &Analysis) -> Result<Prediction> {
        let settings = StreamSettings::new(self);
        let mut stream = WindowStream::open(&settings, self.model().features.sample_rate)?;
        stream.push_frames(&analysis.mel, &analysis.pitch, &mut |_| ())?;
        stream.finish_mel()
    }
}
