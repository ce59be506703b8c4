//! The neutral voices of the actors that a model learns from, for training it with profiles.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use emotionai_voice::{
    FrameStream, VoiceProfile, VoiceSpace, VoiceStatistics, VoiceSums, Waveform,
};
use rand::Rng;
use rand::seq::IndexedRandom;

use crate::corpus::Clip;
use crate::dataset::read;
use crate::profile::is_neutral;

/// The neutral voices that training knows.
pub struct NeutralVoices {
    /// Of each actor: what was measured of each neutral clip.
    actors: BTreeMap<u32, Vec<VoiceSums>>,
    /// The average voice, which the model file carries.
    pub average: VoiceStatistics,
}

impl NeutralVoices {
    /// Measures the neutral clips among `clips`, which must be of actors to learn from.
    ///
    /// # Errors
    /// Where a file cannot be read, where an actor's neutral clips hold no speech, and where there
    /// are none.
    pub fn load(space: &VoiceSpace, clips: &[Clip]) -> Result<NeutralVoices> {
        let mut actors: BTreeMap<u32, Vec<VoiceSums>> = BTreeMap::new();
        for clip in clips.iter().filter(|clip| is_neutral(clip)) {
            let sums = measure(space, &read(&clip.path)?)?;
            actors.entry(clip.actor).or_default().push(sums);
        }
        let statistics = actors
            .iter()
            .map(|(actor, voices)| {
                sum(voices)?
                    .and_then(|sums| sums.statistics())
                    .with_context(|| format!("actor {actor} has no neutral speech"))
            })
            .collect::<Result<Vec<VoiceStatistics>>>()?;
        if statistics.is_empty() {
            bail!("no neutral clip to learn the average voice from");
        }
        Ok(NeutralVoices {
            average: average(&statistics),
            actors,
        })
    }

    /// A profile of the actor as a user might make it, from two or more of the neutral clips drawn
    /// by chance; `None` for an actor without.
    ///
    /// # Errors
    /// [`emotionai_voice::Error::TooLittleSpeech`].
    pub fn draw(&self, actor: u32, rng: &mut impl Rng) -> Result<Option<VoiceProfile>> {
        let Some(voices) = self.actors.get(&actor) else {
            return Ok(None);
        };
        let count = rng.random_range(voices.len().min(2)..=voices.len());
        let drawn = sum(voices.choose_multiple(rng, count))?;
        Ok(drawn.map(|sums| VoiceProfile::new(&sums)).transpose()?)
    }
}

/// What was measured of one recording.
fn measure(space: &VoiceSpace, waveform: &Waveform) -> Result<VoiceSums> {
    let mut frames = FrameStream::new(&space.features, waveform.sample_rate())?;
    frames.push(waveform.samples());
    frames.flush();
    Ok(space.measure(&frames))
}

fn sum<'a>(voices: impl IntoIterator<Item = &'a VoiceSums>) -> Result<Option<VoiceSums>> {
    let mut voices = voices.into_iter();
    let Some(mut sums) = voices.next().cloned() else {
        return Ok(None);
    };
    for voice in voices {
        sums.add(voice)?;
    }
    Ok(Some(sums))
}

/// The average voice: each actor counts once, however much was said.
fn average(voices: &[VoiceStatistics]) -> VoiceStatistics {
    let mean = |band: &dyn Fn(&VoiceStatistics) -> f32| {
        voices
            .iter()
            .map(|voice| f64::from(band(voice)))
            .sum::<f64>()
            / voices.len() as f64
    };
    let n_mels = voices.first().map_or(0, |voice| voice.mean.len());
    VoiceStatistics {
        mean: (0..n_mels)
            .map(|band| mean(&|voice| voice.mean[band]) as f32)
            .collect(),
        std: (0..n_mels)
            .map(|band| mean(&|voice| voice.std[band]) as f32)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use emotionai_voice::{FeatureConfig, Gate, WindowConfig};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    fn space() -> VoiceSpace {
        VoiceSpace {
            features: FeatureConfig::default(),
            windows: WindowConfig::default(),
            gate: Gate::default(),
            range_db: 60.0,
        }
    }

    /// The synthetic voice as a clip of this actor.
    fn clip(actor: u32, label: usize) -> Clip {
        Clip {
            path: PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../tests/data/voice.wav"
            )),
            actor,
            label,
        }
    }

    #[test]
    fn only_neutral_clips_are_measured_and_two_or_more_are_drawn() {
        let clips = [clip(1, 0), clip(1, 0), clip(1, 0), clip(2, 4)];
        let voices = NeutralVoices::load(&space(), &clips).unwrap();
        let one = measure(&space(), &read(&clips[0].path).unwrap()).unwrap();
        let mut rng = StdRng::seed_from_u64(1);
        let mut counts = BTreeMap::new();
        for _ in 0..50 {
            let profile = voices.draw(1, &mut rng).unwrap().unwrap();
            let count = (profile.speech_ms() / one.speech_ms()).round() as usize;
            *counts.entry(count).or_insert(0) += 1;
        }
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [2, 3]);
        assert!(voices.draw(2, &mut rng).unwrap().is_none());
        assert!(NeutralVoices::load(&space(), &clips[3..]).is_err());
    }

    #[test]
    fn each_actor_counts_once_in_the_average_voice() {
        let voice = |mean: f32, std: f32| VoiceStatistics {
            mean: vec![mean, 2.0 * mean],
            std: vec![std; 2],
        };
        let average = average(&[voice(-10.0, 4.0), voice(-20.0, 8.0)]);
        assert_eq!(average.mean, [-15.0, -30.0]);
        assert_eq!(average.std, [6.0, 6.0]);
    }
}
