//! Training of the VAD network: one hidden layer, whose coefficients the core reads.

use anyhow::{Context, Result};
use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{softplus, tanh};
use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::training::{N_VAD_FEATURES, VadNetwork};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use super::examples::Example;
use crate::io::model::device;

const EPOCHS: usize = 40;
const BATCH: usize = 256;
const PEAK_RATE: f64 = 0.01;
const WEIGHT_DECAY: f32 = 0.02;
/// Standard deviation of the noise on the standardised features, which keeps the network from relying on their last
/// digits.
const JITTER: f32 = 0.15;
/// Weight of all speech against all sounds: speech that is not detected is worse than music that now and then passes
/// for speech.
const SPEECH_WEIGHT: f32 = 2.0;

/// The network in burn; the core computes the same function from its coefficients.
#[derive(Module, Debug)]
struct Net {
    hidden: Linear,
    output: Linear,
}

impl Net {
    /// Parameters are drawn from `rng`, and not from the backend's generator, which all threads share.
    fn new(rng: &mut StdRng, device: &Device) -> Net {
        let bound = 1.0 / (N_VAD_FEATURES as f32).sqrt();
        let mut uniform =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-bound..bound)).collect() };
        let mut linear = |inputs: usize, outputs: usize| {
            let weight = TensorData::new(uniform(inputs * outputs), [inputs, outputs]);
            let bias = TensorData::new(uniform(outputs), [outputs]);
            let mut linear = LinearConfig::new(inputs, outputs).init(device);
            linear.weight = Param::from_tensor(Tensor::from_data(weight, device));
            linear.bias = Some(Param::from_tensor(Tensor::from_data(bias, device)));
            linear
        };
        Net {
            hidden: linear(N_VAD_FEATURES, VadNetwork::N_HIDDEN),
            output: linear(VadNetwork::N_HIDDEN, 1),
        }
    }

    /// Logits `[batch, 1]` of standardised features `[batch, n_features]`.
    fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.output.forward(tanh(self.hidden.forward(input)))
    }

    /// Weights and bias of each hidden unit, then those of the output.
    fn coefficients(&self) -> Vec<f32> {
        let values = |param: &Param<Tensor<2>>| -> Vec<f32> {
            param.val().transpose().into_data().iter::<f32>().collect()
        };
        let biases = |linear: &Linear| -> Vec<f32> {
            let bias = linear.bias.as_ref().map(|bias| bias.val().into_data());
            bias.map_or_else(Vec::new, |bias| bias.iter::<f32>().collect())
        };
        let rows = values(&self.hidden.weight);
        let rows = rows.chunks_exact(N_VAD_FEATURES).zip(biases(&self.hidden));
        let mut all: Vec<f32> = rows
            .flat_map(|(row, bias)| [row, &[bias]].concat())
            .collect();
        all.extend(values(&self.output.weight));
        all.extend(biases(&self.output));
        all
    }
}

/// Trains with AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) on the cross-entropy, in which all speech weighs
/// [`SPEECH_WEIGHT`] times as much as all sounds.
pub fn train(examples: &[Example], seed: u64) -> Result<VadNetwork> {
    let rng = &mut StdRng::seed_from_u64(seed);
    let device = device().autodiff();
    let (mean, inverse) = standardisation(examples);
    let standardised = |example: &Example| -> [f32; N_VAD_FEATURES] {
        std::array::from_fn(|i| ((example.features[i] - mean[i]) * inverse[i]).clamp(-4.0, 4.0))
    };
    let inputs: Vec<[f32; N_VAD_FEATURES]> = examples.iter().map(standardised).collect();
    let speech = examples.iter().filter(|example| example.speech).count();
    let share = speech as f32 / examples.len() as f32;
    let weight = |example: &Example| match example.speech {
        true => 0.5 * SPEECH_WEIGHT / share,
        false => 0.5 / (1.0 - share),
    };

    let mut net = Net::new(rng, &device);
    let config = AdamWConfig::new().with_weight_decay(WEIGHT_DECAY);
    let mut optimizer: ModuleOptimizer = config.init();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let steps = EPOCHS * examples.len().div_ceil(BATCH);
    // A uniform value of this half width has the standard deviation JITTER.
    let width = JITTER * 3f32.sqrt();
    let mut step = 0;
    for _ in 0..EPOCHS {
        order.shuffle(rng);
        for batch in order.chunks(BATCH) {
            let features = batch.iter().flat_map(|&index| inputs[index]);
            let features = features.map(|value| value + rng.random_range(-width..width));
            let features: Vec<f32> = features.collect();
            let column = |of: &dyn Fn(&Example) -> f32| {
                let values: Vec<f32> = batch.iter().map(|&index| of(&examples[index])).collect();
                Tensor::<2>::from_data(TensorData::new(values, [batch.len(), 1]), &device)
            };
            let features = TensorData::new(features, [batch.len(), N_VAD_FEATURES]);
            let logits = net.forward(Tensor::from_data(features, &device));
            // Cross-entropy by logits: softplus(logit) - target * logit.
            let targets = column(&|example| f32::from(example.speech));
            let entropy = softplus(logits.clone(), 1.0) - targets * logits;
            let loss = (entropy * column(&weight)).mean();
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            step += 1;
            net = optimizer.step(rate(step as f64 / steps as f64), net, gradients);
        }
    }
    coefficients(&net.valid(), mean, inverse)
}

