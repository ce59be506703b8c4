//! The short-time Fourier transform, one frame at a time, on realfft.

use std::f64::consts::TAU;
use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};

use crate::error::{Error, Result};

/// The longest transform: a second at 16 kHz, far longer than a frame of speech.
pub(crate) const MAX_N_FFT: usize = 16_384;

/// A windowed Fourier transform with its plan and buffers.
///
/// The window is the periodic Hann window of `win_length` samples, centred in the frame of
/// `n_fft` as `librosa.stft` does. The transform is not scaled.
///
/// It runs in `f64`, as librosa's does: in the bands of a loud frame that lie 80 dB below the
/// maximum, an `f32` transform errs by up to 2e-3 dB.
///
/// ```
/// use emotionai_voice::training::Stft;
///
/// let mut stft = Stft::new(512, 400)?;
/// assert_eq!(stft.power(&[0.0; 512])?, [0.0; 257]);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Clone)]
pub struct Stft {
    fft: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    windowed: Vec<f64>,
    spectrum: Vec<Complex64>,
    scratch: Vec<Complex64>,
    power: Vec<f64>,
}

impl Stft {
    /// Plans transforms of `n_fft` samples under a window of `win_length`.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] unless `n_fft` is even, from 2 to 16,384, and `win_length` from
    /// 1 to `n_fft`.
    pub fn new(n_fft: usize, win_length: usize) -> Result<Self> {
        Self::check_sizes(n_fft, win_length)?;
        let fft = RealFftPlanner::new().plan_fft_forward(n_fft);
        Ok(Self {
            window: centred_hann(n_fft, win_length),
            windowed: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; n_fft / 2 + 1],
            fft,
        })
    }

    /// The checks of [`new`](Self::new).
    pub(super) fn check_sizes(n_fft: usize, win_length: usize) -> Result<()> {
        if !(2..=MAX_N_FFT).contains(&n_fft) || !n_fft.is_multiple_of(2) {
            return Err(Error::InvalidConfig {
                expected: format!("an even n_fft from 2 to {MAX_N_FFT}"),
                actual: n_fft.to_string(),
            });
        }
        if !(1..=n_fft).contains(&win_length) {
            return Err(Error::InvalidConfig {
                expected: format!("a win_length from 1 to n_fft = {n_fft}"),
                actual: win_length.to_string(),
            });
        }
        Ok(())
    }

    /// Samples in a frame.
    pub fn n_fft(&self) -> usize {
        self.window.len()
    }

    /// The power spectrum `|X|^2` of one frame of `n_fft` samples: `n_fft / 2 + 1` bins from
    /// 0 Hz to the Nyquist frequency.
    ///
    /// # Errors
    /// [`Error::InvalidAudio`] where the frame has another length.
    pub fn power(&mut self, frame: &[f32]) -> Result<&[f64]> {
        if frame.len() != self.n_fft() {
            return Err(Error::InvalidAudio {
                expected: format!("a frame of {} samples", self.n_fft()),
                actual: format!("{} samples", frame.len()),
            });
        }
        for ((out, &x), w) in self.windowed.iter_mut().zip(frame).zip(&self.window) {
            *out = f64::from(x) * w;
        }
        self.fft
            .process_with_scratch(&mut self.windowed, &mut self.spectrum, &mut self.scratch)
            .map_err(|error| Error::Internal {
                message: error.to_string(),
            })?;
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
        Ok(&self.power)
    }
}

impl fmt::Debug for Stft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stft")
            .field("n_fft", &self.n_fft())
            .finish_non_exhaustive()
    }
}

/// `scipy.signal.get_window("hann", win_length, fftbins=True)` in the middle of `n_fft` zeros,
/// as `librosa.util.pad_center` lays it.
pub(crate) fn centred_hann(n_fft: usize, win_length: usize) -> Vec<f64> {
    let mut window = vec![0.0; n_fft];
    let start = (n_fft - win_length) / 2;
    for (n, w) in window[start..start + win_length].iter_mut().enumerate() {
        *w = 0.5 - 0.5 * (TAU * n as f64 / win_length as f64).cos();
    }
    if win_length == 1 {
        window[start] = 1.0; // A window of one sample weighs it fully, as in SciPy.
    }
    window
}
