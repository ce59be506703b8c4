//! Reads and writes the container of a model file.

use safetensors::tensor::Metadata as Table;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::header::ModelHeader;
use super::int8::Channels;
use super::parameter_type::ParameterType;
use super::seal::{self, METADATA, NO_DIGITS, VERSION};
use super::tensor::{NamedTensor, SCALE, floats};
use crate::model::TensorInfo;
use crate::{Error, Result};

/// The JSON in the metadata. [`seal`] depends on the order of its fields.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    version: u32,
    sha256: String,
    header: ModelHeader,
}

/// The bytes of a model file.
///
/// # Errors
/// As [`NamedTensor::store`].
pub(super) fn write(
    header: &ModelHeader,
    tensors: &[NamedTensor],
    parameters: ParameterType,
) -> Result<Vec<u8>> {
    let internal = |message: String| Error::Internal { message };
    let metadata = Metadata {
        version: VERSION,
        sha256: NO_DIGITS.into(),
        header: header.clone(),
    };
    let metadata = serde_json::to_string(&metadata).map_err(|error| internal(error.to_string()))?;
    let mut stored = Vec::new();
    for tensor in tensors {
        stored.extend(tensor.store(parameters)?);
    }
    let views = stored.iter().map(|tensor| (&tensor.name, tensor));
    // One entry alone: several would be written in another order each time.
    let metadata = std::iter::once((METADATA.to_owned(), metadata)).collect();
    let mut bytes = safetensors::serialize(views, Some(metadata))
        .map_err(|error| internal(error.to_string()))?;
    seal::seal(&mut bytes)?;
    Ok(bytes)
}

/// A model file whose checksum matches. Neither header nor tensors are validated yet.
pub(super) struct ModelFile<'a> {
    pub header: ModelHeader,
    table: Table,
    data: &'a [u8],
}

impl<'a> ModelFile<'a> {
    /// Opens a model file. The checksum is verified before anything else is read.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] for anything but a whole, undamaged file of this version,
    /// [`Error::ModelMismatch`] for a header or a table that this code does not understand.
    pub fn open(bytes: &'a [u8]) -> Result<ModelFile<'a>> {
        seal::verify(bytes)?;
        let (length, table) = SafeTensors::read_metadata(bytes)
            .map_err(|error| mismatch("a table of tensors that fills the file", error))?;
        let metadata = table.metadata().as_ref();
        let metadata = metadata.and_then(|entries| entries.get(METADATA));
        let Metadata { header, .. } = serde_json::from_str(metadata.map_or("", String::as_str))
            .map_err(|error| mismatch("a header of known fields", error))?;
        let data = bytes.get(size_of::<u64>() + length..).unwrap_or_default();
        Ok(ModelFile {
            header,
            table,
            data,
        })
    }

    /// The number format of the weights.
    pub fn parameter_type(&self) -> ParameterType {
        let has = |dtype: Dtype| self.table.tensors().values().any(|it| it.dtype == dtype);
        match (has(Dtype::I8), has(Dtype::F32)) {
            (true, _) => ParameterType::Int8,
            (false, true) => ParameterType::F32,
            (false, false) => ParameterType::F16,
        }
    }

    /// The shape of a tensor; `None` where there is no tensor of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.table.info(name).map(|info| &info.shape[..])
    }

    /// The values of a tensor.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] where the file lacks the tensor, has it in another shape or type, or
    /// holds a value that is not finite.
    pub fn values(&self, tensor: &TensorInfo) -> Result<Vec<f32>> {
        let name = &tensor.name;
        let values = match (self.stored(tensor)?, Channels::of(&tensor.shape)) {
            ((Dtype::I8, bytes), Some(channels)) => {
                let multiples: Vec<i8> = bytes.iter().map(|&byte| byte as i8).collect();
                channels.dequantize(&multiples, &self.scales(name, channels)?)
            }
            ((dtype, bytes), _) => floats(dtype, bytes).ok_or_else(|| {
                mismatch(
                    &format!("the tensor {name} as F32, F16 or scaled I8"),
                    dtype,
                )
            })?,
        };
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(mismatch(&format!("finite values in {name}"), value)),
            None => Ok(values),
        }
    }

    /// Checks that the file holds no other tensors than these.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] that names another one.
    pub fn validate_names(&self, tensors: &[TensorInfo]) -> Result<()> {
        let is_known = |name: &str| tensors.iter().any(|tensor| tensor.name == name);
        let is_scale = |name: &str| {
            let of = name.strip_suffix(SCALE).unwrap_or_default();
            is_known(of) && self.table.info(of).is_some_and(|it| it.dtype == Dtype::I8)
        };
        let names = self.table.offset_keys();
        match names.iter().find(|name| !is_known(name) && !is_scale(name)) {
            Some(name) => Err(mismatch("tensors of the network alone", name)),
            None => Ok(()),
        }
    }

    /// Type and bytes of a tensor, where it has the expected shape.
    fn stored(&self, tensor: &TensorInfo) -> Result<(Dtype, &[u8])> {
        let TensorInfo { name, shape } = tensor;
        let expected = format!("the tensor {name} {shape:?}");
        match self.table.info(name) {
            Some(info) if info.shape == *shape => {
                let (start, end) = info.data_offsets;
                Ok((info.dtype, self.data.get(start..end).unwrap_or_default()))
            }
            Some(info) => Err(mismatch(&expected, format!("{:?}", info.shape))),
            None => Err(mismatch(&expected, "no tensor of this name")),
        }
    }

    /// The scales of a tensor's channels.
    fn scales(&self, name: &str, channels: Channels) -> Result<Vec<f32>> {
        let scales = self.values(&TensorInfo {
            name: format!("{name}{SCALE}"),
            shape: vec![channels.count],
        })?;
        match scales.iter().find(|scale| **scale < 0.0) {
            Some(scale) => Err(mismatch(&format!("positive scales of {name}"), scale)),
            None => Ok(scales),
        }
    }
}

fn mismatch(expected: &str, actual: impl ToString) -> Error {
    Error::ModelMismatch {
        expected: expected.into(),
        actual: actual.to_string(),
    }
}
