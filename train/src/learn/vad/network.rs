//! Training of the VAD network.

use anyhow::{Context, Result};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{relu, softplus};
use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::training::{N_VAD_INPUTS, VadNetwork, recurrence, vad_inputs};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::material::Material;
use super::timeline::Timeline;
use crate::io::model::device;
use crate::io::output::print_progress;

/// Timelines of a step.
const BATCH: usize = 16;
/// Steps whose timelines are made at once, on all cores.
const AHEAD: usize = 8;
const PEAK_RATE: f64 = 0.003;
const WEIGHT_DECAY: f32 = 0.01;
/// Standard deviation of the noise on the inputs, which keeps the network from relying on their last digits.
const JITTER: f32 = 0.2;

/// The network in burn; the core computes the same function from its bytes.
#[derive(Module, Debug)]
struct Net {
    dense: Linear,
    input: Linear,
    recurrent: Linear,
    output: Linear,
}

impl Net {
    /// Parameters are drawn from `rng`, and not from the backend's generator, which all threads share.
    fn new(rng: &mut StdRng, device: &Device) -> Net {
        let [dense, input, recurrent, output] = VadNetwork::LAYERS.map(|[inputs, outputs]| {
            let bound = 1.0 / (inputs as f32).sqrt();
            let mut uniform = |n: usize| -> Vec<f32> {
                (0..n).map(|_| rng.random_range(-bound..bound)).collect()
            };
            let weight = TensorData::new(uniform(inputs * outputs), [inputs, outputs]);
            let bias = TensorData::new(uniform(outputs), [outputs]);
            let mut linear = LinearConfig::new(inputs, outputs).init(device);
            linear.weight = Param::from_tensor(Tensor::from_data(weight, device));
            linear.bias = Some(Param::from_tensor(Tensor::from_data(bias, device)));
            linear
        });
        Net {
            dense,
            input,
            recurrent,
            output,
        }
    }

    /// Logits `[batch, steps, 1]` of inputs `[batch, steps, inputs]`.
    fn forward(&self, inputs: Tensor<3>) -> Tensor<3> {
        let products = self.input.forward(relu(self.dense.forward(inputs)));
        let states = recurrence(products, &self.recurrent);
        self.output.forward(states)
    }

    /// The bytes that the core reads.
    fn encode(&self) -> Result<Vec<u8>> {
        let layers = [&self.dense, &self.input, &self.recurrent, &self.output];
        let values = layers.map(|layer| {
            let weight = layer.weight.val().into_data().iter::<f32>().collect();
            let bias = layer.bias.as_ref().map(|bias| bias.val().into_data());
            let bias = bias.map_or_else(Vec::new, |bias| bias.iter::<f32>().collect());
            (weight, bias)
        });
        let slices = values.each_ref();
        let slices = slices.map(|(weight, bias): &(Vec<f32>, Vec<f32>)| (&weight[..], &bias[..]));
        VadNetwork::encode(slices).context("the parameters of the network are not finite")
    }
}

/// What a training goes by.
pub struct Training {
    /// Timelines of an epoch.
    pub timelines: usize,
    /// Epochs, each of new timelines.
    pub epochs: usize,
    /// Seed of parameters and timelines.
    pub seed: u64,
}

/// Trains a network on timelines of the material. Returns its bytes.
pub fn train(material: &Material, training: &Training) -> Result<Vec<u8>> {
    let draw = |number| {
        let rng = &mut StdRng::seed_from_u64(training.seed << 40 | number);
        Ok(Example::new(&Timeline::random(material, rng)?))
    };
    train_on(&draw, training)
}

/// Trains with AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) on the cross-entropy of each frame that
/// counts. `draw` makes the example of a number.
fn train_on(
    draw: &(dyn Fn(u64) -> Result<Example> + Sync),
    training: &Training,
) -> Result<Vec<u8>> {
    let rng = &mut StdRng::seed_from_u64(training.seed);
    let device = device().autodiff();
    let mut net = Net::new(rng, &device);
    let config = AdamWConfig::new()
        .with_weight_decay(WEIGHT_DECAY)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(1.0)));
    let mut optimizer: ModuleOptimizer = config.init();
    let steps_of_epoch = training.timelines.div_ceil(BATCH);
    let steps = training.epochs * steps_of_epoch;
    let mut losses = 0.0;
    for start in (0..steps).step_by(AHEAD) {
        let numbers = start * BATCH..(start + AHEAD.min(steps - start)) * BATCH;
        let numbers = numbers.into_par_iter().map(|number| draw(number as u64));
        let examples: Vec<Example> = numbers.collect::<Result<_>>()?;
        for (ahead, batch) in examples.chunks(BATCH).enumerate() {
            let step = start + ahead + 1;
            let loss = loss(&net, batch, rng, &device);
            losses += loss.clone().into_scalar::<f64>();
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = optimizer.step(rate(step as f64 / steps as f64), net, gradients);
            if step.is_multiple_of(steps_of_epoch) {
                let mean = losses / steps_of_epoch as f64;
                let epoch = step / steps_of_epoch;
                print_progress(&format!("epoch {epoch}: loss {mean:.4}\n"))?;
                losses = 0.0;
            }
        }
    }
    net.valid().encode()
}

