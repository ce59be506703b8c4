//! Random realistic distortions, as training needs them.

use rand::Rng;
use rand::rngs::StdRng;

use super::babble::crowd;
use super::channel::{Microphone, clip, gain, high_pass, low_pass, phone_band};
use super::environment;
use super::mixing::mix;
use super::rooms::Room;
use super::sounds::{self, Generator};
use super::spectrum::equalize;

/// A chain of changes to speech, drawn before any of them is applied.
pub struct Distortion {
    steps: Vec<Step>,
}

enum Step {
    Room(Room),
    /// A sound behind the voice, at an SNR in dB.
    Behind(Sound, f64),
    Microphone(Microphone),
    Telephone,
    /// A Butterworth filter, [`high_pass`] or [`low_pass`], with its corner in Hz and its order.
    Filter(fn(f64, f64, i32) -> f64, f64, i32),
    Clip(f64),
    Gain(f64),
}

enum Sound {
    Generated(Generator),
    /// So many people who talk at once.
    Babble(usize),
}

impl Distortion {
    /// Speech at a random microphone in a random acoustic environment.
    ///
    /// Every fourth time it is hardly changed: a sound 25 to 45 dB below it, or an end of its band cut
    /// off. Else, in the order in which it happens: a room (every second time; a large one every
    /// fourth of these), a sound behind the voice at 5 to 30 dB SNR (three of four), a microphone
    /// (three of four), a narrower band (every fourth; half of these a telephone's), clipping of up to 1% of the
    /// samples (every tenth), a gain of up to 20 dB down.
    ///
    /// Babble is drawn only where there are other voices, `has_voices`.
    pub fn random(has_voices: bool, rng: &mut StdRng) -> Distortion {
        if rng.random_bool(0.25) {
            return Distortion {
                steps: vec![slight(has_voices, rng)],
            };
        }
        let mut steps = Vec::new();
        if rng.random_bool(0.5) {
            steps.push(Step::Room(if rng.random_bool(0.25) {
                let distance = rng.random_range(1.0..=3.0);
                Room::large(distance, rng)
            } else {
                Room::small(rng)
            }));
        }
        if rng.random_bool(0.75) {
            let sound = Sound::random(has_voices, rng);
            steps.push(Step::Behind(sound, rng.random_range(5.0..=30.0)));
        }
        if rng.random_bool(0.75) {
            steps.push(Step::Microphone(Microphone::random(rng)));
        }
        if rng.random_bool(0.25) {
            steps.push(if rng.random_bool(0.5) {
                Step::Telephone
            } else {
                Step::Filter(low_pass, rng.random_range(3_500.0..=7_500.0), 8)
            });
        }
        if rng.random_bool(0.1) {
            steps.push(Step::Clip(rng.random_range(0.0..=0.01)));
        }
        steps.push(Step::Gain(rng.random_range(-20.0..=0.0)));
        Distortion { steps }
    }

    /// Whether it needs other voices.
    pub fn has_babble(&self) -> bool {
        let is_babble = |step: &Step| matches!(step, Step::Behind(Sound::Babble(_), _));
        self.steps.iter().any(is_babble)
    }

    /// Distorted speech, of the same length and at the same time.
    ///
    /// `voices` are what [`crowd`] makes babble of, at the same rate and of other speakers. The same samples and
    /// the same state of `rng` give the same result.
    pub fn apply(
        &self,
        samples: &[f32],
        sample_rate: u32,
        voices: &[&[f32]],
        rng: &mut StdRng,
    ) -> Vec<f32> {
        let mut samples = samples.to_vec();
        for step in &self.steps {
            samples = match step {
                Step::Room(room) => room.reverberate(&samples, sample_rate, rng),
                Step::Behind(sound, snr_db) => {
                    let sound = sound.make(sample_rate, voices, rng, samples.len());
                    mix(&samples, &sound, sample_rate, *snr_db)
                }
                Step::Microphone(microphone) => microphone.record(&samples, sample_rate),
                Step::Telephone => phone_band(&samples, sample_rate),
                Step::Filter(gain, corner_hz, order) => {
                    equalize(&samples, sample_rate, |hz| gain(hz, *corner_hz, *order))
                }
                Step::Clip(share) => clip(&samples, *share),
                Step::Gain(db) => gain(&samples, *db),
            };
        }
        samples
    }
}

