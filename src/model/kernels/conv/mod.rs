//! Convolutions of a batch of images and their gradients, without a matrix of patches (im2col).

mod planes;
mod products;

use pulp::Arch;
use rayon::prelude::*;

pub use planes::Geometry;
use products::{BLOCK, Correlate, Gram, Tiles};

/// Tasks that a batch is divided into. Their number does not depend on the processor, so that the
/// weights' gradients are the same bits with any number of threads.
const TASKS: usize = 16;

/// The convolution of `input`.
///
/// # Shapes
/// `[batch, in, rows, columns]` by `[out, in, kernel, kernel]`.
pub fn forward(g: &Geometry, input: &[f32], weight: &[f32]) -> Vec<f32> {
    let [inputs, outputs] = g.channels;
    let n_taps = g.kernel * g.kernel;
    let [in_len, out_len] = g.image_lens();
    let batch = input.len() / in_len;
    let per_task = batch.div_ceil(TASKS);
    let weights = Tiles::new([outputs, inputs, n_taps], |o, i, tap| {
        weight[(o * inputs + i) * n_taps + tap]
    });
    let taps = g.taps();
    let flat_len = g.flat_len().next_multiple_of(BLOCK);
    let arch = Arch::new();
    let mut output = vec![0.0; batch * out_len];
    input
        .par_chunks(per_task * in_len)
        .zip(output.par_chunks_mut(per_task * out_len))
        .for_each(|(input, output)| {
            let mut planes = vec![0.0; inputs * g.channel_len()];
            let mut flat = vec![0.0; outputs * flat_len];
            for (input, output) in input
                .chunks_exact(in_len)
                .zip(output.chunks_exact_mut(out_len))
            {
                g.pack(input, &mut planes);
                arch.dispatch(Correlate {
                    weights: &weights,
                    planes: &planes,
                    channel_len: g.channel_len(),
                    taps: &taps,
                    out: &mut flat,
                    out_len: flat_len,
                });
                g.unpack(&flat, flat_len, output);
            }
        });
    output
}

/// The gradient with respect to the input, given that of the output.
pub fn input_grad(g: &Geometry, weight: &[f32], grad: &[f32]) -> Vec<f32> {
    let [inputs, outputs] = g.channels;
    let n_taps = g.kernel * g.kernel;
    let [in_len, out_len] = g.image_lens();
    let batch = grad.len() / out_len;
    let per_task = batch.div_ceil(TASKS);
    let phases: Vec<_> = g
        .input_phases()
        .into_iter()
        .map(|phase| {
            let sizes = [inputs, outputs, phase.taps.len()];
            let weights = Tiles::new(sizes, |i, o, tap| {
                weight[(o * inputs + i) * n_taps + phase.taps[tap]]
            });
            (phase, weights)
        })
        .collect();
    let flat_len = g.input_flat_len().next_multiple_of(BLOCK);
    let arch = Arch::new();
    let mut input_grad = vec![0.0; batch * in_len];
    grad.par_chunks(per_task * out_len)
        .zip(input_grad.par_chunks_mut(per_task * in_len))
        .for_each(|(grad, input_grad)| {
            let mut planes = vec![0.0; outputs * g.grad_len()];
            let mut flat = vec![0.0; inputs * flat_len];
            for (grad, input_grad) in grad
                .chunks_exact(out_len)
                .zip(input_grad.chunks_exact_mut(in_len))
            {
                g.pack_grad(grad, &mut planes);
                for (phase, weights) in &phases {
                    arch.dispatch(Correlate {
                        weights,
                        planes: &planes,
                        channel_len: g.grad_len(),
                        taps: &phase.offsets,
                        out: &mut flat,
                        out_len: flat_len,
                    });
                    g.unpack_phase(phase, &flat, flat_len, input_grad);
                }
            }
        });
    input_grad
}

/// The gradient with respect to the weights, given that of the output.
pub fn weight_grad(g: &Geometry, input: &[f32], grad: &[f32]) -> Vec<f32> {
    let [inputs, outputs] = g.channels;
    let weight_len = inputs * outputs * g.kernel * g.kernel;
    let [in_len, out_len] = g.image_lens();
    let per_task = (input.len() / in_len).div_ceil(TASKS);
    let taps = g.taps();
    let arch = Arch::new();
    let sums: Vec<Vec<f32>> = input
        .par_chunks(per_task * in_len)
        .zip(grad.par_chunks(per_task * out_len))
        .map(|(input, grad)| {
            let mut planes = vec![0.0; inputs * g.channel_len()];
            let mut grads = vec![0.0; outputs * g.grad_len()];
            let mut sum = vec![0.0; weight_len];
            for (input, grad) in input.chunks_exact(in_len).zip(grad.chunks_exact(out_len)) {
                g.pack(input, &mut planes);
                g.pack_grad(grad, &mut grads);
                arch.dispatch(Gram {
                    grads: &grads,
                    grad_len: g.grad_len(),
                    grad_margin: g.grad_margin(),
                    planes: &planes,
                    channel_len: g.channel_len(),
                    taps: &taps,
                    out: &mut sum,
                    len: g.flat_len(),
                });
            }
            sum
        })
        .collect();
    super::total(sums, weight_len)
}
