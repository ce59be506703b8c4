//! Each network as nodes of ONNX, layer by layer as `emotionai_voice` computes it. A layer's
//! parameters are found by the path that burn gives them.

use anyhow::Result;
use emotionai_voice::training::{
    Architecture, EmotionCnnConfig, EmotionCnnGruConfig, PlainCnnConfig,
};

use super::graph::{Graph, Values, float, int, ints, string};

/// The epsilon of burn's batch normalisation.
const EPSILON: f32 = 1e-5;
/// The epsilon of the pooling's variance.
const POOLING_EPSILON: f32 = 1e-5;

/// The network at `path`, from normalised windows to logits.
pub fn network(
    graph: &mut Graph,
    path: &str,
    architecture: &Architecture,
    input: &str,
) -> Result<String> {
    match architecture {
        Architecture::EmotionCnn(config) => cnn(graph, &format!("{path}Cnn"), config, input),
        Architecture::EmotionCnnGru(it) => cnn_gru(graph, &format!("{path}CnnGru"), it, input),
        Architecture::PlainCnn(config) => plain(graph, &format!("{path}Plain"), config, input),
        Architecture::EmotionEnsemble(config) => {
            let mut logits = Vec::new();
            for (at, member) in config.members.iter().enumerate() {
                let path = format!("{path}Ensemble.members.{at}.");
                logits.push(network(graph, &path, member, input)?);
            }
            Ok(graph.node("Mean", &logits, vec![]))
        }
    }
}

fn cnn(graph: &mut Graph, path: &str, config: &EmotionCnnConfig, input: &str) -> Result<String> {
    let shape = (&config.channels[..], &config.strides[..], config.n_mels);
    let steps = stack(graph, path, shape, input)?;
    let pooled = statistics_pool(graph, path, &steps);
    linear(graph, &format!("{path}.head"), &pooled)
}

fn cnn_gru(
    graph: &mut Graph,
    path: &str,
    config: &EmotionCnnGruConfig,
    input: &str,
) -> Result<String> {
    let shape = (&config.channels[..], &config.strides[..], config.n_mels);
    let maps = stack(graph, path, shape, input)?;
    let steps = graph.node("Transpose", &[&maps], vec![ints("perm", &[0, 2, 1])]);
    let [weight, bias] = graph.parameters(&format!("{path}.project"), ["weight", "bias"])?;
    let projected = graph.node("MatMul", &[&steps, &weight], vec![]);
    let projected = graph.node("Add", &[&projected, &bias], vec![]);
    let steps = graph.node("Relu", &[&projected], vec![]);
    let recurrent = gru(graph, &format!("{path}.gru"), config.hidden, &steps)?;
    let sum = graph.node("Add", &[&steps, &recurrent], vec![]);
    let maps = graph.node("Transpose", &[&sum], vec![ints("perm", &[0, 2, 1])]);
    let pooled = statistics_pool(graph, path, &maps);
    linear(graph, &format!("{path}.head"), &pooled)
}

fn plain(graph: &mut Graph, path: &str, config: &PlainCnnConfig, input: &str) -> Result<String> {
    let mut map = input.to_owned();
    for stage in 0..config.channels.len() {
        let stage = format!("{path}.stages.{stage}");
        map = conv_norm(graph, &stage, 3, [1, 1], &map)?;
        map = graph.node("Relu", &[&map], vec![]);
        let halves = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
        map = graph.node("MaxPool", &[&map], halves);
    }
    let flat = graph.node("Flatten", &[&map], vec![int("axis", 1)]);
    let hidden = linear(graph, &format!("{path}.hidden"), &flat)?;
    let hidden = graph.node("Relu", &[&hidden], vec![]);
    linear(graph, &format!("{path}.head"), &hidden)
}

/// The convolutions that both residual networks begin with: `[batch, features, steps]`. They have these channels and
/// strides, for this number of mel bands.
fn stack(
    graph: &mut Graph,
    path: &str,
    (channels, strides, n_mels): (&[usize], &[[usize; 2]], usize),
    input: &str,
) -> Result<String> {
    let stem = conv_norm(graph, &format!("{path}.stack.stem"), 3, strides[0], input)?;
    let mut map = graph.node("Relu", &[&stem], vec![]);
    for (stage, &stride) in strides[1..].iter().enumerate() {
        map = residual_block(graph, &format!("{path}.stack.stages.{stage}"), stride, &map)?;
    }
    let rows = strides.iter().fold(n_mels, |rows, s| rows.div_ceil(s[0]));
    let features = channels.last().map_or(0, |channels| channels * rows);
    let shape = [0, features as i64, -1];
    let shape = graph.whole_numbers(&format!("{path}.stack.shape"), &shape);
    Ok(graph.node("Reshape", &[&map, &shape], vec![]))
}

fn residual_block(
    graph: &mut Graph,
    path: &str,
    stride: [usize; 2],
    input: &str,
) -> Result<String> {
    let inner = conv_norm(graph, &format!("{path}.first"), 3, stride, input)?;
    let inner = graph.node("Relu", &[&inner], vec![]);
    let inner = conv_norm(graph, &format!("{path}.second"), 3, [1, 1], &inner)?;
    let inner = squeeze_excite(graph, &format!("{path}.excite"), &inner)?;
    let shortcut = format!("{path}.shortcut");
    let around = match graph.has(&format!("{shortcut}.conv.weight")) {
        true => conv_norm(graph, &shortcut, 1, stride, input)?,
        false => input.to_owned(),
    };
    let sum = graph.node("Add", &[&inner, &around], vec![]);
    Ok(graph.node("Relu", &[&sum], vec![]))
}

