//! Windows over the frames of an input, as the network takes them.

use crate::features::WindowLevels;
use crate::prosody::{PitchFrame, prosody_functionals};

/// The network's input for one window, and its speech.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Normalised log-mel, `[n_mels, n_frames]`, row-major.
    pub data: Vec<f32>,
    /// Whether each frame of the input in this window is speech; padding has no flag. All are `false`
    /// where no sound in the window is a voice.
    pub speech: Vec<bool>,
}

impl Window {
    /// Number of speech frames.
    pub fn speech_frames(&self) -> usize {
        count(&self.speech)
    }

    /// Number of speech frames among the last `n`.
    pub fn speech_frames_of_last(&self, n: usize) -> usize {
        count(&self.speech[self.speech.len().saturating_sub(n)..])
    }
}

/// The number of `true` flags.
pub(super) fn count(speech: &[bool]) -> usize {
    speech.iter().filter(|&&speech| speech).count()
}

/// One window of a [`FrameStream`](super::FrameStream), with its background measured once for the
/// network's input and for the prosody.
#[derive(Debug)]
pub struct WindowView<'a> {
    levels: WindowLevels<'a>,
    /// Pitch candidates of the frames of the context.
    pitch: Option<&'a [PitchFrame]>,
}

impl<'a> WindowView<'a> {
    pub(super) fn new(levels: WindowLevels<'a>, pitch: Option<&'a [PitchFrame]>) -> WindowView<'a> {
        WindowView { levels, pitch }
    }

    /// The network's input: normalised log-mel, `[n_mels, n_frames]`, row-major. A window that
    /// reaches to before the input's start is padded with the floor, on the side that the
    /// configuration names.
    pub fn data(&self) -> Vec<f32> {
        self.levels.normalized()
    }

    /// The [`N_PROSODY_FUNCTIONALS`](crate::N_PROSODY_FUNCTIONALS) of the window's context; `None`
    /// where the stream does not [track the pitch](super::FrameStream::with_prosody) or has taken no
    /// samples.
    pub fn prosody(&self) -> Option<Vec<f32>> {
        let pitch = self.pitch.filter(|pitch| !pitch.is_empty())?;
        Some(prosody_functionals(pitch, &self.levels.context_db()))
    }
}
