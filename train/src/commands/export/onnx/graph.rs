//! A graph of ONNX as it grows, from the parameters of a network.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use emotionai_voice::training::EmotionNet;

use super::proto::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, NodeProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};

/// A tensor of floats.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Sizes of its axes.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Vec<f32>,
}

impl Values {
    /// A tensor of this shape.
    pub fn new(shape: &[usize], data: &[f32]) -> Values {
        Values {
            shape: shape.to_vec(),
            data: data.to_vec(),
        }
    }

    /// A single number.
    pub fn scalar(value: f32) -> Values {
        Values::new(&[], &[value])
    }

    /// The transpose of a matrix.
    pub fn transposed(&self) -> Values {
        let (rows, columns) = (self.shape[0], self.shape[1]);
        let at = |index: usize| self.data[index % rows * columns + index / rows];
        Values {
            shape: vec![columns, rows],
            data: (0..self.data.len()).map(at).collect(),
        }
    }
}

/// Nodes and initialisers so far. Every value has a name, by which the next node takes it.
pub struct Graph {
    parameters: BTreeMap<String, Values>,
    nodes: Vec<NodeProto>,
    initializers: BTreeMap<String, TensorProto>,
}

impl Graph {
    /// An empty graph that can take the parameters of `net` as initialisers.
    pub fn new(net: &EmotionNet) -> Graph {
        let bytes = net.to_bytes();
        let mut floats = bytes.as_chunks::<4>().0.iter();
        let parameters = net.tensors().into_iter().map(|tensor| {
            let own = floats.by_ref().take(tensor.count());
            let data = own.map(|&float| f32::from_le_bytes(float)).collect();
            let shape = tensor.shape;
            (tensor.name, Values { shape, data })
        });
        Graph {
            parameters: parameters.collect(),
            nodes: Vec::new(),
            initializers: BTreeMap::new(),
        }
    }

    /// Whether the network has this parameter.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.contains_key(name)
    }

    /// A parameter of the network, by its name.
    pub fn values(&self, name: &str) -> Result<&Values> {
        let values = self.parameters.get(name);
        values.with_context(|| format!("the network has no parameter {name}"))
    }

    /// Parameters of the layer at `path`, each as an initialiser of the same name.
    pub fn parameters<const N: usize>(
        &mut self,
        path: &str,
        names: [&str; N],
    ) -> Result<[String; N]> {
        let names = names.map(|name| format!("{path}.{name}"));
        for name in &names {
            let values = self.values(name)?.clone();
            self.floats(name, &values);
        }
        Ok(names)
    }

    /// An initialiser of floats.
    pub fn floats(&mut self, name: &str, values: &Values) -> String {
        let data = values.data.iter().flat_map(|value| value.to_le_bytes());
        self.initializer(name, &values.shape, DataType::Float, data.collect())
    }

    /// An initialiser of whole numbers: a shape.
    pub fn whole_numbers(&mut self, name: &str, values: &[i64]) -> String {
        let data = values.iter().flat_map(|value| value.to_le_bytes());
        self.initializer(name, &[values.len()], DataType::Int64, data.collect())
    }

    fn initializer(
        &mut self,
        name: &str,
        shape: &[usize],
        data_type: DataType,
        raw_data: Vec<u8>,
    ) -> String {
        let tensor = TensorProto {
            dims: shape.iter().map(|&size| size as i64).collect(),
            data_type: Some(data_type.into()),
            name: Some(name.to_owned()),
            raw_data: Some(raw_data),
        };
        self.initializers.insert(name.to_owned(), tensor);
        name.to_owned()
    }

    /// Adds a node of one output, which is named after it.
    pub fn node(
        &mut self,
        op: &str,
        inputs: &[impl AsRef<str>],
        attributes: Vec<AttributeProto>,
    ) -> String {
        let output = format!("{op}_{}", self.nodes.len());
        self.named_node(&output, op, inputs, attributes)
    }

    /// Adds a node of one output of this name.
    pub fn named_node(
        &mut self,
        output: &str,
        op: &str,
        inputs: &[impl AsRef<str>],
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|it| it.as_ref().to_owned()).collect(),
            output: vec![output.to_owned()],
            name: Some(output.to_owned()),
            op_type: Some(op.to_owned()),
            attribute: attributes,
        });
        output.to_owned()
    }

    /// The whole graph.
    pub fn finish(
        self,
        name: &str,
        inputs: Vec<ValueInfoProto>,
        outputs: Vec<ValueInfoProto>,
    ) -> GraphProto {
        GraphProto {
            node: self.nodes,
            name: Some(name.to_owned()),
            initializer: self.initializers.into_values().collect(),
            input: inputs,
            output: outputs,
        }
    }
}

