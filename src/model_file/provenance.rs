//! Provenance of a model: the recordings, the recipe and the models that it was made from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// How the weights of a model were made, as data. A field that nobody recorded is `None` or empty,
/// as all fields of imported weights are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The last step of the making.
    pub step: Step,
    /// Corpora of this step; those of earlier steps stand in `parents`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corpora: Vec<CorpusUse>,
    /// Whether the calibration was fitted on the `valid` speakers of the corpora.
    #[serde(default, skip_serializing_if = "is_false")]
    pub calibrated_on_valid: bool,
    /// Whether the number of epochs was chosen on the `valid` speakers of the corpora.
    #[serde(default, skip_serializing_if = "is_false")]
    pub epoch_chosen_on_valid: bool,
    /// Options of the recipe that differ from the trainer's defaults, such as `network` or
    /// `augment.mixup`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recipe: BTreeMap<String, serde_json::Value>,
    /// Seed of all random numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Backend that computed the training, such as `flex`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// Revision of the trainer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Models that this step started from: the members of an ensemble, or the model that was exported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<Parent>,
}

/// A step that makes a model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Training on the corpora.
    Fit,
    /// An ensemble of the parents, calibrated anew.
    Join,
    /// The parent's parameters rounded to a smaller type; its calibration stays.
    Export,
    /// Parameters of another program, of unknown making.
    #[default]
    Import,
}

/// A corpus in one step of the making.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusUse {
    /// Name of the corpus, such as `ravdess`.
    pub name: String,
    /// Digest of the recordings in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Speakers that the parameters were learned from.
    pub train: Speakers,
    /// Speakers that were held out from training, for calibration and metrics.
    pub valid: Speakers,
}

/// A choice among the speakers of a corpus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speakers {
    /// Every speaker.
    All,
    /// The speakers of a list, which may be empty.
    Only(BTreeSet<Speaker>),
    /// The speakers of a split that the corpus itself defines.
    Split(String),
}

/// A speaker as the corpus names one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Speaker {
    /// A number, such as 7.
    Number(u32),
    /// A name, such as `DC`.
    Name(String),
}

/// A model that another was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Name of its weights.
    pub id: String,
    /// Its weight in the mean of an ensemble, from 0 to 1; 1 for the only parent.
    pub weight: f32,
    /// How its own weights were made.
    pub provenance: Provenance,
}

impl Provenance {
    /// This step and every earlier one: each step before those of its parents.
    pub fn steps(&self) -> Vec<&Provenance> {
        let parents = self.parents.iter();
        let earlier = parents.flat_map(|parent| parent.provenance.steps());
        std::iter::once(self).chain(earlier).collect()
    }

    /// The step that calibrated the model: this one, or the last one before any export.
    pub fn calibration(&self) -> &Provenance {
        match (self.step, &self.parents[..]) {
            (Step::Export, [parent]) => parent.provenance.calibration(),
            _ => self,
        }
    }

    /// Speakers of a corpus that the parameters were learned from, in any step.
    pub fn learned_from(&self, corpus: &str) -> Vec<&Speakers> {
        let steps = self.steps().into_iter();
        let uses = steps.flat_map(|step| step.uses(corpus));
        uses.map(|corpus| &corpus.train).collect()
    }

    /// Speakers of a corpus that the calibration was fitted on, or the number of epochs chosen on.
    /// A member's calibration is not that of its ensemble; its number of epochs is part of both.
    pub fn chosen_on(&self, corpus: &str) -> Vec<&Speakers> {
        let calibration = self.calibration();
        let is_choice = |step: &&Provenance| {
            step.epoch_chosen_on_valid
                || (step.calibrated_on_valid && std::ptr::eq(*step, calibration))
        };
        let steps = self.steps().into_iter().filter(is_choice);
        let uses = steps.flat_map(|step| step.uses(corpus));
        uses.map(|corpus| &corpus.valid).collect()
    }

    fn uses(&self, corpus: &str) -> impl Iterator<Item = &CorpusUse> {
        self.corpora.iter().filter(move |own| own.name == corpus)
    }
}

impl Default for Speakers {
    /// Nobody.
    fn default() -> Speakers {
        Speakers::Only(BTreeSet::new())
    }
}

impl From<u32> for Speaker {
    fn from(number: u32) -> Speaker {
        Speaker::Number(number)
    }
}

impl From<&str> for Speaker {
    fn from(name: &str) -> Speaker {
        Speaker::Name(name.to_owned())
    }
}

impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Speaker::Number(number) => fmt::Display::fmt(number, f),
            Speaker::Name(name) => fmt::Display::fmt(name, f),
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
