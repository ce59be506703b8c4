//! Recordings as `preprocess` writes them: log-mel frames instead of samples.

use anyhow::{Context, Result, bail};
use emotionai_voice::{FeatureConfig, MelSpectrogram};
use sha2::{Digest, Sha256};

use crate::data::corpus::Clip;
use crate::data::npy;
use crate::io::files;
use crate::io::hex::hex;

/// Changes with what is done to a recording apart from its configuration.
const VERSION: &str = "log-mel 1";

/// A hash of the configuration of a spectrogram, for manifests.
pub fn config_hash(features: &FeatureConfig) -> Result<String> {
    let text = format!("{VERSION} {}", serde_json::to_string(features)?);
    Ok(hex(&Sha256::digest(text)[..8]))
}

/// A spectrogram in the form of a `.npy` file: float32 decibels, `[n_mels, n_frames]`.
pub fn to_bytes(mel: &MelSpectrogram) -> Vec<u8> {
    let bands = (0..mel.n_mels()).flat_map(|band| mel.frames().map(move |frame| frame[band]));
    npy::matrix(mel.n_mels(), mel.n_frames(), bands)
}

/// Fails unless those of the clips that are spectrograms were made with these features.
pub fn check(clips: &[Clip], features: &FeatureConfig) -> Result<()> {
    let config = config_hash(features)?;
    for clip in clips.iter().filter(|clip| clip.is_spectrogram()) {
        let path = clip.path.display();
        match &clip.config {
            Some(found) if *found == config => {}
            Some(found) => bail!(
                "{path} was made with other features (config {found}) than are wanted ({config}): make the spectrograms anew with `train preprocess` and the same recipe, or name the recordings themselves"
            ),
            None => bail!(
                "nothing says with which features {path} was made: the manifest needs the column config, as `train preprocess` writes it"
            ),
        }
    }
    Ok(())
}

/// The frames of a clip that is one, and that [`check`] lets pass.
pub fn read(clip: &Clip, features: &FeatureConfig) -> Result<MelSpectrogram> {
    let path = clip.path.display();
    let bytes = files::read(&clip.path)?;
    let matrix = npy::read(&bytes).with_context(|| format!("cannot use {path}"))?;
    if matrix.rows != features.n_mels {
        bail!(
            "cannot use {path}: expected {} bands, got {}",
            features.n_mels,
            matrix.rows
        );
    }
    let mut mel = MelSpectrogram::new(features.n_mels);
    for frame in 0..matrix.columns {
        let frame: Vec<f32> = matrix.values[frame..]
            .iter()
            .step_by(matrix.columns)
            .copied()
            .collect();
        mel.push_frame(&frame);
    }
    Ok(mel)
}
