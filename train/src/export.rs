//! `train export`: a model for where it is to run, checked before it is called done.

mod loss;
mod onnx;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use emotionai_voice::{Model, ParameterType, Parent, Provenance, Step};
use serde::Serialize;

use crate::corpus::{Choice, Clip, Corpus, parse_choice};
use crate::{atomic, cli, fit, training};

use loss::Loss;

const EXPLANATION: &str = "\
Examples:
  train export --model mine.emo --out small.emo --parameters int8 --data ravdess --actors 17-20
  train export --model mine.emo --out mine.onnx                   # for ONNX Runtime

Model files (.emo) are what pages, `train predict` and `train evaluate` load. Their parameters may be
  f32   what training left, to the last bit
  f16   half the file; rounding moves logits by about a thousandth
  int8  little more than a quarter of it: weights of convolutions and linear layers in 8 bits, with a
        scale for each output channel, which moves logits by about a hundredth; biases and
        normalisation stay f32
A model whose parameters were rounded is another model: it gets an id of its own, and loses the figures
that the trainer measured for the one before. Name --data and --actors to see what the rounding costs.

ONNX files (.onnx) hold any of the networks in 32-bit floats, opset 17, IR version 8:
  input   log_mel        [batch, 1, n_mels, n_frames], f32: decibels below the loudest band of the last
                         `context_frames` frames (so 0 or less), lowest band first, as the model file's
                         features say. A window that lacks frames is filled with -range_db or anything
                         lower, before its first frame or, with \"padding\": \"end\", after its last.
  input   prosody        [batch, n_figures], f32, of a model with a prosody head alone: the figures of the same
                         frames, as the core's `FrameStream::prosody` gives them; or those of the
                         average voice, which stand in the metadata: the mean of prosody.
  output  logits         [batch, n_labels], f32: with the calibration's label bias, before the temperature.
                         A clip's logits are the mean of those of its windows, weighted by their speech.
  output  probabilities  [batch, n_labels], f32: softmax(logits / temperature).
The floor at -range_db and the standardisation of each band are part of the graph. Metadata name the id,
the labels and the licence, and hold provenance, features, windows, normalization, calibration and prosody as
JSON.";

/// Options of `export`.
#[derive(Args)]
#[command(after_help = EXPLANATION)]
pub struct ExportArgs {
    /// Model file [default: the shipped weights].
    #[arg(long)]
    model: Option<PathBuf>,
    /// File to write; its ending says what: .emo for a model file, .onnx for ONNX.
    #[arg(long)]
    out: PathBuf,
    /// How a model file stores the parameters: f32, f16 or int8 [default: as they were stored].
    #[arg(long)]
    parameters: Option<ParameterType>,
    /// Recordings, as `fit` takes them, to measure on them what rounding the parameters costs.
    #[arg(long, requires = "actors")]
    data: Option<PathBuf>,
    /// Speakers to measure on, such as 21-24; split:NAME for a split of the manifest; or all.
    #[arg(long, visible_alias = "speakers", value_parser = parse_choice, requires = "data")]
    actors: Option<Choice>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
    id: String,
    format: &'static str,
    parameters: ParameterType,
    bytes: usize,
    /// Bytes of the model file that it was made from.
    source_bytes: usize,
    /// Whether the parameters were stored otherwise before.
    #[serde(skip)]
    is_rounded: bool,
    /// What rounding the parameters costs, where it was measured.
    loss: Option<Loss>,
}

