//! A running average of the parameters, which generalises better than the last step's.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};

/// Exponential moving average of every float tensor of a module, running statistics included
/// (Polyak averaging; Tarvainen & Valpola 2017, arXiv:1703.01780). It stays on the module's device.
pub struct WeightAverage {
    decay: f32,
    steps: usize,
    values: HashMap<ParamId, Tensor<1>>,
}

impl WeightAverage {
    /// An average over about `1 / (1 - decay)` steps.
    pub fn new(decay: f32) -> WeightAverage {
        WeightAverage {
            decay,
            steps: 0,
            values: HashMap::new(),
        }
    }

    /// Adds the parameters after a step to the average; those of a module without gradients.
    pub fn update<M: Module>(&mut self, module: &M) {
        self.steps += 1;
        // Early on the average is over fewer steps, so that the random start is soon forgotten.
        let steps = self.steps as f32;
        let decay = self.decay.min((1.0 + steps) / (10.0 + steps));
        module.visit(&mut Update {
            decay,
            values: &mut self.values,
        });
    }

    /// Steps that the average is over.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The averages in the order of `module`'s tensors: little-endian floats.
    pub fn to_bytes<M: Module>(&self, module: &M) -> Vec<u8> {
        let mut tensors = Tensors::default();
        module.visit(&mut tensors);
        let values = tensors.0.iter().filter_map(|(id, ..)| self.values.get(id));
        let bytes = values.flat_map(|tensor| {
            let values = tensor.to_data();
            let bytes = values.iter::<f32>().flat_map(f32::to_le_bytes);
            bytes.collect::<Vec<u8>>()
        });
        bytes.collect()
    }

    /// Restores the averages from [`to_bytes`](Self::to_bytes) of a module of the same shapes; returns
    /// whether the bytes fit.
    pub fn restore<M: Module>(&mut self, module: &M, steps: usize, bytes: &[u8]) -> bool {
        let (floats, rest) = bytes.as_chunks::<4>();
        let mut floats = floats.iter().map(|&float| f32::from_le_bytes(float));
        let mut tensors = Tensors::default();
        module.visit(&mut tensors);
        self.steps = steps;
        self.values.clear();
        // Before the first step there is nothing to average.
        if steps == 0 {
            return bytes.is_empty();
        }
        let mut count = 0;
        for (id, len, device) in tensors.0 {
            count += len;
            let values: Vec<f32> = floats.by_ref().take(len).collect();
            if values.len() < len {
                return false;
            }
            let values = TensorData::new(values, [len]);
            self.values.insert(id, Tensor::from_data(values, &device));
        }
        count * 4 == bytes.len() && rest.is_empty()
    }

    /// `module` with the averaged parameters.
    pub fn apply<M: Module>(&self, module: M) -> M {
        module.map(&mut Replace {
            values: &self.values,
        })
    }
}

/// Id, number of values and device of each float tensor, in order.
#[derive(Default)]
struct Tensors(Vec<(ParamId, usize, Device)>);

impl ModuleVisitor for Tensors {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let len = tensor.shape().num_elements();
        self.0.push((param.id, len, tensor.device()));
    }
}

struct Update<'a> {
    decay: f32,
    values: &'a mut HashMap<ParamId, Tensor<1>>,
}

impl ModuleVisitor for Update<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let new = param.val().reshape([-1]);
        let average = match self.values.remove(&param.id) {
            None => new,
            Some(average) => average.clone() + (new - average) * (1.0 - self.decay),
        };
        self.values.insert(param.id, average);
    }
}

struct Replace<'a> {
    values: &'a HashMap<ParamId, Tensor<1>>,
}

impl ModuleMapper for Replace<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(average) = self.values.get(&param.id) else {
            return param;
        };
        param.map(|tensor| {
            let shape = tensor.dims();
            average.clone().reshape(shape)
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use emotionai_voice::training::EmotionNet;

    use super::*;
    use crate::learn::recipe::{Network, Recipe};

    fn values(net: &EmotionNet) -> Vec<f32> {
        let bytes = net.to_bytes();
        let (floats, _) = bytes.as_chunks::<4>();
        floats.iter().map(|&it| f32::from_le_bytes(it)).collect()
    }

    /// On the device it has the very bits that the formula gives on the host.
    #[test]
    fn the_average_is_that_of_the_formula_and_survives_its_bytes() {
        let device = Device::flex();
        let architecture = Recipe::new(Network::Cnn).architecture;
        let mut net = architecture.init(&device).unwrap();
        let mut average = WeightAverage::new(0.995);
        let mut expected = Vec::new();
        for step in 1..=5 {
            let other = architecture.init(&device).unwrap().to_bytes();
            net = net.with_bytes(&other).unwrap();
            average.update(&net);
            let new = values(&net);
            let decay = 0.995f32.min((1.0 + step as f32) / (10.0 + step as f32));
            if expected.is_empty() {
                expected = new;
            } else {
                for (average, new) in expected.iter_mut().zip(new) {
                    *average += (1.0 - decay) * (new - *average);
                }
            }
        }
        assert!(values(&average.apply(net.clone())) == expected);
        let bytes = average.to_bytes(&net);
        let mut restored = WeightAverage::new(0.995);
        assert!(restored.restore(&net, 5, &bytes));
        assert!(values(&restored.apply(net.clone())) == expected);
        assert!(!restored.restore(&net, 5, &bytes[4..]));
    }
}
