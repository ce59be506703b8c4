//! The two inner loops of convolutions, by the widest vectors that the processor has.

use pulp::{Simd, WithSimd};

/// Channels whose sums stay in registers, in [`Correlate`] and in [`Gram`].
const TILE: usize = 8;
const GRAM_TILE: usize = 4;
/// Vectors of each channel whose sums stay in registers.
const VECTORS: usize = 2;
/// Values that the longest vectors take at once: output planes are multiples of it.
pub const BLOCK: usize = 32;

/// Weights in the order in which [`Correlate`] reads them.
pub struct Tiles(Vec<f32>);

impl Tiles {
    /// Of `[output, input, tap]`, where `at` gives a weight.
    pub fn new(
        [outputs, inputs, taps]: [usize; 3],
        at: impl Fn(usize, usize, usize) -> f32,
    ) -> Tiles {
        let mut tiles = vec![0.0; outputs.div_ceil(TILE) * inputs * taps * TILE];
        for output in 0..outputs {
            for input in 0..inputs {
                for tap in 0..taps {
                    let column = ((output / TILE) * inputs + input) * taps + tap;
                    tiles[column * TILE + output % TILE] = at(output, input, tap);
                }
            }
        }
        Tiles(tiles)
    }
}

/// Writes `out[o][i] = sum over c and tap of weights[o][c][tap] * planes[c][tap + i]`.
pub struct Correlate<'a> {
    pub weights: &'a Tiles,
    pub planes: &'a [f32],
    /// Values of a channel of `planes`.
    pub channel_len: usize,
    /// Offset of each tap.
    pub taps: &'a [usize],
    pub out: &'a mut [f32],
    /// Values of a channel of `out`, a multiple of [`BLOCK`].
    pub out_len: usize,
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let inputs = self.planes.len() / self.channel_len;
        let tile_len = inputs * self.taps.len() * TILE;
        let block = VECTORS * S::F32_LANES;
        for (tile, out) in self
            .weights
            .0
            .chunks_exact(tile_len)
            .zip(self.out.chunks_mut(TILE * self.out_len))
        {
            for at in (0..self.out_len).step_by(block) {
                let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TILE];
                for (planes, weights) in self
                    .planes
                    .chunks_exact(self.channel_len)
                    .zip(tile.chunks_exact(self.taps.len() * TILE))
                {
                    let planes = &planes[at..];
                    for (&tap, weights) in self.taps.iter().zip(weights.as_chunks::<TILE>().0) {
                        let (vectors, _) = S::as_simd_f32s(&planes[tap..tap + block]);
                        let vectors = &vectors[..VECTORS];
                        for (sums, weight) in sums.iter_mut().zip(weights) {
                            let weight = simd.splat_f32s(*weight);
                            for (sum, vector) in sums.iter_mut().zip(vectors) {
                                *sum = simd.mul_add_f32s(weight, *vector, *sum);
                            }
                        }
                    }
                }
                for (sums, out) in sums.iter().zip(out.chunks_exact_mut(self.out_len)) {
                    let (out, _) = S::as_mut_simd_f32s(&mut out[at..at + block]);
                    out.copy_from_slice(sums);
                }
            }
        }
    }
}

/// Adds the sum over `i` of `grads[o][i] * planes[c][tap + i]` to `out[o][c][tap]`.
pub struct Gram<'a> {
    pub grads: &'a [f32],
    /// Values of a channel of `grads`, and those before its first gradient.
    pub grad_len: usize,
    pub grad_margin: usize,
    pub planes: &'a [f32],
    /// Values of a channel of `planes`.
    pub channel_len: usize,
    /// Offset of each tap.
    pub taps: &'a [usize],
    pub out: &'a mut [f32],
    /// Gradients of a channel.
    pub len: usize,
}

impl WithSimd for Gram<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if self.taps.len().is_multiple_of(3) {
            self.by_taps::<S, 3>(simd);
        } else {
            self.by_taps::<S, 1>(simd);
        }
    }
}

impl Gram<'_> {
    /// `T` taps at once.
    #[inline(always)]
    fn by_taps<S: Simd, const T: usize>(self, simd: S) {
        let inputs = self.planes.len() / self.channel_len;
        let n_taps = self.taps.len();
        let vectors = self.len.div_ceil(S::F32_LANES);
        let len = vectors * S::F32_LANES;
        for (grads, out) in self
            .grads
            .chunks(GRAM_TILE * self.grad_len)
            .zip(self.out.chunks_mut(GRAM_TILE * inputs * n_taps))
        {
            // A tile that is not full repeats its last channel.
            let outputs = grads.len() / self.grad_len;
            let grads: [&[S::f32s]; GRAM_TILE] = std::array::from_fn(|o| {
                let grads = &grads[o.min(outputs - 1) * self.grad_len + self.grad_margin..];
                &S::as_simd_f32s(&grads[..len]).0[..vectors]
            });
            for (input, planes) in self.planes.chunks_exact(self.channel_len).enumerate() {
                for (group, taps) in self.taps.as_chunks::<T>().0.iter().enumerate() {
                    let planes: [&[S::f32s]; T] =
                        taps.map(|tap| &S::as_simd_f32s(&planes[tap..][..len]).0[..vectors]);
                    let mut sums = [[simd.splat_f32s(0.0); T]; GRAM_TILE];
                    for i in 0..vectors {
                        let values: [S::f32s; T] = std::array::from_fn(|t| planes[t][i]);
                        for (sums, grads) in sums.iter_mut().zip(&grads) {
                            for (sum, value) in sums.iter_mut().zip(&values) {
                                *sum = simd.mul_add_f32s(grads[i], *value, *sum);
                            }
                        }
                    }
                    for (o, sums) in sums.iter().enumerate().take(outputs) {
                        for (t, sum) in sums.iter().enumerate() {
                            out[(o * inputs + input) * n_taps + group * T + t] +=
                                simd.reduce_sum_f32s(*sum);
                        }
                    }
                }
            }
        }
    }
}
