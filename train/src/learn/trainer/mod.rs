//! The training loop, a step at a time.
//!
//! All random numbers of a step come from the seed and the step's number, so that training goes on
//! from a [`Snapshot`] exactly as if it had never stopped.

mod feed;
mod snapshot;

use std::sync::Arc;

use anyhow::{Result, bail};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use emotionai_voice::training::EmotionNet;

use crate::data::dataset::Dataset;
use crate::eval::argmax;
use crate::eval::confusion::Confusion;
use crate::io::model::device;
use crate::learn::backend::Backend;
use crate::learn::recipe::Recipe;
use crate::learn::weight_average::WeightAverage;
use feed::{Drawn, Feed, Source};

pub use snapshot::Snapshot;

/// A training run, a step at a time.
pub struct Trainer {
    source: Source,
    /// `None` before the first step.
    feed: Option<Feed>,
    device: Device,
    priors: Tensor<2>,
    optimizer: ModuleOptimizer,
    net: EmotionNet,
    average: WeightAverage,
    /// Completed steps.
    step: usize,
    /// Sums over the epoch so far, but for the pending step.
    sums: Sums,
    pending: Option<Pending>,
}

/// A step whose results the device may still compute.
struct Pending {
    /// Mean loss of the members' sum.
    loss: Tensor<1>,
    n_members: usize,
    /// Index of each window's likeliest label, and of its label.
    predicted: Tensor<2, Int>,
    truths: Vec<usize>,
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

impl Trainer {
    /// Training that begins, from parameters that `seed` determines.
    pub fn new(
        recipe: Arc<Recipe>,
        dataset: Arc<Dataset>,
        seed: u64,
        backend: Backend,
    ) -> Result<Trainer> {
        let device = backend.device().autodiff();
        device.seed(seed);
        Ok(Trainer {
            net: recipe.architecture.init(&device)?,
            optimizer: AdamWConfig::new()
                .with_weight_decay(recipe.weight_decay)
                .with_grad_clipping(Some(GradientClippingConfig::Norm(2.0)))
                .init(),
            average: WeightAverage::new(recipe.average_decay),
            priors: priors(&dataset.label_shares(), recipe.balance, &device),
            step: 0,
            sums: Sums::none(&recipe),
            pending: None,
            source: Source {
                recipe,
                dataset,
                seed,
            },
            feed: None,
            device,
        })
    }

    fn recipe(&self) -> &Recipe {
        &self.source.recipe
    }

    /// Steps of an epoch.
    fn steps(&self) -> usize {
        self.source.steps()
    }

    /// Whether all epochs of the recipe were done.
    pub fn is_done(&self) -> bool {
        self.step >= self.recipe().epochs * self.steps()
    }

    /// Epochs that were done.
    pub fn epochs_done(&self) -> usize {
        self.step / self.steps()
    }

    /// Learns from the next batch. The device need not have finished: but for the first and the last step of an
    /// epoch, the progress is that of the step before.
    ///
    /// # Errors
    /// Where the next batch cannot be drawn, or the loss is no longer a number.
    pub fn step(&mut self) -> Result<Progress> {
        let (epoch, at) = (self.step / self.steps(), self.step % self.steps());
        let (source, step) = (&self.source, self.step);
        let feed = self
            .feed
            .get_or_insert_with(|| Feed::start(source.clone(), step));
        let drawn = feed.next()?;
        self.device.seed(drawn.device_seed);
        let pairs = drawn.pairs;
        let (input, targets, truths) = self.tensors(drawn);

        let consistency = self.recipe().consistency;
        let members = self.net.forward_members(input);
        let n_members = members.len();
        let logits = members.iter().cloned().reduce(|sum, logits| sum + logits);
        // The members' losses are summed, not averaged: each learns as if it were alone.
        let losses = members.into_iter().map(|logits| {
            let log_probabilities = log_softmax(logits + self.priors.clone(), 1);
            let targets = consistent(targets.clone(), &log_probabilities, pairs, consistency);
            (log_probabilities * targets).sum_dim(1).mean().neg()
        });
        let (Some(logits), Some(loss)) = (logits, losses.reduce(|sum, loss| sum + loss)) else {
            bail!("a network without members learns nothing");
        };
        let launched = Pending {
            loss: loss.clone().inner(),
            n_members,
            predicted: logits.inner().argmax(1),
            truths,
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &self.net);
        let progress = self.step as f64 / (self.recipe().epochs * self.steps()) as f64;
        let rate = self.recipe().learning_rate_at(progress);
        self.net = self.optimizer.step(rate, self.net.clone(), gradients);
        // Running statistics would otherwise lag by a step that a snapshot does not hold.
        self.average.update(&self.net.valid());
        self.step += 1;

        self.settle()?;
        self.pending = Some(launched);
        let ends_epoch = at + 1 == self.steps();
        if at == 0 || ends_epoch {
            self.settle()?;
        }
        let progress = Progress {
            epoch: epoch + 1,
            step: at + 1,
            steps: self.steps(),
            loss: self.sums.loss / self.sums.windows as f64,
            confusion: self.sums.confusion.clone(),
        };
        if ends_epoch {
            self.sums = Sums::none(self.recipe());
        }
        Ok(progress)
    }

