//! Evaluation of the VAD: the share of sounds that pass for speech, and of speech that it detects.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use emotionai_voice::training::{FrameStream, VadConfig, VadNetwork};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rayon::prelude::*;

use super::examples::{self, Kind, MIN_FRAMES, RATE, SECONDS, SILENT};
use crate::data::corpus::Clip;
use crate::data::simulate::channel::{Microphone, phone_band, to_16_bits};
use crate::data::simulate::mixing::{noise_at, sum};
use crate::data::simulate::rooms::Room;
use crate::data::simulate::sounds;

/// Sounds of each kind; their seeds are below those of training.
const N_SOUNDS: u64 = 32;
/// Levels that each sound is played at: its root mean square in dB of full scale, or as near to it
/// as 16 bits hold it unclipped.
const LEVELS_DB: [f32; 4] = [-70.0, -50.0, -25.0, 0.0];
/// Peak of the faint recordings: -50 dB of full scale. Ten dB further down the quiet parts of a recording fall below
/// the level under which everything is silence.
const FAINT: f32 = 0.003_162;
/// Speech frames of a counted window: 400 ms, about a word.
const A_WORD: usize = 25;

/// The evaluation of a network.
pub struct VadEvaluation {
    /// The largest share of the windows of each sound that pass for speech, over the levels.
    pub sounds: BTreeMap<String, f64>,
    /// The detected speech of each condition.
    pub speech: BTreeMap<&'static str, Detected>,
}

/// Shares of speech that are detected.
pub struct Detected {
    /// Share of the windows with a word or more: 400 ms of speech, louder than the noise.
    pub windows: f64,
    /// How many those are.
    pub n_windows: usize,
    /// Share of the windows with any countable speech, 200 ms.
    pub short_windows: f64,
    /// Share of the clips: those with a window of speech.
    pub clips: f64,
}

/// Evaluates on sounds of other seeds than those of training, and on the clips.
pub fn evaluate(network: &Arc<VadNetwork>, clips: &[Clip]) -> Result<VadEvaluation> {
    Ok(VadEvaluation {
        sounds: evaluate_sounds(network, N_SOUNDS)?,
        speech: evaluate_speech(network, clips)?,
    })
}

/// The largest share of the windows of each sound that pass for speech, over the levels; `of_a_kind` sounds of each
/// kind.
pub fn evaluate_sounds(network: &Arc<VadNetwork>, of_a_kind: u64) -> Result<BTreeMap<String, f64>> {
    let silence: Kind = ("silence".into(), Box::new(|_, len| vec![0.0; len]));
    let mut jobs = Vec::new();
    for kind in examples::kinds().into_iter().chain([silence]) {
        let kind = Arc::new(kind);
        jobs.extend((0..of_a_kind).map(|seed| (kind.clone(), seed)));
    }
    let rows: Result<Vec<_>> = jobs
        .par_iter()
        .map(|(kind, seed)| {
            let rng = &mut StdRng::seed_from_u64(*seed);
            let sound = (kind.1)(rng, SECONDS * RATE as usize);
            let power = sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32;
            let mut rows = Vec::new();
            for level in LEVELS_DB {
                let gain = (10f32.powf(level / 20.0) / power.sqrt()).min(1.0 / sounds::PEAK);
                let stream = examples::stream(&to_16_bits(&sound, gain), network)?;
                let answers = answers(&stream);
                let passed = answers.iter().filter(|(_, speech)| *speech).count();
                rows.push(((kind.0.clone(), level as i32), (passed, answers.len())));
            }
            Ok(rows)
        })
        .collect();
    let mut counts: BTreeMap<(String, i32), (usize, usize)> = BTreeMap::new();
    for (key, (passed, n)) in rows?.into_iter().flatten() {
        let count = counts.entry(key).or_default();
        *count = (count.0 + passed, count.1 + n);
    }
    let mut sounds: BTreeMap<String, f64> = BTreeMap::new();
    for ((name, _), (passed, n)) in counts {
        let worst = sounds.entry(name).or_default();
        *worst = worst.max(passed as f64 / n as f64);
    }
    Ok(sounds)
}

