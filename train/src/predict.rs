//! Answers for single files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use emotionai_voice::{Classifier, Prediction, WavStreamClassifier};
use serde::Serialize;

/// A file's answer, with those of its windows.
#[derive(Debug, Serialize)]
pub struct FilePrediction {
    path: String,
    #[serde(flatten)]
    clip: Prediction,
    windows: Vec<Prediction>,
}

/// Classifies a WAV file of any length in bounded memory (the windows' answers apart).
///
/// # Errors
/// Where the file cannot be read or used.
pub fn predict(classifier: &Classifier, path: &Path) -> Result<FilePrediction> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut stream = WavStreamClassifier::new(classifier.clone(), None);
    let mut windows = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let context = || format!("cannot use {}", path.display());
    loop {
        let n = file
            .read(&mut buffer)
            .with_context(|| format!("cannot read {}", path.display()))?;
        if n == 0 {
            break;
        }
        windows.extend(stream.push(&buffer[..n]).with_context(context)?);
    }
    let end = stream.flush().with_context(context)?;
    windows.extend(end.windows);
    Ok(FilePrediction {
        path: path.display().to_string(),
        clip: end.clip,
        windows,
    })
}

impl FilePrediction {
    /// One line for people.
    pub fn line(&self) -> String {
        let answer = match (&self.clip.probabilities, &self.clip.label) {
            (None, _) => "no speech".to_owned(),
            (Some(p), Some(label)) => format!("{label} {:.2}", p.top().1),
            (Some(p), None) => format!("uncertain ({} {:.2})", p.top_label(), p.top().1),
        };
        format!("{}: {answer}", self.path)
    }
}
