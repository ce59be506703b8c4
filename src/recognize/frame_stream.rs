//! From samples to frames and the windows over them: the one pipeline of page and trainer.

use std::ops::Range;
use std::sync::Arc;

use super::windows::{Window, WindowView, count};
use crate::error::{Error, Result};
use crate::features::{
    FeatureConfig, FrontEnd, LogMelBands, MelSpectrogram, Normalization, WindowConfig, WindowLevels,
};
use crate::prosody::{PitchAnalyzer, PitchFrame};
use crate::vad::{VadAnalyzer, VadConfig, VadNetwork, VadTrack};

/// The frames of one input and the windows over them.
///
/// A window depends on the frames of its context alone, the `context_frames` frames up to its end:
/// on the past, and not on how the input is cut into chunks.
#[derive(Debug)]
pub struct FrameStream {
    features: FeatureConfig,
    front_end: FrontEnd,
    bands: LogMelBands,
    vad: VadAnalyzer,
    pitch: Option<PitchAnalyzer>,
    frames: Frames,
}

/// The frames that a stream holds.
#[derive(Debug)]
struct Frames {
    mel: MelSpectrogram,
    vad: VadTrack,
    /// Empty where the pitch is not tracked.
    pitch: Vec<PitchFrame>,
    /// Number of frames dropped before the first of these.
    dropped: usize,
}

impl FrameStream {
    /// A stream of samples at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`] and [`Error::InvalidConfig`].
    pub fn new(features: &FeatureConfig, sample_rate: u32) -> Result<FrameStream> {
        let bands = LogMelBands::new(features)?;
        Ok(FrameStream {
            features: features.clone(),
            front_end: FrontEnd::new(features, sample_rate)?,
            bands,
            vad: VadAnalyzer::new(features),
            pitch: None,
            frames: Frames {
                mel: MelSpectrogram::new(features.n_mels),
                vad: VadTrack::default(),
                pitch: Vec::new(),
                dropped: 0,
            },
        })
    }

    /// This stream, before its first sample, tracking the pitch for [`prosody`](Self::prosody) too.
    /// Features other than frames of 64 ms every 16 ms at 16 kHz leave it as it is.
    pub fn with_prosody(self) -> FrameStream {
        FrameStream {
            pitch: PitchAnalyzer::new(&self.features),
            ..self
        }
    }

    /// This stream, before its first sample, with another voice activity network than the shipped one.
    pub fn with_vad(self, network: Arc<VadNetwork>) -> FrameStream {
        FrameStream {
            vad: self.vad.with_network(network),
            ..self
        }
    }

