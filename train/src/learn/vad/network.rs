//! Backpropagation for the gate's network, small enough to be written out.

use emotionai_voice::{N_FIGURES, VoiceNet};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::examples::Example;

const EPOCHS: usize = 40;
const BATCH: usize = 256;
const PEAK_RATE: f32 = 0.01;
const WEIGHT_DECAY: f32 = 0.02;
/// Deviation of the noise on the scaled figures, so that none is relied on to the last digit.
const JITTER: f32 = 0.15;
/// How much all voices weigh against all sounds: somebody who is not heard minds more than somebody whose
/// music is now and then taken for a voice.
const VOICES: f32 = 2.0;
const HIDDEN: usize = VoiceNet::N_HIDDEN;
const N_WEIGHTS: usize = HIDDEN * (N_FIGURES + 1) + HIDDEN + 1;

/// Trains with AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) on the cross-entropy, in which voices
/// weigh [`VOICES`] times what sounds do, however many there are of either.
pub fn train(examples: &[Example], seed: u64) -> VoiceNet {
    let rng = &mut StdRng::seed_from_u64(seed);
    let (mean, inverse) = scaling(examples);
    let scaled: Vec<[f32; N_FIGURES]> = examples
        .iter()
        .map(|example| {
            std::array::from_fn(|i| ((example.figures[i] - mean[i]) * inverse[i]).clamp(-4.0, 4.0))
        })
        .collect();
    let voices = examples.iter().filter(|example| example.voice).count();
    let share = voices as f32 / examples.len() as f32;

    let spread = 1.0 / (N_FIGURES as f32).sqrt();
    let mut weights: Vec<f32> = (0..N_WEIGHTS)
        .map(|_| rng.random_range(-spread..spread))
        .collect();
    let (mut first, mut second) = (vec![0.0f32; N_WEIGHTS], vec![0.0f32; N_WEIGHTS]);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let steps = EPOCHS * examples.len().div_ceil(BATCH);
    let mut step = 0;
    for _ in 0..EPOCHS {
        order.shuffle(rng);
        for batch in order.chunks(BATCH) {
            let mut gradient = vec![0.0f32; N_WEIGHTS];
            for &index in batch {
                // A uniform value of this width has the deviation JITTER.
                let width = JITTER * 3f32.sqrt();
                let input = scaled[index].map(|value| value + rng.random_range(-width..width));
                let voice = examples[index].voice;
                let (weight, share) = match voice {
                    true => (VOICES, share),
                    false => (1.0, 1.0 - share),
                };
                backward(
                    &weights,
                    &input,
                    voice,
                    0.5 * weight / share / batch.len() as f32,
                    &mut gradient,
                );
            }
            step += 1;
            // One cycle: up in the first tenth, then down along a cosine.
            let progress = step as f32 / steps as f32;
            let rate = if progress < 0.1 {
                PEAK_RATE * progress / 0.1
            } else {
                let falling = (progress - 0.1) / 0.9;
                PEAK_RATE * 0.5 * (1.0 + (std::f32::consts::PI * falling).cos())
            };
            let (bias_1, bias_2) = (1.0 - 0.9f32.powi(step), 1.0 - 0.999f32.powi(step));
            for i in 0..N_WEIGHTS {
                first[i] = 0.9 * first[i] + 0.1 * gradient[i];
                second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
                let direction = (first[i] / bias_1) / ((second[i] / bias_2).sqrt() + 1e-8);
                weights[i] -= rate * (direction + WEIGHT_DECAY * weights[i]);
            }
        }
    }
    let coefficients = [mean.to_vec(), inverse.to_vec(), weights].concat();
    VoiceNet::new(coefficients).unwrap_or_else(|| unreachable!("as many as it takes, and finite"))
}

/// Mean and inverse deviation of each figure.
fn scaling(examples: &[Example]) -> ([f32; N_FIGURES], [f32; N_FIGURES]) {
    let n = examples.len() as f64;
    let mean: [f64; N_FIGURES] = std::array::from_fn(|i| {
        examples
            .iter()
            .map(|e| f64::from(e.figures[i]))
            .sum::<f64>()
            / n
    });
    let inverse = std::array::from_fn(|i| {
        let squares = examples
            .iter()
            .map(|e| (f64::from(e.figures[i]) - mean[i]).powi(2));
        (1.0 / ((squares.sum::<f64>() / n).sqrt() + 1e-6)) as f32
    });
    (mean.map(|mean| mean as f32), inverse)
}

/// Adds the gradient of one example's cross-entropy, `weight` times.
fn backward(
    weights: &[f32],
    input: &[f32; N_FIGURES],
    voice: bool,
    weight: f32,
    gradient: &mut [f32],
) {
    let (hidden, output) = weights.split_at(HIDDEN * (N_FIGURES + 1));
    let mut units = [0.0f32; HIDDEN];
    let mut logit = output[HIDDEN];
    for (unit, (row, out)) in units
        .iter_mut()
        .zip(hidden.chunks_exact(N_FIGURES + 1).zip(output))
    {
        let sum: f32 = row.iter().zip(input).map(|(w, x)| w * x).sum();
        *unit = (sum + row[N_FIGURES]).tanh();
        logit += out * *unit;
    }
    let error = weight * (1.0 / (1.0 + (-logit).exp()) - f32::from(voice));
    let (hidden_gradient, output_gradient) = gradient.split_at_mut(HIDDEN * (N_FIGURES + 1));
    output_gradient[HIDDEN] += error;
    for (i, row) in hidden_gradient.chunks_exact_mut(N_FIGURES + 1).enumerate() {
        output_gradient[i] += error * units[i];
        let back = error * output[i] * (1.0 - units[i] * units[i]);
        for (g, x) in row.iter_mut().zip(input) {
            *g += back * x;
        }
        row[N_FIGURES] += back;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(weights: &[f32], input: &[f32; N_FIGURES]) -> f32 {
        let scaling = [vec![0.0; N_FIGURES], vec![1.0; N_FIGURES]].concat();
        let net = VoiceNet::new([scaling, weights.to_vec()].concat()).unwrap();
        (1.0 + (-net.logit(input)).exp()).ln()
    }

    #[test]
    fn the_gradient_is_the_slope_of_the_core_s_own_network() {
        let rng = &mut StdRng::seed_from_u64(1);
        let mut weights: Vec<f32> = (0..N_WEIGHTS)
            .map(|_| rng.random_range(-0.5..0.5))
            .collect();
        let input = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let mut gradient = vec![0.0; N_WEIGHTS];
        backward(&weights, &input, true, 1.0, &mut gradient);
        for i in (0..N_WEIGHTS).step_by(7).chain([N_WEIGHTS - 1]) {
            let kept = weights[i];
            let at = |weights: &mut Vec<f32>, value| {
                weights[i] = value;
                loss(weights, &input)
            };
            let slope = (at(&mut weights, kept + 1e-2) - at(&mut weights, kept - 1e-2)) / 2e-2;
            weights[i] = kept;
            assert!(
                (slope - gradient[i]).abs() < 2e-3,
                "{i}: {slope} {}",
                gradient[i]
            );
        }
    }
}