/// Exports the model.
///
/// # Errors
/// Whatever keeps the file from being written, or from being read back the same.
pub fn run(args: &ExportArgs) -> Result<()> {
    let (source, name) = cli::read_model(args.model.as_deref())?;
    let model = Model::from_bytes(&source, &training::device())
        .with_context(|| format!("cannot use {name}"))?;
    let clips = clips(args)?;
    check_out(&args.out, args.model.as_slice())?;
    let stored = Model::parameter_type(&source)?;
    let format = args.out.extension().and_then(|ending| ending.to_str());
    let (format, parameters, id, bytes, loss) = match format {
        Some("emo") => {
            let parameters = args.parameters.unwrap_or(stored);
            let (exported, bytes) = model_file(&model, parameters)?;
            let loss = clips
                .map(|clips| Loss::measure(&model, &exported, &clips))
                .transpose()?;
            ("emo", parameters, exported.header.id, bytes, loss)
        }
        Some("onnx") => {
            if clips.is_some() || args.parameters.is_some_and(|p| p != ParameterType::F32) {
                bail!(
                    "an ONNX file holds the parameters as f32, which costs nothing that could be measured: leave out --parameters, --data and --actors"
                );
            }
            let bytes = onnx::encode(&model)?;
            ("onnx", ParameterType::F32, model.header.id, bytes, None)
        }
        _ => bail!(
            "--out {} says neither model file nor ONNX: let it end in .emo or .onnx",
            args.out.display()
        ),
    };
    write(&args.out, &bytes)?;
    let written = Written {
        path: args.out.display().to_string(),
        id,
        format,
        parameters,
        bytes: bytes.len(),
        source_bytes: source.len(),
        is_rounded: format == "emo" && parameters != stored,
        loss,
    };
    cli::show(args.json, &written, Written::text)
}

/// Makes sure that `out` can be written and is none of the models that it is made from.
///
/// # Errors
/// Says which it is.
pub fn check_out(out: &Path, models: &[PathBuf]) -> Result<()> {
    fit::check_out(out)?;
    let Ok(written) = out.canonicalize() else {
        return Ok(());
    };
    let is_out = |model: &PathBuf| model.canonicalize().is_ok_and(|model| model == written);
    if models.iter().any(is_out) {
        bail!(
            "--out {} is a model that it would be made from, which would be lost: name another file",
            out.display()
        );
    }
    Ok(())
}

fn clips(args: &ExportArgs) -> Result<Option<Vec<Clip>>> {
    let (Some(data), Some(actors)) = (&args.data, &args.actors) else {
        return Ok(None);
    };
    if actors.is_none() {
        bail!("--actors none leaves nobody to measure on: name some, such as --actors 21-24");
    }
    let clips = Corpus::open(data, None)?.select(actors, "--actors")?;
    Ok(Some(clips))
}

/// The model as a file of these parameters, and what is read back from it.
///
/// # Errors
/// Where a parameter does not fit the type, or the file does not read back as what was written.
pub fn model_file(model: &Model, parameters: ParameterType) -> Result<(Model, Vec<u8>)> {
    let read = |bytes: &[u8]| Model::from_bytes(bytes, &training::device());
    let mut exported = read(&model.to_bytes_as(parameters)?)?;
    if exported.net.to_bytes() != model.net.to_bytes() {
        let header = &mut exported.header;
        header.metrics.clear();
        let parent = Parent {
            id: header.id.clone(),
            weight: 1.0,
            provenance: std::mem::take(&mut header.provenance),
        };
        header.provenance = Provenance {
            step: Step::Export,
            parents: vec![parent],
            ..Provenance::default()
        };
        exported.header.id = fit::id(&exported);
    }
    // What was rounded once is not rounded again, so this is the same network.
    let bytes = exported.to_bytes_as(parameters)?;
    let again = read(&bytes)?;
    if again.header != exported.header || again.net.to_bytes() != exported.net.to_bytes() {
        bail!("the file does not read back as the model that was written: nothing was exported");
    }
    Ok((exported, bytes))
}

/// Writes the file and makes sure of it: a full disk may tell only those who ask.
///
/// # Errors
/// Names the file that cannot be written, or that holds something else afterwards.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.display();
    atomic::write_durably(path, bytes)?;
    let there = std::fs::read(path).with_context(|| format!("cannot read {name} back"))?;
    if there != bytes {
        bail!("{name} holds something else than was written to it: is the disk full?");
    }
    Ok(())
}

impl Written {
    /// Lines for people.
    fn text(&self) -> String {
        let mut text = format!(
            "wrote {} ({}), read back the same: {} bytes of {}, {:.0}% of the file that it was made from\n",
            self.path,
            self.id,
            self.bytes,
            self.parameters,
            100.0 * self.bytes as f64 / self.source_bytes as f64,
        );
        match &self.loss {
            Some(loss) => text.push_str(&loss.text()),
            None if self.is_rounded => text.push_str(
                "what the rounding costs was not measured: name recordings of voices that the model has not heard, with --data and --actors\n",
            ),
            None => {}
        }
        text
    }
}
