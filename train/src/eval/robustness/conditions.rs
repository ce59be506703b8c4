//! The conditions that a model is evaluated under.
//!
//! The list of small changes and the 20 dB of the noises follow audEERING's tests of speech
//! emotion models (Derington et al. 2023, arXiv:2312.06270), at their strongest settings.

use anyhow::Result;
use emotionai_voice::Waveform;
use rand::Rng;
use rand::rngs::StdRng;
use serde::Serialize;

use crate::data::simulate::babble::crowd;
use crate::data::simulate::channel::{
    Microphone, clip, gain, high_pass, low_pass, phone_band, tone,
};
use crate::data::simulate::codec::{Codec, PHONE_RATE};
use crate::data::simulate::mixing::{mix, quietest_stretch};
use crate::data::simulate::rooms::Room;
use crate::data::simulate::sounds::Generator;
use crate::data::simulate::spectrum::equalize;
use crate::data::simulate::{distort, environment, resample, sounds};

/// Rate at which clips are changed, in Hz: that of the models, so nothing but the change differs.
pub const RATE: u32 = 16_000;

/// A clip before anything happens to it.
pub struct Speech<'a> {
    /// As recorded.
    pub native: &'a Waveform,
    /// At [`RATE`].
    pub samples: Vec<f32>,
    /// Clips of other people, at [`RATE`].
    pub others: Vec<&'a [f32]>,
}

/// The criterion of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// The least share of clips that are named as without the change.
    UnchangedAtLeast(f64),
    /// The least fall of the UAR that fails.
    UarFallsLessThan(f64),
}

/// A requirement of a condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// Clips of somebody else.
    OtherVoices,
    /// A codec of ffmpeg's.
    Codec(Codec),
}

/// Something that happens to a clip on its way to the model.
pub struct Condition {
    /// Short name, a value of `--only`.
    pub name: &'static str,
    /// A description.
    pub about: &'static str,
    /// The criterion; `None` where the result is described alone.
    pub criterion: Option<Criterion>,
    /// The requirement.
    pub need: Need,
    /// Changes a clip.
    pub apply: fn(&Speech, &mut StdRng) -> Result<Waveform>,
}

const UNCHANGED: Option<Criterion> = Some(Criterion::UnchangedAtLeast(0.95));
const NOISE: Option<Criterion> = Some(Criterion::UarFallsLessThan(0.05));
const CHANNEL: Option<Criterion> = Some(Criterion::UarFallsLessThan(0.08));
const SAMPLE_RATE: Option<Criterion> = Some(Criterion::UarFallsLessThan(0.02));
const NOISE_DB: f64 = 20.0;
const BEHIND_DB: f64 = 10.0;

/// A row of the table.
macro_rules! condition {
    ($name:literal, $about:literal, $criterion:expr, $apply:expr) => {
        condition!($name, $about, $criterion, $apply, Need::Nothing)
    };
    ($name:literal, $about:literal, $criterion:expr, $apply:expr, $need:expr) => {
        Condition {
            name: $name,
            about: $about,
            criterion: $criterion,
            need: $need,
            apply: $apply,
        }
    };
}

