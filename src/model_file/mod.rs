//! The model file (`.emo`): a model's header and parameters in one checked file.
//!
//! The container is [safetensors](https://github.com/huggingface/safetensors), which most tools read.
//! Its metadata has one entry, `emotionai_voice`, with JSON of three fields:
//!
//! | field | content |
//! |---|---|
//! | `version` | 1 |
//! | `sha256` | SHA-256 of the whole file with zeros in place of these digits |
//! | `header` | [`ModelHeader`] |
//!
//! Tensors have the names of the network's modules; those of a prosody head begin with `prosody.`.
//! They are stored as a [`ParameterType`]: F32, F16, or I8 with a vector `<name>.scale` of one F32 for
//! each output channel (the first axis of a convolution, the last of a linear layer). In a file of
//! I8 the vectors are F16 where that keeps every value, else F32.
//!
//! ```python
//! from safetensors import safe_open
//!
//! with safe_open("default.emo", "numpy") as file:
//!     header = json.loads(file.metadata()["emotionai_voice"])["header"]
//!     mean = file.get_tensor("prosody.mean")
//! ```

mod calibration;
mod codec;
mod header;
mod int8;
mod parameter_type;
mod prosody_head;
mod provenance;
mod seal;
mod tensor;

use burn::tensor::Device;
use sha2::{Digest, Sha256};

use crate::model::EmotionNet;
use crate::{Error, Result};
use codec::ModelFile;
use tensor::NamedTensor;

pub use calibration::Calibration;
pub use header::{ModelHeader, ModelInfo};
pub use parameter_type::ParameterType;
pub use provenance::{CorpusUse, Parent, Provenance, Speaker, Speakers, Step};

/// A network with its header: a model file in memory.
#[derive(Debug)]
pub struct Model {
    /// Everything but the parameters of the network.
    pub header: ModelHeader,
    /// The network with its parameters, set to inference.
    pub net: EmotionNet,
}

impl Model {
    /// The bytes of the model file, with the parameters as they are.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] where the header's parts do not fit each other.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.to_bytes_as(ParameterType::F32)
    }

    /// The bytes of the model file, with the parameters stored as `parameters`. The file holds the
    /// rounded parameters, so evaluate and name a model by the file that ships.
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes), and where a parameter is too large for a half or not finite.
    pub fn to_bytes_as(&self, parameters: ParameterType) -> Result<Vec<u8>> {
        self.header.validate()?;
        codec::write(&self.header, &self.tensors(), parameters)
    }

    /// SHA-256 of all parameters as 32-bit floats, those of the prosody head last, in hexadecimal.
    pub fn parameter_digest(&self) -> String {
        let mut digest = Sha256::new();
        for value in self.tensors().iter().flat_map(|tensor| &tensor.values) {
            digest.update(value.to_le_bytes());
        }
        seal::hex(&digest.finalize())
    }

    /// Reads a model file onto `device`. The checksum is verified before anything else is read, and
    /// every size is checked before anything is allocated.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] for anything but a whole, undamaged file of this version,
    /// [`Error::ModelMismatch`] for a file that asks for more than this code can do.
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Model> {
        let file = ModelFile::open(bytes)?;
        let mut header = file.header.clone();
        header.validate()?;
        let net = header.architecture.init(device)?;
        let of_net = net.tensors();
        let of_head = prosody_head::infos_in(&file, header.labels.len());
        file.validate_names(&[&of_net[..], &of_head].concat())?;
        let mut parameters = Vec::new();
        for tensor in &of_net {
            let values = file.values(tensor)?.into_iter();
            parameters.extend(values.flat_map(f32::to_le_bytes));
        }
        let net = net.with_bytes(&parameters).ok_or_else(|| Error::Internal {
            message: "the tensors do not fill the network".into(),
        })?;
        header.prosody = prosody_head::read(&file, &of_head)?;
        header.validate()?;
        Ok(Model { header, net })
    }

    /// The number format of the parameters in a model file.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn parameter_type(bytes: &[u8]) -> Result<ParameterType> {
        Ok(ModelFile::open(bytes)?.parameter_type())
    }

    /// The tensors of the network, then those of the prosody head.
    fn tensors(&self) -> Vec<NamedTensor> {
        let bytes = self.net.to_bytes();
        let (floats, _) = bytes.as_chunks::<4>();
        let mut floats = floats.iter().map(|&float| f32::from_le_bytes(float));
        let infos = self.net.tensors().into_iter();
        let of_net = infos.map(|info| NamedTensor {
            values: floats.by_ref().take(info.count()).collect(),
            info,
        });
        let head = self.header.prosody.iter();
        of_net.chain(head.flat_map(prosody_head::tensors)).collect()
    }
}
