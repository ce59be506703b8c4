//! From a waveform to an answer.

use std::sync::Arc;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;

use super::emotion::Probabilities;
use super::profile::{VoiceProfile, VoiceSample};
use super::stream::StreamClassifier;
use super::windows::Window;
use crate::audio::Waveform;
use crate::features::MelSpectrogram;
use crate::model_file::{Model, ModelHeader};
use crate::{Error, Result};

/// The shipped weights: a model file, trained on RAVDESS, under CC BY-NC-SA 4.0.
pub const DEFAULT_MODEL: &[u8] = include_bytes!("../weights/default.emo");

/// What the gate and the network made of a stretch of audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Speech, and the model says which emotion.
    Speech,
    /// Too little speech to answer.
    NoSpeech,
    /// Speech, but no emotion is likely enough.
    Uncertain,
}

/// The answer for a window or a clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prediction {
    /// Whether there was speech and an answer.
    pub state: State,
    /// The likeliest label; `None` unless the state is [`State::Speech`].
    pub label: Option<String>,
    /// The calibrated probability of the likeliest label; `None` without speech.
    pub confidence: Option<f32>,
    /// The calibrated probability of each label; `None` without speech.
    pub probabilities: Option<Probabilities>,
    /// Whether less than a whole window had been heard.
    pub provisional: bool,
    /// Where the stretch begins in the input, in milliseconds.
    pub start_ms: f64,
    /// Where it ends.
    pub end_ms: f64,
    /// Speech in it, in milliseconds.
    pub speech_ms: f64,
}

/// Where the network runs, chosen here and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// burn's pure Rust backend for processors.
    #[default]
    Flex,
    /// burn-ndarray: deprecated by burn, kept as a second opinion.
    #[cfg(feature = "ndarray")]
    NdArray,
}

impl Backend {
    fn device(self) -> Device {
        match self {
            Backend::Flex => Device::flex(),
            // burn says that it will be removed; until then it checks Flex.
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            Backend::NdArray => Device::ndarray(),
        }
    }
}

/// Recognises the emotion of a voice. A clone is cheap and shares the parameters.
///
/// ```
/// use emotionai_voice::{Classifier, DEFAULT_MODEL, State, Waveform};
///
/// let classifier = Classifier::from_bytes(DEFAULT_MODEL)?;
/// let silence = Waveform::from_mono(vec![0.0; 48_000], 48_000)?;
/// let prediction = classifier.classify(&silence)?;
/// assert_eq!(prediction.state, State::NoSpeech);
/// assert_eq!(prediction.label, None);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Classifier {
    shared: Arc<Shared>,
    voice: Option<Arc<Voice>>,
}

/// The voice that is listened to, where it is known.
#[derive(Debug)]
struct Voice {
    profile: VoiceProfile,
    /// What is taken from every logit.
    shift: Vec<f32>,
}