/// All conditions, in the order of the table.
#[rustfmt::skip] // One line a condition reads as the table that it is.
pub const ALL: &[Condition] = &[
    condition!("gain+2dB", "2 dB louder", UNCHANGED, |s, _| wave(gain(&s.samples, 2.0))),
    condition!("gain-2dB", "2 dB softer", UNCHANGED, |s, _| wave(gain(&s.samples, -2.0))),
    condition!("gain-30dB", "30 dB softer", UNCHANGED, |s, _| wave(gain(&s.samples, -30.0))),
    condition!("zeros-100", "100 zeros before it", UNCHANGED, |s, _| after(&[0.0; 100], s)),
    condition!("zeros-500", "500 zeros before it", UNCHANGED, |s, _| after(&[0.0; 500], s)),
    condition!("zeros-1000", "1000 zeros before it", UNCHANGED, |s, _| after(&[0.0; 1_000], s)),
    condition!("quiet-0.5s", "0.5 s of its own background before it", UNCHANGED, |s, _| after(&own_background(s), s)),
    condition!("crop-100", "without its first 100 samples", UNCHANGED, |s, _| crop(s, 100)),
    condition!("crop-500", "without its first 500 samples", UNCHANGED, |s, _| crop(s, 500)),
    condition!("crop-1000", "without its first 1000 samples", UNCHANGED, |s, _| crop(s, 1_000)),
    condition!("clip-0.3%", "the loudest 0.3% of samples clipped", UNCHANGED, |s, _| wave(clip(&s.samples, 0.003))),
    condition!("high-pass-150", "Butterworth, 24 dB an octave below 150 Hz", UNCHANGED, |s, _| filter(s, |hz| high_pass(hz, 150.0, 4))),
    condition!("low-pass-6500", "Butterworth, 24 dB an octave above 6.5 kHz", UNCHANGED, |s, _| filter(s, |hz| low_pass(hz, 6_500.0, 4))),
    condition!("tone-40dB", "a tone of 100 Hz to 7 kHz, 40 dB below", UNCHANGED, |s, rng| behind(s, random_tone, 40.0, rng)),
    condition!("white-35dB", "white noise, 35 dB below", UNCHANGED, |s, rng| behind(s, sounds::white, 35.0, rng)),

    condition!("babble", "4 to 7 other people, 20 dB below", NOISE, |s, rng| babble(s, NOISE_DB, rng), Need::OtherVoices),
    condition!("traffic", "20 dB below", NOISE, |s, rng| behind(s, environment::traffic, NOISE_DB, rng)),
    condition!("fan", "20 dB below", NOISE, |s, rng| behind(s, sounds::fan, NOISE_DB, rng)),
    condition!("wind", "20 dB below", NOISE, |s, rng| behind(s, environment::wind, NOISE_DB, rng)),
    condition!("rain", "20 dB below", NOISE, |s, rng| behind(s, environment::rain, NOISE_DB, rng)),
    condition!("kitchen", "20 dB below", NOISE, |s, rng| behind(s, environment::kitchen, NOISE_DB, rng)),
    condition!("music", "20 dB below", NOISE, |s, rng| behind(s, sounds::music, NOISE_DB, rng)),
    condition!("white", "white noise, 20 dB below", NOISE, |s, rng| behind(s, sounds::white, NOISE_DB, rng)),

    condition!("small-room", "RT60 of 0.15 to 0.4 s, at 0.4 to 1.2 m", CHANNEL, |s, rng| wave(Room::small(rng).reverberate(&s.samples, RATE, rng))),
    condition!("phone-opus", "300 to 3400 Hz, Opus at 12 kbit/s", CHANNEL, |s, _| phone(&s.samples, Codec::Opus), Need::Codec(Codec::Opus)),
    condition!("phone-amr", "300 to 3400 Hz, AMR at 12.2 kbit/s", CHANNEL, |s, _| phone(&s.samples, Codec::Amr), Need::Codec(Codec::Amr)),
    condition!("phone-gsm", "300 to 3400 Hz, GSM full rate", CHANNEL, |s, _| phone(&s.samples, Codec::Gsm), Need::Codec(Codec::Gsm)),
    condition!("microphone", "a cheap microphone's frequency response", CHANNEL, |s, rng| wave(Microphone::random(rng).record(&s.samples, RATE))),

    condition!("rate-8000", "recorded at 8 kHz", None, |s, _| at_rate(s, 8_000)),
    condition!("rate-11025", "recorded at 11.025 kHz", None, |s, _| at_rate(s, 11_025)),
    condition!("rate-16000", "recorded at 16 kHz", SAMPLE_RATE, |s, _| at_rate(s, 16_000)),
    condition!("rate-22050", "recorded at 22.05 kHz", SAMPLE_RATE, |s, _| at_rate(s, 22_050)),
    condition!("rate-44100", "recorded at 44.1 kHz", SAMPLE_RATE, |s, _| at_rate(s, 44_100)),
    condition!("rate-48000", "recorded at 48 kHz", SAMPLE_RATE, |s, _| at_rate(s, 48_000)),
    condition!("rate-96000", "recorded at 96 kHz", SAMPLE_RATE, |s, _| at_rate(s, 96_000)),

    condition!("phone-call", "a street 15 dB below, a cheap microphone, phone band, Opus", None, phone_call, Need::Codec(Codec::Opus)),
    condition!("laptop", "3 m away in a large room, a fan 15 dB below, a cheap microphone", None, laptop),
    condition!("song", "music 10 dB below", None, |s, rng| behind(s, sounds::music, BEHIND_DB, rng)),
    condition!("second-voice", "somebody else 10 dB below", None, second_voice, Need::OtherVoices),
    condition!("anything", "a random chain of all that, as training uses it", None, |s, rng| wave(distort(&s.samples, RATE, &s.others, rng))),
];

fn wave(samples: Vec<f32>) -> Result<Waveform> {
    Ok(Waveform::from_mono(samples, RATE)?)
}

fn after(before: &[f32], speech: &Speech) -> Result<Waveform> {
    wave([before, &speech.samples].concat())
}

fn crop(speech: &Speech, n: usize) -> Result<Waveform> {
    wave(speech.samples[n.min(speech.samples.len())..].to_vec())
}

