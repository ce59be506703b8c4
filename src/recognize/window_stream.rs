//! From samples to an answer a window: the one path of clips, streams and explanations.

use std::ops::Range;

use super::decision::{Extent, Smoothing, SpeechMean};
use super::frame_stream::FrameStream;
use super::prediction::Prediction;
use super::profile::EnrollmentSample;
use super::reader::SampleStream;
use super::settings::StreamSettings;
use super::windows::count;
use crate::audio::check_long_enough;
use crate::error::{Error, Result};
use crate::features::MelSpectrogram;
use crate::prosody::PitchFrame;

/// A window and its answer.
pub(super) struct AnsweredWindow {
    pub prediction: Prediction,
    /// Frames of the input in the window. Where they are fewer than the network's, the rest is
    /// padding.
    pub frames: Range<usize>,
    /// The network's input, `[n_mels, n_frames]`; empty where the window holds too little speech.
    pub data: Vec<f32>,
    /// The prosody head's term of the logits.
    pub prosody: Option<Vec<f32>>,
}

/// Answers for the windows of one input after the other. Memory does not grow with the input.
#[derive(Debug)]
pub(super) struct WindowStream {
    settings: StreamSettings,
    sample_rate: u32,
    frames: FrameStream,
    n_samples: u64,
    /// Frame before which the next window ends.
    next_end: usize,
    /// Frame before which the last answered window ended.
    last_end: usize,
    /// Speech frames of the input before frame `counted_end`.
    speech_frames: usize,
    counted_end: usize,
    clip: SpeechMean,
    smoothing: Option<Smoothing>,
}

impl SampleStream for WindowStream {
    type Settings = StreamSettings;

    fn open(settings: &StreamSettings, sample_rate: u32) -> Result<WindowStream> {
        let header = settings.classifier.model();
        let frames = FrameStream::new(&header.features, sample_rate)?;
        Ok(WindowStream {
            frames: match header.prosody {
                Some(_) => frames.with_prosody(),
                None => frames,
            },
            sample_rate,
            n_samples: 0,
            next_end: header.windows.provisional_frames,
            last_end: 0,
            speech_frames: 0,
            counted_end: 0,
            clip: SpeechMean::default(),
            smoothing: settings.smoothing_ms.map(Smoothing::new),
            settings: settings.clone(),
        })
    }

    fn reset(&mut self) {
        self.frames.reset();
        self.n_samples = 0;
        self.next_end = self.settings.classifier.model().windows.provisional_frames;
        self.last_end = 0;
        self.speech_frames = 0;
        self.counted_end = 0;
        self.clip = SpeechMean::default();
        if let Some(smoothing) = &mut self.smoothing {
            smoothing.reset();
        }
    }
}

impl WindowStream {
    /// Takes samples that have been checked, and hands each window that they complete to `each`.
    pub fn push(&mut self, samples: &[f32], each: &mut impl FnMut(AnsweredWindow)) -> Result<()> {
        // A tenth of a second at a time: frames are dropped as soon as their windows are answered,
        // so a huge chunk needs no more memory than many small ones.
        for block in samples.chunks((self.sample_rate / 10) as usize) {
            self.n_samples += block.len() as u64;
            self.frames.push(block);
            self.answer(each)?;
        }
        Ok(())
    }

    /// Takes log-mel frames of the model's features in place of an input's samples.
    pub fn push_mel(
        &mut self,
        mel: &MelSpectrogram,
        each: &mut impl FnMut(AnsweredWindow),
    ) -> Result<()> {
        self.push_frames(mel, &[], each)
    }

    /// Takes log-mel frames with their pitch candidates, or without any.
    pub fn push_frames(
        &mut self,
        mel: &MelSpectrogram,
        pitch: &[PitchFrame],
        each: &mut impl FnMut(AnsweredWindow),
    ) -> Result<()> {
        let header = self.settings.classifier.model();
        if header.prosody.is_some() && pitch.len() != mel.n_frames() {
            return Err(Error::InvalidConfig {
                expected: "a model without a prosody head".into(),
                actual: format!(
                    "{}, whose prosody head needs the pitch: give it the samples",
                    header.id
                ),
            });
        }
        self.n_samples += mel.n_frames() as u64 * header.features.hop_length as u64;
        self.frames.push_frames(mel, pitch)?;
        self.answer(each)
    }

