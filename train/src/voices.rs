//! The neutral voices of the actors that a model learns from, for training it with profiles.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use emotionai_voice::{VoiceProfile, VoiceStatistics, VoiceSums};
use rand::Rng;
use rand::seq::IndexedRandom;

/// The neutral voices that training knows.
pub struct NeutralVoices {
    /// Of each actor: what was measured of each neutral clip.
    actors: BTreeMap<u32, Vec<VoiceSums>>,
    /// The average voice, which the model file carries.
    pub average: VoiceStatistics,
}

impl NeutralVoices {
    /// From what was measured of neutral clips, each with its actor.
    ///
    /// # Errors
    /// Where an actor's neutral clips hold no speech, and where there are none.
    pub fn new(clips: impl IntoIterator<Item = (u32, VoiceSums)>) -> Result<NeutralVoices> {
        let mut actors: BTreeMap<u32, Vec<VoiceSums>> = BTreeMap::new();
        for (actor, sums) in clips {
            actors.entry(actor).or_default().push(sums);
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
            bail!(
                "no neutral clip to learn the average voice from: add some, or train without voice profiles (--set profile_share=0)"
            );
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
    use emotionai_voice::{FeatureConfig, FrameStream, Gate, VoiceSpace, Waveform, WindowConfig};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    /// What was measured of the synthetic voice.
    fn voice() -> VoiceSums {
        let space = VoiceSpace {
            features: FeatureConfig::default(),
            windows: WindowConfig::default(),
            gate: Gate::default(),
            range_db: 60.0,
        };
        let voice = Waveform::from_wav(include_bytes!("../../tests/data/voice.wav")).unwrap();
        let frames = FrameStream::whole(&space.features, voice.sample_rate(), voice.samples());
        space.measure(&frames.unwrap())
    }

    #[test]
    fn two_or_more_clips_are_drawn() {
        let one = voice();
        let voices = NeutralVoices::new([(1, one.clone()), (1, one.clone()), (1, one.clone())]);
        let voices = voices.unwrap();
        let mut rng = StdRng::seed_from_u64(1);
        let mut counts = BTreeMap::new();
        for _ in 0..50 {
            let profile = voices.draw(1, &mut rng).unwrap().unwrap();
            let count = (profile.speech_ms() / one.speech_ms()).round() as usize;
            *counts.entry(count).or_insert(0) += 1;
        }
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), [2, 3]);
        assert!(voices.draw(2, &mut rng).unwrap().is_none());
        assert!(NeutralVoices::new([]).is_err());
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
