//! A voice profile: what the network sees of a voice, moved towards the average voice.
//!
//! Voices differ in how they fill the bands even when they speak neutrally, and the network, which
//! was trained on few of them, takes some of that for emotion. Features that are shifted and scaled
//! so that each voice's *neutral* speech lies where the average voice's does leave the emotion in
//! and most of the voice out (Busso et al. 2013, "Iterative feature normalization scheme for
//! automatic emotion detection from speech", doi:10.1109/T-AFFC.2013.26).

use serde::{Deserialize, Serialize};

use crate::voice::{VoiceStatistics, VoiceSums};
use crate::{Error, Result};

/// The least speech that a profile is made from, in milliseconds.
const MIN_SPEECH_MS: u32 = 1_000;
/// Speech after which a voice's own statistics count as much as the average voice's, in
/// milliseconds: a few words are a sample of what was said as much as of who said it.
const HALF_TRUST_MS: f64 = 2_000.0;
/// How much of the ratio of two spreads is made up for: 0 none, 1 all of it. Spread is known less
/// well than level.
const SPREAD_EXPONENT: f64 = 0.5;
/// The largest factor that levels are spread by, and its inverse the smallest: a band that lay on
/// the floor in the profile's speech has next to no spread, which says nothing about the voice.
const MAX_SCALE: f64 = 2.0;

/// A voice's own statistics, from a few seconds of its neutral speech.
///
/// [`Classifier::enroll`](crate::Classifier::enroll) makes it,
/// [`Classifier::with_profile`](crate::Classifier::with_profile) uses it. It holds statistics
/// alone, no audio, and is stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoiceProfile {
    space: String,
    speech_ms: f64,
    statistics: VoiceStatistics,
}

impl VoiceProfile {
    /// The profile of what was measured of a voice.
    ///
    /// # Errors
    /// [`Error::TooLittleSpeech`] below a second.
    pub fn new(voice: &VoiceSums) -> Result<VoiceProfile> {
        let speech_ms = voice.speech_ms();
        match voice.statistics() {
            Some(statistics) if speech_ms >= f64::from(MIN_SPEECH_MS) => Ok(VoiceProfile {
                space: voice.space().to_owned(),
                speech_ms,
                statistics,
            }),
            statistics => Err(Error::TooLittleSpeech {
                expected_ms: MIN_SPEECH_MS,
                actual_ms: statistics.map_or(0, |_| speech_ms as u32),
            }),
        }
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
        let n_mels = self.statistics.mean.len();
        let is_long_enough =
            self.speech_ms.is_finite() && self.speech_ms >= f64::from(MIN_SPEECH_MS);
        if is_long_enough && n_mels > 0 && self.statistics.fits(n_mels) {
            return Ok(());
        }
        Err(not_a_profile(format!(
            "{} ms of speech, {n_mels} means, {} deviations",
            self.speech_ms,
            self.statistics.std.len()
        )))
    }

    /// The [id](crate::VoiceSpace::id) of the space that the voice was measured in.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// Speech that it was made from, in milliseconds.
    pub fn speech_ms(&self) -> f64 {
        self.speech_ms
    }

    /// The voice's statistics.
    pub fn statistics(&self) -> &VoiceStatistics {
        &self.statistics
    }
}

fn not_a_profile(actual: String) -> Error {
    Error::InvalidConfig {
        expected: format!(
            "a voice profile as it was made: at least {MIN_SPEECH_MS} ms of speech, and as many finite means as positive deviations"
        ),
        actual,
    }
}

/// How one voice's levels become the average voice's: of each band, a factor and an offset.
///
/// The average voice's profile changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptation {
    range_db: f32,
    bands: Vec<Band>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Band {
    scale: f32,
    offset_db: f32,
}

impl Adaptation {
    /// From a voice's profile, the average voice's neutral speech, and the dynamic range of both,
    /// in dB. The bands that both have are adapted.
    pub fn new(profile: &VoiceProfile, neutral: &VoiceStatistics, range_db: f32) -> Adaptation {
        let trust = profile.speech_ms / (profile.speech_ms + HALF_TRUST_MS);
        let own = &profile.statistics;
        let voices = own.mean.iter().zip(&own.std);
        let average = neutral.mean.iter().zip(&neutral.std);
        let bands = voices.zip(average).map(|((mean, std), (to_mean, to_std))| {
            let [mean, std, to_mean, to_std] = [mean, std, to_mean, to_std].map(|&v| f64::from(v));
            // With little speech both go towards what changes nothing.
            let mean = to_mean + trust * (mean - to_mean);
            let scale = (to_std / std).powf(SPREAD_EXPONENT * trust);
            let scale = scale.clamp(1.0 / MAX_SCALE, MAX_SCALE);
            Band {
                scale: scale as f32,
                offset_db: (to_mean - scale * mean) as f32,
            }
        });
        Adaptation {
            range_db,
            bands: bands.collect(),
        }
    }

    /// One band's level, in dB relative to the reference, as the average voice would have had it;
    /// from `-range_db` to 0. What lies on the floor stays there: how far below it was is unknown.
    pub fn apply(&self, band: usize, relative_db: f32) -> f32 {
        if relative_db <= -self.range_db {
            return -self.range_db;
        }
        let Band { scale, offset_db } = self.bands[band];
        (scale * relative_db + offset_db).clamp(-self.range_db, 0.0)
    }
}