    /// Ends the input once all samples are in, and answers for the last window and the clip. A
    /// [`reset`](SampleStream::reset) must follow.
    pub fn finish(
        &mut self,
        each: &mut impl FnMut(AnsweredWindow),
    ) -> Result<(Prediction, Option<EnrollmentSample>)> {
        check_long_enough(self.n_samples, self.sample_rate)?;
        self.frames.flush();
        self.finish_frames(each)
    }

    /// [`finish`](Self::finish) for an input that came as log-mel frames.
    pub fn finish_mel(&mut self) -> Result<Prediction> {
        check_long_enough(self.n_samples, self.sample_rate)?;
        Ok(self.finish_frames(&mut |_| ())?.0)
    }

    fn finish_frames(
        &mut self,
        each: &mut impl FnMut(AnsweredWindow),
    ) -> Result<(Prediction, Option<EnrollmentSample>)> {
        self.answer(each)?;
        let n_frames = self.frames.n_frames();
        if self.last_end < n_frames {
            each(self.answer_window(n_frames)?);
        }
        let logits = self.clip.logits();
        let header = self.settings.classifier.model();
        let enrollment = header.profile_space().map(|space| EnrollmentSample {
            space: space.to_owned(),
            speech_ms: header.frames_to_ms(self.speech_frames),
            logits: logits.clone().unwrap_or_default(),
        });
        let extent = self.extent(0..n_frames, self.speech_frames);
        let clip = self.settings.classifier.decision().decide(logits, extent);
        Ok((clip, enrollment))
    }

    /// Answers every window whose frames are in.
    fn answer(&mut self, each: &mut impl FnMut(AnsweredWindow)) -> Result<()> {
        loop {
            self.count_skipped_speech();
            if self.next_end > self.frames.n_frames() {
                break;
            }
            each(self.answer_window(self.next_end)?);
            self.next_end += self.settings.hop_frames;
        }
        let windows = &self.settings.classifier.model().windows;
        // The input may end with any frame, and its last window ends there.
        let earliest_end = self.frames.n_frames().min(self.next_end);
        self.frames.discard(earliest_end, windows);
        Ok(())
    }

    /// Counts the speech between two windows, where the hop is longer than a window.
    fn count_skipped_speech(&mut self) {
        let header = self.settings.classifier.model();
        loop {
            let end = self.counted_end + header.windows.n_frames;
            if end >= self.next_end || end > self.frames.n_frames() {
                return;
            }
            self.speech_frames += (self.frames).speech_frames(end, &header.windows, &header.gate);
            self.counted_end = end;
        }
    }

    fn answer_window(&mut self, end: usize) -> Result<AnsweredWindow> {
        let classifier = &self.settings.classifier;
        let header = classifier.model();
        let speech = self.frames.speech(end, &header.windows, &header.gate);
        let speech_frames = count(&speech);
        let n_new = (end - self.counted_end).min(speech.len());
        self.speech_frames += count(&speech[speech.len() - n_new..]);
        self.counted_end = end;
        self.last_end = end;

        let frames = end.saturating_sub(header.windows.n_frames)..end;
        let extent = self.extent(frames.clone(), speech_frames);
        if speech_frames == 0 || extent.speech_ms < header.gate.min_speech_ms {
            return Ok(AnsweredWindow {
                prediction: classifier.decision().decide(None, extent),
                frames,
                data: Vec::new(),
                prosody: None,
            });
        }
        let view = self
            .frames
            .view(end, &header.windows, &header.normalization);
        let data = view.data();
        let prosody = match &header.prosody {
            Some(_) => (view.prosody())
                .and_then(|functionals| classifier.decision().prosody_term(&functionals)),
            None => None,
        };
        let mut logits = classifier.logits(data.clone(), prosody.as_deref())?;
        self.clip.add(&logits, speech_frames, extent.provisional);
        if let Some(smoothing) = &mut self.smoothing {
            smoothing.apply(&mut logits, extent.end_ms);
        }
        Ok(AnsweredWindow {
            prediction: classifier.decision().decide(Some(logits), extent),
            frames,
            data,
            prosody,
        })
    }

    fn extent(&self, frames: Range<usize>, speech_frames: usize) -> Extent {
        let header = self.settings.classifier.model();
        Extent {
            start_ms: header.frames_to_ms(frames.start),
            end_ms: header.frames_to_ms(frames.end),
            speech_ms: header.frames_to_ms(speech_frames),
            provisional: frames.end < header.windows.n_frames,
        }
    }
}
