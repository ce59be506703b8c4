//! From samples to the windows that the network sees: the one pipeline of page and trainer.

use std::ops::Range;

use crate::features::{FeatureConfig, MelSpectrogram, MelStream, Normalization, WindowConfig};
use crate::prosody::{PitchFrame, PitchTracker, prosody};
use crate::vad::{Ear, FrameSound, Gate, N_FIGURES, VoiceNet, stretches};
use crate::{Error, Result};

/// What the network sees of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Normalised log-mel, `[n_mels, n_frames]`, row-major.
    pub data: Vec<f32>,
    /// Whether each frame of the input in this window holds speech; padding is left out. None
    /// does where nothing in the window sounds like a voice.
    pub speech: Vec<bool>,
}

impl Window {
    /// Frames that hold speech.
    pub fn speech_frames(&self) -> usize {
        count_speech(&self.speech)
    }

    /// Frames that hold speech among the last `n`.
    pub fn speech_frames_of_last(&self, n: usize) -> usize {
        count_speech(&self.speech[self.speech.len().saturating_sub(n)..])
    }
}

fn count_speech(speech: &[bool]) -> usize {
    speech.iter().filter(|&&speech| speech).count()
}

/// The frames of one input and the windows over them.
///
/// Everything that a window holds is a function of the `context_frames` frames up to its end,
/// so it depends on the past alone and chunking changes nothing.
#[derive(Debug)]
pub struct FrameStream {
    source: MelStream,
    mel: MelSpectrogram,
    /// Of each frame: the loudest band, in dB.
    peaks: Vec<f32>,
    /// Of each frame: the level, smoothed over the last frames, in dB.
    levels: Vec<f32>,
    /// Of each frame: how it sounds; nothing where the features are foreign to it.
    sounds: Vec<FrameSound>,
    voices: Option<Voices>,
    melody: Option<Melody>,
    /// Linear powers of the last frames, which `levels` averages.
    recent_power: [f64; SMOOTHING],
    /// Frames that were dropped from the front.
    dropped: usize,
}

/// What tells voices from other sounds.
#[derive(Debug)]
struct Voices {
    ear: Ear,
    net: VoiceNet,
}

/// What pitch each frame may have.
#[derive(Debug)]
struct Melody {
    tracker: PitchTracker,
    frames: Vec<PitchFrame>,
}

/// Frames that a level is averaged over, so that the floor is not one lucky dip of noise.
const SMOOTHING: usize = 3;

impl FrameStream {
    /// A stream of samples at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`] and [`Error::InvalidConfig`].
    pub fn new(features: &FeatureConfig, sample_rate: u32) -> Result<FrameStream> {
        Ok(FrameStream {
            source: MelStream::new(features, sample_rate)?,
            mel: MelSpectrogram::new(features.n_mels),
            peaks: Vec::new(),
            levels: Vec::new(),
            sounds: Vec::new(),
            voices: Ear::new(features).map(|ear| Voices {
                ear,
                net: VoiceNet::shipped(),
            }),
            melody: None,
            recent_power: [0.0; SMOOTHING],
            dropped: 0,
        })
    }

    /// This stream, before its first sample, also tracking the pitch for [`prosody`](Self::prosody),
    /// where the features are such that it can: 64 ms windows every 16 ms at 16 kHz.
    pub fn with_prosody(self) -> FrameStream {
        let tracker = PitchTracker::new(self.source.features());
        FrameStream {
            melody: tracker.map(|tracker| Melody {
                tracker,
                frames: Vec::new(),
            }),
            ..self
        }
    }