/// Fails unless every value is made once, before it is taken, and every initialiser is taken.
///
/// # Errors
/// Names the value.
pub fn check(graph: &GraphProto) -> Result<()> {
    let mut made = BTreeSet::new();
    let mut taken = BTreeSet::new();
    let initializers = graph.initializer.iter().map(TensorProto::name);
    let inputs = graph.input.iter().map(ValueInfoProto::name);
    for name in initializers.clone().chain(inputs) {
        if !made.insert(name) {
            bail!("{name} is there twice");
        }
    }
    for node in &graph.node {
        // An empty name is an input that is left out.
        for name in node.input.iter().filter(|name| !name.is_empty()) {
            if !made.contains(name.as_str()) {
                let node = node.name();
                bail!("{node} takes {name}, which nothing makes before it");
            }
            taken.insert(name.as_str());
        }
        for name in &node.output {
            if !made.insert(name) {
                bail!("{name} is made twice");
            }
        }
    }
    for name in graph.output.iter().map(ValueInfoProto::name) {
        if !made.contains(name) {
            bail!("nothing makes the output {name}");
        }
    }
    match initializers.clone().find(|name| !taken.contains(name)) {
        Some(name) => bail!("nothing takes {name}"),
        None => Ok(()),
    }
}

/// A value of floats, `[batch, sizes...]`, for any batch.
pub fn value_info(name: &str, sizes: &[usize]) -> ValueInfoProto {
    let batch = Dimension {
        dim_value: None,
        dim_param: Some("batch".to_owned()),
    };
    let sizes = sizes.iter().map(|&size| Dimension {
        dim_value: Some(size as i64),
        dim_param: None,
    });
    let dim = std::iter::once(batch).chain(sizes).collect();
    let tensor_type = TensorTypeProto {
        elem_type: Some(DataType::Float.into()),
        shape: Some(TensorShapeProto { dim }),
    };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(tensor_type),
        }),
    }
}

/// A whole number as an attribute.
pub fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        i: Some(value),
        ..attribute(name, AttributeType::Int)
    }
}

/// Whole numbers as an attribute.
pub fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        ints: values.iter().map(|&value| value as i64).collect(),
        ..attribute(name, AttributeType::Ints)
    }
}

/// A number as an attribute.
pub fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        f: Some(value),
        ..attribute(name, AttributeType::Float)
    }
}

/// A word as an attribute.
pub fn string(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        s: Some(value.as_bytes().to_vec()),
        ..attribute(name, AttributeType::String)
    }
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        r#type: Some(kind.into()),
        ..AttributeProto::default()
    }
}

#[cfg(test)]
mod tests {
    use emotionai_voice::training::{Architecture, PlainCnnConfig};

    use super::*;

    fn finished(build: impl FnOnce(&mut Graph)) -> GraphProto {
        let config = PlainCnnConfig::new(8, 8, 2).with_channels(vec![1]);
        let net = Architecture::PlainCnn(config)
            .init(&crate::io::model::device())
            .unwrap();
        let mut graph = Graph::new(&net);
        build(&mut graph);
        let outputs = vec![value_info("output", &[2])];
        graph.finish("test", vec![value_info("input", &[2])], outputs)
    }

    #[test]
    fn a_graph_that_does_not_hang_together_is_noticed() {
        let add = |graph: &mut Graph, output: &str, other: &str| {
            graph.named_node(output, "Add", &["input", other], vec![]);
        };
        let sound = finished(|graph| add(graph, "output", "input"));
        assert!(check(&sound).is_ok());
        let repeated = finished(|graph| {
            add(graph, "output", "input");
            add(graph, "output", "input");
        });
        let spare = finished(|graph| {
            graph.floats("spare", &Values::scalar(1.0));
            add(graph, "output", "input");
        });
        let unsound = [
            (finished(|_| ()), "nothing makes the output output"),
            (finished(|graph| add(graph, "output", "x")), "takes x"),
            (repeated, "output is made twice"),
            (spare, "nothing takes spare"),
        ];
        for (graph, said) in unsound {
            let error = check(&graph).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_matrix_is_transposed() {
        let matrix = Values::new(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let transposed = Values::new(&[3, 2], &[1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(matrix.transposed(), transposed);
    }
}
