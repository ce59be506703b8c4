//! How a model file stores the network's values.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use half::f16;
use serde::{Deserialize, Serialize};

use super::int8;
use crate::model::TensorInfo;
use crate::{Error, Result};

/// How each value of the network lies in a model file, little-endian. In memory it is always a
/// 32-bit float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// IEEE 754 single precision: what training left, to the last bit.
    #[default]
    F32,
    /// IEEE 754 half precision, rounded to nearest: 11 significant bits, half the file.
    F16,
    /// Whole numbers of 8 bits with a scale for each output channel, for the weights of
    /// convolutions and linear layers; vectors as `F32`. A quarter of the file.
    Int8,
}

impl ParameterType {
    /// Every type, the largest file first.
    pub const ALL: [ParameterType; 3] =
        [ParameterType::F32, ParameterType::F16, ParameterType::Int8];
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ParameterType::F32 => "f32",
            ParameterType::F16 => "f16",
            ParameterType::Int8 => "int8",
        })
    }
}

impl FromStr for ParameterType {
    type Err = Error;

    /// `f32`, `f16` or `int8`, as [`Display`](fmt::Display) writes them.
    fn from_str(name: &str) -> Result<ParameterType> {
        ParameterType::ALL
            .into_iter()
            .find(|known| known.to_string() == name)
            .ok_or_else(|| Error::InvalidConfig {
                expected: "f32, f16 or int8".into(),
                actual: name.into(),
            })
    }
}

impl ParameterType {
    /// Bytes that one value takes, the scales and vectors of `Int8` apart.
    pub fn size(self) -> usize {
        match self {
            ParameterType::F32 => 4,
            ParameterType::F16 => 2,
            ParameterType::Int8 => 1,
        }
    }

    /// The finite little-endian 32-bit floats of `tensors` as this type.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] for a value that it cannot hold.
    pub(super) fn encode<'a>(
        self,
        tensors: &[TensorInfo],
        floats: &'a [u8],
    ) -> Result<Cow<'a, [u8]>> {
        match self {
            ParameterType::F32 => Ok(floats.into()),
            ParameterType::F16 => halves(floats).map(Cow::from),
            ParameterType::Int8 => {
                let (mut rest, mut bytes) = (floats.as_chunks::<4>().0, Vec::new());
                for tensor in tensors {
                    let (own, others) = rest.split_at(tensor.count().min(rest.len()));
                    int8::encode(&tensor.shape, own, &mut bytes);
                    rest = others;
                }
                Ok(bytes.into())
            }
        }
    }

    /// The values of `tensors` as little-endian 32-bit floats; `None` where `bytes` are not as many
    /// as they take, or hold a scale that is none.
    pub(super) fn decode<'a>(
        self,
        tensors: &[TensorInfo],
        bytes: &'a [u8],
    ) -> Option<Cow<'a, [u8]>> {
        match self {
            ParameterType::F32 => Some(bytes.into()),
            ParameterType::F16 => {
                let (halves, rest) = bytes.as_chunks::<2>();
                let floats = halves
                    .iter()
                    .flat_map(|&half| f16::from_le_bytes(half).to_f32().to_le_bytes());
                rest.is_empty().then(|| floats.collect())
            }
            ParameterType::Int8 => {
                let (mut rest, mut floats) = (bytes, Vec::new());
                for tensor in tensors {
                    int8::decode(&tensor.shape, &mut rest, &mut floats)?;
                }
                rest.is_empty().then(|| floats.into())
            }
        }
    }
}

/// 32-bit floats as halves.
fn halves(floats: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(floats.len() / 2);
    for value in super::values(floats) {
        let half = f16::from_f32(value);
        if !half.is_finite() {
            return Err(Error::ModelMismatch {
                expected: format!("values of up to {} for a file of f16", f16::MAX),
                actual: format!("{value}"),
            });
        }
        bytes.extend_from_slice(&half.to_le_bytes());
    }
    Ok(bytes)
}
