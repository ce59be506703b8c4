//! A recording at one speed, or in one distorted copy.

use anyhow::Result;
use emotionai_voice::FrameStream;
use rand::Rng;
use rand::rngs::StdRng;

use crate::learn::prosody::{self, Said};
use crate::learn::recipe::Recipe;

/// Frames between the places where a window may end.
const END_STEP: usize = 4;

/// A recording's frames, with the windows that hold speech.
pub struct Take {
    pub frames: FrameStream,
    /// Where windows may end, with the sum of speech frames up to and with each.
    ends: Vec<(usize, usize)>,
}

impl Take {
    /// `None` where no window holds speech; with it how it is said, which counts for `share` of the
    /// recording.
    pub fn new(
        samples: &[f32],
        rate: u32,
        share: f64,
        recipe: &Recipe,
    ) -> Result<(Option<Take>, Vec<Said>)> {
        let mut frames = FrameStream::new(&recipe.features, rate)?;
        if recipe.prosody.weight > 0.0 && share > 0.0 {
            frames = frames.with_prosody();
        }
        frames.push(samples);
        frames.flush();
        let said = prosody::listen(&frames, share, recipe);
        Ok((Take::of(frames.without_prosody(), recipe), said))
    }

    /// `None` where no window holds speech.
    pub fn of(frames: FrameStream, recipe: &Recipe) -> Option<Take> {
        let mut ends = Vec::new();
        let mut speech = 0;
        for end in (recipe.windows.provisional_frames..=frames.n_frames()).step_by(END_STEP) {
            let frames = frames.speech_frames(end, &recipe.windows, &recipe.gate);
            if frames > 0 {
                speech += frames;
                ends.push((end, speech));
            }
        }
        (!ends.is_empty()).then_some(Take { frames, ends })
    }

    /// The end of a window, drawn with its speech as weight.
    pub fn draw_end(&self, rng: &mut StdRng) -> usize {
        let total = self.ends.last().map_or(1, |end| end.1);
        let draw = rng.random_range(0..total);
        self.ends[self.ends.partition_point(|end| end.1 <= draw)].0
    }

    /// The end of the window with the most speech, the typical one.
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