/// Speech after a [random distortion](Distortion::random); without any `voices` there is no babble.
pub fn distort(samples: &[f32], sample_rate: u32, voices: &[&[f32]], rng: &mut StdRng) -> Vec<f32> {
    Distortion::random(!voices.is_empty(), rng).apply(samples, sample_rate, voices, rng)
}

/// One small change: a sound 25 to 45 dB below, a high-pass at 50 to 200 Hz or a low-pass at 5 to 7.5 kHz,
/// both of 12 or 24 dB an octave.
fn slight(has_voices: bool, rng: &mut StdRng) -> Step {
    let order = if rng.random_bool(0.5) { 2 } else { 4 };
    match rng.random_range(0..3) {
        0 => Step::Behind(
            Sound::random(has_voices, rng),
            rng.random_range(25.0..=45.0),
        ),
        1 => Step::Filter(high_pass, rng.random_range(50.0..=200.0), order),
        _ => Step::Filter(low_pass, rng.random_range(5_000.0..=7_500.0), order),
    }
}

impl Sound {
    /// Noise of some colour, an environment, music or babble, each as often.
    fn random(has_voices: bool, rng: &mut StdRng) -> Sound {
        match rng.random_range(0..if has_voices { 4 } else { 3 }) {
            0 => {
                let colours = [sounds::white, sounds::pink, sounds::brown];
                Sound::Generated(colours[rng.random_range(0..colours.len())])
            }
            1 => Sound::Generated(environment::ALL[rng.random_range(0..environment::ALL.len())].1),
            2 => Sound::Generated(sounds::music),
            _ => Sound::Babble(rng.random_range(1..=6)),
        }
    }

    fn make(&self, sample_rate: u32, voices: &[&[f32]], rng: &mut StdRng, len: usize) -> Vec<f32> {
        match self {
            Sound::Generated(generate) => generate(rng, sample_rate, len),
            Sound::Babble(speakers) => crowd(voices, *speakers, rng, len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn distortions_differ_by_seed_and_keep_length_and_time() {
        let rate = 16_000;
        // A second of silence, one of a voice-like buzz, one of silence.
        let mut speech = vec![0.0f32; 48_000];
        for (i, sample) in speech[16_000..32_000].iter_mut().enumerate() {
            *sample = 0.3 * ((i % 130) as f32 / 65.0 - 1.0) * (0.002 * i as f32).sin();
        }
        let other: Vec<f32> = speech[16_000..32_000].iter().rev().copied().collect();
        let likeness = |distorted: &[f32], from: usize| -> f32 {
            distorted[from..from + 16_000].iter().map(|s| s * s).sum()
        };
        let mut seen = Vec::new();
        for seed in 0..40 {
            let run = || distort(&speech, rate, &[&other], &mut StdRng::seed_from_u64(seed));
            let distorted = run();
            assert_eq!(distorted, run(), "{seed}");
            assert_eq!(distorted.len(), speech.len(), "{seed}");
            assert!(
                distorted.iter().all(|s| s.is_finite() && s.abs() < 20.0),
                "{seed}"
            );
            // The voice is still where it was, above whatever was put behind it.
            let middle = likeness(&distorted, 16_000);
            assert!(
                middle > likeness(&distorted, 0) && middle > likeness(&distorted, 32_000),
                "{seed}"
            );
            assert!(!seen.contains(&distorted), "{seed}");
            seen.push(distorted);
        }
    }
}