fn squeeze_excite(graph: &mut Graph, path: &str, input: &str) -> Result<String> {
    let mean = graph.node("GlobalAveragePool", &[input], vec![]);
    let mean = graph.node("Flatten", &[&mean], vec![int("axis", 1)]);
    let squeezed = linear(graph, &format!("{path}.squeeze"), &mean)?;
    let squeezed = graph.node("Relu", &[&squeezed], vec![]);
    let excited = linear(graph, &format!("{path}.excite"), &squeezed)?;
    let scale = graph.node("Sigmoid", &[&excited], vec![]);
    let axes = graph.whole_numbers(&format!("{path}.axes"), &[2, 3]);
    let scale = graph.node("Unsqueeze", &[&scale, &axes], vec![]);
    Ok(graph.node("Mul", &[input, &scale], vec![]))
}

fn conv_norm(
    graph: &mut Graph,
    path: &str,
    kernel: usize,
    stride: [usize; 2],
    input: &str,
) -> Result<String> {
    let mut inputs = vec![input.to_owned()];
    inputs.extend(graph.parameters(&format!("{path}.conv"), ["weight"])?);
    if graph.has(&format!("{path}.conv.bias")) {
        inputs.extend(graph.parameters(&format!("{path}.conv"), ["bias"])?);
    }
    let attributes = vec![
        ints("kernel_shape", &[kernel; 2]),
        ints("pads", &[kernel / 2; 4]),
        ints("strides", &stride),
    ];
    let mut inputs = vec![graph.node("Conv", &inputs, attributes)];
    let norm = ["gamma", "beta", "running_mean", "running_var"];
    inputs.extend(graph.parameters(&format!("{path}.norm"), norm)?);
    let epsilon = vec![float("epsilon", EPSILON)];
    Ok(graph.node("BatchNormalization", &inputs, epsilon))
}

fn linear(graph: &mut Graph, path: &str, input: &str) -> Result<String> {
    let [weight, bias] = graph.parameters(path, ["weight", "bias"])?;
    Ok(graph.node("Gemm", &[input, &weight, &bias], vec![]))
}

/// Mean and standard deviation over the last axis: `[batch, features, steps]` to
/// `[batch, 2 * features]`.
fn statistics_pool(graph: &mut Graph, path: &str, input: &str) -> String {
    let over_time = || vec![ints("axes", &[2]), int("keepdims", 1)];
    let mean = graph.node("ReduceMean", &[input], over_time());
    let apart = graph.node("Sub", &[input, &mean], vec![]);
    let squares = graph.node("Mul", &[&apart, &apart], vec![]);
    let variance = graph.node("ReduceMean", &[&squares], over_time());
    let epsilon = Values::scalar(POOLING_EPSILON);
    let epsilon = graph.floats(&format!("{path}.pool.epsilon"), &epsilon);
    let variance = graph.node("Add", &[&variance, &epsilon], vec![]);
    let deviation = graph.node("Sqrt", &[&variance], vec![]);
    let both = graph.node("Concat", &[&mean, &deviation], vec![int("axis", 1)]);
    graph.node("Flatten", &[&both], vec![int("axis", 1)])
}

/// Both directions side by side: `[batch, steps, inputs]` to `[batch, steps, 2 * hidden]`.
fn gru(graph: &mut Graph, path: &str, hidden: usize, input: &str) -> Result<String> {
    // ONNX wants the update, reset and new gate in one tensor, `[directions, 3 * hidden, ...]`.
    let (mut inputs, mut states, mut biases) = (Vec::new(), Vec::new(), Vec::new());
    for direction in ["forward", "reverse"] {
        for (weights, transform) in [
            (&mut inputs, "input_transform"),
            (&mut states, "hidden_transform"),
        ] {
            for gate in ["update_gate", "reset_gate", "new_gate"] {
                let layer = format!("{path}.{direction}.{gate}.{transform}");
                let weight = graph.values(&format!("{layer}.weight"))?.transposed();
                weights.extend(weight.data);
                biases.extend_from_slice(&graph.values(&format!("{layer}.bias"))?.data);
            }
        }
    }
    let mut gates = |name: &str, data: Vec<f32>, shape: &[usize]| {
        let shape = shape.to_vec();
        graph.floats(&format!("{path}.{name}"), &Values { shape, data })
    };
    let width = inputs.len() / (2 * 3 * hidden);
    let weights = gates("input_weights", inputs, &[2, 3 * hidden, width]);
    let recurrence = gates("hidden_weights", states, &[2, 3 * hidden, hidden]);
    let biases = gates("biases", biases, &[2, 6 * hidden]);
    let steps = graph.node("Transpose", &[input], vec![ints("perm", &[1, 0, 2])]);
    let attributes = vec![
        string("direction", "bidirectional"),
        int("hidden_size", hidden as i64),
        // burn's `reset_after`.
        int("linear_before_reset", 1),
    ];
    let recurrent = graph.node("GRU", &[&steps, &weights, &recurrence, &biases], attributes);
    // [steps, directions, batch, hidden]
    let perm = vec![ints("perm", &[2, 0, 1, 3])];
    let recurrent = graph.node("Transpose", &[&recurrent], perm);
    let shape = graph.whole_numbers(&format!("{path}.shape"), &[0, 0, 2 * hidden as i64]);
    Ok(graph.node("Reshape", &[&recurrent, &shape], vec![]))
}
