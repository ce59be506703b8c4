//! The training loop, a step at a time.
//!
//! All random numbers of a step come from the seed and the step's number, so that training goes on
//! from a [`Snapshot`] exactly as if it had never stopped.

mod snapshot;

use anyhow::{Result, bail};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use emotionai_voice::{EmotionNet, Normalization};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::dataset::{Batch, Dataset};
use crate::eval::confusion::Confusion;
use crate::io::model::device;
use crate::learn::backend::Backend;
use crate::learn::recipe::Recipe;
use crate::learn::weight_average::WeightAverage;

pub use snapshot::{Counters, Snapshot};

/// A training run, a step at a time.
pub struct Trainer<'a> {
    recipe: &'a Recipe,
    dataset: &'a Dataset,
    normalization: &'a Normalization,
    seed: u64,
    device: Device,
    priors: Tensor<2>,
    optimizer: ModuleOptimizer,
    net: EmotionNet,
    average: WeightAverage,
    /// Completed steps.
    step: usize,
    /// The recordings in the order of the epoch that the next step belongs to.
    order: Vec<usize>,
    /// Sums over the epoch so far.
    sums: Sums,
}

/// Sums over the windows of an epoch.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Sums {
    windows: usize,
    loss: f64,
    confusion: Confusion,
}

/// The progress after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The epoch that the step belongs to, counted from 1.
    pub epoch: usize,
    /// Completed steps of the epoch.
    pub step: usize,
    /// Steps of every epoch.
    pub steps: usize,
    /// Mean loss over the augmented windows of the epoch so far, in nats.
    pub loss: f64,
    /// Augmented windows of the epoch so far, true label by likeliest label.
    pub confusion: Confusion,
}

impl Progress {
    /// Whether the step was the last of its epoch.
    pub fn ends_epoch(&self) -> bool {
        self.step == self.steps
    }
}

/// The purpose of random numbers: those of one purpose and number are always the same.
#[derive(Clone, Copy)]
enum Purpose {
    Order,
    Step,
}

/// The generator for the `number`th time that numbers are drawn for `purpose`.
fn generator(seed: u64, purpose: Purpose, number: usize) -> StdRng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(number as u64).to_le_bytes());
    key[16] = purpose as u8 + 1;
    StdRng::from_seed(key)
}

impl<'a> Trainer<'a> {
    /// Training that begins, from parameters that `seed` determines.
    ///
    /// # Errors
    /// Where the recipe cannot be honoured.
    pub fn new(
        recipe: &'a Recipe,
        dataset: &'a Dataset,
        normalization: &'a Normalization,
        seed: u64,
        backend: Backend,
    ) -> Result<Trainer<'a>> {
        let device = backend.device().autodiff();
        device.seed(seed);
        let mut trainer = Trainer {
            net: recipe.architecture.init(&device)?,
            optimizer: AdamWConfig::new()
                .with_weight_decay(recipe.weight_decay)
                .with_grad_clipping(Some(GradientClippingConfig::Norm(2.0)))
                .init(),
            average: WeightAverage::new(recipe.average_decay),
            priors: priors(&dataset.label_shares(), recipe.balance, &device),
            step: 0,
            order: Vec::new(),
            sums: Sums::none(recipe),
            recipe,
            dataset,
            normalization,
            seed,
            device,
        };
        trainer.order = trainer.shuffled();
        Ok(trainer)
    }

    /// Steps of an epoch.
    fn steps(&self) -> usize {
        self.dataset.len().div_ceil(self.recipe.batch_size)
    }

    /// The order of the recordings in the epoch that the next step belongs to.
    fn shuffled(&self) -> Vec<usize> {
        let epoch = self.step / self.steps();
        let mut rng = generator(self.seed, Purpose::Order, epoch);
        self.dataset.draw_epoch(&mut rng)
    }

    /// Whether all epochs of the recipe were done.
    pub fn is_done(&self) -> bool {
        self.step >= self.recipe.epochs * self.steps()
    }

    /// Epochs that were done.
    pub fn epochs_done(&self) -> usize {
        self.step / self.steps()
    }

    /// Learns from the next batch.
    ///
    /// # Errors
    /// Where the loss is no longer a number.
    pub fn step(&mut self) -> Result<Progress> {
        let (epoch, at) = (self.step / self.steps(), self.step % self.steps());
        let size = self.recipe.batch_size;
        let indices = &self.order[at * size..self.dataset.len().min((at + 1) * size)];
        // One thread draws, and everything that it draws depends on the step's number alone.
        let mut rng = generator(self.seed, Purpose::Step, self.step);
        self.device.seed(rng.random());
        let batch = self.dataset.batch(indices, self.normalization, &mut rng);
        let (pairs, windows) = (batch.pairs, batch.labels.len());
        let (input, targets) = tensors(batch, self.recipe, &mut rng, &self.device);

        let members = self.net.forward_members(input);
        let n_members = members.len();
        if let Some(logits) = members.iter().cloned().reduce(|sum, logits| sum + logits) {
            for (truth, predicted) in argmax(&targets).into_iter().zip(argmax(&logits)) {
                self.sums.confusion.count(truth, Some(predicted));
            }
        }
        // The members' losses are summed, not averaged: each learns as if it were alone.
        let losses = members.into_iter().map(|logits| {
            let said = log_softmax(logits + self.priors.clone(), 1);
            let targets = consistent(targets.clone(), &said, pairs, self.recipe.consistency);
            (said * targets).sum_dim(1).mean().neg()
        });
        let Some(loss) = losses.reduce(|sum, loss| sum + loss) else {
            bail!("a network without members learns nothing");
        };
        let mean = f64::from(loss.clone().into_scalar::<f32>()) / n_members as f64;
        if !mean.is_finite() {
            bail!(
                "the loss is no longer a number in epoch {}: lower the learning rate (--learning-rate; it is {:?})",
                epoch + 1,
                self.recipe.learning_rate
            );
        }
        self.sums.loss += mean * windows as f64;
        self.sums.windows += windows;

        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        let progress = self.step as f64 / (self.recipe.epochs * self.steps()) as f64;
        let rate = self.recipe.learning_rate_at(progress);
        self.net = self.optimizer.step(rate, self.net.clone(), gradients);
        // Running statistics would otherwise lag by a step that a snapshot does not hold.
        let _ = self.net.valid();
        self.average.update(&self.net);
        self.step += 1;

        let progress = Progress {
            epoch: epoch + 1,
            step: at + 1,
            steps: self.steps(),
            loss: self.sums.loss / self.sums.windows as f64,
            confusion: self.sums.confusion.clone(),
        };
        if progress.ends_epoch() {
            self.order = self.shuffled();
            self.sums = Sums::none(self.recipe);
        }
        Ok(progress)
    }

    /// The network with the average of its weights so far, on the device for evaluation.
    ///
    /// # Errors
    /// Where the recipe cannot be honoured.
    pub fn averaged(&self) -> Result<EmotionNet> {
        let averaged = self.average.apply(self.net.clone().valid());
        let net = self.recipe.architecture.init(&device())?;
        net.with_bytes(&averaged.to_bytes())
            .ok_or_else(|| anyhow::anyhow!("the averaged weights are not those of the network"))
    }
}

