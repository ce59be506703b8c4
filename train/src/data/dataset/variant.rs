//! A recording at one speed, or one distorted copy of it, as it stays in memory: its frames lie in the cache.

use anyhow::{Context, Result};
use emotionai_voice::MelSpectrogram;
use emotionai_voice::training::{Normalization, WindowConfig, WindowLevels};
use rand::Rng;
use rand::rngs::StdRng;

use super::entry::{EntryFile, Summary, WindowProsody};
use crate::data::cache::{Cache, Key};

/// The windows of a variant that hold speech.
#[derive(Debug, Clone)]
pub struct Variant {
    key: Key,
    /// Frames at which windows may end, each with the speech frames of all windows up to it.
    ends: Box<[(u32, u32)]>,
}

impl Variant {
    /// The variant of an entry; `None` where no window holds speech.
    pub fn new(key: Key, summary: &Summary) -> Option<Variant> {
        (!summary.ends.is_empty()).then(|| Variant {
            key,
            ends: summary.ends.clone().into(),
        })
    }

    /// The end of a window, drawn with probability proportional to its speech.
    pub fn draw_end(&self, rng: &mut StdRng) -> usize {
        let total = self.ends.last().map_or(1, |end| end.1);
        let draw = rng.random_range(0..total);
        self.ends[self.ends.partition_point(|end| end.1 <= draw)].0 as usize
    }

    /// The end of the window with the most speech.
    pub fn fullest_end(&self) -> usize {
        fullest_end(&self.ends)
    }

    /// The data of the window before frame `end`, as [`WindowLevels`] cuts it from all frames.
    ///
    /// # Errors
    /// Where the entry is no longer in the cache.
    pub fn window(
        &self,
        end: usize,
        windows: &WindowConfig,
        normalization: &Normalization,
        cache: &Cache,
    ) -> Result<Vec<f32>> {
        // A window depends on the frames of its context alone.
        let context = windows.context_frames.max(windows.n_frames);
        let range = end.saturating_sub(context)..end;
        let n_frames = range.len();
        let mel: MelSpectrogram = self.read(cache, |file| file.frames(range))?;
        Ok(WindowLevels::new(&mel, n_frames, windows, normalization).normalized())
    }

    /// The speech flags of the window with the most speech.
    ///
    /// # Errors
    /// Where the entry is no longer in the cache.
    pub fn fullest_speech(&self, cache: &Cache) -> Result<Vec<bool>> {
        self.read(cache, |file| Ok(file.summary()?.fullest_speech))
    }

    /// The prosody functionals of its windows.
    ///
    /// # Errors
    /// Where the entry is no longer in the cache.
    pub fn functionals(&self, cache: &Cache) -> Result<Vec<WindowProsody>> {
        self.read(cache, EntryFile::functionals)
    }

    fn read<T>(
        &self,
        cache: &Cache,
        part: impl FnOnce(&mut EntryFile) -> std::io::Result<T>,
    ) -> Result<T> {
        let path = cache.path(self.key);
        let read = || part(&mut EntryFile::open(&path)?);
        read().with_context(|| {
            format!(
                "cannot read {}: was the cache cleared? The same command computes it anew",
                path.display()
            )
        })
    }
}

/// The end of the window with the most speech, the first of equals.
pub fn fullest_end(ends: &[(u32, u32)]) -> usize {
    let (mut best, mut most, mut before) = (0, 0, 0);
    for &(end, speech) in ends {
        if speech - before > most {
            (best, most) = (end, speech - before);
        }
        before = speech;
    }
    best as usize
}
