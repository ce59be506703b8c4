//! Fingerprints of recordings, by which the same sound is known in another file: at another rate or level,
//! or in another container.
//!
//! A fingerprint is a coarse spectrogram of the telephone band, which every rate and codec keeps. Two readings
//! of one sentence by one speaker differ in it by several decibels, two encodings of one reading by less than one.
//! It does not know a sound that was cut, played at another speed, or mixed with another.

use std::f64::consts::PI;

use anyhow::Result;
use realfft::RealFftPlanner;

/// Seconds from one frame to the next, and of the window of each.
const HOP: f64 = 0.016;
const WINDOW: f64 = 0.064;

/// Edges of the bands in Hz, a third to half an octave apart.
const EDGES: [f64; BANDS + 1] = [
    200.0, 300.0, 430.0, 620.0, 890.0, 1250.0, 1750.0, 2450.0, 3400.0,
];
const BANDS: usize = 8;

/// Codecs put up to 2,112 samples before the first, which at 16 kHz is so many frames.
const MAX_LAG: usize = 9;

/// What is so many decibels below the loudest band is left to noise and rounding.
const RANGE_DB: f32 = 35.0;

/// Differences up to which two recordings are the same sound: of the mean spectrum in any band, and of the
/// spectrograms on average, in decibels.
const MEAN_DB: f32 = 1.0;
const FRAMES_DB: f32 = 1.0;

/// A coarse spectrogram of a recording.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    /// Decibels of each band in each frame, the mean over the whole being 0 dB.
    frames: Vec<[f32; BANDS]>,
    /// Decibels of the mean power in each band.
    mean: [f32; BANDS],
}

impl Fingerprint {
    /// The fingerprint of a recording; `None` of one that is shorter than a window, or without sound in its bands.
    pub fn new(samples: &[f32], sample_rate: u32) -> Result<Option<Fingerprint>> {
        let rate = f64::from(sample_rate);
        let length = (WINDOW * rate).round() as usize;
        let window: Vec<f32> = (0..length)
            .map(|i| (0.5 - 0.5 * (2.0 * PI * i as f64 / length as f64).cos()) as f32)
            .collect();
        let bin = |hz: f64| (hz * length as f64 / rate).round() as usize;
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(length);
        let (mut input, mut output) = (fft.make_input_vec(), fft.make_output_vec());
        let mut scratch = fft.make_scratch_vec();
        let (mut powers, mut sums) = (Vec::new(), [0.0f64; BANDS]);
        for frame in 0.. {
            let start = (frame as f64 * HOP * rate).round() as usize;
            let Some(samples) = samples.get(start..start + length) else {
                break;
            };
            for ((input, sample), weight) in input.iter_mut().zip(samples).zip(&window) {
                *input = sample * weight;
            }
            fft.process_with_scratch(&mut input, &mut output, &mut scratch)?;
            let mut power = [0.0f64; BANDS];
            for (band, power) in power.iter_mut().enumerate() {
                let bins = &output[bin(EDGES[band])..bin(EDGES[band + 1])];
                *power = bins.iter().map(|bin| f64::from(bin.norm_sqr())).sum();
                sums[band] += *power;
            }
            powers.push(power);
        }
        let total: f64 = sums.iter().sum();
        if total <= f64::from(f32::EPSILON) {
            return Ok(None);
        }
        // Levels are relative to the whole recording's, so that louder copies are known.
        let per_frame = total / powers.len() as f64;
        let decibels = |power: f64| 10.0 * (power / per_frame).max(1e-9).log10() as f32;
        Ok(Some(Fingerprint {
            frames: powers.iter().map(|frame| frame.map(decibels)).collect(),
            mean: sums.map(|sum| decibels(sum / powers.len() as f64)),
        }))
    }

    /// Whether both are of the same sound.
    pub fn is_same(&self, other: &Fingerprint) -> bool {
        let lengths = (self.frames.len()).abs_diff(other.frames.len());
        let means = self.mean.iter().zip(&other.mean);
        // Most pairs differ in their mean spectrum, which is quickly compared.
        lengths <= 2 * MAX_LAG
            && means.into_iter().all(|(a, b)| (a - b).abs() <= MEAN_DB)
            && self.difference(other).is_some_and(|db| db <= FRAMES_DB)
    }

