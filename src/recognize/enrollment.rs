//! Making and applying speaker profiles.

use super::classifier::Classifier;
use super::profile::{EnrollmentSample, SpeakerProfile};
use crate::audio::Waveform;
use crate::error::{Error, Result};

impl Classifier {
    /// The profile of a speaker, from recordings of neutral speech: a few seconds in all.
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
    pub fn enroll(&self, neutral: &[Waveform]) -> Result<SpeakerProfile> {
        self.profile_space()?;
        let mut samples = Vec::new();
        for waveform in neutral {
            let mut stream = self.stream(waveform.sample_rate(), None)?;
            stream.push(waveform.samples())?;
            samples.extend(stream.flush()?.enrollment);
        }
        self.enroll_samples(&samples)
    }

    /// The profile of a speaker, from the [ends](crate::StreamEnd::enrollment) of streams of neutral
    /// speech.
    ///
    /// # Errors
    /// As [`enroll`](Self::enroll); [`Error::ModelMismatch`] for a sample of another model; and
    /// [`Error::InvalidConfig`] for a sample that was damaged where it was stored.
    pub fn enroll_samples(&self, neutral: &[EnrollmentSample]) -> Result<SpeakerProfile> {
        let profile = SpeakerProfile::new(self.profile_space()?, neutral)?;
        // A profile that does not fit fails here, not at its first use.
        self.check_profile(&profile)?;
        Ok(profile)
    }

    /// This classifier for the speaker of a profile, or for any speaker. Cheap: both share the
    /// parameters. Streams that are open keep the profile that they were opened with.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] where the model was not calibrated for profiles, or where the
    /// profile was made with another model; [`Error::InvalidConfig`] for a profile that was damaged
    /// where it was stored.
    pub fn with_profile(&self, profile: Option<SpeakerProfile>) -> Result<Classifier> {
        if let Some(profile) = &profile {
            self.check_profile(profile)?;
        }
        Ok(self.for_speaker(profile))
    }

    fn check_profile(&self, profile: &SpeakerProfile) -> Result<()> {
        let space = self.profile_space()?;
        profile.validate()?;
        let n_labels = self.decision().n_labels();
        if profile.space() == space && profile.logits().len() == n_labels {
            return Ok(());
        }
        Err(Error::ModelMismatch {
            expected: format!("a speaker profile of the space {space}, with {n_labels} logits"),
            actual: format!(
                "a profile of {} with {}: make it anew with this model",
                profile.space(),
                profile.logits().len()
            ),
        })
    }

    fn profile_space(&self) -> Result<&str> {
        let header = self.model();
        header.profile_space().ok_or_else(|| Error::ModelMismatch {
            expected: "a model that was calibrated for speaker profiles".into(),
            actual: format!("{}, which was not: use it without a profile", header.id),
        })
    }
}
