//! A model in memory, ready to answer for windows.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::backend::Backend;
use super::decision::Decision;
use super::profile::SpeakerProfile;
use crate::error::{Error, Result};
use crate::model::EmotionNet;
use crate::model_file::{Model, ModelHeader, ModelInfo};

/// The shipped weights: a model file, trained on RAVDESS, under CC BY-NC-SA 4.0.
pub const DEFAULT_MODEL: &[u8] = include_bytes!("../weights/default.emo");

/// Recognises the emotion in speech. A clone is cheap and shares the parameters.
///
/// ```
/// use emotionai_voice::{Classifier, DEFAULT_MODEL, PredictionState, Waveform};
///
/// let classifier = Classifier::from_bytes(DEFAULT_MODEL)?;
/// let silence = Waveform::from_mono(vec![0.0; 48_000], 48_000)?;
/// let prediction = classifier.classify(&silence)?;
/// assert_eq!(prediction.state, PredictionState::NoSpeech);
/// assert_eq!(prediction.label, None);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Classifier {
    network: Arc<Network>,
    decision: Arc<Decision>,
    profile: Option<Arc<SpeakerProfile>>,
}

#[derive(Debug)]
struct Network {
    header: ModelHeader,
    net: EmotionNet,
    device: Device,
}

impl Classifier {
    /// Loads a model file.
    ///
    /// # Errors
    /// [`Error::ModelFormat`] and [`Error::ModelMismatch`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Classifier> {
        Self::with_backend(bytes, Backend::default())
    }

    /// Loads a model file onto a backend of choice.
    ///
    /// # Errors
    /// As [`Classifier::from_bytes`].
    pub fn with_backend(bytes: &[u8], backend: Backend) -> Result<Classifier> {
        let device = backend.device();
        Ok(Self::assemble(Model::from_bytes(bytes, &device)?, device))
    }

    /// Takes a model from memory, such as the trainer's. The network must be on `device`.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] where the parts of the header do not fit each other, or where the
    /// network is not of the architecture that the header names.
    pub fn from_model(model: Model, device: Device) -> Result<Classifier> {
        let header = &model.header;
        header.validate()?;
        let expected = header.architecture.init(&device)?.tensors();
        let actual = model.net.tensors();
        if actual != expected {
            return Err(Error::ModelMismatch {
                expected: format!(
                    "a network of the header's architecture, {}, with {} tensors of its sizes",
                    header.architecture.name(),
                    expected.len()
                ),
                actual: format!("a network of {} tensors of other sizes", actual.len()),
            });
        }
        Ok(Self::assemble(model, device))
    }

    /// Takes a model that has been validated.
    fn assemble(model: Model, device: Device) -> Classifier {
        Classifier {
            decision: Arc::new(Decision::new(&model.header)),
            network: Arc::new(Network {
                net: model.net.valid(),
                header: model.header,
                device,
            }),
            profile: None,
        }
    }

    /// The part of the model file's header that users ask for: id, labels, licence, metrics.
    pub fn info(&self) -> ModelInfo {
        self.model().info()
    }

    /// The model file's whole header.
    pub fn model(&self) -> &ModelHeader {
        &self.network.header
    }

    /// The profile of the speaker that this classifier is for; `None` for any speaker.
    pub fn profile(&self) -> Option<&SpeakerProfile> {
        self.profile.as_deref()
    }

    /// This classifier with a profile that has been checked, or with none.
    pub(super) fn for_speaker(&self, profile: Option<SpeakerProfile>) -> Classifier {
        Classifier {
            network: self.network.clone(),
            decision: Arc::new(self.decision.for_speaker(profile.as_ref())),
            profile: profile.map(Arc::new),
        }
    }

    /// Runs the network once on zeros, so that the first window is not slow: in a browser the first
    /// runs come before the code is optimised.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn warm_up(&self) -> Result<()> {
        let header = self.model();
        let zeros = vec![0.0; header.features.n_mels * header.windows.n_frames];
        self.logits(zeros, None).map(drop)
    }

    pub(super) fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The logits of one or more windows with the same prosody term, label bias included.
    ///
    /// # Shapes
    /// Normalised log-mel `[n_windows, n_mels, n_frames]` to logits `[n_windows, n_labels]`.
    pub(super) fn logits(&self, windows: Vec<f32>, prosody: Option<&[f32]>) -> Result<Vec<f32>> {
        let Network {
            header,
            net,
            device,
        } = &*self.network;
        let (n_mels, n_frames) = (header.features.n_mels, header.windows.n_frames);
        let shape = [windows.len() / (n_mels * n_frames), 1, n_mels, n_frames];
        let input = Tensor::<4>::from_data(TensorData::new(windows, shape), device);
        let logits = net.forward(input).into_data();
        let mut logits: Vec<f32> = logits.try_into_vec().map_err(|error| Error::Internal {
            message: format!("{error:?}"),
        })?;
        for logits in logits.chunks_exact_mut(self.decision.n_labels()) {
            self.decision.add_terms(logits, prosody);
        }
        Ok(logits)
    }
}
