//! The model files that ship, and the kept results that the trainer reports on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{done, done_json, json, read_text};

/// A model file in `src/weights`, and its kept results in `train/experiments`.
#[derive(Clone, Copy)]
pub struct File {
    /// Name of the file, without its extension.
    pub name: &'static str,
    /// Folders of outcomes: one a network.
    outcomes: &'static [&'static str],
    /// The option that gives the weights of the networks in the ensemble's logits; none for one network.
    weights: &'static [&'static str],
    /// Result of `train robustness`.
    robustness: &'static str,
}

pub const FILES: [File; 4] = [
    File {
        name: "default",
        outcomes: &["steady", "steady-gru"],
        weights: &["--weights", "1,2"],
        robustness: "steady-ensemble",
    },
    File {
        name: "cnn",
        outcomes: &["steady"],
        weights: &[],
        robustness: "steady-cnn",
    },
    File {
        name: "cnn-gru",
        outcomes: &["steady-gru"],
        weights: &[],
        robustness: "steady-gru",
    },
    File {
        name: "plain",
        outcomes: &["plain-light"],
        weights: &[],
        robustness: "plain-light",
    },
];

/// Every file, read once for all tests.
pub static SHIPPED: LazyLock<[Shipped; 4]> = LazyLock::new(|| FILES.map(Shipped::read));

/// All that the tables show of a file.
pub struct Shipped {
    pub name: &'static str,
    /// `train report` on its outcomes.
    pub report: Value,
    /// `train robustness` on the models of its folds.
    pub robustness: Value,
    /// `train describe` on the file.
    pub description: Value,
    pub sha256: String,
}

impl File {
    /// Standard output of `train report` on the outcomes.
    pub fn report(&self, options: &[&str]) -> String {
        let kept = experiments().join("outcomes");
        let folders = self.outcomes.iter().map(|name| kept.join(name));
        let weights = self.weights;
        done(args!("report {folders...} {weights...} {options...}"))
    }
}

impl Shipped {
    fn read(file: File) -> Shipped {
        let robustness = format!("robustness/{}.json", file.robustness);
        let path = weights(file.name);
        let digest = Sha256::digest(fs::read(&path).unwrap());
        Shipped {
            name: file.name,
            report: json(&file.report(&["--json"])),
            robustness: json(&read_text(experiments().join(robustness))),
            description: done_json(args!("describe --json --model {path}")),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

pub fn weights(name: &str) -> PathBuf {
    root().join(format!("src/weights/{name}.emo"))
}

fn experiments() -> PathBuf {
    root().join("train/experiments")
}
