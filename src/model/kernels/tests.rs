//! Each operation against burn's own, and against its definition written out.

use burn::module::Param;
use burn::nn::gru::BiGruConfig;
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Tensor};

use super::conv::{self, Geometry};

fn device() -> Device {
    let device = Device::flex().autodiff();
    device.seed(1);
    device
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// The largest difference as a share of the largest value.
fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let largest = theirs.iter().fold(1e-3f32, |max, x| max.max(x.abs()));
    let pairs = ours.iter().zip(theirs);
    let furthest = pairs.fold(0.0f32, |max, (a, b)| {
        assert!(a.is_finite() && b.is_finite());
        max.max((a - b).abs())
    });
    furthest / largest
}

fn assert_close<const D: usize>(name: &str, ours: Tensor<D>, theirs: Tensor<D>) {
    assert_eq!(ours.dims(), theirs.dims(), "{name}");
    let difference = difference(&values(ours), &values(theirs));
    assert!(difference < 1e-5, "{name}: {difference}");
}

/// A tensor that gradients are asked of.
fn leaf<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    tensor.clone().detach().require_grad()
}

/// A loss whose gradient differs from value to value.
fn loss<const D: usize>(output: Tensor<D>, target: &Tensor<D>) -> Tensor<1> {
    (output * target.clone()).sum()
}

fn geometries() -> Vec<Geometry> {
    let mut geometries = Vec::new();
    for kernel in [1, 3, 5] {
        for stride in [[1, 1], [2, 2], [2, 1], [1, 2], [3, 4]] {
            for (size, channels) in [([1, 1], [1, 1]), ([7, 13], [3, 9]), ([16, 33], [8, 5])] {
                geometries.push(Geometry {
                    channels,
                    kernel,
                    stride,
                    size,
                });
            }
        }
    }
    geometries
}

/// Output, gradient of the input and gradient of the weights, by the definition.
fn by_definition(g: &Geometry, input: &[f32], weight: &[f32], grad: &[f32]) -> [Vec<f32>; 3] {
    let [inputs, outputs] = g.channels;
    let [h, w] = g.size;
    let [ho, wo] = g.out();
    let pad = g.kernel / 2;
    let mut output = vec![0.0f64; grad.len()];
    let mut input_grad = vec![0.0f64; input.len()];
    let mut weight_grad = vec![0.0f64; weight.len()];
    for b in 0..grad.len() / (outputs * ho * wo) {
        for (o, i) in (0..outputs).flat_map(|o| (0..inputs).map(move |i| (o, i))) {
            for (y, x) in (0..ho).flat_map(|y| (0..wo).map(move |x| (y, x))) {
                for (ky, kx) in (0..g.kernel).flat_map(|ky| (0..g.kernel).map(move |kx| (ky, kx))) {
                    let row = (y * g.stride[0] + ky).checked_sub(pad).filter(|r| *r < h);
                    let column = (x * g.stride[1] + kx).checked_sub(pad).filter(|c| *c < w);
                    let (Some(row), Some(column)) = (row, column) else {
                        continue;
                    };
                    let out = ((b * outputs + o) * ho + y) * wo + x;
                    let at = ((b * inputs + i) * h + row) * w + column;
                    let tap = ((o * inputs + i) * g.kernel + ky) * g.kernel + kx;
                    output[out] += f64::from(input[at]) * f64::from(weight[tap]);
                    input_grad[at] += f64::from(grad[out]) * f64::from(weight[tap]);
                    weight_grad[tap] += f64::from(grad[out]) * f64::from(input[at]);
                }
            }
        }
    }
    [output, input_grad, weight_grad].map(|sum| sum.iter().map(|x| *x as f32).collect())
}

/// Input, weights and gradient of the output of a batch of 5.
fn example(g: &Geometry) -> [Vec<f32>; 3] {
    let device = device();
    let [inputs, outputs] = g.channels;
    let [ho, wo] = g.out();
    [
        [5, inputs, g.size[0], g.size[1]],
        [outputs, inputs, g.kernel, g.kernel],
        [5, outputs, ho, wo],
    ]
    .map(|shape| values(random(shape, &device)))
}

#[test]
fn a_convolution_and_its_gradients_are_their_definition() {
    for g in geometries() {
        let [input, weight, grad] = example(&g);
        let ours = [
            conv::forward(&g, &input, &weight),
            conv::input_grad(&g, &weight, &grad),
            conv::weight_grad(&g, &input, &grad),
        ];
        let theirs = by_definition(&g, &input, &weight, &grad);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let difference = difference(ours, theirs);
            assert!(difference < 1e-5, "{g:?}: {difference}");
        }
    }
}

#[test]
fn a_convolution_has_the_gradients_of_burns() {
    let device = device();
    for g in geometries() {
        let [inputs, outputs] = g.channels;
        let pad = [g.kernel / 2; 2];
        let x = random([3, inputs, g.size[0], g.size[1]], &device);
        let weight = random([outputs, inputs, g.kernel, g.kernel], &device);
        let target = random([3, outputs, g.out()[0], g.out()[1]], &device);
        let [(x1, w1), (x2, w2)] = [0, 1].map(|_| (leaf(&x), leaf(&weight)));
        let ours = super::convolve(x1.clone(), w1.clone(), g.stride);
        let options = ConvOptions::new(g.stride, pad, [1, 1], 1);
        let theirs = conv2d(x2.clone(), w2.clone(), None, options);
        assert_close("output", ours.clone().inner(), theirs.clone().inner());
        let ours = loss(ours, &target).backward();
        let theirs = loss(theirs, &target).backward();
        let grads = |x: &Tensor<4>| (x.grad(&ours), x.grad(&theirs));
        assert_close("input", grads(&x1).0.unwrap(), grads(&x2).1.unwrap());
        assert_close("weight", grads(&w1).0.unwrap(), grads(&w2).1.unwrap());
    }
}

