//! A network's parameters as bytes.
//!
//! These are not burn's own records: a record carries a fresh random id for every tensor, so that
//! one training would give another file each time.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::net::EmotionNet;

/// Name and shape of one tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorInfo {
    /// Path through the network's modules, with dots.
    pub name: String,
    /// Sizes of its axes.
    pub shape: Vec<usize>,
}

impl TensorInfo {
    /// Number of its values.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

impl EmotionNet {
    /// The tensors of the network (running statistics included), in the order of its bytes.
    pub fn tensors(&self) -> Vec<TensorInfo> {
        let mut shapes = Shapes::default();
        self.visit(&mut shapes);
        shapes.tensors
    }

    /// All values in that order: little-endian 32-bit floats, row-major.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut values = Values::default();
        self.visit(&mut values);
        values.bytes
    }

    /// The network with the values of `bytes`, which [`to_bytes`](Self::to_bytes) wrote for
    /// another of the same configuration. `None` where their number differs.
    pub fn with_bytes(self, bytes: &[u8]) -> Option<EmotionNet> {
        let (floats, rest) = bytes.as_chunks::<4>();
        let mut values = floats.iter().map(|&float| f32::from_le_bytes(float));
        let mut writer = Writer {
            values: &mut values,
            short: false,
        };
        let net = self.map(&mut writer);
        let whole = !writer.short && values.next().is_none() && rest.is_empty();
        whole.then_some(net)
    }
}

#[derive(Default)]
struct Shapes {
    path: Vec<String>,
    tensors: Vec<TensorInfo>,
}

impl ModuleVisitor for Shapes {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.tensors.push(TensorInfo {
            name: self.path.join("."),
            // Without its values, which burn draws when they are first asked for: a forged file
            // must not make it draw more than there is memory for.
            shape: param.lazy_shape().to_vec(),
        });
    }
}

#[derive(Default)]
struct Values {
    bytes: Vec<u8>,
}

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        for value in param.val().into_data().iter::<f32>() {
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
}

struct Writer<'a, I> {
    values: &'a mut I,
    short: bool,
}

impl<I: Iterator<Item = f32>> ModuleMapper for Writer<'_, I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let shape = tensor.dims();
            let count = shape.iter().product();
            let values: Vec<f32> = self.values.by_ref().take(count).collect();
            if values.len() < count {
                self.short = true;
                return tensor;
            }
            Tensor::from_data(TensorData::new(values, shape), &tensor.device())
        })
    }
}
