//! Sample rate conversion of a stream, on rubato.

use std::fmt;

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{
    Async, Fft, FixedAsync, FixedSync, Resampler as Rubato, SincInterpolationParameters,
    SincInterpolationType, WindowFunction, calculate_cutoff,
};

use super::limits::check_sample_rate;
use crate::error::{Error, Result};

/// 92 dB of stop band; its squared sibling attenuates more than `f32` can show, for twice the
/// transition band.
const WINDOW: WindowFunction = WindowFunction::BlackmanHarris;

/// Resamples a mono stream from one rate to another, without aliases.
///
/// Whatever the input is chunked into, the output is the same to the bit: audio is collected
/// into blocks of a fixed length before it is filtered. The filter's delay is removed, so what
/// happens at `t` seconds of the input happens at `t` in the output, and after
/// [`flush`](Self::flush) `n` samples have become `ceil(n * to / from)`. Output lags by the
/// block and half a filter: at most 30 ms for the rates of sound cards, 60 ms for any other.
/// Equal rates pass samples through untouched and at once.
///
/// Between 16 kHz and the usual higher rates the pass band is flat to 0.1 dB up to 7 kHz, and
/// what lies above the new Nyquist frequency leaves less than -80 dB.
///
/// ```
/// use emotionai_voice::training::Resampler;
///
/// let mut resampler = Resampler::new(48_000, 16_000)?;
/// let mut out = Vec::new();
/// for chunk in vec![0.0; 4_801].chunks(128) {
///     resampler.push(chunk, &mut out);
/// }
/// resampler.flush(&mut out);
/// assert_eq!(out.len(), 1_601);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
pub struct Resampler {
    from: u32,
    to: u32,
    /// `None` for equal rates.
    filter: Option<Filter>,
    /// Samples in and out since the start of this input.
    received: u64,
    emitted: u64,
}

impl Resampler {
    /// A resampler from `from` Hz to `to` Hz.
    ///
    /// # Errors
    /// [`Error::SampleRate`] where a rate is outside 8,000 to 192,000 Hz.
    pub fn new(from: u32, to: u32) -> Result<Self> {
        check_sample_rate(from)?;
        check_sample_rate(to)?;
        let filter = (from != to).then(|| Filter::new(from, to)).transpose()?;
        Ok(Self {
            from,
            to,
            filter,
            received: 0,
            emitted: 0,
        })
    }

    /// Takes the next samples and appends to `out` the samples that they complete. Allocates only
    /// where `out` must grow. Samples must be finite.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.push_to(samples, |block| out.extend_from_slice(block));
    }

    /// Ends this input: appends the samples that the filter still holds, as if silence followed,
    /// and [resets](Self::reset).
    pub fn flush(&mut self, out: &mut Vec<f32>) {
        self.flush_to(|block| out.extend_from_slice(block));
    }

    /// [`push`](Self::push) that hands each block of output to `sink` instead of storing it.
    pub(crate) fn push_to(&mut self, samples: &[f32], mut sink: impl FnMut(&[f32])) {
        self.received += samples.len() as u64;
        let Some(filter) = &mut self.filter else {
            sink(samples);
            return;
        };
        filter.push(samples, |block| {
            self.emitted += block.len() as u64;
            sink(block);
        });
    }

    /// [`flush`](Self::flush) that hands each block of output to `sink` instead of storing it.
    pub(crate) fn flush_to(&mut self, mut sink: impl FnMut(&[f32])) {
        if let Some(filter) = &mut self.filter {
            let total = u128::from(self.received) * u128::from(self.to);
            let total = total.div_ceil(u128::from(self.from)) as u64;
            let mut missing = (total - self.emitted) as usize;
            while missing > 0 {
                let block = filter.push_silence();
                let block = &block[..block.len().min(missing)];
                missing -= block.len();
                sink(block);
            }
        }
        self.reset();
    }

    /// Forgets this input; the next sample is the first of a new one.
    pub fn reset(&mut self) {
        self.received = 0;
        self.emitted = 0;
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
    }
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resampler")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// rubato behind a buffer that collects its fixed input blocks and drops its initial delay.
struct Filter {
    inner: Box<dyn Rubato<f32>>,
    block: Vec<f32>,
    filled: usize,
    output: Vec<f32>,
    /// Output samples that precede the input's first, and how many of them are still to come.
    delay: usize,
    to_drop: usize,
}

impl Filter {
    fn new(from: u32, to: u32) -> Result<Self> {
        let (inner, delay): (Box<dyn Rubato<f32>>, usize) = match fft_block(from, to) {
            Some(block) => {
                let fft = fft(from, to, block).map_err(construction)?;
                let delay = fft.output_delay();
                (Box::new(fft), delay)
            }
            None => {
                let (sinc, delay) = sinc(from, to).map_err(construction)?;
                (Box::new(sinc), delay)
            }
        };
        Ok(Self {
            block: vec![0.0; inner.input_frames_max()],
            output: vec![0.0; inner.output_frames_max()],
            filled: 0,
            delay,
            to_drop: delay,
            inner,
        })
    }

