//! The recurrence of a GRU (Cho et al. 2014, arXiv:1406.1078) with the reset gate after the
//! product, as PyTorch and cuDNN have it. Gates are in the order update, reset, candidate.

use pulp::Arch;
use rayon::prelude::*;

/// Tasks that a batch is divided into, for the same bits with any number of threads.
const TASKS: usize = 8;

/// Sizes of a recurrence, and its direction.
#[derive(Debug, Clone, Copy)]
pub struct Recurrence {
    pub steps: usize,
    pub hidden: usize,
    /// From the last step to the first.
    pub reverse: bool,
}

/// The parameters of the recurrent product.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    /// `[hidden, 3 * hidden]`.
    pub weight: &'a [f32],
    /// `[3 * hidden]`.
    pub bias: &'a [f32],
}

/// Values of a step that the gradients need.
const SAVED: usize = 4;

/// Hidden states, and what the gradients need.
#[derive(Debug, Clone)]
pub struct States {
    /// `[batch, steps, hidden]`.
    pub hidden: Vec<f32>,
    /// `[batch, steps, 4, hidden]`: update, reset, candidate, recurrent product of the candidate.
    pub saved: Vec<f32>,
}

/// Gradients with respect to the input's products and to the parameters.
pub struct Gradients {
    pub products: Vec<f32>,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Adds `scale * x` to `sum`.
#[inline(always)]
fn add_scaled(sum: &mut [f32], scale: f32, x: &[f32]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += scale * x;
    }
}

impl Recurrence {
    /// The step at a time.
    fn step(&self, time: usize) -> usize {
        if self.reverse {
            self.steps - 1 - time
        } else {
            time
        }
    }

    /// The hidden states for `products` of the input with its weights, `[batch, steps, 3 * hidden]`.
    pub fn forward(&self, products: &[f32], parameters: Parameters) -> States {
        let len = self.steps * self.hidden;
        let batch = products.len() / (3 * len);
        let mut hidden = vec![0.0; batch * len];
        let mut saved = vec![0.0; SAVED * batch * len];
        let arch = Arch::new();
        products
            .par_chunks(3 * len)
            .zip(hidden.par_chunks_mut(len))
            .zip(saved.par_chunks_mut(SAVED * len))
            .for_each(|((products, hidden), saved)| {
                arch.dispatch(
                    #[inline(always)]
                    || self.forward_sequence(products, parameters, hidden, saved),
                );
            });
        States { hidden, saved }
    }

    #[inline(always)]
    fn forward_sequence(
        &self,
        products: &[f32],
        Parameters { weight, bias }: Parameters,
        hidden: &mut [f32],
        saved: &mut [f32],
    ) {
        let n = self.hidden;
        let mut recurrent = vec![0.0; 3 * n];
        let mut state = vec![0.0; n];
        for time in 0..self.steps {
            let step = self.step(time);
            recurrent.copy_from_slice(bias);
            for (state, weight) in state.iter().zip(weight.chunks_exact(3 * n)) {
                add_scaled(&mut recurrent, *state, weight);
            }
            let products = &products[step * 3 * n..][..3 * n];
            let saved = &mut saved[step * SAVED * n..][..SAVED * n];
            for i in 0..n {
                let update = sigmoid(products[i] + recurrent[i]);
                let reset = sigmoid(products[n + i] + recurrent[n + i]);
                let product = recurrent[2 * n + i];
                let candidate = (products[2 * n + i] + reset * product).tanh();
                state[i] = candidate * (1.0 - update) + update * state[i];
                for (gate, value) in [update, reset, candidate, product].into_iter().enumerate() {
                    saved[gate * n + i] = value;
                }
            }
            hidden[step * n..][..n].copy_from_slice(&state);
        }
    }

    /// Gradients, given those of the hidden states.
    pub fn backward(&self, states: &States, parameters: Parameters, grad: &[f32]) -> Gradients {
        let n = self.hidden;
        let len = self.steps * n;
        let batch = grad.len() / len;
        let per_task = batch.div_ceil(TASKS);
        let transposed: Vec<f32> = (0..3 * n * n)
            .map(|i| parameters.weight[i % n * 3 * n + i / n])
            .collect();
        let mut products = vec![0.0; 3 * batch * len];
        let arch = Arch::new();
        let sums: Vec<Vec<f32>> = products
            .par_chunks_mut(3 * per_task * len)
            .zip(states.hidden.par_chunks(per_task * len))
            .zip(states.saved.par_chunks(SAVED * per_task * len))
            .zip(grad.par_chunks(per_task * len))
            .map(|(((products, hidden), saved), grad)| {
                // The gradient of the weights, then that of the bias.
                let mut sum = vec![0.0; 3 * n * n + 3 * n];
                for (((products, hidden), saved), grad) in products
                    .chunks_exact_mut(3 * len)
                    .zip(hidden.chunks_exact(len))
                    .zip(saved.chunks_exact(SAVED * len))
                    .zip(grad.chunks_exact(len))
                {
                    arch.dispatch(
                        #[inline(always)]
                        || {
                            self.backward_sequence(
                                [hidden, saved, grad],
                                &transposed,
                                products,
                                &mut sum,
                            );
                        },
                    );
                }
                sum
            })
            .collect();
        let mut weight = super::total(sums, 3 * n * n + 3 * n);
        let bias = weight.split_off(3 * n * n);
        Gradients {
            products,
            weight,
            bias,
        }
    }

    #[inline(always)]
    fn backward_sequence(
        &self,
        [hidden, saved, grad]: [&[f32]; 3],
        transposed: &[f32],
        products: &mut [f32],
        sum: &mut [f32],
    ) {
        let n = self.hidden;
        let zeros = vec![0.0; n];
        let mut recurrent = vec![0.0; 3 * n];
        // The gradient of a state by way of the next one.
        let mut carried = vec![0.0; n];
        for time in (0..self.steps).rev() {
            let step = self.step(time);
            let previous = match time.checked_sub(1) {
                Some(before) => &hidden[self.step(before) * n..][..n],
                None => &zeros,
            };
            let saved = &saved[step * SAVED * n..][..SAVED * n];
            let grad = &grad[step * n..][..n];
            let products = &mut products[step * 3 * n..][..3 * n];
            for i in 0..n {
                let [update, reset, candidate, product] =
                    [0, 1, 2, 3].map(|gate| saved[gate * n + i]);
                let state = grad[i] + carried[i];
                let to_candidate = state * (1.0 - update) * (1.0 - candidate * candidate);
                let to_update = state * (previous[i] - candidate) * update * (1.0 - update);
                let to_reset = to_candidate * product * reset * (1.0 - reset);
                products[i] = to_update;
                products[n + i] = to_reset;
                products[2 * n + i] = to_candidate;
                recurrent[i] = to_update;
                recurrent[n + i] = to_reset;
                recurrent[2 * n + i] = to_candidate * reset;
                carried[i] = state * update;
            }
            for (grad, weight) in recurrent.iter().zip(transposed.chunks_exact(n)) {
                add_scaled(&mut carried, *grad, weight);
            }
            let (weight, bias) = sum.split_at_mut(3 * n * n);
            for (previous, weight) in previous.iter().zip(weight.chunks_exact_mut(3 * n)) {
                add_scaled(weight, *previous, &recurrent);
            }
            add_scaled(bias, 1.0, &recurrent);
        }
    }
}
