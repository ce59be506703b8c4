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
    /// Standard output of `train report` on the outcomes.
    pub fn report(&self, options: &[&str]) -> String {
        let kept = experiments().join("outcomes");
        let folders: Vec<String> = (self.outcomes.iter())
            .map(|name| text(&kept.join(name)))
            .collect();
        let mut arguments = vec!["report"];
        arguments.extend(folders.iter().map(String::as_str));
        if !self.votes.is_empty() {
            arguments.extend(["--votes", self.votes]);
        }
        done(&[&arguments, options].concat())
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
            report: json(&file.report(&["--json"])),
            robustness: json(&robustness),
            description: json(&done(&["describe", "--json", "--model", &text(&path)])),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
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
