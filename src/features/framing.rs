//! From a stream of samples to overlapping frames.

/// Cuts frames of `length` samples every `hop`: frame `i` is centred on sample `i * hop`, with half a
/// frame of zeros before the first and after the last sample, so `n` samples make `1 + n / hop`
/// frames, and an input without samples makes no frame. A frame comes as soon as its last sample is in.
#[derive(Debug, Clone)]
pub(crate) struct Framing {
    /// The samples of the next frame, of which `filled` are in.
    frame: Vec<f32>,
    filled: usize,
    hop: usize,
    /// Whether this input has had a sample yet.
    started: bool,
}

impl Framing {
    /// `length` is even, `hop` from 1 to `length`.
    pub(crate) fn new(length: usize, hop: usize) -> Framing {
        Framing {
            frame: vec![0.0; length],
            filled: length / 2,
            hop,
            started: false,
        }
    }

    /// Takes the next samples and hands each frame that they complete to `on_frame`.
    pub(crate) fn push(&mut self, mut samples: &[f32], mut on_frame: impl FnMut(&[f32])) {
        self.started |= !samples.is_empty();
        while !samples.is_empty() {
            let free = &mut self.frame[self.filled..];
            let n = free.len().min(samples.len());
            free[..n].copy_from_slice(&samples[..n]);
            samples = &samples[n..];
            self.filled += n;
            if self.filled == self.frame.len() {
                on_frame(&self.frame);
                self.frame.copy_within(self.hop.., 0);
                self.filled -= self.hop;
            }
        }
    }

    /// Ends this input: hands the frames that the zeros after its last sample complete to `on_frame`,
    /// and [resets](Self::reset).
    pub(crate) fn flush(&mut self, on_frame: impl FnMut(&[f32])) {
        if self.started {
            // At most one frame long, so cheap enough to allocate once an input.
            let padding = vec![0.0; self.frame.len() / 2];
            self.push(&padding, on_frame);
        }
        self.reset();
    }

    /// Forgets this input; the next sample is the first of a new one.
    pub(crate) fn reset(&mut self) {
        self.frame.fill(0.0);
        self.filled = self.frame.len() / 2;
        self.started = false;
    }
}
