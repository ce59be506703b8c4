//! The model file (`.emo`): everything that is needed to answer, in one checked file.
//!
//! | bytes | content |
//! |---|---|
//! | 4 | magic `EMOV` |
//! | 4 | format version, little-endian |
//! | 4 | length `n` of the header, little-endian |
//! | n | [`ModelHeader`] and the list of tensors, as JSON |
//! | ... | the tensors' values one after the other, little-endian, of the header's [`ParameterType`] |
//! | 32 | SHA-256 of all bytes before |
//!
//! Version 1, which is still read, has no `parameters` in its header: its values are 32-bit floats.
//! Version 3 is written only for what version 2 cannot say: `int8` values, of which each tensor of
//! two axes or more has its scales before it (32-bit floats, one an output channel: the first axis
//! of a convolution, the last of a linear layer), and windows that are padded at their end. Version 4
//! had a prosody head in its header. Version 5, which is written where there is one, has it among the
//! tensors instead, after the network's own: `prosody.mean` and `prosody.std` of each figure,
//! `prosody.weights` of each figure for each label, `prosody.bias`.

mod head;
mod int8;
mod parameter_type;

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::features::FeatureConfig;
use crate::features::Normalization;
use crate::features::{Padding, WindowConfig};
use crate::model::{Architecture, EmotionNet, TensorInfo};
use crate::prosody::{PitchAnalyzer, ProsodyHead};
use crate::vad::VadConfig;
use crate::{Error, Result};

pub use parameter_type::ParameterType;

const MAGIC: [u8; 4] = *b"EMOV";
/// The newest version. What an older one can say is written as that, for those who read no newer.
const VERSION: u32 = 5;
const READ_VERSIONS: std::ops::RangeInclusive<u32> = 1..=VERSION;
/// Magic, version and header length.
const PREFIX: usize = 12;
const CHECKSUM: usize = 32;
const MAX_LABELS: usize = 1024;

/// How logits become an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What logits are divided by before the softmax (Guo et al. 2017, arXiv:1706.04599).
    pub temperature: f32,
    /// A top probability below this is reported as uncertain.
    pub uncertain_below: f32,
    /// What is added to each logit before anything else, since a network leans to some labels
    /// where it hears voices that are new to it; `None` for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_bias: Option<Vec<f32>>,
    /// The network's mean logits for the neutral speech of voices that it has never heard, which a
    /// [profile](crate::SpeakerProfile) compares a voice with; `None` for a model that does without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neutral: Option<Vec<f32>>,
}

impl Default for Calibration {
    fn default() -> Calibration {
        Calibration {
            temperature: 1.0,
            uncertain_below: 0.0,
            label_bias: None,
            neutral: None,
        }
    }
}

/// What a model file says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelHeader {
    /// Name of these weights, unique to them.
    pub id: String,
    /// One label a logit.
    pub labels: Vec<String>,
    /// The network and its sizes.
    pub architecture: Architecture,
    /// How frames are computed.
    pub features: FeatureConfig,
    /// How frames become windows.
    pub windows: WindowConfig,
    /// How values are scaled.
    pub normalization: Normalization,
    /// Which windows hold speech.
    pub gate: VadConfig,
    /// What the prosody adds to the network's logits; `None` for a network that answers alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prosody: Option<ProsodyHead>,
    /// How logits become an answer.
    pub calibration: Calibration,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// The command that made the weights.
    pub command: String,
    /// Figures that the trainer measured, by name; empty where nothing was held out.
    pub metrics: BTreeMap<String, f64>,
}

/// The part of a [`ModelHeader`] that users of a recogniser ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// Name of the weights.
    pub id: String,
    /// One label a probability.
    pub labels: Vec<String>,
    /// Rate that audio is resampled to, in Hz.
    pub sample_rate: u32,
    /// SPDX expression of the weights' licence.
    pub licence: String,
    /// Name of the network.
    pub architecture: &'static str,
    /// Figures that the trainer measured, by name.
    pub metrics: BTreeMap<String, f64>,
    /// A top probability below this is answered as uncertain.
    pub uncertain_below: f32,
    /// Length of a window.
    pub window_ms: f64,
    /// Time from one window to the next where the caller does not say.
    pub hop_ms: f64,
    /// What the space of a [speaker profile](crate::SpeakerProfile) must be to fit; `None` for a model
    /// that was not calibrated for profiles.
    pub profile_space: Option<String>,
}

impl ModelHeader {
    /// What users of a recogniser ask for.
    pub fn info(&self) -> ModelInfo {
        ModelInfo {
            id: self.id.clone(),
            labels: self.labels.clone(),
            sample_rate: self.features.sample_rate,
            licence: self.licence.clone(),
            architecture: self.architecture.name(),
            metrics: self.metrics.clone(),
            uncertain_below: self.calibration.uncertain_below,
            window_ms: self.frames_to_ms(self.windows.n_frames),
            hop_ms: self.frames_to_ms(self.windows.hop_frames),
            profile_space: self.profile_space().map(str::to_owned),
        }
    }

