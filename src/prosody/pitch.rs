//! The pitch candidates of each frame, by autocorrelation.
//!
//! Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the
//! harmonics-to-noise ratio of a sampled sound": the autocorrelation of a windowed frame, divided by
//! that of the window, has peaks at the periods of the sound, and their height is the periodic share
//! of its power. [`viterbi`](super::viterbi) chooses among the candidates of neighbouring frames.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::features::maths::power_db;
use crate::features::{FeatureConfig, centred_hann};

/// Rate of the samples, in Hz.
const RATE: u32 = 16_000;
/// Samples in a frame: three periods of the lowest pitch and more.
const LENGTH: usize = 1024;
/// Samples from one frame to the next.
const HOP: usize = 256;
/// The periods of 600 to 70 Hz, in samples.
const LAGS: std::ops::Range<usize> = 26..229;
/// Candidates of a frame.
pub(super) const N_CANDIDATES: usize = 5;
/// The bonus of a candidate's score per octave: a period and its double fit equally well, and the
/// shorter is right.
const OCTAVE_BONUS: f64 = 0.02;
/// The frequency of semitone 0, in Hz.
const SEMITONE_0_HZ: f64 = 55.0;
/// An addition to powers that keeps the logarithm of silence finite, and its autocorrelation a number.
const TINY: f64 = 1e-14;
/// The score in place of a missing candidate.
const NO_CANDIDATE: f32 = -1.0;

/// A possible pitch of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PitchCandidate {
    /// Pitch, in semitones above 55 Hz.
    pub(super) semitones: f32,
    /// The height of the autocorrelation's peak, with the bonus for high pitch.
    pub(super) score: f32,
    /// The periodic share of the frame's power, above 0 and below 1.
    pub(super) periodicity: f32,
}

/// The level and the pitch candidates of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PitchFrame {
    /// Power under the window, in dB.
    pub(super) level_db: f32,
    /// The best first. Missing ones have a score below all others.
    pub(super) candidates: [PitchCandidate; N_CANDIDATES],
}

impl PitchFrame {
    /// The periodic share of the power by the best candidate, from 0 to 1; 0 without a candidate.
    pub(super) fn periodicity(&self) -> f32 {
        match self.candidates[0].score > NO_CANDIDATE {
            true => self.candidates[0].periodicity,
            false => 0.0,
        }
    }
}

/// The level of the loudest frame, in dB.
pub(super) fn loudest_db(frames: &[PitchFrame]) -> f32 {
    let levels = frames.iter().map(|frame| frame.level_db);
    levels.fold(f32::NEG_INFINITY, f32::max)
}

/// Finds the pitch candidates of frames, with the transform's plan and buffers.
pub(crate) struct PitchAnalyzer {
    autocorrelation: Autocorrelation,
}

impl PitchAnalyzer {
    /// Whether frames of these features can be analysed: 1,024 samples every 256 at 16 kHz.
    pub(crate) fn supports(features: &FeatureConfig) -> bool {
        let FeatureConfig {
            sample_rate,
            n_fft,
            hop_length,
            ..
        } = *features;
        (sample_rate, n_fft, hop_length) == (RATE, LENGTH, HOP)
    }

    /// An analyser of frames of these features; `None` where they are not
    /// [supported](Self::supports).
    pub(crate) fn new(features: &FeatureConfig) -> Option<PitchAnalyzer> {
        Self::supports(features).then(|| PitchAnalyzer {
            autocorrelation: Autocorrelation::new(),
        })
    }

    /// The candidates of a frame of samples.
    pub(crate) fn analyze(&mut self, frame: &[f32]) -> PitchFrame {
        self.autocorrelation.candidates(frame)
    }
}

impl fmt::Debug for PitchAnalyzer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("PitchAnalyzer").finish_non_exhaustive()
    }
}

/// Autocorrelation by the power spectrum, twice as long as the frame so that its ends do not meet.
struct Autocorrelation {
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    window: Vec<f64>,
    /// The window's own autocorrelation at each lag, relative to that at lag 0.
    of_window: Vec<f64>,
    /// The window's own autocorrelation at lag 0.
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

    /// Computes the autocorrelation of the windowed frame into `buffer`.
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

    /// The level and the candidates of a frame.
    fn candidates(&mut self, frame: &[f32]) -> PitchFrame {
        self.apply(frame);
        let power = self.buffer[0] + TINY;
        let periodic = |lag: usize| self.buffer[lag] / power / self.of_window[lag];
        let mut candidates = [PitchCandidate {
            semitones: 0.0,
            score: NO_CANDIDATE,
            periodicity: 0.5,
        }; N_CANDIDATES];
        let (mut before, mut here) = (periodic(LAGS.start - 1), periodic(LAGS.start));
        for lag in LAGS {
            let after = periodic(lag + 1);
            if here > before && here >= after {
                insert(&mut candidates, candidate(lag, [before, here, after]));
            }
            (before, here) = (here, after);
        }
        PitchFrame {
            level_db: power_db(power / self.window_power + TINY) as f32,
            candidates,
        }
    }
}

/// The candidate of a peak at `lag`, with its place between the lags by a parabola through the peak and
/// its neighbours.
fn candidate(lag: usize, [before, here, after]: [f64; 3]) -> PitchCandidate {
    let bend = before - 2.0 * here + after;
    let offset = match bend.abs() > 1e-9 {
        true => ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5),
        false => 0.0,
    };
    let rate = f64::from(RATE);
    let octaves = (LAGS.end as f64 / lag as f64).log2();
    PitchCandidate {
        semitones: (12.0 * (rate / (lag as f64 + offset) / SEMITONE_0_HZ).log2()) as f32,
        score: (here + OCTAVE_BONUS * octaves) as f32,
        periodicity: here.clamp(1e-3, 0.999) as f32,
    }
}

/// Inserts the candidate by its score, if it is among the best.
fn insert(candidates: &mut [PitchCandidate; N_CANDIDATES], candidate: PitchCandidate) {
    let place = candidates.partition_point(|kept| kept.score >= candidate.score);
    if place < N_CANDIDATES {
        candidates[place..].rotate_right(1);
        candidates[place] = candidate;
    }
}
