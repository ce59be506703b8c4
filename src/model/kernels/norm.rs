//! Batch normalisation with the batch's own statistics, with or without a rectifier behind it.

use pulp::Arch;
use rayon::prelude::*;

/// Partial sums that a compiler keeps in vectors.
const LANES: usize = 16;

/// Output, mean and biased variance of each channel.
pub struct Normed {
    pub output: Vec<f32>,
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// The planes of each channel of a batch of images.
fn planes(
    data: &[f32],
    channels: usize,
    area: usize,
    channel: usize,
) -> impl Iterator<Item = &[f32]> {
    data.chunks_exact(area).skip(channel).step_by(channels)
}

/// The planes of every channel, to write to.
fn planes_mut(data: &mut [f32], channels: usize, area: usize) -> Vec<Vec<&mut [f32]>> {
    let mut by_channel: Vec<Vec<&mut [f32]>> = (0..channels).map(|_| Vec::new()).collect();
    for (index, plane) in data.chunks_exact_mut(area).enumerate() {
        by_channel[index % channels].push(plane);
    }
    by_channel
}

/// The sums of both numbers that `of` makes of each pair of values.
#[inline(always)]
fn sums(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> (f32, f32)) -> (f32, f32) {
    let mut first = [0.0; LANES];
    let mut second = [0.0; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            let (x, y) = of(a[lane], b[lane]);
            first[lane] += x;
            second[lane] += y;
        }
    }
    let mut total = (first.iter().sum::<f32>(), second.iter().sum::<f32>());
    for (a, b) in a_rest.iter().zip(b_rest) {
        let (x, y) = of(*a, *b);
        total = (total.0 + x, total.1 + y);
    }
    total
}

/// Normalises `x` of `channels` channels with `area` values in each plane.
pub fn forward(
    x: &[f32],
    [gamma, beta]: [&[f32]; 2],
    area: usize,
    epsilon: f32,
    relu: bool,
) -> Normed {
    let channels = gamma.len();
    let n = (x.len() / channels) as f64;
    let mut output = vec![0.0; x.len()];
    let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
    let arch = Arch::new();
    let statistics: Vec<(f32, f32)> = planes_mut(&mut output, channels, area)
        .into_par_iter()
        .enumerate()
        .map(|(channel, outputs)| {
            arch.dispatch(|| {
                let of = || planes(x, channels, area, channel);
                let sum: f64 = of()
                    .map(|plane| f64::from(sums(plane, plane, |x, _| (x, 0.0)).0))
                    .sum();
                let mean = (sum / n) as f32;
                let square: f64 = of()
                    .map(|plane| {
                        f64::from(sums(plane, plane, |x, _| ((x - mean) * (x - mean), 0.0)).0)
                    })
                    .sum();
                let variance = (square / n) as f32;
                let scale = gamma[channel] / (variance + epsilon).sqrt();
                let shift = beta[channel] - mean * scale;
                for (output, plane) in outputs.into_iter().zip(of()) {
                    for (output, x) in output.iter_mut().zip(plane) {
                        *output = (x * scale + shift).max(floor);
                    }
                }
                (mean, variance)
            })
        })
        .collect();
    let (mean, variance) = statistics.into_iter().unzip();
    Normed {
        output,
        mean,
        variance,
    }
}

/// Gradients with respect to `x`, `gamma` and `beta`.
pub fn backward(
    x: &[f32],
    [gamma, beta, mean, variance]: [&[f32]; 4],
    grad: &[f32],
    area: usize,
    epsilon: f32,
    relu: bool,
) -> [Vec<f32>; 3] {
    let channels = gamma.len();
    let n = (x.len() / channels) as f32;
    let mut x_grad = vec![0.0; x.len()];
    let arch = Arch::new();
    let parameters: Vec<(f32, f32)> = planes_mut(&mut x_grad, channels, area)
        .into_par_iter()
        .enumerate()
        .map(|(channel, outputs)| {
            arch.dispatch(|| {
                let mean = mean[channel];
                let inverse = 1.0 / (variance[channel] + epsilon).sqrt();
                let scale = gamma[channel] * inverse;
                let shift = beta[channel] - mean * scale;
                let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
                let of = || {
                    planes(x, channels, area, channel).zip(planes(grad, channels, area, channel))
                };
                let passed = |x: f32, grad: f32| if x * scale + shift > floor { grad } else { 0.0 };
                let (mut sum, mut product) = (0.0f64, 0.0f64);
                for (x, grad) in of() {
                    let (s, p) = sums(x, grad, |x, grad| {
                        let grad = passed(x, grad);
                        (grad, grad * (x - mean))
                    });
                    sum += f64::from(s);
                    product += f64::from(p);
                }
                let (sum, product) = (sum as f32, product as f32 * inverse);
                let (a, b) = (sum / n, product / n * inverse);
                for (output, (x, grad)) in outputs.into_iter().zip(of()) {
                    for ((output, x), grad) in output.iter_mut().zip(x).zip(grad) {
                        *output = scale * (passed(*x, *grad) - a - (x - mean) * b);
                    }
                }
                (product, sum)
            })
        })
        .collect();
    let (gamma_grad, beta_grad) = parameters.into_iter().unzip();
    [x_grad, gamma_grad, beta_grad]
}
