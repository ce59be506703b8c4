//! The levels of a window relative to its context, as the network and the prosody take them.

use std::ops::Range;

use super::config::WindowConfig;
use super::normalization::Normalization;
use super::spectrogram::MelSpectrogram;

/// One window over the frames of an input: its context's peak and each band's background level,
/// measured once, and the levels relative to both.
#[derive(Debug)]
pub struct WindowLevels<'a> {
    mel: &'a MelSpectrogram,
    config: &'a WindowConfig,
    normalization: &'a Normalization,
    context: Range<usize>,
    /// The loudest band of the context, in dB.
    peak_db: f32,
    /// The background of each band in dB below the peak; empty where none is subtracted.
    background_db: Vec<f32>,
}

impl<'a> WindowLevels<'a> {
    /// The window that ends before frame `end` of `mel`.
    ///
    /// # Panics
    /// Where `end` is above [`n_frames`](MelSpectrogram::n_frames), as with a slice.
    pub fn new(
        mel: &'a MelSpectrogram,
        end: usize,
        config: &'a WindowConfig,
        normalization: &'a Normalization,
    ) -> WindowLevels<'a> {
        let context = config.context_before(end);
        let frames = &mel.as_slice()[context.start * mel.n_mels()..context.end * mel.n_mels()];
        let peak_db = frames.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let background_db = if normalization.subtraction > 0.0 && !context.is_empty() {
            background(frames, mel.n_mels())
                .map(|level| level - peak_db)
                .collect()
        } else {
            Vec::new()
        };
        WindowLevels {
            mel,
            config,
            normalization,
            context,
            peak_db,
            background_db,
        }
    }

    /// The network's input: normalised log-mel, `[n_mels, n_frames]`, row-major. A window that
    /// reaches to before the input's start is padded with the floor on the side that the
    /// configuration names.
    pub fn normalized(&self) -> Vec<f32> {
        let n_frames = self.config.n_frames;
        let frames = self.config.frames_before(self.context.end);
        let columns = self.config.input_columns(frames.len());
        let mut data = vec![0.0; self.mel.n_mels() * n_frames];
        for (band, row) in data.chunks_exact_mut(n_frames.max(1)).enumerate() {
            row.fill(self.normalization.padding(band));
            for (value, frame) in row[columns.clone()].iter_mut().zip(frames.clone()) {
                let level = self.level_db(self.mel.frame(frame), band);
                *value = self.normalization.apply(band, level, 0.0);
            }
        }
        data
    }

    /// The bands of each frame of the context, in dB below the peak, without the background.
    pub(crate) fn context_db(&self) -> Vec<Vec<f32>> {
        let bands = 0..self.mel.n_mels();
        self.context
            .clone()
            .map(|index| {
                let frame = self.mel.frame(index);
                bands
                    .clone()
                    .map(|band| self.level_db(frame, band))
                    .collect()
            })
            .collect()
    }

    /// The level of a band in dB below the peak, without the background.
    fn level_db(&self, frame: &[f32], band: usize) -> f32 {
        let level = frame[band] - self.peak_db;
        match self.background_db.get(band) {
            Some(&background) => self.normalization.without_background(level, background),
            None => level,
        }
    }
}

/// The background of each band, in dB: the level that a tenth of the frames lie below, a quantile as
/// in Stahl et al. 2000, "Quantile based noise estimation for spectral subtraction and Wiener
/// filtering".
fn background(frames: &[f32], n_mels: usize) -> impl Iterator<Item = f32> {
    (0..n_mels).map(move |band| {
        let mut levels: Vec<f32> = frames.iter().skip(band).step_by(n_mels).copied().collect();
        let rank = levels.len() / 10;
        *levels.select_nth_unstable_by(rank, f32::total_cmp).1
    })
}