    /// The mean difference of the spectrograms in decibels, at the lag where it is least.
    fn difference(&self, other: &Fingerprint) -> Option<f32> {
        let differences = (0..=MAX_LAG).flat_map(|lag| {
            let (a, b) = (&self.frames[..], &other.frames[..]);
            [a.get(lag..).map(|a| (a, b)), b.get(lag..).map(|b| (a, b))]
        });
        let differences = differences.flatten().filter_map(|(a, b)| difference(a, b));
        differences.min_by(f32::total_cmp)
    }
}

fn difference(a: &[[f32; BANDS]], b: &[[f32; BANDS]]) -> Option<f32> {
    let peak = a.iter().flatten().copied().fold(f32::MIN, f32::max);
    let (mut sum, mut count) = (0.0, 0);
    for (&a, &b) in a.iter().zip(b).flat_map(|(a, b)| a.iter().zip(b)) {
        if a.max(b) > peak - RANGE_DB {
            sum += (a - b).abs();
            count += 1;
        }
    }
    (count > 0).then(|| sum / count as f32)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rayon::prelude::*;

    use super::*;
    use crate::data::corpus::Corpus;
    use crate::data::decode::read_waveform;
    use crate::data::simulate::resample;

    fn fixture(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
    }

    fn fingerprint(path: &Path) -> Fingerprint {
        let waveform = read_waveform(path).unwrap();
        let fingerprint = Fingerprint::new(waveform.samples(), waveform.sample_rate());
        fingerprint.unwrap().unwrap()
    }

    #[test]
    fn a_sound_is_known_at_every_rate_and_level_and_in_every_container() {
        let voice = read_waveform(&fixture("tests/data/voice.wav")).unwrap();
        let (samples, rate) = (voice.samples(), voice.sample_rate());
        let original = Fingerprint::new(samples, rate).unwrap().unwrap();
        for to in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000] {
            let other = resample(samples, rate, to).unwrap();
            let quiet: Vec<f32> = other.iter().map(|sample| sample * 0.1).collect();
            let other = Fingerprint::new(&quiet, to).unwrap().unwrap();
            assert!(original.is_same(&other), "{to} Hz");
            assert!(other.is_same(&original), "{to} Hz");
        }
        for name in ["voice.mp3", "voice.m4a", "voice.ogg", "voice.aac"] {
            let other = fingerprint(&fixture("tests/js/package/formats").join(name));
            assert!(original.is_same(&other), "{name}");
            assert!(other.is_same(&original), "{name}");
        }
        let (first, second) = samples.split_at(samples.len() / 2);
        let halves = [first, second].map(|half| Fingerprint::new(half, rate).unwrap().unwrap());
        assert!(!halves[0].is_same(&original));
        assert!(!halves[0].is_same(&halves[1]));
        assert!(Fingerprint::new(&[0.0; 9_000], rate).unwrap().is_none());
        assert!(Fingerprint::new(&samples[..900], rate).unwrap().is_none());
    }

    #[test]
    #[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
    fn no_two_recordings_of_ravdess_are_the_same_sound_but_copies() {
        let root = std::env::var("RAVDESS_DIR").unwrap();
        let corpus = Corpus::open(Path::new(&root), None).unwrap();
        let clips = corpus.clips();
        let prints: Vec<Fingerprint> = (clips.par_iter())
            .map(|clip| fingerprint(&clip.path))
            .collect();
        for (i, print) in prints.iter().enumerate() {
            for j in (0..i).filter(|&j| print.is_same(&prints[j])) {
                // Actor 7 has one file under two names.
                assert_eq!(
                    clips[i].digest().unwrap(),
                    clips[j].digest().unwrap(),
                    "{} and {}",
                    clips[i].path.display(),
                    clips[j].path.display()
                );
            }
        }
    }
}
