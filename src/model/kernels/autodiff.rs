//! The gradients of [`Kernels`], as burn's autodiff asks for them.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Flex, TensorMetadata};

use super::gru::{Parameters, Recurrence, States};
use super::{Kernels, conv, convolved, geometry, norm, normalized, recurred, tensor};

/// Hands a gradient with the shape of `like` to the operation that made it.
fn register(grads: &mut Gradients, node: NodeId, gradient: Vec<f32>, like: &FlexTensor) {
    grads.register::<Flex>(node, tensor(gradient, like.shape().to_vec()));
}

#[derive(Debug)]
struct Convolve;

impl Backward<Flex, 2> for Convolve {
    type State = ([FlexTensor; 2], [usize; 2]);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let ([x, weight], stride) = ops.state;
        let g = geometry(&x, &weight, stride);
        let [x_node, weight_node] = &ops.parents;
        // Audio has no gradient, so the first layer's input wants none.
        if let Some(node) = x_node {
            let gradient = conv::input_grad(&g, weight.storage(), grad.storage());
            register(grads, node.id, gradient, &x);
        }
        if let Some(node) = weight_node {
            let gradient = conv::weight_grad(&g, x.storage(), grad.storage());
            register(grads, node.id, gradient, &weight);
        }
    }
}

#[derive(Debug)]
struct Normalize;

impl Backward<Flex, 3> for Normalize {
    type State = (FlexTensor, [FlexTensor; 4], f64, bool);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let (x, statistics, epsilon, relu) = ops.state;
        let [_, _, rows, columns]: [usize; 4] = x.shape().dims();
        let gradients = norm::backward(
            x.storage(),
            statistics.each_ref().map(FlexTensor::storage),
            grad.storage(),
            rows * columns,
            epsilon as f32,
            relu,
        );
        let [gamma, beta, ..] = &statistics;
        for ((node, gradient), like) in ops.parents.iter().zip(gradients).zip([&x, gamma, beta]) {
            if let Some(node) = node {
                register(grads, node.id, gradient, like);
            }
        }
    }
}

#[derive(Debug)]
struct Recur;

impl Backward<Flex, 3> for Recur {
    type State = ([FlexTensor; 3], Recurrence, States);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let (inputs, recurrence, states) = ops.state;
        let [_, weight, bias] = inputs.each_ref().map(FlexTensor::storage);
        let gradients = recurrence.backward(&states, Parameters { weight, bias }, grad.storage());
        let gradients = [gradients.products, gradients.weight, gradients.bias];
        for ((node, gradient), like) in ops.parents.iter().zip(gradients).zip(&inputs) {
            if let Some(node) = node {
                register(grads, node.id, gradient, like);
            }
        }
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn convolve(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: [usize; 2],
    ) -> FloatTensor<Self> {
        let prepared = Convolve
            .prepare::<C>([x.node(), weight.node()])
            .compute_bound()
            .stateful();
        let inputs = [x, weight].map(|tensor| tensor.into_primitive().to_contiguous());
        let output = convolved(&inputs[0], &inputs[1], stride);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((inputs, stride), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn normalize(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        relu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let prepared = Normalize
            .prepare::<C>([x.node(), gamma.node(), beta.node()])
            .compute_bound()
            .stateful();
        let [x, gamma, beta] =
            [x, gamma, beta].map(|tensor| tensor.into_primitive().to_contiguous());
        let (output, mean, variance) = normalized(&x, [&gamma, &beta], epsilon, relu);
        let output = match prepared {
            OpsKind::Tracked(prepared) => {
                let statistics = [gamma, beta, mean.clone(), variance.clone()];
                prepared.finish((x, statistics, epsilon, relu), output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        };
        (output, Self::from_inner(mean), Self::from_inner(variance))
    }

    fn recur(
        products: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        reverse: bool,
    ) -> FloatTensor<Self> {
        let prepared = Recur
            .prepare::<C>([products.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful();
        let inputs = [products, weight, bias].map(|tensor| tensor.into_primitive().to_contiguous());
        let (output, recurrence, states) = recurred(&inputs[0], [&inputs[1], &inputs[2]], reverse);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((inputs, recurrence, states), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}
