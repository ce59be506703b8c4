//! The training loop.

use anyhow::Result;
use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::{EmotionNet, Normalization};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::average::WeightAverage;
use crate::dataset::{Batch, Dataset};
use crate::recipe::Recipe;

/// Where an epoch ended.
pub struct Epoch {
    /// Counted from 1.
    pub number: usize,
    /// Mean loss over the augmented windows.
    pub loss: f64,
    /// Share of augmented windows whose label was the likeliest.
    pub accuracy: f64,
}

/// Where training runs, chosen here and nowhere else.
pub fn device() -> Device {
    Device::flex()
}

/// Trains a network and gives its averaged weights, on the inference device.
///
/// `after_epoch` sees each epoch's figures and may take the averaged network so far from the
/// function it is given. One thread draws all random numbers, so a seed determines the result.
///
/// # Errors
/// Where the recipe cannot be honoured, and what `after_epoch` fails with.
pub fn fit(
    recipe: &Recipe,
    dataset: &Dataset,
    normalization: &Normalization,
    seed: u64,
    mut after_epoch: impl FnMut(Epoch, &dyn Fn() -> EmotionNet) -> Result<()>,
) -> Result<EmotionNet> {
    let device = device().autodiff();
    device.seed(seed);
    let mut net = recipe.architecture.init(&device)?;
    let mut optimizer = AdamWConfig::new()
        .with_weight_decay(recipe.weight_decay)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(2.0)))
        .init();
    let mut average = WeightAverage::new(recipe.average_decay);
    let mut rng = StdRng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..dataset.len()).collect();
    let priors = priors(&dataset.label_shares(), recipe.balance, &device);
    let steps = recipe.epochs * dataset.len().div_ceil(recipe.batch_size);
    let mut step = 0;

    for number in 1..=recipe.epochs {
        let drawn = dataset.draw_epoch(&mut order, &mut rng);
        let (mut loss_sum, mut correct) = (0.0, 0);
        for indices in drawn.chunks(recipe.batch_size) {
            let batch = dataset.batch(indices, normalization, &mut rng);
            let (input, targets) = tensors(batch, recipe, &mut rng, &device);
            let members = net.forward_members(input);
            let n_members = members.len();
            let logits = members.iter().cloned().reduce(|sum, logits| sum + logits);
            correct += logits.map_or(0, |logits| count_correct(&logits, &targets));
            // The members' losses are summed, not averaged: each learns as if it were alone.
            let losses = members.into_iter().map(|logits| {
                (log_softmax(logits + priors.clone(), 1) * targets.clone())
                    .sum_dim(1)
                    .mean()
                    .neg()
            });
            let Some(loss) = losses.reduce(|sum, loss| sum + loss) else {
                continue;
            };
            let mean = f64::from(loss.clone().into_scalar::<f32>()) / n_members as f64;
            loss_sum += mean * indices.len() as f64;
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            let rate = recipe.learning_rate_at(step as f64 / steps as f64);
            net = optimizer.step(rate, net, gradients);
            average.update(&net);
            step += 1;
        }
        let epoch = Epoch {
            number,
            loss: loss_sum / dataset.len() as f64,
            accuracy: correct as f64 / dataset.len() as f64,
        };
        after_epoch(epoch, &|| average.apply(net.clone().valid()))?;
    }
    Ok(average.apply(net.valid()))
}

/// What is added to logits in training alone, `[1, n_labels]`: with the frequency of each label
/// accounted for there, the logits themselves need not favour frequent ones (Menon et al. 2021,
/// arXiv:2007.07314). A label without any recording keeps what the rarest possible would have.
fn priors(shares: &[f32], balance: f32, device: &Device) -> Tensor<2> {
    let logs = shares.iter().map(|share| balance * share.max(1e-4).ln());
    let data = TensorData::new(logs.collect::<Vec<f32>>(), [1, shares.len()]);
    Tensor::from_data(data, device)
}

/// Input `[batch, 1, n_mels, n_frames]` and soft targets `[batch, n_labels]`, smoothed and mixed
/// (Szegedy et al. 2016, arXiv:1512.00567; Zhang et al. 2018, arXiv:1710.09412).
fn tensors(
    batch: Batch,
    recipe: &Recipe,
    rng: &mut StdRng,
    device: &Device,
) -> (Tensor<4>, Tensor<2>) {
    let n_labels = recipe.architecture.n_labels();
    let size = batch.labels.len();
    let smooth = recipe.label_smoothing / n_labels as f32;
    let mut targets = vec![smooth; size * n_labels];
    for (row, &label) in targets.chunks_exact_mut(n_labels).zip(&batch.labels) {
        row[label] += 1.0 - recipe.label_smoothing;
    }
    // Each window gets a little of its neighbour in the shuffled batch.
    let share = match rng.random_bool(recipe.mixup_share) {
        true => rng.random_range(0.0..=recipe.mixup),
        false => 0.0,
    };
    let windows = mix(batch.windows, size, share);
    let targets = mix(targets, size, share);
    let shape = [size, 1, recipe.features.n_mels, recipe.windows.n_frames];
    (
        Tensor::from_data(TensorData::new(windows, shape), device),
        Tensor::from_data(TensorData::new(targets, [size, n_labels]), device),
    )
}

/// Rows of `values`, each with `share` of the next row, the last with that of the first.
fn mix(values: Vec<f32>, rows: usize, share: f32) -> Vec<f32> {
    let width = values.len() / rows;
    values
        .iter()
        .enumerate()
        .map(|(at, value)| (1.0 - share) * value + share * values[(at + width) % values.len()])
        .collect()
}

fn count_correct(logits: &Tensor<2>, targets: &Tensor<2>) -> usize {
    let argmax = |tensor: &Tensor<2>| {
        let indices = tensor.clone().argmax(1).into_data();
        indices.iter::<i64>().collect::<Vec<i64>>()
    };
    let pairs = argmax(logits).into_iter().zip(argmax(targets));
    pairs.filter(|(guess, truth)| guess == truth).count()
}

#[cfg(test)]
mod tests {
    use super::{device, mix, priors};

    #[test]
    fn rare_labels_are_made_up_for() {
        let of = |balance| {
            let priors = priors(&[0.75, 0.25, 0.0], balance, &device()).into_data();
            priors.iter::<f32>().collect::<Vec<f32>>()
        };
        assert_eq!(of(0.0), [0.0; 3]);
        let whole = of(1.0);
        assert!((whole[0] - whole[1] - 3f32.ln()).abs() < 1e-6);
        assert!(whole[2].is_finite() && whole[2] < whole[1]);
    }

    #[test]
    fn mixing_takes_a_share_of_the_next_row() {
        let rows = vec![1.0, 1.0, 0.0, 0.0, 4.0, 4.0];
        assert_eq!(mix(rows.clone(), 3, 0.0), rows);
        assert_eq!(mix(rows, 3, 0.25), [0.75, 0.75, 1.0, 1.0, 3.25, 3.25]);
    }
}
