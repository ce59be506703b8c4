//! `train synthesize`: a corpus of artificial voices, to try the tools and to test training.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::simulate::voice::{Manner, RATE, Throat, speak};
use crate::io::output::print;

const EXAMPLES: &str = "\
Example:
  train synthesize --out synthetic";

/// Options of `synthesize`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct SynthesizeArgs {
    /// Folder to write the recordings and their manifest.csv to.
    #[arg(long)]
    out: PathBuf,
    /// Number of voices.
    #[arg(long, default_value_t = 8)]
    speakers: u32,
    /// Number of voices, the last ones, in the split valid of the manifest.
    #[arg(long, default_value_t = 2)]
    valid: u32,
    /// Recordings of each voice and label.
    #[arg(long, alias = "takes", default_value_t = 6)]
    repetitions: u32,
    /// Seed of the recordings.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The labels, which differ in pitch, pitch range, rate and loudness.
const MANNERS: [(&str, Manner); 3] = [
    ("excited", manner(1.6, 0.8, 0.13, 0.8)),
    ("friendly", manner(1.1, 0.4, 0.21, 0.4)),
    ("tired", manner(0.8, 0.1, 0.36, 0.15)),
];

const fn manner(pitch: f32, pitch_range: f32, syllable_s: f32, loudness: f32) -> Manner {
    Manner {
        pitch,
        pitch_range,
        syllable_s,
        loudness,
    }
}

/// Length of a recording's speech, in seconds.
const SECONDS: f32 = 2.2;

/// Writes the recordings and their manifest.
pub fn run(args: &SynthesizeArgs) -> Result<()> {
    fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot create {}", args.out.display()))?;
    let manifest = args.out.join("manifest.csv");
    let mut rows = csv::Writer::from_path(&manifest)
        .with_context(|| format!("cannot write {}", manifest.display()))?;
    rows.write_record(["path", "label", "speaker", "split"])?;
    for speaker in 1..=args.speakers {
        // Of the speaker alone, so that more of them do not change the others.
        let mut rng = StdRng::seed_from_u64((args.seed << 32) | u64::from(speaker));
        let throat = random_throat(&mut rng);
        let name = format!("S{speaker:02}");
        let split = match speaker > args.speakers.saturating_sub(args.valid) {
            true => "valid",
            false => "train",
        };
        for (label, manner) in MANNERS {
            for repetition in 1..=args.repetitions {
                let file = format!("{name}-{label}-{repetition}.wav");
                write(&args.out.join(&file), &say(&throat, &manner, &mut rng))?;
                rows.write_record([file.as_str(), label, &name, split])?;
            }
        }
    }
    rows.flush()?;
    print(&format!("wrote {}\n", manifest.display()))
}

/// A random voice.
fn random_throat(rng: &mut StdRng) -> Throat {
    Throat {
        pitch_hz: rng.random_range(100.0..190.0),
        formants: rng.random_range(0.9..1.2),
        breath: rng.random_range(0.01..0.05),
    }
}

/// The samples of a recording.
fn say(throat: &Throat, manner: &Manner, rng: &mut StdRng) -> Vec<f32> {
    speak(throat, &vary(manner, rng), SECONDS, rng)
}

/// A random variation of a manner: no two recordings are alike.
fn vary(manner: &Manner, rng: &mut StdRng) -> Manner {
    let mut about = |value: f32| value * rng.random_range(0.9..1.1);
    Manner {
        pitch: about(manner.pitch),
        pitch_range: about(manner.pitch_range),
        syllable_s: about(manner.syllable_s),
        loudness: about(manner.loudness),
    }
}

fn write(path: &Path, samples: &[f32]) -> Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let context = || format!("cannot write {}", path.display());
    let mut wav = hound::WavWriter::create(path, spec).with_context(context)?;
    for sample in samples {
        let level = f32::from(i16::MAX) * sample.clamp(-1.0, 1.0);
        wav.write_sample(level.round() as i16)
            .with_context(context)?;
    }
    wav.finalize().with_context(context)
}

#[cfg(test)]
mod tests {
    use super::*;
    use emotionai_voice::FeatureConfig;
    use emotionai_voice::training::{FrameStream, VadConfig, WindowConfig};

    /// The voice activity detector was trained on people, and accepts this voice in nine windows of ten.
    #[test]
    fn recordings_hold_speech() {
        let features = FeatureConfig::default();
        let (windows, gate) = (WindowConfig::default(), VadConfig::default());
        for (label, manner) in MANNERS {
            let recordings = (0..24).filter(|&seed| {
                let rng = &mut StdRng::seed_from_u64(seed);
                let samples = say(&random_throat(rng), &manner, rng);
                let frames = FrameStream::whole(&features, RATE, &samples).unwrap();
                let mut ends =
                    (windows.provisional_frames..=frames.n_frames()).step_by(windows.hop_frames);
                ends.any(|end| {
                    let speech = frames.speech_frames(end, &windows, &gate);
                    features.frames_to_ms(speech) >= gate.min_speech_ms
                })
            });
            let n = recordings.count();
            assert!(n >= 23, "{label}: {n} of 24 hold speech");
        }
    }
}
