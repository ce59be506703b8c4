//! `train vad`: trains the network of the voice activity detector on voices and on other sounds.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use emotionai_voice::training::VadNetwork;

use super::args::DataArgs;
use crate::data::corpus::{Choice, Clip, parse_choice};
use crate::data::recorded::recordings;
use crate::io::files::read;
use crate::io::output::{print, print_progress, show};
use crate::learn::vad::evaluation::evaluate;
use crate::learn::vad::judge::{Clips, Detector, Ours, Report};
use crate::learn::vad::material::Material;
use crate::learn::vad::network::{Training, train};

const EXAMPLES: &str = "\
Examples:
  train vad --data ravdess --recordings corpora --out src/weights/vad.int8
  train vad --data ravdess --shipped
  train vad --data ravdess --recordings corpora --judge";

/// Options of `vad`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct VadArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Folder with corpora of voices and sounds, by the names of their folders: esc-10, indian, nemo, librispeech,
    /// emogator, each with its list. May be given more than once.
    #[arg(long)]
    recordings: Vec<PathBuf>,
    /// File to write the network to; the core is compiled with src/weights/vad.int8.
    #[arg(long, default_value = "vad.int8")]
    out: PathBuf,
    /// Training speakers of --data.
    #[arg(long, default_value = "1-16", value_parser = parse_choice)]
    train: Choice,
    /// Held-out speakers of --data.
    #[arg(long, default_value = "17-20", value_parser = parse_choice)]
    valid: Choice,
    /// Timelines of 12 s in an epoch.
    #[arg(long, default_value_t = 3_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    timelines: u32,
    /// Epochs, each of new timelines.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    epochs: u32,
    /// Evaluate the network that ships instead of training one.
    #[arg(long)]
    shipped: bool,
    /// Judge on the held-out recordings instead of training: --network, or the network that ships, beside its peers
    /// where this program was built with the feature `peers`.
    #[arg(long)]
    judge: bool,
    /// Network to judge [default: the one that ships].
    #[arg(long, requires = "judge")]
    network: Option<PathBuf>,
    /// Silero's ONNX file, to judge it too; PYTHON names a Python with onnxruntime and numpy.
    #[cfg(feature = "peers")]
    #[arg(long, requires = "judge")]
    silero: Option<PathBuf>,
    /// Clips of each corpus of voices to judge on, at most.
    #[arg(long, default_value_t = 40, requires = "judge")]
    clips: usize,
    /// Print the judgement as one JSON object.
    #[arg(long, requires = "judge")]
    json: bool,
    /// Seed of the network, from 1 on: the sounds of seed 0 are for the evaluation.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seed: u64,
}

/// Trains the network, writes it and evaluates it.
pub fn run(args: &VadArgs) -> Result<()> {
    let corpus = args.data.open()?;
    let valid = corpus.select(&args.valid, "--valid")?;
    if args.judge {
        return judge(args, valid);
    }
    if args.shipped {
        return print(&evaluate(&VadNetwork::shipped(), &valid)?.to_string());
    }
    let clips = corpus.select(&args.train, "--train")?;
    let clips: Vec<PathBuf> = clips.into_iter().map(|clip| clip.path).collect();
    let material = Material::read(&recordings(&args.recordings)?, &clips, args.seed)?;
    print_progress(&material.summary())?;
    let training = Training {
        timelines: args.timelines as usize,
        epochs: args.epochs as usize,
        seed: args.seed,
    };
    let bytes = train(&material, &training)?;
    std::fs::write(&args.out, &bytes)
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    let network = VadNetwork::from_bytes(&bytes).context("a network is read as it was written")?;
    print(&evaluate(&network.into(), &valid)?.to_string())
}

/// Judges a network, and prints the table.
fn judge(args: &VadArgs, speech: Vec<Clip>) -> Result<()> {
    let network = match &args.network {
        Some(path) => {
            let bytes = read(path)?;
            let network = VadNetwork::from_bytes(&bytes);
            let network = network
                .with_context(|| format!("{} is no network of `train vad`", path.display()))?;
            Arc::new(network)
        }
        None => VadNetwork::shipped(),
    };
    #[cfg_attr(not(feature = "peers"), expect(unused_mut))]
    let mut detectors: Vec<Box<dyn Detector>> = vec![Box::new(Ours(network))];
    #[cfg(feature = "peers")]
    detectors.extend(crate::learn::vad::judge::peers(args.silero.as_deref())?);
    let speech = speech.into_iter().map(|clip| clip.path).collect();
    let clips = Clips::new(&recordings(&args.recordings)?, speech, args.clips);
    let report = clips.judge(&detectors)?;
    show(args.json, &report, Report::to_string)
}