#[derive(Debug)]
struct Shared {
    model: Model,
    labels: Arc<[String]>,
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
        Ok(Self::from_model(Model::from_bytes(bytes, &device)?, device))
    }

    /// Takes a network as it comes from the trainer, on its inference device.
    pub fn from_model(model: Model, device: Device) -> Classifier {
        let labels = model.header.labels.clone().into();
        let model = Model {
            net: model.net.valid(),
            ..model
        };
        Classifier {
            shared: Arc::new(Shared {
                model,
                labels,
                device,
            }),
            voice: None,
        }
    }

    /// The profile of a voice, from recordings of its neutral speech: a few seconds in all.
    ///
    /// ```
    /// # use emotionai_voice::{Classifier, DEFAULT_MODEL, Error, Waveform};
    /// let classifier = Classifier::from_bytes(DEFAULT_MODEL)?;
    /// let neutral = Waveform::from_wav(include_bytes!("../../tests/data/voice.wav"))?;
    /// match classifier.enroll(&[neutral.clone()]) {
    ///     Ok(profile) => {
    ///         let own = classifier.with_profile(Some(profile))?;
    ///         println!("{:?}", own.classify(&neutral)?.label);
    ///     }
    ///     Err(Error::ModelMismatch { .. }) => println!("this model is not made for profiles"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] where the model was not calibrated for profiles;
    /// [`Error::TooLittleSpeech`] below a second of speech; [`Error::TooShort`] and
    /// [`Error::SampleRate`].
    pub fn enroll(&self, neutral: &[Waveform]) -> Result<VoiceProfile> {
        self.voice_space()?;
        let mut samples = Vec::new();
        for waveform in neutral {
            let mut stream = self.stream(waveform.sample_rate(), None)?;
            stream.push(waveform.samples())?;
            samples.extend(stream.flush()?.voice);
        }
        self.enroll_voices(&samples)
    }

    /// The same from what [streams](crate::StreamEnd::voice) heard of the voice.
    ///
    /// # Errors
    /// As [`enroll`](Self::enroll), [`Error::ModelMismatch`] for what another model heard, and
    /// [`Error::InvalidConfig`] for a sample that was damaged where it was kept.
    pub fn enroll_voices(&self, neutral: &[VoiceSample]) -> Result<VoiceProfile> {
        let profile = VoiceProfile::new(self.voice_space()?, neutral)?;
        // What it could not be used with is said here, not where it is.
        Ok(self.voice(profile)?.profile)
    }

    /// This classifier for the voice of a profile, or for any voice. Cheap: both share the
    /// parameters, and streams that were opened before keep what they were opened with.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] where the model was not calibrated for profiles, or where the
    /// profile was made with another; [`Error::InvalidConfig`] for a profile that was damaged where
    /// it was kept.
    pub fn with_profile(&self, profile: Option<VoiceProfile>) -> Result<Classifier> {
        let voice = profile.map(|profile| self.voice(profile)).transpose()?;
        Ok(Classifier {
            shared: self.shared.clone(),
            voice: voice.map(Arc::new),
        })
    }

    /// The profile of the voice that this is for.
    pub fn profile(&self) -> Option<&VoiceProfile> {
        self.voice.as_ref().map(|voice| &voice.profile)
    }

    fn voice(&self, profile: VoiceProfile) -> Result<Voice> {
        let space = self.voice_space()?;
        profile.validate()?;
        match &self.model().calibration.neutral {
            Some(neutral)
                if profile.space() == space && profile.logits().len() == neutral.len() =>
            {
                let shift = profile.shift(neutral);
                Ok(Voice { profile, shift })
            }
            _ => Err(Error::ModelMismatch {
                expected: format!(
                    "a voice profile of the space {space}, with {} logits",
                    self.model().labels.len()
                ),
                actual: format!(
                    "one of {} with {}: make it anew with this model",
                    profile.space(),
                    profile.logits().len()
                ),
            }),
        }
    }

    fn voice_space(&self) -> Result<&str> {
        self.model()
            .voice_space()
            .ok_or_else(|| Error::ModelMismatch {
                expected: "a model that was calibrated for voice profiles".into(),
                actual: format!("{}, which was not: use it without one", self.model().id),
            })
    }

    /// What the model file says of itself.
    pub fn model(&self) -> &ModelHeader {
        &self.shared.model.header
    }

    /// Runs the network once on nothing, so that the first window is not the slow one: in a browser the
    /// first calls run before the code is optimised.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn warm_up(&self) -> Result<()> {
        let header = self.model();
        self.logits(Window {
            data: vec![0.0; header.features.n_mels * header.windows.n_frames],
            speech: Vec::new(),
        })
        .map(drop)
    }

    /// The answer for a whole recording: a stream of it, and its [flush](StreamClassifier::flush).
    ///
    /// # Errors
    /// [`Error::TooShort`] below 100 ms.
    pub fn classify(&self, waveform: &Waveform) -> Result<Prediction> {
        let mut stream = self.stream(waveform.sample_rate(), None)?;
        stream.push(waveform.samples())?;
        Ok(stream.flush()?.clip)
    }

    /// The answer for a whole recording from its log-mel frames, which must have been computed with
    /// the features of this model: that of [`classify`](Self::classify) for its samples.
    ///
    /// # Errors
    /// [`Error::TooShort`] below 100 ms; [`Error::InvalidConfig`] for another number of bands;
    /// [`Error::InvalidAudio`] for frames that are not finite.
    pub fn classify_mel(&self, mel: &MelSpectrogram) -> Result<Prediction> {
        let rate = self.model().features.sample_rate;
        self.stream(rate, None)?.classify_mel(mel)
    }

    /// A stream of samples at `sample_rate` Hz, answered every `hop_ms` (rounded to whole frames;
    /// the model's own hop where `None`).
    ///
    /// # Errors
    /// [`Error::SampleRate`]; [`Error::InvalidConfig`] for a hop that is not positive or above
    /// ten minutes.
    pub fn stream(&self, sample_rate: u32, hop_ms: Option<f64>) -> Result<StreamClassifier> {
        StreamClassifier::new(self.clone(), sample_rate, hop_ms)
    }

    /// The network's logits for a window, with the calibration's bias.
    pub(crate) fn logits(&self, window: Window) -> Result<Vec<f32>> {
        self.logits_of(window.data)
    }

    /// The same for the data of several windows, one after the other: `[n_windows, n_labels]`.
    pub(crate) fn logits_of(&self, windows: Vec<f32>) -> Result<Vec<f32>> {
        let header = self.model();
        let (n_mels, n_frames) = (header.features.n_mels, header.windows.n_frames);
        let n_windows = windows.len() / (n_mels * n_frames);
        let shape = [n_windows, 1, n_mels, n_frames];
        let input = Tensor::<4>::from_data(TensorData::new(windows, shape), &self.shared.device);
        let logits = self.shared.model.net.forward(input);
        let mut logits: Vec<f32> =
            logits
                .into_data()
                .try_into_vec()
                .map_err(|error| Error::Internal {
                    message: format!("{error:?}"),
                })?;
        if let Some(bias) = &header.calibration.label_bias {
            for (logit, bias) in logits.iter_mut().zip(bias.iter().cycle()) {
                *logit += bias;
            }
        }
        Ok(logits)
    }

    /// What the logits of one window or clip come to.
    pub(crate) fn probabilities(&self, logits: &[f32]) -> Probabilities {
        let temperature = self.model().calibration.temperature;
        let labels = self.shared.labels.clone();
        match &self.voice {
            None => Probabilities::from_logits(labels, logits, temperature),
            Some(voice) => {
                let shift = &voice.shift;
                let logits: Vec<f32> = logits.iter().zip(shift).map(|(l, s)| l - s).collect();
                Probabilities::from_logits(labels, &logits, temperature)
            }
        }
    }

    /// The answer for a stretch of frames, from the network's logits if it held speech.
    pub(crate) fn predict(
        &self,
        logits: Option<&[f32]>,
        frames: std::ops::Range<usize>,
        speech_frames: usize,
        provisional: bool,
    ) -> Prediction {
        let header = self.model();
        let probabilities = logits.map(|logits| self.probabilities(logits));
        let confidence = probabilities.as_ref().map(|p| p.top().1);
        let state = match confidence {
            None => State::NoSpeech,
            Some(top) if top < header.calibration.uncertain_below => State::Uncertain,
            Some(_) => State::Speech,
        };
        let label = match (state, &probabilities) {
            (State::Speech, Some(p)) => Some(p.top_label().to_owned()),
            _ => None,
        };
        Prediction {
            state,
            label,
            confidence,
            probabilities,
            provisional,
            start_ms: header.frames_to_ms(frames.start),
            end_ms: header.frames_to_ms(frames.end),
            speech_ms: header.frames_to_ms(speech_frames),
        }
    }
}
