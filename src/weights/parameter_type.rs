//! How a model file stores the network's values.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use half::f16;
use serde::{Deserialize, Serialize};

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
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ParameterType::F32 => "f32",
            ParameterType::F16 => "f16",
        })
    }
}

impl FromStr for ParameterType {
    type Err = Error;

    /// `f32` or `f16`, as [`Display`](fmt::Display) writes them.
    fn from_str(name: &str) -> Result<ParameterType> {
        [ParameterType::F32, ParameterType::F16]
            .into_iter()
            .find(|known| known.to_string() == name)
            .ok_or_else(|| Error::InvalidConfig {
                expected: "f32 or f16".into(),
                actual: name.into(),
            })
    }
}

impl ParameterType {
    /// Bytes that one value takes.
    pub fn size(self) -> usize {
        match self {
            ParameterType::F32 => 4,
            ParameterType::F16 => 2,
        }
    }

    /// Little-endian 32-bit floats as this type.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] for a value that a half cannot hold.
    pub(super) fn encode(self, floats: &[u8]) -> Result<Cow<'_, [u8]>> {
        if self == ParameterType::F32 {
            return Ok(floats.into());
        }
        let mut bytes = Vec::with_capacity(floats.len() / 2);
        for &float in floats.as_chunks::<4>().0 {
            let value = f32::from_le_bytes(float);
            let half = f16::from_f32(value);
            if value.is_finite() && !half.is_finite() {
                return Err(Error::ModelMismatch {
                    expected: format!("values of up to {} for a file of f16", f16::MAX),
                    actual: format!("{value}"),
                });
            }
            bytes.extend_from_slice(&half.to_le_bytes());
        }
        Ok(bytes.into())
    }

    /// Values of this type as little-endian 32-bit floats; `None` where the last one is cut short.
    pub(super) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
        if !bytes.len().is_multiple_of(self.size()) {
            return None;
        }
        Some(match self {
            ParameterType::F32 => bytes.into(),
            ParameterType::F16 => bytes
                .as_chunks::<2>()
                .0
                .iter()
                .flat_map(|&half| f16::from_le_bytes(half).to_f32().to_le_bytes())
                .collect(),
        })
    }
}