/// One cycle: a linear rise over the first tenth, then a cosine to zero.
fn rate(progress: f64) -> f64 {
    match progress < 0.1 {
        true => PEAK_RATE * progress / 0.1,
        false => {
            let falling = (progress - 0.1) / 0.9;
            PEAK_RATE * 0.5 * (1.0 + (std::f64::consts::PI * falling).cos())
        }
    }
}

fn coefficients(
    net: &Net,
    mean: [f32; N_VAD_FEATURES],
    inverse: [f32; N_VAD_FEATURES],
) -> Result<VadNetwork> {
    VadNetwork::new([mean.to_vec(), inverse.to_vec(), net.coefficients()].concat())
        .context("the coefficients of the network are not finite")
}

/// Mean and inverse standard deviation of each feature.
fn standardisation(examples: &[Example]) -> ([f32; N_VAD_FEATURES], [f32; N_VAD_FEATURES]) {
    let mean_of =
        |of: &dyn Fn(&Example) -> f64| examples.iter().map(of).sum::<f64>() / examples.len() as f64;
    let mean: [f64; N_VAD_FEATURES] =
        std::array::from_fn(|i| mean_of(&|e| f64::from(e.features[i])));
    let inverse = std::array::from_fn(|i| {
        let variance = mean_of(&|e| (f64::from(e.features[i]) - mean[i]).powi(2));
        (1.0 / (variance.sqrt() + 1e-6)) as f32
    });
    (mean.map(|mean| mean as f32), inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_computes_the_same_logits_from_the_coefficients() {
        let device = device();
        let rng = &mut StdRng::seed_from_u64(1);
        let net = Net::new(rng, &device);
        let core = coefficients(&net, [0.0; N_VAD_FEATURES], [1.0; N_VAD_FEATURES]).unwrap();
        for _ in 0..20 {
            let input: [f32; N_VAD_FEATURES] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
            let tensor = Tensor::<1>::from_floats(input, &device).unsqueeze();
            let logit = net.forward(tensor).into_scalar::<f32>();
            assert!((core.logit(&input) - logit).abs() < 1e-5, "{logit}");
        }
    }

    #[test]
    fn training_tells_speech_from_sounds_and_follows_its_seed() {
        let rng = &mut StdRng::seed_from_u64(1);
        let examples: Vec<Example> = (0..600)
            .map(|i| {
                let speech = i % 3 == 0;
                let centre = if speech { 5.0 } else { 2.0 };
                let mut features = [0.0; N_VAD_FEATURES];
                features.fill_with(|| rng.random_range(-1.0..1.0f32));
                features[0] += centre;
                Example { features, speech }
            })
            .collect();
        let net = train(&examples, 7).unwrap();
        for example in &examples {
            assert_eq!(net.logit(&example.features) > 0.0, example.speech);
        }
        let again = train(&examples, 7).unwrap();
        assert_eq!(net.coefficients(), again.coefficients());
        assert_ne!(
            net.coefficients(),
            train(&examples, 8).unwrap().coefficients()
        );
    }
}
