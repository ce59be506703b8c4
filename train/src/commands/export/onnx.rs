//! A model as ONNX: window in, logits and probabilities out.
//!
//! `log_mel` is `[batch, 1, n_mels, n_frames]`, in dB below the reference, after the background was taken away
//! (where the `normalization` in the file's metadata has a `subtraction`). A model with a prosody head takes
//! `prosody` as well, `[batch, n_functionals]`: the functionals of `FrameStream::prosody`, or those of the average speaker,
//! which stand in the file's metadata as `prosody.mean`.
//!
//! Written node by node, since burn-onnx 0.22 lowers neither the means over time nor the
//! recurrence of these networks, and would name nothing.

mod graph;
mod networks;
mod proto;

use anyhow::{Context, Result, bail};
use emotionai_voice::Model;
use emotionai_voice::training::{ModelHeader, ProsodyHead};
use prost::Message;
use serde::Serialize;

use graph::{Graph, Values, int, value_info};
use proto::{GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto};

/// What the file's operators are those of, and what its messages are.
const OPSET: i64 = 17;
const IR_VERSION: i64 = 8;

/// The ONNX file of a model, which was read back.
pub fn encode(model: &Model) -> Result<Vec<u8>> {
    let written = ModelProto {
        ir_version: Some(IR_VERSION),
        producer_name: Some(env!("CARGO_PKG_NAME").to_owned()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        graph: Some(graph_of(model)?),
        opset_import: vec![OperatorSetIdProto {
            domain: Some(String::new()),
            version: Some(OPSET),
        }],
        metadata_props: metadata(&model.header)?,
    };
    let bytes = written.encode_to_vec();
    check(&bytes, &written, model).context("the ONNX file does not read back")?;
    Ok(bytes)
}

fn graph_of(model: &Model) -> Result<GraphProto> {
    let header = &model.header;
    let mut graph = Graph::new(&model.net);
    let normalised = normalise(&mut graph, header);
    let mut logits = networks::network(&mut graph, "", &header.architecture, &normalised)?;
    let n_labels = header.labels.len();
    let none = vec![0.0; n_labels];
    let bias = header.calibration.label_bias.as_ref().unwrap_or(&none);
    let bias = Values::new(&[1, n_labels], bias);
    let bias = graph.floats("calibration.label_bias", &bias);
    let sizes = [1, header.features.n_mels, header.windows.n_frames];
    let mut inputs = vec![value_info("log_mel", &sizes)];
    if let Some(head) = &header.prosody {
        inputs.push(value_info("prosody", &[head.n_functionals()]));
        let prosody = prosody(&mut graph, head);
        logits = graph.node("Add", &[&logits, &prosody], vec![]);
    }
    logits = graph.named_node("logits", "Add", &[&logits, &bias], vec![]);
    let temperature = Values::scalar(header.calibration.temperature);
    let temperature = graph.floats("calibration.temperature", &temperature);
    let cooled = graph.node("Div", &[&logits, &temperature], vec![]);
    graph.named_node("probabilities", "Softmax", &[&cooled], vec![int("axis", 1)]);
    let outputs = ["logits", "probabilities"].map(|name| value_info(name, &[n_labels]));
    Ok(graph.finish(header.architecture.name(), inputs, outputs.into()))
}

/// The contribution of the prosody functionals to the logits, as `ProsodyHead::logits` does.
fn prosody(graph: &mut Graph, head: &ProsodyHead) -> String {
    let row = |data: &[f32]| Values::new(&[1, data.len()], data);
    let weights = Values::new(&[head.bias.len(), head.n_functionals()], &head.weights);
    let mean = graph.floats("prosody.mean", &row(&head.mean));
    let std = graph.floats("prosody.std", &row(&head.std));
    let most = ProsodyHead::MAX_DEVIATIONS;
    let [least, most] = [("prosody.least", -most), ("prosody.most", most)]
        .map(|(name, value)| graph.floats(name, &Values::scalar(value)));
    let weights = graph.floats("prosody.weights", &weights.transposed());
    let bias = graph.floats("prosody.bias", &row(&head.bias));
    let centred = graph.node("Sub", &["prosody", &mean], vec![]);
    let deviations = graph.node("Div", &[&centred, &std], vec![]);
    let clipped = graph.node("Clip", &[&deviations, &least, &most], vec![]);
    let weighted = graph.node("MatMul", &[&clipped, &weights], vec![]);
    graph.node("Add", &[&weighted, &bias], vec![])
}

/// From decibels below the reference to what the network sees, as `Normalization::apply` does.
fn normalise(graph: &mut Graph, header: &ModelHeader) -> String {
    let normalization = &header.normalization;
    let bands = |data: &[f32]| Values::new(&[1, 1, data.len(), 1], data);
    let floor = Values::scalar(-normalization.range_db);
    let floor = graph.floats("normalization.floor", &floor);
    let top = graph.floats("normalization.top", &Values::scalar(0.0));
    let mean = graph.floats("normalization.mean", &bands(&normalization.mean));
    let std = graph.floats("normalization.std", &bands(&normalization.std));
    let levels = graph.node("Clip", &["log_mel", &floor, &top], vec![]);
    let centred = graph.node("Sub", &[&levels, &mean], vec![]);
    graph.node("Div", &[&centred, &std], vec![])
}

fn metadata(header: &ModelHeader) -> Result<Vec<StringStringEntryProto>> {
    fn json(value: &impl Serialize) -> Result<String> {
        Ok(serde_json::to_string(value)?)
    }
    let mut entries = vec![
        ("id", header.id.clone()),
        ("labels", header.labels.join(",")),
        ("licence", header.licence.clone()),
        ("provenance", json(&header.provenance)?),
        ("features", json(&header.features)?),
        ("windows", json(&header.windows)?),
        ("normalization", json(&header.normalization)?),
        ("calibration", json(&header.calibration)?),
    ];
    if let Some(head) = &header.prosody {
        entries.push(("prosody", json(head)?));
    }
    let entries = entries
        .into_iter()
        .map(|(key, value)| StringStringEntryProto {
            key: Some(key.to_owned()),
            value: Some(value),
        });
    Ok(entries.collect())
}

/// Reads the bytes back: the same messages, a graph that hangs together, and every parameter of
/// the network in it.
fn check(bytes: &[u8], written: &ModelProto, model: &Model) -> Result<()> {
    let read = ModelProto::decode(bytes)?;
    if read != *written {
        bail!("it holds something else than was written");
    }
    let graph = read.graph.context("it holds no graph")?;
    graph::check(&graph)?;
    let stored: usize = (graph.initializer.iter())
        .filter(|tensor| tensor.data_type() == proto::DataType::Float)
        .map(|tensor| tensor.raw_data().len())
        .sum();
    let (parameters, id) = (model.net.to_bytes().len(), &model.header.id);
    if stored < parameters {
        bail!("it holds {stored} bytes of parameters, and {id} has {parameters}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use emotionai_voice::DEFAULT_MODEL;

    use super::*;

    #[test]
    fn a_file_that_lost_something_is_noticed() {
        let model = Model::from_bytes(DEFAULT_MODEL, &crate::io::model::device()).unwrap();
        let bytes = encode(&model).unwrap();
        let written = ModelProto::decode(&bytes[..]).unwrap();
        assert!(check(&bytes, &written, &model).is_ok());
        // In the middle of the parameters, the message stays readable.
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 1;
        assert!(check(&damaged, &written, &model).is_err());
        assert!(check(&bytes[..bytes.len() / 2], &written, &model).is_err());
        let mut without = written.clone();
        if let Some(graph) = &mut without.graph {
            graph.initializer.pop();
        }
        assert!(check(&without.encode_to_vec(), &without, &model).is_err());
    }
}
