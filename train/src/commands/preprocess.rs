//! `train preprocess`: every recording of a corpus as a mel spectrogram that NumPy reads.

mod manifest;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use emotionai_voice::{LogMelExtractor, MelSpectrogram};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::args::{DataArgs, bar};
use crate::data::corpus::{Clip, Corpus, Names, Skip, skips};
use crate::data::decode::read_waveform;
use crate::data::simulate::resample;
use crate::data::spectrogram;
use crate::io::atomic;
use crate::io::output::{note, print};
use crate::learn::recipe::{Network, Recipe};
use manifest::{Manifest, Row};

/// Where the recordings that are left out are listed, beside the manifest.
const SKIPPED: &str = "skipped.csv";

const EXAMPLES: &str = "\
Examples:
  train preprocess --data ravdess --out mel
  train preprocess --data corpus.csv --set features.n_mels=128 --out mel128
  train fit --data mel --train 1-16 --valid 17-20 --out mine.emo  # from the spectrograms

In Python: numpy.load('mel/Actor_01/03-01-01-01-01-01-01.npy') is float32 decibels, [n_mels, n_frames].";

/// Options of `preprocess`.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct PreprocessArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Folder to write to: a .npy file for each recording, float32 decibels [n_mels, n_frames];
    /// manifest.csv, which lists them; and skipped.csv, which lists the unusable recordings. Spectrograms of the
    /// same features that are there already are kept.
    #[arg(long)]
    out: PathBuf,
    /// TOML file of a recipe, whose features are used [default: those of the shipped weights].
    #[arg(long)]
    recipe: Option<PathBuf>,
    /// Field of the features to change, such as features.n_mels=128; can be repeated.
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
}

/// A recording and its spectrogram.
struct Job<'a> {
    clip: &'a Clip,
    /// Below the folder of the output.
    path: PathBuf,
    row: Row,
}

/// Computes the spectrograms that are not there yet, and lists the recordings that cannot be used.
pub fn run(args: &PreprocessArgs) -> Result<()> {
    let corpus = args.data.open()?;
    corpus.check_out(&args.out)?;
    let features = Recipe::load(Network::Cnn, args.recipe.as_deref(), &args.set)?.features;
    let extractor = LogMelExtractor::new(&features).context("the features cannot be used")?;
    fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot create {}", args.out.display()))?;

    let started = Instant::now();
    let config = spectrogram::config_hash(&features)?;
    let (jobs, mut left_out) = jobs(&corpus, &config);
    let listed = Manifest::listed(&args.out, &config);
    let (kept, wanted): (Vec<Job>, Vec<Job>) = jobs
        .into_iter()
        .partition(|job| listed.contains(&job.row[0]) && is_newer(&args.out.join(&job.path), job));
    let manifest = Manifest::start(&args.out, kept.iter().map(|job| &job.row))?;
    let bar = bar(wanted.len(), "{pos}/{len} recordings, {eta} left");
    let make = |extractor: &mut LogMelExtractor, job: &Job| {
        let skip = make(job, &args.out, extractor, &manifest);
        bar.inc(1);
        skip
    };
    let made = wanted.par_iter().map_init(|| extractor.clone(), make);
    let skips_of_wanted = made.collect::<Result<Vec<Option<Skip>>>>()?;
    bar.finish_and_clear();

    let mut rows: Vec<&Row> = kept.iter().map(|job| &job.row).collect();
    for (job, skip) in wanted.iter().zip(skips_of_wanted) {
        match skip {
            None => rows.push(&job.row),
            Some(skip) => left_out.push(skip),
        }
    }
    rows.sort();
    note(skips(&left_out));
    let skipped = [corpus.skipped(), &left_out].concat();
    list(&args.out.join(SKIPPED), &skipped)?;
    print(&format!(
        "{} made, {} kept, {} skipped in {:.1} s: {}\n",
        rows.len() - kept.len(),
        kept.len(),
        skipped.len(),
        started.elapsed().as_secs_f64(),
        args.out.join(manifest::FILE_NAME).display()
    ))?;
    if rows.is_empty() {
        bail!("no recording can be used");
    }
    manifest.finish(rows.into_iter())
}

