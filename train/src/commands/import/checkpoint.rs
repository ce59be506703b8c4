//! The layers of a PyTorch checkpoint, in their order, whatever they are called.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::training::{PlainCnnConfig, TensorInfo};
use pytorch_reader::{DType, PytorchReader, Tensor};

/// A layer's tensors by their own names: weight, bias, ...
type Layer = BTreeMap<String, Tensor>;

/// Convolutions with batch normalisation, then two linear layers.
pub struct Checkpoint {
    convolutions: Vec<(String, Layer)>,
    norms: Vec<(String, Layer)>,
    linears: Vec<(String, Layer)>,
}

impl Checkpoint {
    /// Opens a checkpoint and sorts its layers; their values are read later.
    pub fn open(path: &Path, key: Option<&str>) -> Result<Checkpoint> {
        let reader = match key {
            Some(key) => PytorchReader::with_top_level_key(path, key),
            None => PytorchReader::new(path),
        }?;
        let mut layers: BTreeMap<(Vec<Part>, String), Layer> = BTreeMap::new();
        for (name, tensor) in reader.into_tensors() {
            let (layer, own) = name.rsplit_once('.').unwrap_or(("", &name));
            if own == "num_batches_tracked" {
                continue;
            }
            let tensors = layers.entry((parts(layer), layer.to_owned())).or_default();
            tensors.insert(own.to_owned(), tensor);
        }
        let (mut convolutions, mut norms, mut linears) = (Vec::new(), Vec::new(), Vec::new());
        for ((_, name), layer) in layers {
            let parameters = ["weight", "bias", "running_mean", "running_var"];
            let axes = layer.get("weight").map(|weight| weight.shape().len());
            let (kind, parameters) = match axes {
                Some(4) => (&mut convolutions, &parameters[..2]),
                Some(2) => (&mut linears, &parameters[..2]),
                Some(1) => (&mut norms, &parameters[..]),
                _ => {
                    bail!("{name} is neither convolution nor batch normalisation nor linear layer")
                }
            };
            if let Some(other) = layer.keys().find(|own| !parameters.contains(&own.as_str())) {
                bail!("{name}.{other} belongs to no layer of such a network");
            }
            kind.push((name, layer));
        }
        let [a, b, c] = [&convolutions, &norms, &linears].map(Vec::len);
        if a == 0 || b != a || c != 2 {
            bail!(
                "expected convolutions with as many batch normalisations and two linear layers, got {a}, {b} and {c}; if the weights lie deeper, name where with --key"
            );
        }
        Ok(Checkpoint {
            convolutions,
            norms,
            linears,
        })
    }

    /// The configuration of the network, whose input has `n_mels` bands.
    pub fn config(&self, n_mels: usize) -> Result<PlainCnnConfig> {
        let mut channels = Vec::new();
        for (name, layer) in &self.convolutions {
            let inputs = channels.last().copied().unwrap_or(1);
            match *layer["weight"].shape() {
                [outputs, own, 3, 3] if own == inputs => channels.push(outputs),
                ref shape => bail!(
                    "{name} has weights of {shape:?}: expected [outputs, {inputs}, 3, 3], since the layer before it gives {inputs}"
                ),
            }
        }
        let sizes = |at: usize| {
            let shape = self.linears[at].1["weight"].shape();
            (shape[1], shape[0])
        };
        let ((flattened, hidden), (inputs, n_labels)) = (sizes(0), sizes(1));
        if inputs != hidden {
            let (first, second) = (&self.linears[0].0, &self.linears[1].0);
            bail!("{first} gives {hidden} features, but {second} takes {inputs}");
        }
        let width = channels.last().copied().unwrap_or(1);
        let halvings = channels.len().min(usize::BITS as usize - 1) as u32;
        let features = width.saturating_mul(n_mels >> halvings);
        if features == 0 || flattened == 0 || !flattened.is_multiple_of(features) {
            bail!(
                "{} takes {flattened} features, which is no number of frames of {width} maps of {n_mels} bands halved {halvings} times: say with --mels how many bands there are",
                self.linears[0].0
            );
        }
        let n_frames = (flattened / features) << halvings;
        Ok(PlainCnnConfig::new(n_mels, n_frames, n_labels)
            .with_channels(channels)
            .with_hidden(hidden))
    }