    /// Time that `frames` hops take.
    pub fn frames_to_ms(&self, frames: usize) -> f64 {
        self.features.frames_to_ms(frames)
    }

    /// What a voice profile must be made with to fit: these weights, whose id it is. `None` where
    /// they were not calibrated for profiles.
    pub fn profile_space(&self) -> Option<&str> {
        self.calibration.neutral.as_ref().map(|_| self.id.as_str())
    }

    /// Whether the parts fit each other and this code.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] that names the part.
    pub fn validate(&self) -> Result<()> {
        self.features
            .validate()
            .map_err(|error| Error::ModelMismatch {
                expected: "features that this version computes".into(),
                actual: error.to_string(),
            })?;
        self.architecture.validate()?;
        self.windows.validate()?;
        self.normalization.validate(self.features.n_mels)?;
        self.gate.validate()?;
        if self.architecture.n_mels() != self.features.n_mels {
            return Err(Error::ModelMismatch {
                expected: format!("a network for {} mel bands", self.features.n_mels),
                actual: format!("one for {}", self.architecture.n_mels()),
            });
        }
        if let Some(n_frames) = self.architecture.n_frames()
            && n_frames != self.windows.n_frames
        {
            return Err(Error::ModelMismatch {
                expected: format!("a network for windows of {} frames", self.windows.n_frames),
                actual: format!("one for {n_frames}"),
            });
        }
        self.architecture.validate_cost(self.windows.n_frames)?;
        if let Some(head) = &self.prosody {
            head.validate(self.architecture.n_labels())?;
            if !PitchAnalyzer::supports(&self.features) {
                return Err(Error::ModelMismatch {
                    expected: "windows of 64 ms every 16 ms at 16 kHz beside a prosody head".into(),
                    actual: format!("{:?}", self.features),
                });
            }
        }
        let mut unique: Vec<&String> = self.labels.iter().collect();
        unique.sort();
        unique.dedup();
        if self.labels.len() != self.architecture.n_labels()
            || unique.len() != self.labels.len()
            || self.labels.len() > MAX_LABELS
        {
            return Err(Error::ModelMismatch {
                expected: format!(
                    "{} different labels, as many as the network has logits",
                    self.architecture.n_labels()
                ),
                actual: format!("{:?}", self.labels),
            });
        }
        let Calibration {
            temperature,
            uncertain_below,
            label_bias,
            neutral,
        } = &self.calibration;
        let fits = |logits: &Option<Vec<f32>>| {
            logits.as_ref().is_none_or(|logits| {
                logits.len() == self.labels.len() && logits.iter().all(|logit| logit.is_finite())
            })
        };
        if !(temperature.is_finite()
            && *temperature > 0.0
            && (0.0..=1.0).contains(uncertain_below)
            && fits(label_bias)
            && fits(neutral))
        {
            return Err(Error::ModelMismatch {
                expected: "a positive temperature, a threshold from 0 to 1, and a finite bias and a finite neutral logit a label or none".into(),
                actual: format!("{:?}", self.calibration),
            });
        }
        Ok(())
    }
}

/// A network with what belongs to it: a model file in memory.
#[derive(Debug)]
pub struct Model {
    /// What the file says of itself.
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

    /// The bytes of the model file, with the parameters stored as `parameters`. What is read back
    /// is what they were rounded to, so judge and name a model by the file that ships.
    ///
    /// # Errors
    /// As [`to_bytes`](Self::to_bytes), and where a parameter is too large for a half or not finite.
    pub fn to_bytes_as(&self, parameters: ParameterType) -> Result<Vec<u8>> {
        self.header.validate()?;
        let (mut header, mut floats) = (self.header.clone(), self.net.to_bytes());
        let mut tensors = self.net.tensors();
        if let Some(head) = header.prosody.take() {
            tensors.extend(head::tensors(&head));
            floats.extend(head::to_bytes(&head));
        }
        if let Some(value) = values(&floats).find(|value| !value.is_finite()) {
            return Err(Error::ModelMismatch {
                expected: "finite parameters".into(),
                actual: value.to_string(),
            });
        }
        let file_header = FileHeader {
            header,
            parameters,
            tensors,
        };
        let header = serde_json::to_vec(&file_header).map_err(|error| Error::Internal {
            message: error.to_string(),
        })?;
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&file_header.version().to_le_bytes());
        bytes.extend_from_slice(&(header.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&parameters.encode(&file_header.tensors, &floats)?);
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        Ok(bytes)
    }

