//! A recording at one speed, or one distorted copy of it.

use anyhow::Result;
use emotionai_voice::FrameStream;
use rand::Rng;
use rand::rngs::StdRng;

use super::DatasetConfig;
use super::functionals::{WindowFunctionals, functionals};

/// Frames between the positions at which a window may end.
const END_STEP: usize = 4;

/// A recording's frames with the windows that hold speech.
pub struct Variant {
    pub(super) frames: FrameStream,
    /// Positions at which windows may end, each with the cumulative number of speech frames.
    ends: Vec<(usize, usize)>,
}

impl Variant {
    /// The variant of `samples`, which is `None` where no window holds speech, and the prosody functionals
    /// of its windows, whose weights sum up to `share`.
    ///
    /// # Errors
    /// Where the rate is not supported.
    pub fn new(
        samples: &[f32],
        sample_rate_hz: u32,
        share: f64,
        config: &DatasetConfig,
    ) -> Result<(Option<Variant>, Vec<WindowFunctionals>)> {
        let mut frames = FrameStream::new(&config.features, sample_rate_hz)?;
        if config.prosody && share > 0.0 {
            frames = frames.with_prosody();
        }
        frames.push(samples);
        frames.flush();
        let found = functionals(&frames, share, config);
        Ok((Variant::of(frames.without_prosody(), config), found))
    }

    /// `None` where no window holds speech.
    pub fn of(frames: FrameStream, config: &DatasetConfig) -> Option<Variant> {
        let mut ends = Vec::new();
        let mut speech = 0;
        for end in (config.windows.provisional_frames..=frames.n_frames()).step_by(END_STEP) {
            let frames = frames.speech_frames(end, &config.windows, &config.gate);
            if frames > 0 {
                speech += frames;
                ends.push((end, speech));
            }
        }
        (!ends.is_empty()).then_some(Variant { frames, ends })
    }

    /// The end of a window, drawn with probability proportional to its speech.
    pub fn draw_end(&self, rng: &mut StdRng) -> usize {
        let total = self.ends.last().map_or(1, |end| end.1);
        let draw = rng.random_range(0..total);
        self.ends[self.ends.partition_point(|end| end.1 <= draw)].0
    }

    /// The end of the window with the most speech.
    pub fn fullest_end(&self) -> usize {
        let (mut best, mut most, mut before) = (self.ends[0].0, 0, 0);
        for &(end, speech) in &self.ends {
            if speech - before > most {
                (best, most) = (end, speech - before);
            }
            before = speech;
        }
        best
    }
}