    /// Takes the next samples and hands each completed block of output to `sink`.
    fn push(&mut self, mut samples: &[f32], mut sink: impl FnMut(&[f32])) {
        while !samples.is_empty() {
            let free = &mut self.block[self.filled..];
            let n = free.len().min(samples.len());
            free[..n].copy_from_slice(&samples[..n]);
            samples = &samples[n..];
            self.filled += n;
            if self.filled == self.block.len() {
                sink(self.process());
            }
        }
    }

    /// Fills the current block with zeros and filters it.
    fn push_silence(&mut self) -> &[f32] {
        self.block[self.filled..].fill(0.0);
        self.process()
    }

    /// Filters the current block. The output is empty while the filter's delay is dropped.
    fn process(&mut self) -> &[f32] {
        self.filled = 0;
        let (block_len, output_len) = (self.block.len(), self.output.len());
        let produced = SequentialSlice::new(&self.block[..], 1, block_len)
            .and_then(|input| {
                let output = SequentialSlice::new_mut(&mut self.output[..], 1, output_len)?;
                Ok((input, output))
            })
            .map(|(input, mut output)| self.inner.process_into_buffer(&input, &mut output, None));
        // rubato fails only on buffers smaller than it asked for, and it named these sizes.
        let Ok(Ok((_, produced))) = produced else {
            unreachable!("a resampler refused buffers of the size it asked for");
        };
        let dropped = self.to_drop.min(produced);
        self.to_drop -= dropped;
        &self.output[dropped..produced]
    }

    fn reset(&mut self) {
        self.inner.reset();
        self.filled = 0;
        self.to_drop = self.delay;
    }
}

/// The block of the FFT resampler in input samples: at least 20 ms, where its filter is sharp
/// enough. It must hold a whole number of samples at both rates, even ones for a delay that is
/// whole too. `None` where that takes more than 40 ms, as with 11,025 or 22,255 Hz to 16,000;
/// at worst, with coprime rates, it would take a second.
fn fft_block(from: u32, to: u32) -> Option<usize> {
    let divisor = gcd(from, to);
    let (unit_in, unit_out) = (from / divisor, to / divisor);
    let parity = if unit_in.is_multiple_of(2) && unit_out.is_multiple_of(2) {
        1
    } else {
        2
    };
    let unit = unit_in * parity;
    let block = unit * (from / 50).div_ceil(unit);
    (block <= from / 25).then_some(block as usize)
}

fn fft(from: u32, to: u32, block: usize) -> Result<Fft<f32>, rubato::ResamplerConstructionError> {
    let (from, to) = (from as usize, to as usize);
    Fft::new_custom(from, to, block, 1, 1, WINDOW, FixedSync::Both)
}

/// The resampler for any other ratio, and its delay in output samples: a table of windowed
/// sincs, 8 ms long, with 256 of them to an input sample and linear interpolation between,
/// whose images lie at -94 dB.
fn sinc(from: u32, to: u32) -> Result<(Async<f32>, usize), rubato::ResamplerConstructionError> {
    let ratio = f64::from(to) / f64::from(from);
    let lower_rate_taps = (from.min(to) / 125) as usize;
    let shortest = (lower_rate_taps as f64 / ratio.min(1.0)).ceil() as usize;
    // Half the filter, less the one sample by which rubato's first output is ahead.
    let delay = |taps: usize| taps as f64 / 2.0 * ratio - 1.0;
    // Only a whole delay can be removed, so take the length, in rubato's steps of 8, that comes
    // closest to one.
    let remainder = |taps: &usize| (delay(*taps) - delay(*taps).round()).abs();
    let taps = (shortest.next_multiple_of(8)..)
        .step_by(8)
        .take(16)
        .min_by(|a, b| remainder(a).total_cmp(&remainder(b)))
        .unwrap_or(shortest);
    let parameters = SincInterpolationParameters::new(taps, WINDOW)
        // rubato's own choice assumes the filter's length at the higher rate, and would let the
        // transition band reach past the lower Nyquist frequency.
        .f_cutoff(calculate_cutoff(lower_rate_taps, WINDOW))
        .oversampling_factor(256)
        .interpolation(SincInterpolationType::Linear);
    let block = (from / 100) as usize;
    let sinc = Async::new_sinc(ratio, 1.0, &parameters, block, 1, FixedAsync::Input)?;
    Ok((sinc, delay(taps).round() as usize))
}

fn construction(error: rubato::ResamplerConstructionError) -> Error {
    Error::Internal {
        message: error.to_string(),
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
