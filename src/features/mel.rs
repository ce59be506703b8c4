//! The mel scale and its filterbank, as `librosa.filters.mel` defines them by default: Slaney's
//! scale and Slaney's area normalisation (M. Slaney, Auditory Toolbox, Technical Report
//! 1998-010, Interval Research).

use super::stft::MAX_N_FFT;
use crate::error::{Error, Result};

/// Below this the scale is linear, above it logarithmic.
const BREAK_HZ: f64 = 1000.0;
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const BREAK_MEL: f64 = BREAK_HZ / HZ_PER_MEL;
/// In the logarithmic part, 27 mels multiply the frequency by 6.4.
const LOG_STEP_MELS: f64 = 27.0;
const LOG_STEP_RATIO: f64 = 6.4;

/// A frequency in Hz on Slaney's mel scale; `librosa.hz_to_mel`.
///
/// ```
/// assert!((emotionai_voice::training::hz_to_mel(60.0) - 0.9).abs() < 1e-12);
/// ```
pub fn hz_to_mel(hz: f64) -> f64 {
    if hz < BREAK_HZ {
        hz / HZ_PER_MEL
    } else {
        BREAK_MEL + (hz / BREAK_HZ).ln() * LOG_STEP_MELS / LOG_STEP_RATIO.ln()
    }
}

/// The frequency in Hz of a point on Slaney's mel scale; `librosa.mel_to_hz`.
///
/// ```
/// assert!((emotionai_voice::training::mel_to_hz(3.0) - 200.0).abs() < 1e-12);
/// ```
pub fn mel_to_hz(mel: f64) -> f64 {
    if mel < BREAK_MEL {
        mel * HZ_PER_MEL
    } else {
        BREAK_HZ * ((mel - BREAK_MEL) * LOG_STEP_RATIO.ln() / LOG_STEP_MELS).exp()
    }
}

/// Triangular filters, equally wide on the mel scale, that sum an STFT's power into bands.
///
/// ```
/// use emotionai_voice::training::MelFilterbank;
///
/// let bank = MelFilterbank::new(16_000, 512, 40, 0.0, 8_000.0)?;
/// let mut mel = [0.0; 40];
/// bank.apply(&[1.0; 257], &mut mel)?;
/// assert!(mel.iter().all(|&band| band > 0.0));
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MelFilterbank {
    bands: Vec<Band>,
    n_bins: usize,
}

/// A filter is zero but for a few neighbouring bins, so only these are kept.
#[derive(Debug, Clone)]
struct Band {
    first_bin: usize,
    weights: Vec<f64>,
}

impl MelFilterbank {
    /// `n_mels` filters from `f_min` to `f_max` Hz over the `n_fft / 2 + 1` bins of a transform
    /// at `sample_rate` Hz.
    ///
    /// With many bands and a short transform the lowest filters may fall between two bins and
    /// stay empty, as in librosa.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] unless the rate is positive, `n_fft` from 2 to 16,384, `n_mels`
    /// from 1 to the number of bins, and `0 <= f_min < f_max <= sample_rate / 2`.
    pub fn new(
        sample_rate: u32,
        n_fft: usize,
        n_mels: usize,
        f_min: f32,
        f_max: f32,
    ) -> Result<Self> {
        Self::check_bands(sample_rate, n_fft, n_mels, f_min, f_max)?;
        let n_bins = n_fft / 2 + 1;
        let edge = band_edges_hz(n_mels, f64::from(f_min), f64::from(f_max));
        let bin_hz = f64::from(sample_rate) / n_fft as f64;
        let bands = (0..n_mels)
            .map(|i| Band::new([edge(i), edge(i + 1), edge(i + 2)], bin_hz, n_bins))
            .collect();
        Ok(Self { bands, n_bins })
    }

    /// The checks of [`new`](Self::new).
    pub(super) fn check_bands(
        sample_rate: u32,
        n_fft: usize,
        n_mels: usize,
        f_min: f32,
        f_max: f32,
    ) -> Result<()> {
        let nyquist = f64::from(sample_rate) / 2.0;
        let n_bins = n_fft / 2 + 1;
        let (f_min, f_max) = (f64::from(f_min), f64::from(f_max));
        if !(2..=MAX_N_FFT).contains(&n_fft) {
            return invalid(format!("n_fft from 2 to {MAX_N_FFT}"), n_fft.to_string());
        }
        if !(1..=n_bins).contains(&n_mels) {
            return invalid(
                format!("n_mels from 1 to the {n_bins} bins of n_fft = {n_fft}"),
                n_mels.to_string(),
            );
        }
        // Written so that NaN fails too.
        if !(f_min >= 0.0 && f_min < f_max && f_max <= nyquist) {
            return invalid(
                format!("0 <= f_min < f_max <= {nyquist} Hz, half the sample rate"),
                format!("f_min = {f_min}, f_max = {f_max}"),
            );
        }
        Ok(())
    }

    /// Number of bands.
    pub fn n_mels(&self) -> usize {
        self.bands.len()
    }

    /// Number of spectrum bins that go in.
    pub fn n_bins(&self) -> usize {
        self.n_bins
    }

    /// All `n_bins` weights of band `i`, or `None` past the last band.
    pub fn weights(&self, i: usize) -> Option<Vec<f64>> {
        let band = self.bands.get(i)?;
        let mut row = vec![0.0; self.n_bins];
        row[band.first_bin..][..band.weights.len()].copy_from_slice(&band.weights);
        Some(row)
    }

    /// Sums a power spectrum of `n_bins` into `mel`, which takes `n_mels` values.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] where a slice has another length.
    pub fn apply(&self, power: &[f64], mel: &mut [f64]) -> Result<()> {
        if power.len() != self.n_bins || mel.len() != self.n_mels() {
            return invalid(
                format!("{} bins and {} bands", self.n_bins, self.n_mels()),
                format!("{} and {}", power.len(), mel.len()),
            );
        }
        for (out, band) in mel.iter_mut().zip(&self.bands) {
            let bins = &power[band.first_bin..];
            *out = bins.iter().zip(&band.weights).map(|(p, w)| p * w).sum();
        }
        Ok(())
    }
}

/// The lower edge of the `i`-th triangle, in Hz; the triangle peaks at the next edge and ends at the
/// one after.
pub(super) fn band_edges_hz(n_mels: usize, f_min: f64, f_max: f64) -> impl Fn(usize) -> f64 {
    let (low, high) = (hz_to_mel(f_min), hz_to_mel(f_max));
    let step = (high - low) / (n_mels + 1) as f64;
    move |i| mel_to_hz(low + step * i as f64)
}

impl Band {
    fn new([left, centre, right]: [f64; 3], bin_hz: f64, n_bins: usize) -> Self {
        // Slaney's normalisation: every triangle has the same area in Hz.
        let height = 2.0 / (right - left);
        let weight = |bin: usize| {
            let hz = bin as f64 * bin_hz;
            let rising = (hz - left) / (centre - left);
            let falling = (right - hz) / (right - centre);
            rising.min(falling).max(0.0) * height
        };
        let first_bin = (0..n_bins).find(|&b| weight(b) > 0.0).unwrap_or(0);
        let weights = (first_bin..n_bins)
            .map(weight)
            .take_while(|&w| w > 0.0)
            .collect();
        Self { first_bin, weights }
    }
}

fn invalid<T>(expected: String, actual: String) -> Result<T> {
    Err(Error::InvalidConfig { expected, actual })
}