fn filter(speech: &Speech, gain: impl Fn(f64) -> f64) -> Result<Waveform> {
    wave(equalize(&speech.samples, RATE, gain))
}

/// The quietest quarter of a second, there and back, so that it has no seam.
fn own_background(speech: &Speech) -> Vec<f32> {
    let quiet = quietest_stretch(&speech.samples, RATE, RATE as usize / 4);
    quiet.iter().chain(quiet.iter().rev()).copied().collect()
}

fn random_tone(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let hz = 100.0 * 70f64.powf(rng.random());
    tone(
        len,
        sample_rate,
        hz,
        rng.random_range(0.0..std::f64::consts::TAU),
    )
}

fn behind(speech: &Speech, sound: Generator, snr_db: f64, rng: &mut StdRng) -> Result<Waveform> {
    let sound = sound(rng, RATE, speech.samples.len());
    wave(mix(&speech.samples, &sound, RATE, snr_db))
}

fn babble(speech: &Speech, snr_db: f64, rng: &mut StdRng) -> Result<Waveform> {
    let speakers = rng.random_range(4..=7);
    let crowd = crowd(&speech.others, speakers, rng, speech.samples.len());
    wave(mix(&speech.samples, &crowd, RATE, snr_db))
}

fn second_voice(speech: &Speech, rng: &mut StdRng) -> Result<Waveform> {
    let voice = crowd(&speech.others, 1, rng, speech.samples.len());
    wave(mix(&speech.samples, &voice, RATE, BEHIND_DB))
}

fn phone(samples: &[f32], codec: Codec) -> Result<Waveform> {
    codec.transmit(&resample(&phone_band(samples, RATE), RATE, PHONE_RATE)?)
}

fn phone_call(speech: &Speech, rng: &mut StdRng) -> Result<Waveform> {
    let street = environment::traffic(rng, RATE, speech.samples.len());
    let noisy = mix(&speech.samples, &street, RATE, 15.0);
    let recorded = Microphone::random(rng).record(&noisy, RATE);
    phone(&recorded, Codec::Opus)
}

fn laptop(speech: &Speech, rng: &mut StdRng) -> Result<Waveform> {
    let changed = Room::large(3.0, rng).reverberate(&speech.samples, RATE, rng);
    let fan = sounds::fan(rng, RATE, changed.len());
    let noisy = mix(&changed, &fan, RATE, 15.0);
    wave(Microphone::random(rng).record(&noisy, RATE))
}

fn at_rate(speech: &Speech, rate: u32) -> Result<Waveform> {
    let native = speech.native;
    let samples = resample(native.samples(), native.sample_rate(), rate)?;
    Ok(Waveform::from_mono(samples, rate)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const VOICE: &[u8] = include_bytes!("../../../../tests/data/voice.wav");

    #[test]
    fn every_condition_changes_a_clip_and_follows_its_seed() {
        check(|condition| !matches!(condition.need, Need::Codec(_)));
    }

    #[test]
    #[ignore = "needs ffmpeg with libopus, libopencore_amrnb and libgsm"]
    fn codecs_change_a_clip_and_follow_its_seed() {
        check(|condition| matches!(condition.need, Need::Codec(_)));
    }

    fn check(is_wanted: fn(&Condition) -> bool) {
        let native = Waveform::from_wav(VOICE).unwrap();
        let samples = resample(native.samples(), native.sample_rate(), RATE).unwrap();
        let other: Vec<f32> = samples.iter().rev().copied().collect();
        let speech = Speech {
            native: &native,
            samples,
            others: vec![&other],
        };
        for condition in ALL.iter().filter(|condition| is_wanted(condition)) {
            let name = condition.name;
            let namesakes = ALL.iter().filter(|c| c.name == name).count();
            assert_eq!(namesakes, 1, "{name}");
            let apply =
                |seed| (condition.apply)(&speech, &mut StdRng::seed_from_u64(seed)).unwrap();
            let changed = apply(1);
            assert_eq!(changed, apply(1), "{name}");
            // Samples before or less of them are meant to be; anything else keeps the time.
            let longer_ms = changed.duration_ms() - native.duration_ms();
            let expected_ms = match name {
                "zeros-100" => 6.25,
                "zeros-500" => 31.25,
                "zeros-1000" => 62.5,
                "quiet-0.5s" => 500.0,
                "crop-100" => -6.25,
                "crop-500" => -31.25,
                "crop-1000" => -62.5,
                _ => 0.0,
            };
            assert!(
                (longer_ms - expected_ms).abs() < 0.2,
                "{name}: {longer_ms} ms"
            );
            let untouched = changed.samples() == speech.samples;
            assert_eq!(untouched, name == "rate-16000", "{name}");
        }
    }
}
