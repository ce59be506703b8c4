//! The pitch that a frame may have, by its autocorrelation.
//!
//! Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the
//! harmonics-to-noise ratio of a sampled sound": the autocorrelation of a windowed frame, divided by
//! that of the window, peaks at the periods of the sound, and how high says how periodic it is.
//! Which of its peaks is the pitch is for [`path`](super::path) to say, which sees the frames around.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::features::{FeatureConfig, Framing, centred_hann};

/// Rate of the samples, in Hz.
const RATE: u32 = 16_000;
/// Samples in a frame: three periods of the lowest pitch and more.
const LENGTH: usize = 1024;
/// Samples from one frame to the next.
const HOP: usize = 256;
/// The periods of 600 to 70 Hz, in samples.
const LAGS: std::ops::Range<usize> = 26..229;
/// Peaks that are kept of a frame.
pub(super) const N_PEAKS: usize = 5;
/// What a peak's score gains with each octave: of two periods that fit alike the shorter is the pitch.
const OCTAVE_BONUS: f64 = 0.02;
/// Semitones are counted from here, in Hz.
const SEMITONES_FROM: f64 = 55.0;
/// What keeps the logarithm of silence finite, and its autocorrelation a number.
const TINY: f64 = 1e-14;
/// The score of a peak that is not there.
const NONE: f32 = -1.0;

/// A period that a frame may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Peak {
    /// Pitch, in semitones above 55 Hz.
    pub(super) semitones: f32,
    /// How well it explains the frame, with the bonus for high pitch.
    pub(super) score: f32,
    /// The share of the power that is periodic, above 0 and below 1.
    pub(super) periodicity: f32,
}

/// What is kept of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PitchFrame {
    /// Power under the window, in dB.
    pub(super) level: f32,
    /// The best first; those that there are not have a score below all others.
    pub(super) peaks: [Peak; N_PEAKS],
}

impl PitchFrame {
    /// The share of its power that is periodic at best, from 0 to 1.
    pub(super) fn periodicity(&self) -> f32 {
        match self.peaks[0].score > NONE {
            true => self.peaks[0].periodicity,
            false => 0.0,
        }
    }
}

/// The level of the loudest frame.
pub(super) fn loudest(frames: &[PitchFrame]) -> f32 {
    let levels = frames.iter().map(|frame| frame.level);
    levels.fold(f32::NEG_INFINITY, f32::max)
}

/// Finds what pitch each frame of a stream may have. The frames are those of the default features.
pub(crate) struct PitchTracker {
    framing: Framing,
    transform: Autocorrelation,
}

impl PitchTracker {
    /// A tracker whose frames lie where these features' frames lie; `None` where they lie elsewhere.
    pub(crate) fn new(features: &FeatureConfig) -> Option<PitchTracker> {
        let FeatureConfig {
            sample_rate,
            n_fft,
            hop_length,
            ..
        } = *features;
        ((sample_rate, n_fft, hop_length) == (RATE, LENGTH, HOP)).then(|| PitchTracker {
            framing: Framing::new(LENGTH, HOP),
            transform: Autocorrelation::new(),
        })
    }

    /// Takes the next samples and appends the frames that they complete.
    pub(crate) fn push(&mut self, samples: &[f32], out: &mut Vec<PitchFrame>) {
        let Self { framing, transform } = self;
        framing.push(samples, |frame| out.push(transform.hear(frame)));
    }

    /// Ends this input: appends its last frames.
    pub(crate) fn flush(&mut self, out: &mut Vec<PitchFrame>) {
        let Self { framing, transform } = self;
        framing.flush(|frame| out.push(transform.hear(frame)));
    }

    /// Forgets this input.
    pub(crate) fn reset(&mut self) {
        self.framing.reset();
    }
}

impl fmt::Debug for PitchTracker {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("PitchTracker").finish_non_exhaustive()
    }
}