    /// Waits for the pending step and adds its results to the sums.
    fn settle(&mut self) -> Result<()> {
        let Some(pending) = self.pending.take() else {
            return Ok(());
        };
        let mean = f64::from(pending.loss.into_scalar::<f32>()) / pending.n_members as f64;
        if !mean.is_finite() {
            bail!(
                "the loss is no longer a number by epoch {}: lower the learning rate (--learning-rate; it is {:?})",
                (self.step - 1) / self.steps() + 1,
                self.recipe().learning_rate
            );
        }
        let predicted = pending.predicted.into_data();
        for (&truth, predicted) in pending.truths.iter().zip(predicted.iter::<i64>()) {
            self.sums.confusion.count(truth, Some(predicted as usize));
        }
        self.sums.loss += mean * pending.truths.len() as f64;
        self.sums.windows += pending.truths.len();
        Ok(())
    }

    /// Input `[batch, 1, n_mels, n_frames]`, soft targets `[batch, n_labels]`, and the likeliest of each.
    fn tensors(&self, drawn: Drawn) -> (Tensor<4>, Tensor<2>, Vec<usize>) {
        let recipe = self.recipe();
        let (size, n_labels) = (drawn.size, recipe.architecture.n_labels());
        let shape = [size, 1, recipe.features.n_mels, recipe.windows.n_frames];
        let truths = drawn.targets.chunks_exact(n_labels).map(argmax).collect();
        (
            Tensor::from_data(TensorData::new(drawn.windows, shape), &self.device),
            Tensor::from_data(
                TensorData::new(drawn.targets, [size, n_labels]),
                &self.device,
            ),
            truths,
        )
    }

    /// The network with the average of its weights so far, on the device for evaluation.
    pub fn averaged(&self) -> Result<EmotionNet> {
        let averaged = self.average.apply(self.net.clone().valid());
        let net = self.recipe().architecture.init(&device())?;
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

/// `targets` `[windows, n_labels]`, in which the targets of the distorted windows of `pairs` pairs are mixed with the
/// predictions for their clean counterparts, whose share is `consistency` (as in Zheng et al. 2016, arXiv:1604.04326;
/// the clean windows learn from their labels alone). `log_probabilities` are those of all windows.
fn consistent(
    targets: Tensor<2>,
    log_probabilities: &Tensor<2>,
    pairs: usize,
    consistency: f64,
) -> Tensor<2> {
    if pairs == 0 {
        return targets;
    }
    let [windows, n_labels] = targets.dims();
    let (distorted, clean) = (windows - 2 * pairs, windows - pairs);
    let teacher = (log_probabilities
        .clone()
        .slice([clean..windows, 0..n_labels]))
    .detach()
    .exp();
    let labels = targets.clone().slice([distorted..clean, 0..n_labels]);
    targets.slice_assign(
        [distorted..clean, 0..n_labels],
        labels * (1.0 - consistency) + teacher * consistency,
    )
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::{consistent, priors};
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
    fn distorted_windows_are_to_be_answered_as_clean_ones_are() {
        let rows = |rows: [[f32; 2]; 3]| Tensor::<2>::from_data(rows, &device());
        let targets = || rows([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
        let predicted = rows([[0.5, 0.5], [0.5, 0.5], [0.25, 0.75]]).log();
        let of = |pairs, consistency| {
            let targets = consistent(targets(), &predicted, pairs, consistency).into_data();
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
