//! A speaker profile: the model's logits for one speaker's neutral speech.
//!
//! Voices differ even in neutral speech, and a network that was trained on few speakers takes some
//! of the difference for emotion: a low, slow voice gets a high logit for sadness whatever it says.
//! A profile holds the mean logits of one speaker's *neutral* speech. A part of their difference
//! from the average speaker's neutral logits is subtracted from the logits of every answer.
//!
//! Each network and the prosody head end in one linear layer, so the shift of the logits equals a
//! shift of the features under that layer towards the average neutral speaker's (Busso et al. 2013,
//! "Iterative feature normalization scheme for automatic emotion detection from speech",
//! doi:10.1109/T-AFFC.2013.26). Shifting and scaling the mel bands gained less: see
//! `train/experiments/README.md`.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The least speech that a profile is made from, in milliseconds.
const MIN_SPEECH_MS: u32 = 1_000;
/// The part of the difference that is subtracted. The rest is due to the words and to how they
/// were said, not to the speaker.
const STRENGTH: f32 = 0.45;

/// The logits of one input, from which a [`SpeakerProfile`] can be made. It holds no audio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrollmentSample {
    /// Id of the model that gave the logits.
    pub space: String,
    /// Speech in the input, in milliseconds.
    pub speech_ms: f64,
    /// The logits of the whole input, before any profile's shift; empty where it holds too little
    /// speech.
    pub logits: Vec<f32>,
}

/// A model's logits for one speaker's neutral speech, from a few seconds of it.
///
/// [`Classifier::enroll`](crate::Classifier::enroll) makes a profile,
/// [`Classifier::with_profile`](crate::Classifier::with_profile) applies it. It holds one number a
/// label and no audio, and is stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpeakerProfile {
    space: String,
    speech_ms: f64,
    logits: Vec<f32>,
}

impl EnrollmentSample {
    /// Checks values that may have been damaged where they were stored.
    fn validate(&self) -> Result<()> {
        let is_time = self.speech_ms.is_finite() && self.speech_ms >= 0.0;
        if is_time && self.logits.iter().all(|logit| logit.is_finite()) {
            return Ok(());
        }
        Err(Error::InvalidConfig {
            expected: "an enrollment sample as a stream gave it: milliseconds of speech, 0 or more, and a finite logit for each label".into(),
            actual: format!("{} ms of speech, {:?}", self.speech_ms, self.logits),
        })
    }
}

impl SpeakerProfile {
    /// The profile of a speaker for the model with the id `space`: the mean of the samples' logits,
    /// weighted by their speech.
    ///
    /// # Errors
    /// [`Error::TooLittleSpeech`] below a second in all; [`Error::ModelMismatch`] for a sample of
    /// another model; [`Error::InvalidConfig`] for a sample with values that are out of range.
    pub fn new(space: &str, samples: &[EnrollmentSample]) -> Result<SpeakerProfile> {
        let with_speech = samples.iter().filter(|sample| !sample.logits.is_empty());
        let n_labels = with_speech
            .clone()
            .next()
            .map_or(0, |first| first.logits.len());
        let mut sums = vec![0.0; n_labels];
        let mut speech_ms = 0.0;
        for sample in with_speech {
            sample.validate()?;
            if sample.space != space || sample.logits.len() != n_labels {
                return Err(Error::ModelMismatch {
                    expected: format!("enrollment samples of the model {space}"),
                    actual: format!(
                        "a sample of the model {}: enroll the speaker with this model",
                        sample.space
                    ),
                });
            }
            speech_ms += sample.speech_ms;
            for (sum, logit) in sums.iter_mut().zip(&sample.logits) {
                *sum += sample.speech_ms * f64::from(*logit);
            }
        }
        if speech_ms < f64::from(MIN_SPEECH_MS) {
            return Err(Error::TooLittleSpeech {
                expected_ms: MIN_SPEECH_MS,
                actual_ms: speech_ms as u32,
            });
        }
        Ok(SpeakerProfile {
            space: space.to_owned(),
            speech_ms,
            logits: sums.iter().map(|sum| (sum / speech_ms) as f32).collect(),
        })
    }

    /// Reads a profile that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for anything but a whole profile.
    pub fn from_json(json: &str) -> Result<SpeakerProfile> {
        let profile: SpeakerProfile =
            serde_json::from_str(json).map_err(|error| not_a_profile(error.to_string()))?;
        profile.validate()?;
        Ok(profile)
    }

    /// The profile as JSON, to be stored.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Internal {
            message: error.to_string(),
        })
    }

    /// Checks values that may have been damaged where they were stored.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`].
    pub fn validate(&self) -> Result<()> {
        let is_long_enough =
            self.speech_ms.is_finite() && self.speech_ms >= f64::from(MIN_SPEECH_MS);
        let are_finite = self.logits.iter().all(|logit| logit.is_finite());
        if is_long_enough && are_finite && !self.logits.is_empty() {
            return Ok(());
        }
        Err(not_a_profile(format!(
            "{} ms of speech, {:?}",
            self.speech_ms, self.logits
        )))
    }

    /// Id of the only model that the profile fits: the one that it was made with.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// Speech that the profile was made from, in milliseconds.
    pub fn speech_ms(&self) -> f64 {
        self.speech_ms
    }

    /// The mean logits of the speaker's neutral speech, one a label.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// The numbers to subtract from this speaker's logits, where `neutral` holds the average
    /// speaker's logits for neutral speech. They are 0 for the average speaker.
    pub fn shift(&self, neutral: &[f32]) -> Vec<f32> {
        let pairs = self.logits.iter().zip(neutral);
        pairs
            .map(|(own, average)| STRENGTH * (own - average))
            .collect()
    }
}

fn not_a_profile(actual: String) -> Error {
    Error::InvalidConfig {
        expected: format!(
            "a speaker profile as it was made: at least {MIN_SPEECH_MS} ms of speech, and a finite number for each label"
        ),
        actual,
    }
}
