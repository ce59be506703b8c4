//! A voice profile: what the network makes of a voice that speaks neutrally, allowed for.
//!
//! Voices differ even when they speak neutrally, and the network, which was trained on few of them,
//! takes some of that for emotion: a low, slow voice sounds sad to it whatever it says. A profile
//! keeps what the network said of a voice's *neutral* speech; a part of how that differs from what
//! it says of the average voice's is then taken from every answer.
//!
//! Each network and the prosody head end in one linear layer, so this is the same as moving the
//! features under these towards the average neutral voice's (Busso et al. 2013, "Iterative feature
//! normalization scheme for automatic emotion detection from speech",
//! doi:10.1109/T-AFFC.2013.26), by features that were learned. Moving and scaling the mel bands
//! themselves was tried, and was worth less: see `train/experiments/README.md`.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The least speech that a profile is made from, in milliseconds.
const MIN_SPEECH_MS: u32 = 1_000;
/// How much of the difference is allowed for. Some of it lies in what was said and how, not in
/// the voice.
const STRENGTH: f32 = 0.45;

/// What the network made of one input: material for a profile. It holds no audio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoiceSample {
    /// Id of the model.
    pub space: String,
    /// Speech that was heard, in milliseconds.
    pub speech_ms: f64,
    /// The network's logits for the whole input; none where too little speech was heard.
    pub logits: Vec<f32>,
}

/// What a model makes of one voice's neutral speech, from a few seconds of it.
///
/// [`Classifier::enroll`](crate::Classifier::enroll) makes it,
/// [`Classifier::with_profile`](crate::Classifier::with_profile) uses it. It holds a number for
/// each label, no audio, and is stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoiceProfile {
    space: String,
    speech_ms: f64,
    logits: Vec<f32>,
}

impl VoiceSample {
    /// Checks the values, for one that came from elsewhere.
    fn validate(&self) -> Result<()> {
        let is_time = self.speech_ms.is_finite() && self.speech_ms >= 0.0;
        if is_time && self.logits.iter().all(|logit| logit.is_finite()) {
            return Ok(());
        }
        Err(Error::InvalidConfig {
            expected: "a voice as a stream heard it: milliseconds of speech, 0 or more, and a finite number for each label".into(),
            actual: format!("{} ms of speech, {:?}", self.speech_ms, self.logits),
        })
    }
}

impl VoiceProfile {
    /// The profile of a voice that the model named `space` heard speak neutrally: the mean of the
    /// samples, weighted by their speech.
    ///
    /// # Errors
    /// [`Error::TooLittleSpeech`] below a second in all; [`Error::ModelMismatch`] for a sample that
    /// another model heard; [`Error::InvalidConfig`] for one that is not as it was made.
    pub fn new(space: &str, samples: &[VoiceSample]) -> Result<VoiceProfile> {
        let heard = samples.iter().filter(|sample| !sample.logits.is_empty());
        let n_labels = heard.clone().next().map_or(0, |first| first.logits.len());
        let mut sums = vec![0.0; n_labels];
        let mut speech_ms = 0.0;
        for sample in heard {
            sample.validate()?;
            if sample.space != space || sample.logits.len() != n_labels {
                return Err(Error::ModelMismatch {
                    expected: format!("a voice heard by {space}"),
                    actual: format!("one heard by {}: let this model hear it", sample.space),
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
        Ok(VoiceProfile {
            space: space.to_owned(),
            speech_ms,
            logits: sums.iter().map(|sum| (sum / speech_ms) as f32).collect(),
        })
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] for anything but a whole profile.
    pub fn from_json(json: &str) -> Result<VoiceProfile> {
        let profile: VoiceProfile =
            serde_json::from_str(json).map_err(|error| not_a_profile(error.to_string()))?;
        profile.validate()?;
        Ok(profile)
    }

    /// The profile as JSON, for keeping.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| Error::Internal {
            message: error.to_string(),
        })
    }

    /// Checks the values, for one that came from elsewhere.
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

    /// Id of the model that it was made with, which alone it fits.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// Speech that it was made from, in milliseconds.
    pub fn speech_ms(&self) -> f64 {
        self.speech_ms
    }

    /// The network's mean logits.
    pub fn logits(&self) -> &[f32] {
        &self.logits
    }

    /// What is to be taken from the logits of this voice, where `neutral` are those of the average
    /// voice's neutral speech. The average voice's profile takes nothing.
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
            "a voice profile as it was made: at least {MIN_SPEECH_MS} ms of speech, and a finite number for each label"
        ),
        actual,
    }
}
