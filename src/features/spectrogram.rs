//! Log-mel frames in memory.

/// Log-mel frames, one after the other: frame-major, in dB.
///
/// ```
/// let mut mel = emotionai_voice::MelSpectrogram::new(2);
/// mel.push_frame(&[-10.0, -20.0]);
/// mel.push_frame(&[-30.0, -40.0]);
/// mel.drain_front(1);
/// assert_eq!(mel.n_frames(), 1);
/// assert_eq!(mel.frame(0), [-30.0, -40.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MelSpectrogram {
    n_mels: usize,
    data: Vec<f32>,
}

impl MelSpectrogram {
    /// No frames yet, of `n_mels` bands each.
    ///
    /// # Panics
    /// Where `n_mels` is 0.
    pub fn new(n_mels: usize) -> Self {
        assert!(n_mels > 0, "a frame needs at least one band");
        Self {
            n_mels,
            data: Vec::new(),
        }
    }

    /// Bands in a frame.
    pub fn n_mels(&self) -> usize {
        self.n_mels
    }

    /// Frames held.
    pub fn n_frames(&self) -> usize {
        self.data.len() / self.n_mels
    }

    /// Whether no frame is held.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The bands of frame `i`, lowest first.
    ///
    /// # Panics
    /// Where `i` is not below [`n_frames`](Self::n_frames), as with a slice.
    pub fn frame(&self, i: usize) -> &[f32] {
        &self.data[i * self.n_mels..][..self.n_mels]
    }

    /// All frames, first to last.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.data.chunks_exact(self.n_mels)
    }

    /// All values, `[n_frames, n_mels]`.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    /// All values, `[n_frames, n_mels]`, without a copy.
    pub fn into_vec(self) -> Vec<f32> {
        self.data
    }

    /// Appends a frame.
    ///
    /// # Panics
    /// Where `frame` does not hold `n_mels` bands.
    pub fn push_frame(&mut self, frame: &[f32]) {
        assert_eq!(frame.len(), self.n_mels, "bands in a frame");
        self.data.extend_from_slice(frame);
    }

    /// Drops the first `n` frames, or all where there are fewer.
    pub fn drain_front(&mut self, n: usize) {
        self.data.drain(..n.min(self.n_frames()) * self.n_mels);
    }

    /// Drops all frames and keeps the memory.
    pub fn clear(&mut self) {
        self.data.clear();
    }
}