/// Makes one spectrogram; the reason where its recording cannot be used.
fn make(
    job: &Job,
    out: &Path,
    extractor: &mut LogMelExtractor,
    manifest: &Manifest,
) -> Result<Option<Skip>> {
    match compute(job.clip, extractor) {
        Ok(mel) => {
            write(&out.join(&job.path), &spectrogram::to_bytes(&mel))?;
            manifest.add(&job.row)?;
            Ok(None)
        }
        Err(error) => Ok(Some(Skip::because(&job.clip.path, &error))),
    }
}

/// The spectrograms to compute, and the recordings that are left out.
fn jobs<'a>(corpus: &'a Corpus, config: &str) -> (Vec<Job<'a>>, Vec<Skip>) {
    let mut taken = BTreeSet::new();
    let mut skipped = Vec::new();
    let mut jobs = Vec::with_capacity(corpus.clips().len());
    for clip in corpus.clips() {
        let path = target(&clip.path, corpus.folder());
        // Two names may differ in their ending alone, or in a folder above the corpus.
        if !taken.insert(path.clone()) {
            let reason = "its spectrogram would have the name of another's";
            skipped.push(Skip::new(&clip.path, reason));
            continue;
        }
        let row = [
            path.to_string_lossy().into_owned(),
            clip.label_name().to_owned(),
            text(&clip.speaker),
            text(&clip.gender),
            text(&clip.intensity),
            text(&clip.statement),
            clip.split.clone().unwrap_or_default(),
            corpus.names().map_or("", Names::option).to_owned(),
            config.to_owned(),
        ];
        jobs.push(Job { clip, path, row });
    }
    (jobs, skipped)
}

/// Where the spectrogram of a recording goes: as the recording lies in its corpus, or below a folder
/// of their own for those that a manifest takes from elsewhere.
fn target(recording: &Path, corpus: &Path) -> PathBuf {
    let inside = recording.strip_prefix(corpus).unwrap_or(recording);
    let is_plain = |part: &Component| matches!(part, Component::Normal(_));
    let is_inside = inside.components().all(|part| is_plain(&part));
    let mut target = PathBuf::from(if is_inside { "" } else { "elsewhere" });
    target.extend(inside.components().filter(is_plain));
    target.set_extension("npy");
    target
}

/// A value as JSON names it; nothing of what is not known.
fn text(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(name)) => name,
        Ok(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Whether a spectrogram is there and made after its recording.
fn is_newer(spectrogram: &Path, job: &Job) -> bool {
    let modified = |path: &Path| fs::metadata(path)?.modified();
    match (modified(spectrogram), modified(&job.clip.path)) {
        (Ok(made), Ok(recorded)) => made >= recorded,
        _ => false,
    }
}

/// The frames of a whole recording.
fn compute(clip: &Clip, extractor: &mut LogMelExtractor) -> Result<MelSpectrogram> {
    let waveform = read_waveform(&clip.path)?;
    let rate = extractor.config().sample_rate;
    let samples = resample(waveform.samples(), waveform.sample_rate(), rate)?;
    if samples.is_empty() {
        bail!("it holds no sample");
    }
    let mut mel = MelSpectrogram::new(extractor.config().n_mels);
    extractor.push(&samples, &mut mel)?;
    extractor.flush(&mut mel);
    Ok(mel)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    atomic::write(path, bytes)
}

/// Writes which recordings are left out, and why.
fn list(path: &Path, skipped: &[Skip]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["path", "reason"])?;
    for skip in skipped {
        writer.write_record([skip.path.to_string_lossy().as_ref(), &skip.reason])?;
    }
    atomic::write(path, &writer.into_inner()?)
}
