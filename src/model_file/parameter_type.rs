//! The number formats that a model file can store parameters in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Number format of the parameters in a model file. In memory they are always 32-bit floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    /// IEEE 754 single precision: the trained parameters to the last bit.
    #[default]
    F32,
    /// IEEE 754 half precision, rounded to nearest: 11 significant bits, half the file.
    F16,
    /// Whole numbers of 8 bits with a scale for each output channel, for the weights of
    /// convolutions and linear layers; vectors stay as they are. A quarter of the file.
    Int8,
}

impl ParameterType {
    /// All formats, the largest file first.
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
    /// Bytes of one value, apart from the scales and vectors of `Int8`.
    pub fn size(self) -> usize {
        match self {
            ParameterType::F32 => 4,
            ParameterType::F16 => 2,
            ParameterType::Int8 => 1,
        }
    }
}
