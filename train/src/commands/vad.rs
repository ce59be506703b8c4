//! `train vad`: trains the network of the voice activity detector on speech and on other sounds.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::args::DataArgs;
use crate::data::corpus::{Choice, parse_choice};
use crate::io::output::{print, print_progress};
use crate::learn::vad::evaluation::evaluate;
use crate::learn::vad::examples::{self, Sounds};
use crate::learn::vad::network;

const EXAMPLES: &str = "\
Example:
  train vad --data ravdess --out src/weights/voice.f32";

/// Options of `vad`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct VadArgs {
    #[command(flatten)]
    data: DataArgs,
    /// File to write the network to; the core is compiled with src/weights/voice.f32.
    #[arg(long, default_value = "voice.f32")]
    out: PathBuf,
    /// Training speakers.
    #[arg(long, default_value = "1-16", value_parser = parse_choice)]
    train: Choice,
    /// Held-out speakers.
    #[arg(long, default_value = "17-20", value_parser = parse_choice)]
    valid: Choice,
    /// Sounds to exclude from training, by the start of their names, such as keyboard,music-Drums.
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Training sounds of each kind, and three times as many tunes.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    sounds: u64,
    /// Versions of each training recording with one of the sounds in the background, 5 to 30 dB below the
    /// speech.
    #[arg(long, alias = "behind", default_value_t = 6, value_parser = clap::value_parser!(u64).range(..=100))]
    background: u64,
    /// Evaluate the network that ships instead of training one.
    #[arg(long)]
    shipped: bool,
    /// Seed of the network, from 1 on: the sounds of seed 0 are for the evaluation.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seed: u64,
}

/// Trains the network, writes it and evaluates it.
pub fn run(args: &VadArgs) -> Result<()> {
    let corpus = args.data.open()?;
    let valid = corpus.select(&args.valid, "--valid")?;
    if args.shipped {
        return print(&evaluate(&|window| window.is_speech(), &valid)?.to_string());
    }
    let clips = corpus.select(&args.train, "--train")?;
    let is_wanted = |name: &str| !args.without.iter().any(|start| name.starts_with(start));
    let kinds = examples::kinds()
        .into_iter()
        .filter(|kind| is_wanted(&kind.0));
    let sounds = Sounds {
        kinds: kinds.collect(),
        seeds: args.seed * 1_000_000..args.seed * 1_000_000 + args.sounds,
        background: args.background,
    };
    let mut examples = examples::of_sounds(&sounds)?;
    let n_sounds = examples.len();
    // The recordings need sounds for their background.
    if n_sounds > 0 {
        examples.extend(examples::of_recordings(&clips, &sounds, args.seed)?);
    }
    if n_sounds == examples.len() {
        bail!("nothing to tell apart: training needs both speech and sounds");
    }
    print_progress(&format!(
        "training on {n_sounds} windows of sounds and {} of speech\n",
        examples.len() - n_sounds
    ))?;
    let net = network::train(&examples, args.seed)?;
    let bytes = net.coefficients().iter().flat_map(|v| v.to_le_bytes());
    std::fs::write(&args.out, bytes.collect::<Vec<u8>>())
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    print(&evaluate(&|window| window.is_speech_to(&net), &valid)?.to_string())
}