    /// This stream without what tracked the pitch, to keep for [`window`](Self::window) alone.
    pub fn without_prosody(self) -> FrameStream {
        FrameStream {
            melody: None,
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
        let mut frames = FrameStream::new(features, sample_rate)?;
        frames.push(samples);
        frames.flush();
        Ok(frames)
    }

    /// The same from frames that were computed before, with the same features.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for features that cannot be, or frames of another number of bands;
    /// [`Error::InvalidAudio`] for frames that are not finite.
    pub fn from_mel(features: &FeatureConfig, mel: &MelSpectrogram) -> Result<FrameStream> {
        let mut frames = FrameStream::new(features, features.sample_rate)?;
        frames.push_mel(mel)?;
        Ok(frames)
    }

    /// Takes frames in the place of the samples that they were computed from.
    pub(crate) fn push_mel(&mut self, mel: &MelSpectrogram) -> Result<()> {
        if mel.n_mels() != self.mel.n_mels() {
            return Err(Error::InvalidConfig {
                expected: format!("frames of {} bands", self.mel.n_mels()),
                actual: format!("{} bands", mel.n_mels()),
            });
        }
        if let Some(index) = mel.as_slice().iter().position(|db| !db.is_finite()) {
            return Err(Error::InvalidAudio {
                expected: "finite levels, in dB".into(),
                actual: format!(
                    "{} in frame {}",
                    mel.as_slice()[index],
                    index / mel.n_mels()
                ),
            });
        }
        for frame in mel.frames() {
            self.mel.push_frame(frame);
        }
        self.measure();
        Ok(())
    }

    /// Takes the next samples, which must be finite.
    pub fn push(&mut self, samples: &[f32]) {
        self.source.push_checked(samples, &mut self.mel);
        if let Some(Melody { tracker, frames }) = &mut self.melody {
            tracker.push(self.source.resampled(), frames);
        }
        self.measure();
    }

    /// Ends the input: the last frames come out. The frames stay for [`window`](Self::window).
    pub fn flush(&mut self) {
        self.source.flush_checked(&mut self.mel);
        if let Some(Melody { tracker, frames }) = &mut self.melody {
            tracker.push(self.source.resampled(), frames);
            tracker.flush(frames);
        }
        self.measure();
    }

    /// Forgets the input.
    pub fn reset(&mut self) {
        self.source.reset();
        self.mel.clear();
        self.peaks.clear();
        self.levels.clear();
        self.sounds.clear();
        if let Some(voices) = &mut self.voices {
            voices.ear.reset();
        }
        if let Some(Melody { tracker, frames }) = &mut self.melody {
            tracker.reset();
            frames.clear();
        }
        self.recent_power = [0.0; SMOOTHING];
        self.dropped = 0;
    }

    /// Frames since the start of the input.
    pub fn n_frames(&self) -> usize {
        self.dropped + self.mel.n_frames()
    }

    /// Drops the frames that no window ending after `end` needs.
    pub fn discard(&mut self, end: usize, config: &WindowConfig) {
        let keep_from = end.saturating_sub(config.context_frames);
        let n = keep_from
            .saturating_sub(self.dropped)
            .min(self.mel.n_frames());
        self.mel.drain_front(n);
        self.peaks.drain(..n);
        self.levels.drain(..n);
        self.sounds.drain(..n.min(self.sounds.len()));
        if let Some(Melody { frames, .. }) = &mut self.melody {
            frames.drain(..n.min(frames.len()));
        }
        self.dropped += n;
    }

    /// The window of the frames before frame `end`. One that reaches to before the input's start
    /// is padded with the floor, on the side that `config` says.
    ///
    /// `end` is at most [`n_frames`](Self::n_frames), and its context must not be
    /// [discarded](Self::discard).
    pub fn window(
        &self,
        end: usize,
        config: &WindowConfig,
        normalization: &Normalization,
        gate: &Gate,
    ) -> Window {
        Window {
            data: self.window_data(end, config, normalization),
            speech: self.speech(end, config, gate),
        }
    }

    /// The [`Window::data`] of [`window`](Self::window) alone, without asking what in it is speech.
    pub fn window_data(
        &self,
        end: usize,
        config: &WindowConfig,
        normalization: &Normalization,
    ) -> Vec<f32> {
        let n_mels = self.mel.n_mels();
        let end = end - self.dropped;
        let context = end.saturating_sub(config.context_frames)..end;
        let frames = end.saturating_sub(config.n_frames)..end;
        let heard = config.heard(frames.len());

        let loudest = self.loudest(context.clone());
        let mut data = vec![0.0; n_mels * config.n_frames];
        for (band, row) in data.chunks_exact_mut(config.n_frames).enumerate() {
            row.fill(normalization.padding(band));
            let levels = self.relative(band, frames.clone(), (&context, loudest), normalization);
            for (value, level) in row[heard.clone()].iter_mut().zip(levels) {
                *value = normalization.apply(band, level, 0.0);
            }
        }
        data
    }

    /// How it is said in the `context_frames` before frame `end`, in [`N_PROSODY`](crate::N_PROSODY) figures,
    /// without the background that `normalization` takes away; `None` where the pitch is not
    /// [tracked](Self::with_prosody) or there were no samples to track it in.
    pub fn prosody(
        &self,
        end: usize,
        config: &WindowConfig,
        normalization: &Normalization,
    ) -> Option<Vec<f32>> {
        let Melody { frames, .. } = self.melody.as_ref()?;
        let end = end - self.dropped;
        let context = end.saturating_sub(config.context_frames)..end;
        let pitch = frames.get(context.clone())?;
        if pitch.is_empty() {
            return None;
        }
        let loudest = self.loudest(context.clone());
        let mut frames = vec![vec![0.0; self.mel.n_mels()]; context.len()];
        for band in 0..self.mel.n_mels() {
            let levels = self.relative(band, context.clone(), (&context, loudest), normalization);
            for (frame, level) in frames.iter_mut().zip(levels) {
                frame[band] = level;
            }
        }
        Some(prosody(pitch, &frames))
    }

    /// The levels of a band in some frames of a context, in dB below its loudest band, and without what
    /// the band holds behind all that comes and goes in it.
    fn relative<'a>(
        &'a self,
        band: usize,
        frames: Range<usize>,
        (context, loudest): (&Range<usize>, f32),
        normalization: &'a Normalization,
    ) -> impl Iterator<Item = f32> + 'a {
        let is_cleaned = normalization.subtraction > 0.0 && !context.is_empty();
        let background = is_cleaned.then(|| self.background(band, context.clone()) - loudest);
        frames.map(move |frame| {
            let level = self.mel.frame(frame)[band] - loudest;
            match background {
                Some(background) => normalization.without_background(level, background),
                None => level,
            }
        })
    }

    /// What a band holds behind all that comes and goes in some frames that are there, in dB: the level
    /// that a tenth of them lie below (as Stahl et al. 2000 find noise, by a quantile of each band).
    fn background(&self, band: usize, frames: Range<usize>) -> f32 {
        let mut levels: Vec<f32> = frames.map(|frame| self.mel.frame(frame)[band]).collect();
        let below = levels.len() / 10;
        *levels.select_nth_unstable_by(below, f32::total_cmp).1
    }

    /// The loudest band of some frames that are there, in dB.
    fn loudest(&self, frames: Range<usize>) -> f32 {
        let peaks = self.peaks[frames].iter().copied();
        peaks.fold(f32::NEG_INFINITY, f32::max)
    }

    /// Frames that hold speech in the window before frame `end`, without the window.
    pub fn speech_frames(&self, end: usize, config: &WindowConfig, gate: &Gate) -> usize {
        count_speech(&self.speech(end, config, gate))
    }

    /// What [`window`](Self::window) has as speech.
    fn speech(&self, end: usize, config: &WindowConfig, gate: &Gate) -> Vec<bool> {
        let end = end - self.dropped;
        let context = end.saturating_sub(config.context_frames)..end;
        let frames = end.saturating_sub(config.n_frames)..end;
        let threshold = gate.threshold(&self.levels[context.clone()]);
        let mut speech: Vec<bool> = self.levels[frames.clone()]
            .iter()
            .map(|&level| level > threshold)
            .collect();
        if gate.voice
            && speech.contains(&true)
            && let Some(voices) = &self.voices
        {
            let mut figures = self.figures_of(context, frames.len());
            if !figures.any(|figures| voices.net.logit(&figures) > 0.0) {
                speech.fill(false);
            }
        }
        speech
    }

    /// What the gate's network is asked about the window that [`window`](Self::window) gives, the
    /// newest stretch first: nothing where no frame stands out, or where the features are none
    /// that it knows.
    pub fn figures(&self, end: usize, config: &WindowConfig) -> Vec<[f32; N_FIGURES]> {
        let end = end - self.dropped;
        let context = end.saturating_sub(config.context_frames)..end;
        if self.voices.is_none() {
            return Vec::new();
        }
        self.figures_of(context, config.n_frames.min(end)).collect()
    }

    fn figures_of(
        &self,
        context: Range<usize>,
        n_frames: usize,
    ) -> impl Iterator<Item = [f32; N_FIGURES]> {
        stretches(
            &self.sounds[context.clone()],
            &self.levels[context],
            n_frames,
        )
    }

    /// Levels of the frames that came since the last call.
    fn measure(&mut self) {
        for index in self.levels.len()..self.mel.n_frames() {
            let frame = self.mel.frame(index);
            let power: f64 = frame
                .iter()
                .map(|&db| 10f64.powf(f64::from(db) / 10.0))
                .sum();
            self.recent_power.rotate_left(1);
            self.recent_power[SMOOTHING - 1] = power;
            let heard = (self.dropped + index + 1).min(SMOOTHING);
            let mean = self.recent_power.iter().sum::<f64>() / heard as f64;
            self.levels.push((10.0 * mean.log10()) as f32);
            if let Some(voices) = &mut self.voices {
                let level = (10.0 * power.log10()) as f32;
                self.sounds.push(voices.ear.hear(frame, level));
            }
            self.peaks
                .push(frame.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        }
    }
}
