//! The batches of the steps to come, drawn by a thread of their own while a step runs.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::dataset::{Batch, Dataset};
use crate::learn::recipe::Recipe;

/// Batches that wait at most.
const AHEAD: usize = 2;

/// What batches are drawn from. All random numbers of a step come from the seed and the step's number.
#[derive(Clone)]
pub struct Source {
    pub recipe: Arc<Recipe>,
    pub dataset: Arc<Dataset>,
    pub seed: u64,
}

/// The batch of a step, mixed and with its soft targets.
pub struct Drawn {
    /// The seed of the device in this step.
    pub device_seed: u64,
    /// `[size, 1, n_mels, n_frames]`.
    pub windows: Vec<f32>,
    /// `[size, n_labels]`.
    pub targets: Vec<f32>,
    /// Number of windows.
    pub size: usize,
    /// As [`Batch::pairs`].
    pub pairs: usize,
}

/// What random numbers are for. Those of one purpose and number are always the same.
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

impl Source {
    /// Steps of an epoch.
    pub fn steps(&self) -> usize {
        self.dataset.len().div_ceil(self.recipe.batch_size)
    }

    /// The indices of the recordings in an epoch, counted from 0, in their order.
    fn order(&self, epoch: usize) -> Vec<usize> {
        let mut rng = generator(self.seed, Purpose::Order, epoch);
        self.dataset.draw_epoch(&mut rng)
    }

    /// The batch of a step, of its epoch's `order`.
    fn draw(&self, step: usize, order: &[usize]) -> Result<Drawn> {
        let size = self.recipe.batch_size;
        let at = step % self.steps() * size;
        let indices = &order[at..order.len().min(at + size)];
        let mut rng = generator(self.seed, Purpose::Step, step);
        let device_seed = rng.random();
        let normalization = self.dataset.normalization();
        let batch = self.dataset.batch(indices, normalization, &mut rng)?;
        Ok(mixed(batch, &self.recipe, device_seed, &mut rng))
    }
}

/// A thread that draws.
pub struct Feed {
    batches: Option<Receiver<Result<Drawn>>>,
    thread: Option<JoinHandle<()>>,
}

impl Feed {
    /// Draws from `step` to the recipe's last.
    pub fn start(source: Source, step: usize) -> Feed {
        let (sender, batches) = sync_channel(AHEAD);
        let thread = thread::spawn(move || {
            let steps = source.steps();
            let mut order = source.order(step / steps);
            for step in step..source.recipe.epochs * steps {
                if step % steps == 0 {
                    order = source.order(step / steps);
                }
                let drawn = source.draw(step, &order);
                let failed = drawn.is_err();
                // Without a receiver nobody trains any more.
                if sender.send(drawn).is_err() || failed {
                    return;
                }
            }
        });
        Feed {
            batches: Some(batches),
            thread: Some(thread),
        }
    }

    /// The batch of the next step.
    pub fn next(&self) -> Result<Drawn> {
        let batch = self.batches.as_ref().and_then(|it| it.recv().ok());
        batch.context("there is no batch left to draw")?
    }
}

impl Drop for Feed {
    /// Ends the thread, which holds the dataset.
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // Where it panicked, it has said so.
            let _ = thread.join();
        }
    }
}

/// Windows and soft targets, smoothed and mixed (Szegedy et al. 2016, arXiv:1512.00567; Zhang et al. 2018,
/// arXiv:1710.09412).
fn mixed(batch: Batch, recipe: &Recipe, device_seed: u64, rng: &mut StdRng) -> Drawn {
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
    Drawn {
        device_seed,
        windows: mix(batch.windows, &groups, share),
        targets: mix(targets, &groups, share),
        size,
        pairs: batch.pairs,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::cache::{Cache, Location};
    use crate::data::corpus::Corpus;
    use crate::data::corpus::tests::scratch;
    use crate::learn::recipe::Network;

    /// Five recordings in batches of two, for two epochs.
    fn source(test: &str, location: &Location) -> Source {
        let root = scratch(test);
        let voice = include_bytes!("../../../../tests/data/voice.wav");
        for emotion in 1..=5 {
            let file = format!("03-01-{emotion:02}-01-01-01-01.wav");
            std::fs::write(root.join(file), voice).unwrap();
        }
        let clips = Corpus::open(&root, None).unwrap().clips().to_vec();
        let mut recipe = Recipe::new(Network::Cnn);
        (recipe.epochs, recipe.batch_size) = (2, 2);
        recipe.prosody.weight = 0.0;
        recipe.augment.speeds.clear();
        recipe.augment.distortions = 1;
        let cache = Cache::open(location).unwrap();
        let dataset = Dataset::load(&clips, &recipe.dataset(), cache).unwrap();
        Source {
            recipe: Arc::new(recipe),
            dataset: Arc::new(dataset),
            seed: 1,
        }
    }

    #[test]
    fn a_feed_gives_the_batches_of_its_steps_wherever_it_starts() {
        let source = source("feed", &Location::Temporary);
        let steps = source.steps();
        assert_eq!(steps, 3);
        for start in [0, 1, 3, 4] {
            let feed = Feed::start(source.clone(), start);
            for step in start..2 * steps {
                let expected = source.draw(step, &source.order(step / steps)).unwrap();
                let found = feed.next().unwrap();
                assert_eq!(found.device_seed, expected.device_seed, "{start} {step}");
                assert!(found.windows == expected.windows, "{start} {step}");
                assert_eq!(found.targets, expected.targets, "{start} {step}");
            }
            assert!(feed.next().is_err(), "after the last");
        }
    }

    #[test]
    fn an_error_comes_through_and_a_feed_may_end_early() {
        let folder = scratch("feed-cache");
        let source = source("feed-error", &Location::Folder(folder.clone()));
        drop(Feed::start(source.clone(), 0));
        Cache::open(&Location::Folder(folder))
            .unwrap()
            .clear()
            .unwrap();
        let error = Feed::start(source, 0).next().err().unwrap();
        assert!(error.to_string().contains("cache"), "{error}");
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
}
