//! Model files: reading, naming and writing them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use emotionai_voice::training::ParameterType;
use emotionai_voice::training::{Parent, Provenance, Step};
use emotionai_voice::{Classifier, DEFAULT_MODEL, Model};

use super::{atomic, files};

/// The device on which models are evaluated, whatever they were trained on.
pub fn device() -> Device {
    Device::flex()
}

/// The bytes of a model file, or the shipped weights, and a name for messages.
pub fn read(model: Option<&Path>) -> Result<(Cow<'static, [u8]>, String)> {
    match model {
        None => Ok((DEFAULT_MODEL.into(), "the shipped weights".into())),
        Some(path) => Ok((files::read(path)?.into(), path.display().to_string())),
    }
}

/// The classifier of a model file, or of the shipped weights.
pub fn load(model: Option<&Path>) -> Result<Classifier> {
    let (bytes, name) = read(model)?;
    Classifier::from_bytes(&bytes).with_context(|| format!("cannot use {name}"))
}

/// The classifier of a model, which remains usable.
///
/// # Errors
/// Where the model's header and network do not fit each other.
pub fn classifier(model: &Model) -> Result<Classifier> {
    let copy = Model {
        header: model.header.clone(),
        net: model.net.clone(),
    };
    Ok(Classifier::from_model(copy, device())?)
}

/// The id of a model: the architecture's name and the start of the parameters' hash.
pub fn id(model: &Model) -> String {
    let digest = model.parameter_digest();
    format!("{}-{}", model.header.architecture.name(), &digest[..8])
}

/// The file of a model with parameters of this type, and the model that is read back from it. A model whose
/// parameters were rounded gets an id of its own and loses its metrics.
///
/// # Errors
/// Where a parameter does not fit the type, or the file does not read back as the model that was written.
pub fn encode(model: &Model, parameters: ParameterType) -> Result<(Model, Vec<u8>)> {
    let read = |bytes: &[u8]| Model::from_bytes(bytes, &device());
    let mut encoded = read(&model.to_bytes_as(parameters)?)?;
    if encoded.net.to_bytes() != model.net.to_bytes() {
        let header = &mut encoded.header;
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
        encoded.header.id = id(&encoded);
    }
    // Rounded parameters are not rounded again, so this is the same network.
    let bytes = encoded.to_bytes_as(parameters)?;
    let again = read(&bytes)?;
    if again.header != encoded.header || again.net.to_bytes() != encoded.net.to_bytes() {
        bail!("the file does not read back as the model that was written: nothing was exported");
    }
    Ok((encoded, bytes))
}

/// Fails unless a file can be written at `out`, and is none of the `models` that it is made from.
pub fn check_out(out: &Path, models: &[PathBuf]) -> Result<()> {
    // The parent of a bare name is the empty path, which is the current folder.
    let folder = out.parent().unwrap_or(Path::new(""));
    if out.is_dir() || !(folder.as_os_str().is_empty() || folder.is_dir()) {
        bail!(
            "--out {} cannot be written: name a file in a folder that exists",
            out.display()
        );
    }
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

/// Writes a file and reads it back: not every full disk reports its errors.
///
/// # Errors
/// Names the file that cannot be written, or that holds other bytes afterwards.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.display();
    atomic::write_durably(path, bytes)?;
    let there = std::fs::read(path).with_context(|| format!("cannot read {name} back"))?;
    if there != bytes {
        bail!("{name} holds other bytes than were written to it: is the disk full?");
    }
    Ok(())
}