/// The detected speech of each condition.
pub fn evaluate_speech(
    network: &Arc<VadNetwork>,
    clips: &[Clip],
) -> Result<BTreeMap<&'static str, Detected>> {
    let rows: Result<Vec<_>> = clips
        .par_iter()
        .enumerate()
        .map(|(number, clip)| {
            let rng = &mut StdRng::seed_from_u64(number as u64);
            let sound = examples::at_rate(clip)?;
            let clean = examples::stream(&sound, network)?;
            let peak = sound.iter().fold(1e-9f32, |peak, s| peak.max(s.abs()));
            let faint: Vec<f32> = sound.iter().map(|s| s * FAINT / peak).collect();
            let room = Room::small(rng).reverberate(&sound, RATE, rng);
            let microphone = Microphone::random(rng).record(&sound, RATE);
            let mut versions = vec![
                ("clean", sound.clone(), SILENT),
                ("faint", faint, SILENT),
                ("loud, clipped", to_16_bits(&sound, 3.0 / peak), SILENT),
                ("telephone", phone_band(&sound, RATE), SILENT),
                ("room", room, SILENT),
                ("microphone", microphone, SILENT),
            ];
            for (name, noise) in [
                ("white 10 dB", sounds::white as sounds::Generator),
                ("pink 10 dB", sounds::pink),
                ("fan 10 dB", sounds::fan),
                ("keyboard 10 dB", sounds::keyboard),
                ("music 10 dB", sounds::music),
            ] {
                let noise = noise(rng, RATE, sound.len());
                let noise = noise_at(&sound, &noise, RATE, 10.0);
                let level = examples::level(&noise)?;
                versions.push((name, sum(&sound, &noise), level));
            }
            let mut rows = Vec::new();
            for (name, samples, noise_db) in versions {
                let stream = examples::stream(&samples, network)?;
                let speech = examples::speech(&clean, noise_db);
                let answers = answers(&stream)
                    .into_iter()
                    .map(|(end, found)| (examples::speech_frames(&speech, end), found));
                rows.push((name, answers.collect::<Vec<(usize, bool)>>()));
            }
            Ok(rows)
        })
        .collect();
    let mut by_name: BTreeMap<&'static str, Vec<Vec<(usize, bool)>>> = BTreeMap::new();
    for (name, answers) in rows?.into_iter().flatten() {
        by_name.entry(name).or_default().push(answers);
    }
    let share = |answers: &[bool]| {
        answers.iter().filter(|speech| **speech).count() as f64 / answers.len().max(1) as f64
    };
    let detected = |clips: Vec<Vec<(usize, bool)>>| {
        let of = |least: usize| -> Vec<bool> {
            let windows = clips.iter().flatten().filter(|window| window.0 >= least);
            windows.map(|window| window.1).collect()
        };
        let is_any = |windows: &Vec<(usize, bool)>| windows.iter().any(|window| window.1);
        let any: Vec<bool> = clips.iter().map(is_any).collect();
        Detected {
            windows: share(&of(A_WORD)),
            n_windows: of(A_WORD).len(),
            short_windows: share(&of(MIN_FRAMES)),
            clips: share(&any),
        }
    };
    Ok(by_name
        .into_iter()
        .map(|(name, clips)| (name, detected(clips)))
        .collect())
}

/// The ends of the windows of a stream, and whether each window is speech.
fn answers(stream: &FrameStream) -> Vec<(usize, bool)> {
    let config = VadConfig::default();
    let is_speech = |end| examples::detected_frames(stream, end, &config) >= MIN_FRAMES;
    examples::ends(stream, 31)
        .map(|end| (end, is_speech(end)))
        .collect()
}

impl fmt::Display for VadEvaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "windows that pass for speech, at the worst of {LEVELS_DB:?} dB"
        )?;
        for (name, passes) in &self.sounds {
            writeln!(f, "  {name:<16}{:>7.2} %", 100.0 * passes)?;
        }
        writeln!(
            f,
            "speech       windows of a word  (count)  of 200 ms    clips"
        )?;
        for (name, detected) in &self.speech {
            writeln!(
                f,
                "  {name:<16}{:>11.2} %{:>9}{:>10.2} %{:>7.2} %",
                100.0 * detected.windows,
                detected.n_windows,
                100.0 * detected.short_windows,
                100.0 * detected.clips
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::{Corpus, parse_choice};

    #[test]
    fn the_shipped_network_takes_no_sound_for_speech() {
        // Eight of a kind take a few seconds. `train vad --shipped` evaluates 32.
        let sounds = evaluate_sounds(&VadNetwork::shipped(), 8).unwrap();
        assert!(sounds.contains_key("silence") && sounds.contains_key("hum"));
        for (name, passes) in &sounds {
            // The aim is 1% for music, too; the model card has what is met.
            let most = if name.starts_with("music") {
                0.12
            } else {
                0.01
            };
            assert!(*passes <= most, "{name} passes in {passes} of its windows");
        }
    }

    #[test]
    #[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
    fn the_shipped_network_detects_speech() {
        let data = std::env::var("RAVDESS_DIR").unwrap();
        let actors = parse_choice("17-20").unwrap();
        let corpus = Corpus::open(data.as_ref(), None).unwrap();
        let clips = corpus.select(&actors, "--valid").unwrap();
        let conditions = evaluate_speech(&VadNetwork::shipped(), &clips).unwrap();
        for (name, detected) in &conditions {
            // The aims are 98 of 100 windows, also 10 dB above any sound, and 99.5 of 100 clips; what is met stands in
            // the model card.
            let found = (detected.windows, detected.clips);
            assert!(found.0 >= 0.95, "{name}: {} of the windows", found.0);
            assert!(found.1 >= 0.975, "{name}: {} of the clips", found.1);
        }
    }
}
