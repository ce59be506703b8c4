//! Layers on the processor with gradients of their own, for training on Flex.
//!
//! Flex composes a convolution's gradients from im2col and copies between layouts, batch
//! normalisation from a dozen passes, and a GRU from some twenty small operations a step. Each of
//! the three is one operation here, added to burn as its books describe (`backend_extension`).
//! Inference never comes here, nor does any other backend.

mod autodiff;
mod conv;
mod gru;
mod norm;
#[cfg(test)]
mod tests;

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::nn::gru::{BiGru, Gru};
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor, TensorData};
use pulp::Arch;

use conv::Geometry;
use gru::{Parameters, Recurrence, States};
use norm::Normed;

/// The operations that burn gets.
#[backend_extension(Flex, Autodiff)]
pub trait Kernels: Backend {
    /// A convolution without bias, with a padding of half the width of its square kernel.
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: [usize; 2],
    ) -> FloatTensor<Self>;

    /// Batch normalisation with the batch's statistics, then a rectifier if `relu`: the output,
    /// mean and variance.
    fn normalize(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        relu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The hidden states of a GRU for `products` of its input with the input's weights.
    fn recur(
        products: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        reverse: bool,
    ) -> FloatTensor<Self>;
}

impl Kernels for Flex {
    fn convolve(x: FlexTensor, weight: FlexTensor, stride: [usize; 2]) -> FlexTensor {
        let [x, weight] = [x, weight].map(|tensor| tensor.to_contiguous());
        convolved(&x, &weight, stride)
    }

    fn normalize(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
        relu: bool,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.to_contiguous());
        normalized(&x, [&gamma, &beta], epsilon, relu)
    }

    fn recur(
        products: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        reverse: bool,
    ) -> FlexTensor {
        let [products, weight, bias] =
            [products, weight, bias].map(|tensor| tensor.to_contiguous());
        recurred(&products, [&weight, &bias], reverse).0
    }
}

fn tensor(values: Vec<f32>, shape: impl Into<Vec<usize>>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.into()))
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, stride: [usize; 2]) -> Geometry {
    let [_, inputs, rows, columns] = x.shape().dims();
    let [outputs, _, kernel, _] = weight.shape().dims();
    Geometry {
        channels: [inputs, outputs],
        kernel,
        stride,
        size: [rows, columns],
    }
}

fn convolved(x: &FlexTensor, weight: &FlexTensor, stride: [usize; 2]) -> FlexTensor {
    let g = geometry(x, weight, stride);
    let [batch, ..]: [usize; 4] = x.shape().dims();
    let [rows, columns] = g.out();
    let output = conv::forward(&g, x.storage(), weight.storage());
    tensor(output, [batch, g.channels[1], rows, columns])
}

fn normalized(
    x: &FlexTensor,
    parameters: [&FlexTensor; 2],
    epsilon: f64,
    relu: bool,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let shape: [usize; 4] = x.shape().dims();
    let [_, channels, rows, columns] = shape;
    let Normed {
        output,
        mean,
        variance,
    } = norm::forward(
        x.storage(),
        parameters.map(FlexTensor::storage),
        rows * columns,
        epsilon as f32,
        relu,
    );
    (
        tensor(output, shape),
        tensor(mean, [channels]),
        tensor(variance, [channels]),
    )
}

fn recurred(
    products: &FlexTensor,
    [weight, bias]: [&FlexTensor; 2],
    reverse: bool,
) -> (FlexTensor, Recurrence, States) {
    let [batch, steps, gates]: [usize; 3] = products.shape().dims();
    let recurrence = Recurrence {
        steps,
        hidden: gates / 3,
        reverse,
    };
    let states = recurrence.forward(
        products.storage(),
        Parameters {
            weight: weight.storage(),
            bias: bias.storage(),
        },
    );
    let output = tensor(states.hidden.clone(), [batch, steps, gates / 3]);
    (output, recurrence, states)
}

/// The sum of `parts`, in their order.
fn total(parts: Vec<Vec<f32>>, len: usize) -> Vec<f32> {
    let mut total = vec![0.0; len];
    for part in parts {
        for (total, value) in total.iter_mut().zip(part) {
            *total += value;
        }
    }
    total
}

/// Whether networks of a device are trained by these operations. Without vectors, which every
/// processor of the last ten years has, burn's own are faster.
pub fn are_used_on(device: &Device) -> bool {
    // Devices are equal whether they record gradients or not.
    device.is_autodiff() && *device == Device::flex() && !matches!(Arch::new(), Arch::Scalar)
}

/// A convolution without bias, with a padding of half the width of its square kernel.
pub fn convolve(x: Tensor<4>, weight: Tensor<4>, stride: [usize; 2]) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Kernels>::convolve(
        x.into_dispatch(),
        weight.into_dispatch(),
        stride,
    ))
}

/// Batch normalisation in training, then a rectifier if `relu`.
pub fn normalize(norm: &BatchNorm, x: Tensor<4>, relu: bool) -> Tensor<4> {
    let (output, mean, variance) = <Dispatch as Kernels>::normalize(
        x.into_dispatch(),
        norm.gamma.val().into_dispatch(),
        norm.beta.val().into_dispatch(),
        norm.epsilon,
        relu,
    );
    for (running, new) in [(&norm.running_mean, mean), (&norm.running_var, variance)] {
        let new = Tensor::<1>::from_dispatch(new).detach();
        let old = running.value_sync();
        running.update((old * (1.0 - norm.momentum) + new * norm.momentum).detach());
    }
    Tensor::from_dispatch(output)
}

/// The hidden states of both directions of a GRU with biases and burn's default activations.
///
/// # Shapes
/// `[batch, steps, features]` to `[batch, steps, 2 * hidden]`.
pub fn recur(gru: &BiGru, x: Tensor<3>) -> Tensor<3> {
    let direction = |gru: &Gru, reverse| {
        let gates = [&gru.update_gate, &gru.reset_gate, &gru.new_gate];
        let products = gates.map(|gate| gate.input_transform.forward(x.clone()));
        let weights = gates.map(|gate| gate.hidden_transform.weight.val());
        let biases = gates.map(|gate| match &gate.hidden_transform.bias {
            Some(bias) => bias.val(),
            None => Tensor::zeros([gru.d_hidden], &x.device()),
        });
        recurred_states(
            Tensor::cat(products.to_vec(), 2),
            Tensor::cat(weights.to_vec(), 1),
            Tensor::cat(biases.to_vec(), 0),
            reverse,
        )
    };
    Tensor::cat(
        vec![
            direction(&gru.forward, false),
            direction(&gru.reverse, true),
        ],
        2,
    )
}

/// The hidden states of a GRU for `products` of its input with the input's weights; `state` has the
/// weights of its state. Gates are in the order update, reset, candidate. On Flex alone.
///
/// # Shapes
/// `[batch, steps, 3 * hidden]` to `[batch, steps, hidden]`; the weights are `[hidden, 3 * hidden]`.
pub fn recurrence(products: Tensor<3>, state: &Linear) -> Tensor<3> {
    let weight = state.weight.val();
    let bias = match &state.bias {
        Some(bias) => bias.val(),
        None => Tensor::zeros([weight.dims()[1]], &products.device()),
    };
    recurred_states(products, weight, bias, false)
}

fn recurred_states(
    products: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    reverse: bool,
) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as Kernels>::recur(
        products.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        reverse,
    ))
}