#[test]
fn batch_normalisation_has_the_output_statistics_and_gradients_of_burns() {
    let device = device();
    for (shape, relu) in [
        ([4, 3, 5, 7], false),
        ([4, 3, 5, 7], true),
        ([2, 17, 8, 32], true),
    ] {
        let channels = shape[1];
        let x = random(shape, &device) * 3.0 + 2.0;
        let target = random(shape, &device);
        let parameters = [0, 1].map(|_| random([channels], &device));
        let layer = || -> BatchNorm {
            let mut norm = BatchNormConfig::new(channels).init(&device);
            norm.gamma = Param::from_tensor(parameters[0].clone());
            norm.beta = Param::from_tensor(parameters[1].clone());
            norm
        };
        let [(n1, x1), (n2, x2)] = [0, 1].map(|_| (layer(), leaf(&x)));
        let ours = super::normalize(&n1, x1.clone(), relu);
        let theirs = n2.forward(x2.clone());
        let theirs = if relu {
            burn::tensor::activation::relu(theirs)
        } else {
            theirs
        };
        assert_close("output", ours.clone().inner(), theirs.clone().inner());
        let running =
            |norm: &BatchNorm| [&norm.running_mean, &norm.running_var].map(|r| r.value_sync());
        for (ours, theirs) in running(&n1).into_iter().zip(running(&n2)) {
            assert_close("running statistics", ours, theirs);
        }
        let ours = loss(ours, &target).backward();
        let theirs = loss(theirs, &target).backward();
        assert_close("input", x1.grad(&ours).unwrap(), x2.grad(&theirs).unwrap());
        for (a, b) in [(&n1.gamma, &n2.gamma), (&n1.beta, &n2.beta)] {
            let (a, b) = (a.val().grad(&ours), b.val().grad(&theirs));
            assert_close("parameter", a.unwrap(), b.unwrap());
        }
    }
}

#[test]
fn a_recurrence_has_the_states_and_gradients_of_burns() {
    let device = device();
    for [batch, steps, features, hidden] in [[3, 1, 2, 1], [9, 7, 6, 5], [2, 12, 20, 48]] {
        let gru = BiGruConfig::new(features, hidden, true).init(&device);
        let x = random([batch, steps, features], &device);
        let target = random([batch, steps, 2 * hidden], &device);
        let [x1, x2] = [0, 1].map(|_| leaf(&x));
        let ours = super::recur(&gru, x1.clone());
        let theirs = gru.forward(x2.clone(), None).0;
        assert_close("states", ours.clone().inner(), theirs.clone().inner());
        let ours = loss(ours, &target).backward();
        let theirs = loss(theirs, &target).backward();
        assert_close("input", x1.grad(&ours).unwrap(), x2.grad(&theirs).unwrap());
        for gru in [&gru.forward, &gru.reverse] {
            for gate in [&gru.update_gate, &gru.reset_gate, &gru.new_gate] {
                for linear in [&gate.input_transform, &gate.hidden_transform] {
                    let weight = linear.weight.val();
                    let (a, b) = (weight.grad(&ours), weight.grad(&theirs));
                    assert_close("weight", a.unwrap(), b.unwrap());
                    let bias = linear.bias.as_ref().unwrap().val();
                    let (a, b) = (bias.grad(&ours), bias.grad(&theirs));
                    assert_close("bias", a.unwrap(), b.unwrap());
                }
            }
        }
    }
}

#[test]
fn gradients_are_the_same_bits_with_any_number_of_threads() {
    let device = device();
    let x = leaf(&random([11, 2, 9, 21], &device));
    let weight = leaf(&random([7, 2, 3, 3], &device));
    let norm = BatchNormConfig::new(7).init(&device);
    let gru = BiGruConfig::new(7 * 9, 6, true).init(&device);
    let target = random([11, 11, 12], &device);
    let step = || {
        let output = super::normalize(
            &norm,
            super::convolve(x.clone(), weight.clone(), [1, 2]),
            true,
        );
        let steps = output.reshape([11, 7 * 9, 11]).swap_dims(1, 2);
        let states = super::recur(&gru, steps);
        let grads = loss(states, &target).backward();
        let recurrent = gru.reverse.new_gate.hidden_transform.weight.val();
        [
            values(x.grad(&grads).unwrap()),
            values(weight.grad(&grads).unwrap()),
            values(norm.gamma.val().grad(&grads).unwrap()),
            values(recurrent.grad(&grads).unwrap()),
        ]
    };
    let with_threads = |n| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build();
        pool.unwrap().install(step)
    };
    let one = with_threads(1);
    assert!(one.iter().flatten().any(|x| *x != 0.0));
    for n in [2, 3, 8] {
        assert!(one == with_threads(n), "{n} threads");
    }
}

#[test]
fn only_training_comes_here() {
    assert!(super::are_used_on(&Device::flex().autodiff()));
    assert!(!super::are_used_on(&Device::flex()));
}
