//! Other speakers in the background.

use anyhow::Result;
use emotionai_voice::Waveform;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rayon::iter::Either;
use rayon::prelude::*;

use super::mixing::{active_power, active_stretch};
use super::resample;
use crate::data::corpus::{Clip, Skip, Speaker};
use crate::data::decode::read_waveform;

/// Clips of each speaker that are kept to speak behind others.
const CLIPS_PER_SPEAKER: usize = 8;

/// Voices to put behind a speaker: clips without the silence around them, all equally loud.
pub struct Voices {
    clips: Vec<(Speaker, Vec<f32>)>,
}

impl Voices {
    /// Reads a few clips of each speaker who is known, spread over theirs, at `sample_rate` Hz. Those
    /// that cannot be used are left out.
    pub fn load(clips: &[Clip], sample_rate: u32) -> (Voices, Vec<Skip>) {
        let mut chosen = Vec::new();
        for of_one in clips.chunk_by(|a, b| a.speaker == b.speaker) {
            let step = of_one.len().div_ceil(CLIPS_PER_SPEAKER);
            chosen.extend(of_one.iter().step_by(step));
        }
        let voice_of = |clip: &Clip| voice(&read_waveform(&clip.path)?, sample_rate);
        let (clips, skipped) = chosen
            .into_par_iter()
            .filter_map(|clip| Some((clip.speaker.clone()?, clip)))
            .partition_map(|(speaker, clip)| match voice_of(clip) {
                Ok(voice) => Either::Left((speaker, voice)),
                Err(error) => Either::Right(Skip::because(&clip.path, &error)),
            });
        (Voices { clips }, skipped)
    }

    /// The clips of everybody but `speaker`.
    pub fn others(&self, speaker: Option<&Speaker>) -> Vec<&[f32]> {
        self.clips
            .iter()
            .filter(|(other, _)| Some(other) != speaker)
            .map(|(_, samples)| samples.as_slice())
            .collect()
    }
}

/// A clip for [`crowd`]: at `sample_rate` Hz, without the silence around its speech, at
/// an active level of 1.
pub fn voice(clip: &Waveform, sample_rate: u32) -> Result<Vec<f32>> {
    let samples = resample(clip.samples(), clip.sample_rate(), sample_rate)?;
    let level = active_power(&samples, sample_rate).sqrt() as f32;
    let stretch = active_stretch(&samples, sample_rate);
    Ok(match level > 0.0 {
        true => stretch.iter().map(|sample| sample / level).collect(),
        false => Vec::new(),
    })
}

/// `len` samples of `speakers` people who talk at once without a pause, each clip after clip
/// drawn from `voices`. Silence where there are none.
pub fn crowd(voices: &[&[f32]], speakers: usize, rng: &mut StdRng, len: usize) -> Vec<f32> {
    let mut crowd = vec![0.0; len];
    if voices.iter().all(|voice| voice.is_empty()) {
        return crowd;
    }
    for _ in 0..speakers {
        let mut at = 0;
        while at < len {
            let Some(voice) = voices.choose(rng).filter(|voice| !voice.is_empty()) else {
                continue;
            };
            // The first is in the middle of its clip already.
            let from = if at == 0 {
                rng.random_range(0..voice.len())
            } else {
                0
            };
            for (out, sample) in crowd[at..].iter_mut().zip(&voice[from..]) {
                *out += sample;
            }
            at += voice.len() - from;
        }
    }
    crowd
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_speaker_is_never_among_the_others() {
        let voices = Voices {
            clips: vec![
                ("1".into(), vec![0.1]),
                ("2".into(), vec![0.2]),
                ("1".into(), vec![0.3]),
                ("3".into(), vec![0.4]),
            ],
        };
        assert_eq!(voices.others(Some(&"1".into())), [&[0.2][..], &[0.4]]);
        assert_eq!(voices.others(None).len(), 4);
    }

    #[test]
    fn a_crowd_is_the_sum_of_its_speakers_and_never_pauses() {
        let (a, b) = (vec![1.0; 30], vec![2.0; 50]);
        let voices = [&a[..], &b];
        let mut rng = StdRng::seed_from_u64(1);
        let one = crowd(&voices, 1, &mut rng, 1_000);
        assert!(one.iter().all(|s| [1.0, 2.0].contains(s)));
        assert!(one.contains(&1.0) && one.contains(&2.0));
        let five = crowd(&voices, 5, &mut rng, 1_000);
        assert!(five.iter().all(|s| (5.0..=10.0).contains(s)));
        assert_eq!(crowd(&[], 3, &mut rng, 10), [0.0; 10]);
        assert_eq!(crowd(&[&[]], 3, &mut rng, 10), [0.0; 10]);
    }

    #[test]
    fn a_voice_comes_without_silence_and_at_a_level_of_one() {
        let mut samples = vec![0.0; 48_000];
        for (i, sample) in samples[16_000..32_000].iter_mut().enumerate() {
            *sample = 0.01 * (0.1 * i as f32).sin();
        }
        let clip = Waveform::from_mono(samples, 16_000).unwrap();
        let voice = voice(&clip, 16_000).unwrap();
        assert_eq!(voice.len(), 16_000);
        assert!((active_power(&voice, 16_000) - 1.0).abs() < 1e-3);
    }
}