    /// The values of `tensors`, which are those of such a network, as its bytes.
    pub fn parameters(&self, tensors: &[TensorInfo]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for tensor in tensors {
            let (layer, own) = self.find(&tensor.name)?;
            let values = values(layer, own, &tensor.shape)?;
            bytes.extend(values.into_iter().flat_map(f32::to_le_bytes));
        }
        Ok(bytes)
    }

    /// The layer that burn calls so, and what PyTorch calls the tensor in it.
    fn find<'a>(&self, burns_name: &'a str) -> Result<(&(String, Layer), &'a str)> {
        let mut path = burns_name.split('.').skip(1);
        let layer = match path.next() {
            Some("hidden") => self.linears.first(),
            Some("head") => self.linears.last(),
            Some("stages") => {
                let stage = path.next().and_then(|stage| stage.parse::<usize>().ok());
                let stage = stage.unwrap_or(usize::MAX);
                match path.next() {
                    Some("conv") => self.convolutions.get(stage),
                    _ => self.norms.get(stage),
                }
            }
            _ => None,
        };
        let own = match path.next() {
            Some("gamma") => Some("weight"),
            Some("beta") => Some("bias"),
            own => own,
        };
        layer
            .zip(own)
            .with_context(|| format!("no layer is called {burns_name}"))
    }
}

/// The values of a layer's tensor as burn keeps them, in `shape`.
fn values((name, layer): &(String, Layer), own: &str, shape: &[usize]) -> Result<Vec<f32>> {
    let Some(tensor) = layer.get(own) else {
        let is_norm = layer["weight"].shape().len() == 1;
        if own == "bias" && !is_norm {
            // A layer without bias adds nothing.
            return Ok(vec![0.0; shape.iter().product()]);
        }
        bail!("{name} lacks its {own}");
    };
    // PyTorch keeps the weights of a linear layer as [outputs, inputs], burn the other way round.
    let expected: Vec<usize> = match shape.len() {
        2 => shape.iter().rev().copied().collect(),
        _ => shape.to_vec(),
    };
    let (found, dtype) = (tensor.shape(), tensor.dtype());
    if found != expected {
        bail!("{name}.{own} has the shape {found:?}: expected {expected:?}");
    }
    if dtype != DType::F32 {
        bail!("{name}.{own} is of {dtype:?}: save 32-bit floats, model.float().state_dict()");
    }
    let bytes = tensor.read()?;
    let floats = bytes.as_chunks().0.iter().copied();
    let values: Vec<f32> = floats.map(f32::from_ne_bytes).collect();
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        bail!("{name}.{own} holds {value}, which is no weight");
    }
    Ok(match *shape {
        [inputs, outputs] => {
            let at = |index: usize| values[index % outputs * inputs + index / outputs];
            (0..values.len()).map(at).collect()
        }
        _ => values,
    })
}

/// A part of a name: numbers compare as numbers, so that conv10 follows conv9.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

fn parts(name: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for letter in name.chars() {
        match (parts.last_mut(), letter.to_digit(10)) {
            (Some(Part::Number(number)), Some(digit)) => {
                *number = number.saturating_mul(10).saturating_add(digit.into());
            }
            (_, Some(digit)) => parts.push(Part::Number(digit.into())),
            (Some(Part::Word(word)), None) => word.push(letter),
            (_, None) => parts.push(Part::Word(letter.into())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_follow_one_another_by_the_numbers_in_their_names() {
        let mut names = ["conv10", "conv9", "features.11", "features.2", "conv1"];
        names.sort_by_key(|name| parts(name));
        assert_eq!(
            names,
            ["conv1", "conv9", "conv10", "features.2", "features.11"]
        );
        parts(&"9".repeat(1_000));
    }
}
