//! The gate's network: trained on voices and on sounds that are none, judged on others of both.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::commands::cli;
use crate::data::corpus::{Choice, DataArgs, parse_choice};
use crate::learn::vad::examples::{self, Sounds};
use crate::learn::vad::{evaluation as judgement, network};

/// Options of `gate`.
#[derive(Args)]
pub struct GateArgs {
    #[command(flatten)]
    data: DataArgs,
    /// File to write the network to; the core is compiled with src/weights/voice.f32.
    #[arg(long, default_value = "voice.f32")]
    pub out: PathBuf,
    /// Speakers to learn from.
    #[arg(long, default_value = "1-16", value_parser = parse_choice)]
    pub train: Choice,
    /// Speakers to judge on.
    #[arg(long, default_value = "17-20", value_parser = parse_choice)]
    pub valid: Choice,
    /// Sounds to keep out of training, by the start of their names, such as keyboard,music-Drums.
    #[arg(long, value_delimiter = ',')]
    pub without: Vec<String>,
    /// Sounds of each kind to learn from, and three times as many tunes.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    pub sounds: u64,
    /// Versions of each recording to learn from that have one of the sounds behind the voice, 5 to 30 dB
    /// below it.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(..=100))]
    pub behind: u64,
    /// Judge the network that ships instead of training one.
    #[arg(long)]
    pub shipped: bool,
    /// Same seed: same network. From 1 on: what is judged on are the sounds that 0 would learn from.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub seed: u64,
}

/// Trains the network, judges it and writes it.
///
/// # Errors
/// Where a recording cannot be read or the file cannot be written.
pub fn run(args: &GateArgs) -> Result<()> {
    let corpus = args.data.open()?;
    let valid = corpus.select(&args.valid, "--valid")?;
    if args.shipped {
        print!(
            "{}",
            judgement::judge(&|window| window.is_speech(), &valid)?
        );
        return Ok(());
    }
    let voices = corpus.select(&args.train, "--train")?;
    let kinds = examples::kinds()
        .into_iter()
        .filter(|kind| !args.without.iter().any(|name| kind.0.starts_with(name)))
        .collect();
    let sounds = Sounds {
        kinds,
        seeds: args.seed * 1_000_000..args.seed * 1_000_000 + args.sounds,
        behind: args.behind,
    };
    let mut examples = examples::of_sounds(&sounds)?;
    let n_sounds = examples.len();
    // Without sounds there is none to put behind a voice either.
    if n_sounds > 0 {
        examples.extend(examples::of_voices(&voices, &sounds, args.seed)?);
    }
    if n_sounds == examples.len() {
        bail!("nothing to tell apart: both voices and sounds must be learned from");
    }
    cli::print(&format!(
        "learning from {n_sounds} windows of sounds and {} of voices\n",
        examples.len() - n_sounds
    ))?;
    let net = network::train(&examples, args.seed);
    let bytes: Vec<u8> = net
        .coefficients()
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    std::fs::write(&args.out, bytes)
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    cli::print(&judgement::judge(&|window| window.passes(&net), &valid)?.to_string())
}

/// The judgement of the network that ships, on the actors it has not heard.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::Corpus;

    #[test]
    fn the_shipped_gate_takes_no_sound_for_a_voice() {
        // Eight of a kind take a few seconds. `train gate --shipped` judges 32, of which more tunes pass (the model card has the figures).
        let sounds = judgement::judge_sounds(&|window| window.is_speech(), 8).unwrap();
        assert!(sounds.contains_key("silence") && sounds.contains_key("hum"));
        for (name, passes) in &sounds {
            assert!(*passes <= 0.01, "{name} passes in {passes} of its windows");
        }
    }

    #[test]
    fn the_shipped_gate_hears_voices() {
        let Ok(data) = std::env::var("RAVDESS_DIR") else {
            println!("SKIPPED: RAVDESS_DIR does not name the recordings");
            return;
        };
        let actors = parse_choice("17-20").unwrap();
        let corpus = Corpus::open(data.as_ref(), None).unwrap();
        let clips = corpus.select(&actors, "--valid").unwrap();
        let voices = judgement::judge_voices(&|window| window.is_speech(), &clips).unwrap();
        for (name, voice) in &voices {
            // It is to hear 98 of 100 windows, 10 dB above any sound too; what is faint may lie below the level of silence.
            let windows = if *name == "faint" { 0.95 } else { 0.98 };
            assert!(
                voice.windows >= windows,
                "{name}: {} of the windows",
                voice.windows
            );
            assert!(voice.clips >= 0.995, "{name}: {} of the clips", voice.clips);
        }
    }
}
