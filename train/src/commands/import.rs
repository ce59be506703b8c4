//! `train import`: converts a PyTorch checkpoint to a model file.

mod checkpoint;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use emotionai_voice::training::{
    Architecture, Calibration, ModelHeader, Normalization, Padding, ParameterType, PlainCnnConfig,
    Provenance, Step, VadConfig, WindowConfig,
};
use emotionai_voice::{Emotion, FeatureConfig, Model};

use crate::io::output::print;
use crate::io::{files, model};
use checkpoint::Checkpoint;

/// Models that are trained on RAVDESS have its licence.
const SHARE_ALIKE: &str = "CC-BY-NC-SA-4.0";

const EXPLANATION: &str = "\
Example:
  train import emotion_cnn.pt --out moved.emo                     # from PyTorch

The checkpoint is a state dict, such as torch.save(model.state_dict(), \"emotion_cnn.pt\"), of
  - one or more Conv2d of 3x3 with padding 1, each followed by BatchNorm2d, ReLU and MaxPool2d(2),
  - two Linear with ReLU between, over the flattened map. Dropout anywhere leaves no trace in it.
Layers may have any names: those of a kind follow one another in the order of their names
(conv1, conv2, ... or features.0, features.4, ...).

The model computes the features that such networks are trained on: samples at 16 kHz; librosa.feature.melspectrogram with
n_fft 2048, hop_length 512 and --mels bands to 8 kHz; power_to_db(ref=np.max), so 80 dB below the window's
maximum; (dB + 80) / 80; windows of as many frames as the first Linear has room for (128 with 16,384
inputs and 128 bands), filled up with the floor after their end. A longer recording is answered
window by window, and its answer is their mean, weighted by speech.

The temperature is 1, and no answer is \"uncertain\": evaluate the file with `train evaluate`.";

/// Options of `import`.
#[derive(Args)]
#[command(after_help = EXPLANATION)]
pub struct ImportArgs {
    /// Checkpoint that torch.save wrote (.pt, .pth).
    checkpoint: PathBuf,
    /// File to write the model to.
    #[arg(long, default_value = "model.emo")]
    out: PathBuf,
    /// Label of each output, in their order [default: the eight of RAVDESS].
    #[arg(long, value_delimiter = ',')]
    labels: Option<Vec<String>>,
    /// Mel bands of its input.
    #[arg(long, default_value_t = 128)]
    mels: usize,
    /// Where the state dict lies in a checkpoint that holds more, such as model_state_dict.
    #[arg(long)]
    key: Option<String>,
    /// SPDX expression of the weights' licence. Models that are trained on RAVDESS have this one.
    #[arg(long, default_value = SHARE_ALIKE)]
    licence: String,
    /// How the file stores the parameters: f32, f16 or int8.
    #[arg(long, default_value_t)]
    parameters: ParameterType,
}

/// Imports the checkpoint.
///
/// # Errors
/// Where the checkpoint is not of such a network; nothing is written then.
pub fn run(args: &ImportArgs) -> Result<()> {
    model::check_out(&args.out, &[])?;
    // The reader's own message repeats that of the system.
    files::open(&args.checkpoint)?;
    let name = args.checkpoint.display();
    let context = || format!("cannot import {name}");
    let checkpoint = Checkpoint::open(&args.checkpoint, args.key.as_deref());
    let checkpoint = checkpoint.with_context(context)?;
    let config = checkpoint.config(args.mels).with_context(context)?;
    let header = header(args, config)?;
    header.validate()?;
    let net = header.architecture.init(&model::device())?;
    let parameters = checkpoint.parameters(&net.tensors());
    let net = (net.with_bytes(&parameters.with_context(context)?))
        .with_context(|| format!("{name} holds other parameters than the network has"))?;
    let mut model = Model { header, net };
    model.header.id = model::id(&model);
    let (model, bytes) = model::encode(&model, args.parameters)?;
    model::write(&args.out, &bytes)?;
    let windows = &model.header.windows;
    print(&format!(
        "wrote {} ({}): {} labels, windows of {} frames or {:.2} s\n",
        args.out.display(),
        model.header.id,
        model.header.labels.len(),
        windows.n_frames,
        model.header.frames_to_ms(windows.n_frames) / 1000.0,
    ))
}

fn header(args: &ImportArgs, config: PlainCnnConfig) -> Result<ModelHeader> {
    let (n_mels, n_frames) = (config.n_mels, config.n_frames);
    let features = FeatureConfig {
        sample_rate: 16_000,
        n_fft: 2048,
        win_length: 2048,
        hop_length: 512,
        n_mels,
        f_min: 0.0,
        f_max: 8_000.0,
    };
    let frames = |seconds: f64| {
        let frames = 1000.0 * seconds / features.frames_to_ms(1);
        (frames as usize).clamp(1, n_frames)
    };
    let windows = WindowConfig {
        n_frames,
        // So that the reference is the window's own maximum.
        context_frames: n_frames,
        provisional_frames: frames(1.0),
        hop_frames: frames(0.5),
        padding: Padding::End,
    };
    Ok(ModelHeader {
        id: String::new(),
        labels: labels(args, config.n_labels)?,
        architecture: Architecture::PlainCnn(config),
        features,
        windows,
        // (dB + 80) / 80
        normalization: Normalization {
            range_db: 80.0,
            subtraction: 0.0,
            mean: vec![-80.0; n_mels],
            std: vec![80.0; n_mels],
        },
        gate: VadConfig::default(),
        prosody: None,
        calibration: Calibration::default(),
        licence: args.licence.clone(),
        provenance: provenance(args),
        metrics: BTreeMap::new(),
    })
}

fn labels(args: &ImportArgs, n_labels: usize) -> Result<Vec<String>> {
    let labels = match &args.labels {
        Some(labels) => labels.clone(),
        None => Emotion::ALL.map(|emotion| emotion.name().to_owned()).into(),
    };
    if labels.len() != n_labels {
        bail!(
            "the network has {n_labels} outputs, and {} labels are there for them: name one for each with --labels a,b,...",
            labels.len()
        );
    }
    Ok(labels)
}

/// The known provenance of another program's parameters: the file, and how it was read.
fn provenance(args: &ImportArgs) -> Provenance {
    let name = args.checkpoint.file_name().unwrap_or_default();
    let given = [
        ("checkpoint", Some(name.to_string_lossy().into())),
        ("mels", Some(args.mels.into())),
        ("labels", args.labels.clone().map(Into::into)),
        ("key", args.key.clone().map(Into::into)),
    ];
    let recipe = given
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Provenance {
        step: Step::Import,
        recipe: recipe.collect(),
        ..Provenance::default()
    }
}
