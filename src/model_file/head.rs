//! The prosody head among the tensors of a model file.

use crate::model::TensorInfo;
use crate::prosody::{N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS, ProsodyHead};

const PREFIX: &str = "prosody.";

/// Whether a tensor is one of a head.
pub(super) fn is_part(tensor: &TensorInfo) -> bool {
    tensor.name.starts_with(PREFIX)
}

/// Name and shape of each tensor, in the order of [`to_bytes`].
pub(super) fn tensors(head: &ProsodyHead) -> Vec<TensorInfo> {
    of_sizes(head.n_functionals(), head.bias.len())
}

/// The weights lie `[n_figures, n_labels]`, as those of a linear layer do.
fn of_sizes(n_figures: usize, n_labels: usize) -> Vec<TensorInfo> {
    let tensor = |name: &str, shape: &[usize]| TensorInfo {
        name: format!("{PREFIX}{name}"),
        shape: shape.to_vec(),
    };
    vec![
        tensor("mean", &[n_figures]),
        tensor("std", &[n_figures]),
        tensor("weights", &[n_figures, n_labels]),
        tensor("bias", &[n_labels]),
    ]
}

/// What the tensors after the network's should be, where `found` are there.
pub(super) fn expected(found: Option<&[TensorInfo]>, n_labels: usize) -> Vec<TensorInfo> {
    match found {
        Some([mean, ..]) if is_part(mean) => {
            // Of no other size: what the file says of it is not believed yet.
            let n_figures = match mean.shape[..] {
                [N_PITCH_FUNCTIONALS] => N_PITCH_FUNCTIONALS,
                _ => N_PROSODY_FUNCTIONALS,
            };
            of_sizes(n_figures, n_labels)
        }
        _ => Vec::new(),
    }
}

/// All values: little-endian 32-bit floats.
pub(super) fn to_bytes(head: &ProsodyHead) -> Vec<u8> {
    let ProsodyHead {
        mean,
        std,
        weights,
        bias,
    } = head;
    let weights = transposed(weights, bias.len());
    let values = [mean, std, &weights, bias].into_iter().flatten();
    values.flat_map(|value| value.to_le_bytes()).collect()
}

/// The head whose tensors, as [`expected`] has them, hold `bytes`; `None` inside where there are no
/// tensors, and altogether where the bytes are not as many as they take.
pub(super) fn from_bytes(tensors: &[TensorInfo], bytes: &[u8]) -> Option<Option<ProsodyHead>> {
    let mut rest = bytes;
    let mut read = |tensor: &TensorInfo| -> Option<Vec<f32>> {
        let own = rest.split_off(..size_of::<f32>() * tensor.count())?;
        Some(super::values(own).collect())
    };
    let head = match tensors {
        [] => None,
        [mean, std, weights, bias] => Some(ProsodyHead {
            mean: read(mean)?,
            std: read(std)?,
            weights: transposed(&read(weights)?, mean.count()),
            bias: read(bias)?,
        }),
        _ => return None,
    };
    rest.is_empty().then_some(head)
}

/// Of a matrix with so many rows, the columns one after the other.
fn transposed(matrix: &[f32], n_rows: usize) -> Vec<f32> {
    let n_columns = matrix.len() / n_rows.max(1);
    let column = |column: usize| matrix.iter().skip(column).step_by(n_columns);
    (0..n_columns).flat_map(column).copied().collect()
}
