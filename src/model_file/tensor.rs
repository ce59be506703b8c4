//! A tensor in memory and in a file.

use std::borrow::Cow;

use half::f16;
use safetensors::{Dtype, View};

use super::int8::Channels;
use super::parameter_type::ParameterType;
use crate::model::TensorInfo;
use crate::{Error, Result};

/// Ending of the name of the scales that belong to a tensor of 8-bit values.
pub(super) const SCALE: &str = ".scale";

/// A tensor in memory.
#[derive(Debug, PartialEq)]
pub(super) struct NamedTensor {
    pub info: TensorInfo,
    /// Row-major.
    pub values: Vec<f32>,
}

/// A tensor in a file.
pub(super) struct StoredTensor {
    pub name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &StoredTensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        (&self.bytes).into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl NamedTensor {
    /// The tensor as a file of these parameters stores it: weights of 8 bits have their scales
    /// beside them.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] for a value that is not finite or too large for the format.
    pub fn store(&self, parameters: ParameterType) -> Result<Vec<StoredTensor>> {
        if let Some(value) = self.values.iter().find(|value| !value.is_finite()) {
            return Err(mismatch("finite parameters", value));
        }
        let channels = Channels::of(&self.info.shape);
        Ok(match (parameters, channels) {
            (ParameterType::F32, _) => vec![self.stored(Dtype::F32, float_bytes(&self.values))],
            (ParameterType::F16, _) => vec![self.stored(Dtype::F16, self.half_bytes()?)],
            (ParameterType::Int8, None) if self.fits_halves() => {
                vec![self.stored(Dtype::F16, self.half_bytes()?)]
            }
            (ParameterType::Int8, None) => vec![self.stored(Dtype::F32, float_bytes(&self.values))],
            (ParameterType::Int8, Some(channels)) => {
                let scales = channels.scales(&self.values);
                let multiples = channels.quantize(&self.values, &scales);
                let multiples = multiples.into_iter().map(|it| it as u8).collect();
                let scales = StoredTensor {
                    name: format!("{}{SCALE}", self.info.name),
                    dtype: Dtype::F32,
                    shape: vec![scales.len()],
                    bytes: float_bytes(&scales),
                };
                vec![self.stored(Dtype::I8, multiples), scales]
            }
        })
    }

    fn stored(&self, dtype: Dtype, bytes: Vec<u8>) -> StoredTensor {
        let TensorInfo { name, shape } = self.info.clone();
        StoredTensor {
            name,
            dtype,
            shape,
            bytes,
        }
    }

    /// Whether half precision keeps every value, as it does where the values were halves before.
    fn fits_halves(&self) -> bool {
        let is_half = |value: &f32| f16::from_f32(*value).to_f32().to_bits() == value.to_bits();
        self.values.iter().all(is_half)
    }

    fn half_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(2 * self.values.len());
        for value in &self.values {
            let half = f16::from_f32(*value);
            if !half.is_finite() {
                let expected = format!("values of up to {} for a file of f16", f16::MAX);
                return Err(mismatch(&expected, value));
            }
            bytes.extend_from_slice(&half.to_le_bytes());
        }
        Ok(bytes)
    }
}

/// The values of `bytes`, little-endian numbers of this type; `None` for any other type but 8-bit
/// integers, whose values need their scales.
pub(super) fn floats(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    match dtype {
        Dtype::F32 => {
            let floats = bytes.as_chunks::<4>().0.iter();
            Some(floats.map(|&it| f32::from_le_bytes(it)).collect())
        }
        Dtype::F16 => {
            let halves = bytes.as_chunks::<2>().0.iter();
            Some(halves.map(|&it| f16::from_le_bytes(it).to_f32()).collect())
        }
        _ => None,
    }
}

fn float_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn mismatch(expected: &str, value: &f32) -> Error {
    Error::ModelMismatch {
        expected: expected.into(),
        actual: value.to_string(),
    }
}
