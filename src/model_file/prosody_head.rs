//! The prosody head as tensors of a model file: `prosody.mean` and `prosody.std` of each functional,
//! `prosody.weights` `[n_functionals, n_labels]` as a linear layer has them, and `prosody.bias`.

use super::codec::ModelFile;
use super::tensor::NamedTensor;
use crate::Result;
use crate::model::TensorInfo;
use crate::prosody::{N_PITCH_FUNCTIONALS, N_PROSODY_FUNCTIONALS, ProsodyHead};

const MEAN: &str = "prosody.mean";

/// The tensors of a head, in the order that [`read`] and the digest of a model's parameters take.
pub(super) fn tensors(head: &ProsodyHead) -> Vec<NamedTensor> {
    let ProsodyHead {
        mean,
        std,
        weights,
        bias,
    } = head;
    let infos = infos(mean.len(), bias.len()).into_iter();
    let values = [
        mean.clone(),
        std.clone(),
        transposed(weights, bias.len()),
        bias.clone(),
    ];
    let tensors = infos.zip(values);
    tensors
        .map(|(info, values)| NamedTensor { info, values })
        .collect()
}

/// Name and shape of each tensor of a file's head; nothing for a file without a head.
pub(super) fn infos_in(file: &ModelFile, n_labels: usize) -> Vec<TensorInfo> {
    match file.shape(MEAN) {
        None => Vec::new(),
        // The file chooses between two sizes, and does not bring one of its own.
        Some([N_PITCH_FUNCTIONALS]) => infos(N_PITCH_FUNCTIONALS, n_labels),
        Some(_) => infos(N_PROSODY_FUNCTIONALS, n_labels),
    }
}

/// The head whose tensors, as [`infos_in`] gives them, a file holds.
///
/// # Errors
/// As [`ModelFile::values`].
pub(super) fn read(file: &ModelFile, infos: &[TensorInfo]) -> Result<Option<ProsodyHead>> {
    let [mean, std, weights, bias] = infos else {
        return Ok(None);
    };
    Ok(Some(ProsodyHead {
        mean: file.values(mean)?,
        std: file.values(std)?,
        weights: transposed(&file.values(weights)?, mean.count()),
        bias: file.values(bias)?,
    }))
}

fn infos(n_functionals: usize, n_labels: usize) -> Vec<TensorInfo> {
    let info = |name: &str, shape: &[usize]| TensorInfo {
        name: name.into(),
        shape: shape.to_vec(),
    };
    vec![
        info(MEAN, &[n_functionals]),
        info("prosody.std", &[n_functionals]),
        info("prosody.weights", &[n_functionals, n_labels]),
        info("prosody.bias", &[n_labels]),
    ]
}

/// The transpose of a row-major matrix with this number of rows.
fn transposed(matrix: &[f32], n_rows: usize) -> Vec<f32> {
    let n_columns = matrix.len() / n_rows.max(1);
    let column = |column: usize| matrix.iter().skip(column).step_by(n_columns);
    (0..n_columns).flat_map(column).copied().collect()
}
