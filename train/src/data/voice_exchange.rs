//! Speaker exchange: windows of one speaker with the long-term spectrum of another.
//!
//! Two dozen speakers are few voices. How a voice fills the bands over many utterances says who
//! speaks, how it departs from that says what is felt; so moving the levels of a window from its
//! speaker's statistics towards another's makes a voice that was never recorded.

use std::collections::BTreeMap;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::data::corpus::Speaker;

/// How much of the ratio of two spreads is made up for: 0 none, 1 all of it. Spread is known less
/// well than level.
const SPREAD_EXPONENT: f32 = 0.5;
/// The largest factor that levels are spread by, and its inverse the smallest.
const MAX_SCALE: f32 = 2.0;
/// The smallest deviation that is believed, in dB.
const MIN_STD_DB: f32 = 1.0;

/// Mean and standard deviation of the levels of one band, in dB below the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Band {
    mean: f32,
    std: f32,
}

/// The long-term statistics of each speaker.
#[derive(Debug, Default)]
pub struct Voices {
    speakers: BTreeMap<Speaker, Vec<Band>>,
}

/// Sums over the speech frames of one voice, by band.
#[derive(Debug, Default)]
pub struct VoiceSums {
    frames: usize,
    bands: Vec<(f64, f64)>,
}

impl VoiceSums {
    /// Adds the frames of a window `[n_mels, n_frames]` that hold speech; `speech` tells of the
    /// last frames of it.
    pub fn add(&mut self, window: &[f32], n_frames: usize, speech: &[bool]) {
        let n_mels = window.len() / n_frames;
        self.bands.resize(n_mels, (0.0, 0.0));
        self.frames += speech.iter().filter(|&&speech| speech).count();
        for (row, (sum, squares)) in window.chunks_exact(n_frames).zip(&mut self.bands) {
            let levels = row[n_frames - speech.len()..].iter().zip(speech);
            for (&level, _) in levels.filter(|(_, speech)| **speech) {
                *sum += f64::from(level);
                *squares += f64::from(level).powi(2);
            }
        }
    }
}

impl Voices {
    /// From the sums of each speaker; those without speech are left out.
    pub fn new(sums: BTreeMap<Speaker, VoiceSums>) -> Voices {
        let of = |sums: VoiceSums| {
            let frames = sums.frames as f64;
            let bands = sums.bands.into_iter().map(|(sum, squares)| {
                let mean = sum / frames;
                let variance = (squares / frames - mean.powi(2)).max(0.0);
                Band {
                    mean: mean as f32,
                    std: (variance.sqrt() as f32).max(MIN_STD_DB),
                }
            });
            bands.collect()
        };
        let known = sums.into_iter().filter(|(_, sums)| sums.frames > 0);
        Voices {
            speakers: known.map(|(speaker, sums)| (speaker, of(sums))).collect(),
        }
    }

    /// Moves the levels of a window of `speaker`, in dB from `-range_db` to 0, some way towards
    /// another's voice. The floor stays the floor.
    pub fn exchange(
        &self,
        window: &mut [f32],
        n_frames: usize,
        speaker: &Speaker,
        range_db: f32,
        rng: &mut StdRng,
    ) {
        let others: Vec<&Speaker> = self.speakers.keys().filter(|&it| it != speaker).collect();
        let (Some(own), Some(other)) = (self.speakers.get(speaker), others.choose(rng)) else {
            return;
        };
        let share: f32 = rng.random_range(0.0..=1.0);
        let bands = own.iter().zip(&self.speakers[*other]);
        for (row, (own, other)) in window.chunks_exact_mut(n_frames).zip(bands) {
            let mean = own.mean + share * (other.mean - own.mean);
            let scale = (other.std / own.std)
                .powf(SPREAD_EXPONENT * share)
                .clamp(1.0 / MAX_SCALE, MAX_SCALE);
            for level in row.iter_mut().filter(|level| **level > -range_db) {
                *level = (mean + scale * (*level - own.mean)).clamp(-range_db, 0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::Tag;
    use rand::SeedableRng;

    const ONE: Speaker = Tag::Number(1);
    const TWO: Speaker = Tag::Number(2);

    fn sums(levels: [f32; 4]) -> VoiceSums {
        let mut sums = VoiceSums::default();
        // Two bands; the first frame is none of speech.
        let window = [[-60.0; 4], levels].concat();
        sums.add(&window, 4, &[false, true, true]);
        sums
    }

    #[test]
    fn only_speech_counts() {
        let voices = Voices::new(BTreeMap::from([
            (ONE, sums([0.0, 0.0, -10.0, -20.0])),
            (TWO, VoiceSums::default()),
        ]));
        assert_eq!(voices.speakers.len(), 1);
        let band = voices.speakers[&ONE][1];
        assert_eq!((band.mean, band.std), (-15.0, 5.0));
    }

    #[test]
    fn levels_move_between_the_two_voices_and_the_floor_stays() {
        let voices = Voices::new(BTreeMap::from([
            (ONE, sums([0.0, 0.0, -10.0, -20.0])),
            (TWO, sums([0.0, 0.0, -40.0, -30.0])),
        ]));
        let mut rng = StdRng::seed_from_u64(1);
        let mut moved = Vec::new();
        for _ in 0..50 {
            let mut window = [-60.0, -15.0, -60.0, -15.0];
            voices.exchange(&mut window, 2, &ONE, 60.0, &mut rng);
            assert_eq!(window[2], -60.0, "the floor");
            moved.push(window[3]);
        }
        let most = moved.iter().copied().fold(f32::INFINITY, f32::min);
        let least = moved.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert!((-35.0..-33.0).contains(&most), "{most}");
        assert!((-17.0..=-15.0).contains(&least), "{least}");
    }

    #[test]
    fn a_voice_alone_stays_as_it_is() {
        let voices = Voices::new(BTreeMap::from([(ONE, sums([0.0, 0.0, -10.0, -20.0]))]));
        let mut window = [-30.0, -15.0];
        voices.exchange(&mut window, 1, &ONE, 60.0, &mut StdRng::seed_from_u64(1));
        assert_eq!(window, [-30.0, -15.0]);
    }
}