impl Sums {
    fn none(recipe: &Recipe) -> Sums {
        Sums {
            windows: 0,
            loss: 0.0,
            confusion: Confusion::new(recipe.architecture.n_labels()),
        }
    }
}

/// Log priors that are added to the logits in training alone, `[1, n_labels]`: with the frequency of each label
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
    // Each window gets a little of its neighbour in the shuffled batch, and with its pair its neighbour's.
    let share = match rng.random_bool(recipe.mixup_share) {
        true => rng.random_range(0.0..=recipe.mixup),
        false => 0.0,
    };
    let groups = [size - 2 * batch.pairs, batch.pairs, batch.pairs];
    let windows = mix(batch.windows, &groups, share);
    let targets = mix(targets, &groups, share);
    let shape = [size, 1, recipe.features.n_mels, recipe.windows.n_frames];
    (
        Tensor::from_data(TensorData::new(windows, shape), device),
        Tensor::from_data(TensorData::new(targets, [size, n_labels]), device),
    )
}

/// Rows of `values`, each with `share` of the next row of its group, the last with that of the first.
fn mix(values: Vec<f32>, groups: &[usize], share: f32) -> Vec<f32> {
    let width = values.len() / groups.iter().sum::<usize>();
    let (mut mixed, mut rest) = (Vec::with_capacity(values.len()), &values[..]);
    for rows in groups {
        let (group, after) = rest.split_at(rows * width);
        let pairs = group.iter().zip(group.iter().cycle().skip(width));
        mixed.extend(pairs.map(|(value, next)| (1.0 - share) * value + share * next));
        rest = after;
    }
    mixed
}

/// `targets` `[windows, n_labels]` of which those of the distorted windows of `pairs` pairs are, to
/// `consistency`, what is said of the windows before the distortion (as in Zheng et al. 2016,
/// arXiv:1604.04326, whose teacher learns from its label alone, too). `said` are log-probabilities.
fn consistent(targets: Tensor<2>, said: &Tensor<2>, pairs: usize, consistency: f64) -> Tensor<2> {
    if pairs == 0 {
        return targets;
    }
    let [windows, n_labels] = targets.dims();
    let (distorted, clean) = (windows - 2 * pairs, windows - pairs);
    let teacher = (said.clone().slice([clean..windows, 0..n_labels]))
        .detach()
        .exp();
    let labels = targets.clone().slice([distorted..clean, 0..n_labels]);
    targets.slice_assign(
        [distorted..clean, 0..n_labels],
        labels * (1.0 - consistency) + teacher * consistency,
    )
}

/// The likeliest label of each row.
fn argmax(rows: &Tensor<2>) -> Vec<usize> {
    let indices = rows.clone().argmax(1).into_data();
    indices.iter::<i64>().map(|index| index as usize).collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::{consistent, mix, priors};
    use crate::io::model::device;

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
        assert_eq!(mix(rows.clone(), &[3], 0.0), rows);
        assert_eq!(
            mix(rows.clone(), &[3], 0.25),
            [0.75, 0.75, 1.0, 1.0, 3.25, 3.25]
        );
        assert_eq!(
            mix(rows, &[0, 2, 1], 0.25),
            [0.75, 0.75, 0.25, 0.25, 4.0, 4.0],
            "within its group"
        );
    }

    #[test]
    fn distorted_windows_are_to_be_answered_as_clean_ones_are() {
        let rows = |rows: [[f32; 2]; 3]| Tensor::<2>::from_data(rows, &device());
        let targets = || rows([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
        let said = rows([[0.5, 0.5], [0.5, 0.5], [0.25, 0.75]]).log();
        let of = |pairs, consistency| {
            let targets = consistent(targets(), &said, pairs, consistency).into_data();
            targets.iter::<f32>().collect::<Vec<f32>>()
        };
        assert_eq!(of(0, 0.5), [1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
        let wanted = [1.0, 0.0, 0.125, 0.875, 0.0, 1.0];
        assert!(
            of(1, 0.5)
                .iter()
                .zip(wanted)
                .all(|(a, b)| (a - b).abs() < 1e-6)
        );
    }
}