    /// SHA-256 of the parameters as 32-bit floats, and those of the prosody head, in hexadecimal.
    pub fn parameter_digest(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.net.to_bytes());
        if let Some(head) = &self.header.prosody {
            digest.update(head::to_bytes(head));
        }
        let digest = digest.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads a model file onto `device`. The checksum is verified before anything else is
    /// believed.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] for anything but a whole, undamaged file of this version,
    /// [`Error::ModelMismatch`] for one that asks for what this code cannot do.
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Model> {
        let (file_header, stored) = read(bytes)?;
        let FileHeader {
            mut header,
            parameters,
            tensors,
        } = file_header;
        header.validate()?;
        let net = header.architecture.init(device)?;
        let mut expected = net.tensors();
        let n_network = expected.len();
        expected.extend(head::expected(
            tensors.get(n_network..),
            header.labels.len(),
        ));
        if tensors != expected {
            let differs = expected.iter().zip(&tensors).find(|(a, b)| a != b);
            return Err(Error::ModelMismatch {
                expected: match differs {
                    Some((tensor, _)) => format!("the tensor {} {:?}", tensor.name, tensor.shape),
                    None => format!("{} tensors", expected.len()),
                },
                actual: match differs {
                    Some((_, tensor)) => format!("{} {:?}", tensor.name, tensor.shape),
                    None => format!("{}", tensors.len()),
                },
            });
        }
        let n_values = tensors[..n_network]
            .iter()
            .map(TensorInfo::count)
            .sum::<usize>();
        let read = parameters.decode(&tensors, stored).and_then(|floats| {
            if !values(&floats).all(f32::is_finite) {
                return None;
            }
            let (own, head) = floats.split_at_checked(size_of::<f32>() * n_values)?;
            Some((
                net.with_bytes(own)?,
                head::from_bytes(&tensors[n_network..], head)?,
            ))
        });
        let (net, head) = read.ok_or_else(|| Error::ModelMismatch {
            expected: "as many parameters as the tensors take, all of them finite".into(),
            actual: format!("{} bytes of them", stored.len()),
        })?;
        if head.is_some() {
            header.prosody = head;
            header.validate()?;
        }
        Ok(Model { header, net })
    }

    /// How a model file stores its parameters.
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes).
    pub fn parameter_type(bytes: &[u8]) -> Result<ParameterType> {
        Ok(read(bytes)?.0.parameters)
    }
}

/// The JSON in the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileHeader {
    header: ModelHeader,
    /// Left out in version 1.
    #[serde(default)]
    parameters: ParameterType,
    tensors: Vec<TensorInfo>,
}

impl FileHeader {
    /// The oldest version that can say it.
    fn version(&self) -> u32 {
        match (self.parameters, self.header.windows.padding) {
            _ if self.tensors.iter().any(head::is_part) => VERSION,
            (ParameterType::F32 | ParameterType::F16, Padding::Start) => 2,
            (ParameterType::Int8, _) | (_, Padding::End) => 3,
        }
    }
}

/// The values of little-endian 32-bit floats.
fn values(floats: &[u8]) -> impl Iterator<Item = f32> {
    let floats = floats.as_chunks::<4>().0.iter();
    floats.map(|&float| f32::from_le_bytes(float))
}

/// The header, not validated yet, and the bytes of the parameters.
fn read(bytes: &[u8]) -> Result<(FileHeader, &[u8])> {
    let (header, values) = split(bytes)?;
    let header = serde_json::from_slice(header).map_err(|error| Error::ModelMismatch {
        expected: "a header of known fields".into(),
        actual: error.to_string(),
    })?;
    Ok((header, values))
}

/// The header and the parameters of a file whose frame is sound.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let format = |expected: &str, actual: String| Error::ModelFormat {
        expected: expected.into(),
        actual,
    };
    let whole = "a whole EmotionAI Voice model file (.emo)";
    if bytes.len() < MAGIC.len() || bytes[..MAGIC.len()] != MAGIC {
        let start = &bytes[..bytes.len().min(MAGIC.len())];
        return Err(format(
            "a model file (.emo), which begins with \"EMOV\"",
            format!("{} bytes that begin with {start:02x?}", bytes.len()),
        ));
    }
    if bytes.len() < PREFIX + CHECKSUM {
        return Err(format(whole, format!("{} bytes", bytes.len())));
    }
    let word =
        |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    if !READ_VERSIONS.contains(&word(4)) {
        return Err(format(
            &format!("model file version 1 to {VERSION}"),
            format!(
                "version {}: use a package and a model file of the same release",
                word(4)
            ),
        ));
    }
    let (body, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
    if Sha256::digest(body).as_slice() != checksum {
        return Err(format(
            whole,
            "a checksum that does not match: the file is cut short or damaged, fetch it again"
                .into(),
        ));
    }
    let length = word(8) as usize;
    match body[PREFIX..].split_at_checked(length) {
        Some(parts) => Ok(parts),
        None => Err(format(
            whole,
            format!("a header of {length} bytes in a file of {}", bytes.len()),
        )),
    }
}