/// Autocorrelation by the power spectrum, twice as long as the frame so that its ends do not meet.
struct Autocorrelation {
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    window: Vec<f64>,
    /// The window's own autocorrelation at each lag, 1 at 0; and at 0 as it is.
    of_window: Vec<f64>,
    window_power: f64,
    buffer: Vec<f64>,
    spectrum: Vec<Complex64>,
    scratch: Vec<Complex64>,
}

impl Autocorrelation {
    fn new() -> Autocorrelation {
        let mut planner = RealFftPlanner::new();
        let (forward, inverse) = (
            planner.plan_fft_forward(2 * LENGTH),
            planner.plan_fft_inverse(2 * LENGTH),
        );
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        let mut own = Autocorrelation {
            window: centred_hann(LENGTH, LENGTH),
            of_window: Vec::new(),
            window_power: 1.0,
            buffer: forward.make_input_vec(),
            spectrum: forward.make_output_vec(),
            scratch: vec![Complex64::default(); scratch],
            forward,
            inverse,
        };
        own.apply(&[1.0; LENGTH]);
        own.window_power = own.buffer[0];
        own.of_window = own.buffer[..=LAGS.end]
            .iter()
            .map(|r| r / own.window_power)
            .collect();
        own
    }

    /// Leaves the autocorrelation of the windowed frame in `buffer`.
    fn apply(&mut self, frame: &[f32]) {
        self.buffer.fill(0.0);
        for ((out, sample), window) in self.buffer.iter_mut().zip(frame).zip(&self.window) {
            *out = f64::from(*sample) * window;
        }
        let transformed = self
            .forward
            .process_with_scratch(&mut self.buffer, &mut self.spectrum, &mut self.scratch)
            .and_then(|()| {
                for bin in &mut self.spectrum {
                    *bin = Complex64::new(bin.norm_sqr() / (2 * LENGTH) as f64, 0.0);
                }
                self.inverse.process_with_scratch(
                    &mut self.spectrum,
                    &mut self.buffer,
                    &mut self.scratch,
                )
            });
        // Both fail only on buffers of another length than `new` gave these.
        if let Err(error) = transformed {
            unreachable!("a frame did not fit its own transform: {error}");
        }
    }

    fn hear(&mut self, frame: &[f32]) -> PitchFrame {
        self.apply(frame);
        let power = self.buffer[0] + TINY;
        let periodic = |lag: usize| self.buffer[lag] / power / self.of_window[lag];
        let mut peaks = [Peak {
            semitones: 0.0,
            score: NONE,
            periodicity: 0.5,
        }; N_PEAKS];
        let (mut before, mut here) = (periodic(LAGS.start - 1), periodic(LAGS.start));
        for lag in LAGS {
            let after = periodic(lag + 1);
            if here > before && here >= after {
                insert(&mut peaks, peak(lag, [before, here, after]));
            }
            (before, here) = (here, after);
        }
        PitchFrame {
            level: (10.0 * (power / self.window_power + TINY).log10()) as f32,
            peaks,
        }
    }
}

/// A peak at `lag`, and where between the lags it lies, by a parabola through it and its neighbours.
fn peak(lag: usize, [before, here, after]: [f64; 3]) -> Peak {
    let bend = before - 2.0 * here + after;
    let offset = match bend.abs() > 1e-9 {
        true => ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5),
        false => 0.0,
    };
    let rate = f64::from(RATE);
    let octaves = (LAGS.end as f64 / lag as f64).log2();
    Peak {
        semitones: (12.0 * (rate / (lag as f64 + offset) / SEMITONES_FROM).log2()) as f32,
        score: (here + OCTAVE_BONUS * octaves) as f32,
        periodicity: here.clamp(1e-3, 0.999) as f32,
    }
}

/// Keeps the peak in its place, if it is among the best.
fn insert(peaks: &mut [Peak; N_PEAKS], peak: Peak) {
    let place = peaks.partition_point(|kept| kept.score >= peak.score);
    if place < N_PEAKS {
        peaks[place..].rotate_right(1);
        peaks[place] = peak;
    }
}
