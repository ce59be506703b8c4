//! The model files that ship, and the kept results that the trainer reports on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::{done, text};

/// A model file in `src/weights`, and its kept results in `train/experiments`.
#[derive(Clone, Copy)]
pub struct File {
    /// Name of the file, without its extension.
    pub name: &'static str,
    /// Folders of outcomes: one a network.
    outcomes: &'static [&'static str],
    /// Weights of the networks in the ensemble's logits; empty for one network.
    votes: &'static str,
    /// Result of `train robustness`.
    robustness: &'static str,
}

pub const FILES: [File; 4] = [
    File {
        name: "default",
        outcomes: &["steady", "steady-gru"],
        votes: "1,2",
        robustness: "steady-vote",
    },
    File {
        name: "cnn",
        outcomes: &["steady"],
        votes: "",
        robustness: "steady-cnn",
    },
    File {
        name: "cnn-gru",
        outcomes: &["steady-gru"],
        votes: "",
        robustness: "steady-gru",
    },
    File {
        name: "plain",
        outcomes: &["plain-light"],
        votes: "",
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
    /// The arguments of `train` that report on the outcomes.
    pub fn report_arguments(&self) -> Vec<String> {
        let kept = experiments().join("outcomes");
        let folders = self.outcomes.iter().map(|name| text(&kept.join(name)));
        let mut arguments: Vec<String> = ["report".to_owned()].into_iter().chain(folders).collect();
        if !self.votes.is_empty() {
            arguments.extend(["--votes".into(), self.votes.into()]);
        }
        arguments
    }
}

impl Shipped {
    fn read(file: File) -> Shipped {
        let robustness = format!("robustness/{}.json", file.robustness);
        let robustness = fs::read_to_string(experiments().join(robustness)).unwrap();
        let path = weights(file.name);
        let digest = Sha256::digest(fs::read(&path).unwrap());
        Shipped {
            name: file.name,
            report: json(&file.report_arguments()),
            robustness: serde_json::from_str(&robustness).unwrap(),
            description: json(&["describe".into(), "--model".into(), text(&path)]),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// The JSON object that a command prints.
fn json(arguments: &[String]) -> Value {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    serde_json::from_str(&done(&[&arguments[..], &["--json"]].concat())).unwrap()
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