    /// The frames of a whole input at `sample_rate` Hz.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn whole(
        features: &FeatureConfig,
        sample_rate: u32,
        samples: &[f32],
    ) -> Result<FrameStream> {
        let mut stream = FrameStream::new(features, sample_rate)?;
        stream.push(samples);
        stream.flush();
        Ok(stream)
    }

    /// A stream of log-mel frames that were computed before, with the same features.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for features out of range, or frames of another number of bands;
    /// [`Error::InvalidAudio`] for frames that are not finite.
    pub fn from_mel(features: &FeatureConfig, mel: &MelSpectrogram) -> Result<FrameStream> {
        let mut stream = FrameStream::new(features, features.sample_rate)?;
        stream.push_mel(mel)?;
        Ok(stream)
    }

    /// Takes frames in place of the samples that they were computed from.
    pub(crate) fn push_mel(&mut self, mel: &MelSpectrogram) -> Result<()> {
        self.push_frames(mel, &[])
    }

    /// Takes frames with their pitch candidates, or without any.
    pub(crate) fn push_frames(&mut self, mel: &MelSpectrogram, pitch: &[PitchFrame]) -> Result<()> {
        let n_mels = self.features.n_mels;
        if mel.n_mels() != n_mels {
            return Err(Error::InvalidConfig {
                expected: format!("frames of {n_mels} bands"),
                actual: format!("{} bands", mel.n_mels()),
            });
        }
        if let Some(index) = mel.as_slice().iter().position(|db| !db.is_finite()) {
            return Err(Error::InvalidAudio {
                expected: "finite levels, in dB".into(),
                actual: format!("{} in frame {}", mel.as_slice()[index], index / n_mels),
            });
        }
        for frame in mel.frames() {
            self.vad.push(frame, &mut self.frames.vad);
            self.frames.mel.push_frame(frame);
        }
        self.frames.pitch.extend_from_slice(pitch);
        Ok(())
    }

    /// Takes the next samples. They must have been checked, as those of a
    /// [`Waveform`](crate::Waveform) are: a sample that is not finite makes silence of its frames.
    pub fn push(&mut self, samples: &[f32]) {
        let (front_end, mut on_frame) = self.split();
        front_end.push(samples, &mut on_frame);
    }

    /// Ends the input: appends its last frames. All frames stay until [`reset`](Self::reset).
    pub fn flush(&mut self) {
        let (front_end, mut on_frame) = self.split();
        front_end.flush(&mut on_frame);
    }

    /// The front end, and the analysis of each of its frames.
    fn split(&mut self) -> (&mut FrontEnd, impl FnMut(&[f32])) {
        let Self {
            front_end,
            bands,
            vad,
            pitch,
            frames,
            ..
        } = self;
        let on_frame = move |samples: &[f32]| {
            let frame = bands.apply(samples);
            vad.push(frame, &mut frames.vad);
            frames.mel.push_frame(frame);
            if let Some(pitch) = pitch.as_mut() {
                frames.pitch.push(pitch.analyze(samples));
            }
        };
        (front_end, on_frame)
    }

    /// Forgets the input.
    pub fn reset(&mut self) {
        self.front_end.reset();
        self.vad.reset();
        self.frames.mel.clear();
        self.frames.vad.clear();
        self.frames.pitch.clear();
        self.frames.dropped = 0;
    }

    /// Number of frames since the start of the input.
    pub fn n_frames(&self) -> usize {
        self.frames.dropped + self.frames.mel.n_frames()
    }

    /// The log-mel frames that are held: those after the [discarded](Self::discard) ones.
    pub fn mel(&self) -> &MelSpectrogram {
        &self.frames.mel
    }

    /// The log-mel frames that are held, without a copy: enough for
    /// [`WindowLevels`](crate::training::WindowLevels).
    pub fn into_mel(self) -> MelSpectrogram {
        self.frames.mel
    }

    /// The frames that are held and their pitch candidates, without a copy.
    pub(crate) fn into_frames(self) -> (MelSpectrogram, Vec<PitchFrame>) {
        (self.frames.mel, self.frames.pitch)
    }

    /// Drops the frames that no window ending after `end` needs.
    pub fn discard(&mut self, end: usize, config: &WindowConfig) {
        let frames = &mut self.frames;
        let keep_from = config.context_before(end).start;
        let n = keep_from
            .saturating_sub(frames.dropped)
            .min(frames.mel.n_frames());
        frames.mel.drain_front(n);
        frames.vad.drain_front(n);
        frames.pitch.drain(..n.min(frames.pitch.len()));
        frames.dropped += n;
    }

    /// The window of the frames before frame `end`, for [its data](WindowView::data) and
    /// [its prosody](WindowView::prosody).
    ///
    /// # Panics
    /// Where `end` is above [`n_frames`](Self::n_frames), as with a slice. Where frames of its context
    /// were [discarded](Self::discard), the window is another.
    pub fn view<'a>(
        &'a self,
        end: usize,
        config: &'a WindowConfig,
        normalization: &'a Normalization,
    ) -> WindowView<'a> {
        let end = self.held(end);
        let levels = WindowLevels::new(&self.frames.mel, end, config, normalization);
        WindowView::new(levels, self.frames.pitch.get(config.context_before(end)))
    }

    /// The window of the frames before frame `end`, with its speech.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn window(
        &self,
        end: usize,
        config: &WindowConfig,
        normalization: &Normalization,
        vad: &VadConfig,
    ) -> Window {
        Window {
            data: self.window_data(end, config, normalization),
            speech: self.speech(end, config, vad),
        }
    }

    /// The [data](WindowView::data) of the window before frame `end`.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn window_data(
        &self,
        end: usize,
        config: &WindowConfig,
        normalization: &Normalization,
    ) -> Vec<f32> {
        self.view(end, config, normalization).data()
    }

    /// The [prosody](WindowView::prosody) of the window before frame `end`.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn prosody(
        &self,
        end: usize,
        config: &WindowConfig,
        normalization: &Normalization,
    ) -> Option<Vec<f32>> {
        self.view(end, config, normalization).prosody()
    }

    /// The [`Window::speech`] of the window before frame `end`.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn speech(&self, end: usize, config: &WindowConfig, vad: &VadConfig) -> Vec<bool> {
        let (context, n_frames) = self.ranges(end, config);
        self.frames.vad.speech(context, n_frames, vad)
    }

    /// Number of speech frames in the window before frame `end`.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn speech_frames(&self, end: usize, config: &WindowConfig, vad: &VadConfig) -> usize {
        count(&self.speech(end, config, vad))
    }

    /// The network's logit for a voice at each frame of the window before frame `end`, as far as it is
    /// known there; `None` where the network does not know the features.
    ///
    /// # Panics
    /// As [`view`](Self::view).
    pub fn vad_logits(&self, end: usize, config: &WindowConfig) -> Option<Vec<f32>> {
        let (context, n_frames) = self.ranges(end, config);
        let window = context.end - n_frames..context.end;
        Some(self.frames.vad.logits(window)?.collect())
    }

    /// The context of the window before frame `end` among the frames that are held, and the number of
    /// frames in the window.
    fn ranges(&self, end: usize, config: &WindowConfig) -> (Range<usize>, usize) {
        let end = self.held(end);
        let n_frames = config.frames_before(end).len();
        (config.context_before(end), n_frames)
    }

    /// The index of frame `end` among the frames that are held.
    fn held(&self, end: usize) -> usize {
        assert!(
            (self.frames.dropped..=self.n_frames()).contains(&end),
            "a window before frame {end}, but frames {} to {} are held",
            self.frames.dropped,
            self.n_frames(),
        );
        end - self.frames.dropped
    }
}
