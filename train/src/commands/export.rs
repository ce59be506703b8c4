//! `train export`: a smaller model file, or ONNX, checked after it is written.

mod loss;
mod onnx;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use emotionai_voice::Model;
use emotionai_voice::training::ParameterType;
use serde::Serialize;

use super::args::values;
use crate::data::corpus::{Choice, Clip, Corpus, Names, parse_choice};
use crate::io::model;
use crate::io::output::show;
use loss::Loss;

const EXPLANATION: &str = "\
Examples:
  train export --model mine.emo --out small.emo --parameters int8 --data ravdess --actors 17-20
  train export --model mine.emo --out mine.onnx                   # for ONNX Runtime

Model files (.emo) are what pages, `train predict` and `train evaluate` load. Their parameters may be
  f32   the trained parameters, to the last bit
  f16   half the file; rounding moves logits by about a thousandth
  int8  little more than a quarter of it: weights of convolutions and linear layers in 8 bits, with a
        scale for each output channel, which moves logits by about a hundredth; biases and
        normalisation stay f32
A model whose parameters were rounded is another model: it gets an id of its own, and loses the metrics of
the original. Name --data and --actors to measure the cost of the rounding.

ONNX files (.onnx) hold any of the networks in 32-bit floats, opset 17, IR version 8:
  input   log_mel        [batch, 1, n_mels, n_frames], f32: decibels below the loudest band of the last
                         `context_frames` frames (so 0 or less), lowest band first, as the model file's
                         features say. A window that lacks frames is filled with -range_db or anything
                         lower, before its first frame or, with \"padding\": \"end\", after its last.
  input   prosody        [batch, n_functionals], f32, of a model with a prosody head alone: the functionals of the same
                         frames, as the core's `FrameStream::prosody` gives them; or those of the
                         average speaker, which stand in the metadata: the mean of prosody.
  output  logits         [batch, n_labels], f32: with the calibration's label bias, before the temperature.
                         A clip's logits are the mean of those of its windows, weighted by their speech.
  output  probabilities  [batch, n_labels], f32: softmax(logits / temperature).
The floor at -range_db and the standardisation of each band are part of the graph. Metadata name the id,
the labels and the licence, and hold features, windows, normalization, calibration and prosody as JSON.";

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
    /// Recordings, as `fit` takes them, to measure the cost of rounding the parameters.
    #[arg(long, requires = "actors")]
    data: Option<PathBuf>,
    /// Corpus that a folder's file names are of [default: the one that they fit].
    #[arg(long, value_parser = values::corpus(), requires = "data")]
    corpus: Option<Names>,
    /// Speakers to measure on, such as 21-24; split:NAME for a split of the manifest; or all.
    #[arg(long, visible_alias = "speakers", value_parser = parse_choice, requires = "data")]
    actors: Option<Choice>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// The file that was written.
#[derive(Debug, Serialize)]
struct Written {
    path: String,
    id: String,
    format: &'static str,
    parameters: ParameterType,
    bytes: usize,
    /// Bytes of the model file that it was made from.
    source_bytes: usize,
    /// Whether the parameters were stored as another type before.
    #[serde(skip)]
    is_rounded: bool,
    /// The cost of rounding the parameters, where it was measured.
    loss: Option<Loss>,
}

/// Exports the model.
pub fn run(args: &ExportArgs) -> Result<()> {
    let (source, name) = model::read(args.model.as_deref())?;
    let source_model = Model::from_bytes(&source, &model::device())
        .with_context(|| format!("cannot use {name}"))?;
    let clips = clips(args)?;
    model::check_out(&args.out, args.model.as_slice())?;
    let stored = Model::parameter_type(&source)?;
    let format = args.out.extension().and_then(|ending| ending.to_str());
    let mut loss = None;
    let (format, parameters, id, bytes) = match format {
        Some("emo") => {
            let parameters = args.parameters.unwrap_or(stored);
            let (exported, bytes) = model::encode(&source_model, parameters)?;
            if let Some(clips) = clips {
                loss = Some(Loss::measure(&source_model, &exported, &clips)?);
            }
            ("emo", parameters, exported.header.id, bytes)
        }
        Some("onnx") => {
            if clips.is_some() || args.parameters.is_some_and(|p| p != ParameterType::F32) {
                bail!(
                    "an ONNX file holds the parameters as f32, which needs no rounding: leave out --parameters, --data and --actors"
                );
            }
            let bytes = onnx::encode(&source_model)?;
            ("onnx", ParameterType::F32, source_model.header.id, bytes)
        }
        _ => bail!(
            "--out {} is neither a model file nor ONNX: name a file that ends in .emo or .onnx",
            args.out.display()
        ),
    };
    model::write(&args.out, &bytes)?;
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
    show(args.json, &written, Written::text)
}

fn clips(args: &ExportArgs) -> Result<Option<Vec<Clip>>> {
    let (Some(data), Some(actors)) = (&args.data, &args.actors) else {
        return Ok(None);
    };
    if actors.is_none() {
        bail!("--actors none leaves nobody to measure on: name some, such as --actors 21-24");
    }
    let clips = Corpus::open(data, args.corpus)?.select(actors, "--actors")?;
    Ok(Some(clips))
}

impl Written {
    /// Lines of text.
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
                "the cost of the rounding was not measured: name recordings of held-out speakers, with --data and --actors\n",
            ),
            None => {}
        }
        text
    }
}