/// A timeline as the network takes it.
struct Example {
    inputs: Vec<[f32; N_VAD_INPUTS]>,
    /// 1 for a voice; shifted by the network's delay.
    targets: Vec<f32>,
    /// 1 for a frame that counts; shifted likewise.
    weights: Vec<f32>,
}

impl Example {
    fn new(timeline: &Timeline) -> Example {
        let delayed = |marks: &[bool]| -> Vec<f32> {
            let start = std::iter::repeat_n(&false, VadNetwork::DELAY);
            let all = start.chain(marks).take(marks.len());
            all.map(|mark| f32::from(*mark)).collect()
        };
        Example {
            inputs: vad_inputs(timeline.mel.frames()),
            targets: delayed(&timeline.voice),
            weights: delayed(&timeline.counts),
        }
    }
}

/// Mean cross-entropy over the frames that count.
fn loss(net: &Net, batch: &[Example], rng: &mut StdRng, device: &Device) -> Tensor<1> {
    let steps = batch[0].targets.len();
    // A uniform value of this half width has the standard deviation JITTER.
    let width = JITTER * 3f32.sqrt();
    let inputs = batch
        .iter()
        .flat_map(|example| example.inputs.iter().flatten());
    let inputs = inputs.map(|value| value + rng.random_range(-width..width));
    let inputs = TensorData::new(
        inputs.collect::<Vec<f32>>(),
        [batch.len(), steps, N_VAD_INPUTS],
    );
    let column = |of: fn(&Example) -> &Vec<f32>| {
        let values: Vec<f32> = batch.iter().flat_map(of).copied().collect();
        Tensor::<3>::from_data(TensorData::new(values, [batch.len(), steps, 1]), device)
    };
    let targets = column(|example| &example.targets);
    let weights = column(|example| &example.weights);
    let logits = net.forward(Tensor::from_data(inputs, device));
    // Cross-entropy by logits: softplus(logit) - target * logit.
    let entropy = softplus(logits.clone(), 1.0) - targets * logits;
    (entropy * weights.clone()).sum() / weights.sum()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_computes_the_same_logits_from_the_bytes() {
        let rng = &mut StdRng::seed_from_u64(1);
        let net = Net::new(rng, &device().autodiff());
        let core = VadNetwork::from_bytes(&net.encode().unwrap()).unwrap();
        let inputs: Vec<[f32; N_VAD_INPUTS]> = (0..50)
            .map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0)))
            .collect();
        let values: Vec<f32> = inputs.iter().flatten().copied().collect();
        let data = TensorData::new(values, [1, inputs.len(), N_VAD_INPUTS]);
        let logits = net
            .forward(Tensor::from_data(data, &device().autodiff()))
            .into_data();
        for (core, burn) in core.logits(&inputs).iter().zip(logits.iter::<f32>()) {
            // The core has the weights in 8 bits.
            assert!((core - burn).abs() < 0.02, "{core} {burn}");
        }
    }

    #[test]
    fn training_tells_voices_from_sounds_and_follows_its_seed() {
        // A voice begins and ends at random; one input is higher while it lasts.
        let draw = |number| {
            let rng = &mut StdRng::seed_from_u64(number);
            let edges = (rng.random_range(0..40), rng.random_range(40..80));
            let is_voice = |frame: usize| (edges.0..edges.1).contains(&frame);
            let inputs = (0..80).map(|frame| {
                let mut inputs = [0.0; N_VAD_INPUTS];
                inputs.fill_with(|| rng.random_range(-1.0..1.0f32));
                inputs[5] += if is_voice(frame) { 2.0 } else { -2.0 };
                inputs
            });
            let inputs = inputs.collect();
            let before = |frame: usize| frame.checked_sub(VadNetwork::DELAY);
            let target = |frame| f32::from(before(frame).is_some_and(is_voice));
            Ok(Example {
                inputs,
                targets: (0..80).map(target).collect(),
                weights: (0..80)
                    .map(|frame| f32::from(before(frame).is_some()))
                    .collect(),
            })
        };
        let training = |seed| Training {
            timelines: 320,
            epochs: 8,
            seed,
        };
        let bytes = train_on(&draw, &training(7)).unwrap();
        assert_eq!(bytes, train_on(&draw, &training(7)).unwrap());
        assert_ne!(bytes, train_on(&draw, &training(8)).unwrap());

        let network = VadNetwork::from_bytes(&bytes).unwrap();
        let (mut right, mut all) = (0, 0);
        for number in 10_000..10_050 {
            let example = draw(number).unwrap();
            let logits = network.logits(&example.inputs);
            for (logit, target) in logits.iter().zip(&example.targets).skip(VadNetwork::DELAY) {
                all += 1;
                right += usize::from((*logit > 0.0) == (*target > 0.5));
            }
        }
        assert!(right * 10 > all * 9, "{right} of {all} frames");
    }
}
