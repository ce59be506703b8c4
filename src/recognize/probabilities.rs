//! The softmax, and a probability for each label.

use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A probability for each label of the model; they sum to 1. Serialises as a map in label order.
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    labels: Arc<[String]>,
    values: Vec<f32>,
}

impl Probabilities {
    /// Softmax of `logits / temperature`, one logit a label.
    pub(super) fn from_logits(labels: Arc<[String]>, logits: &[f32], temperature: f32) -> Self {
        debug_assert_eq!(labels.len(), logits.len());
        let peak = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exp: Vec<f32> = logits
            .iter()
            .map(|logit| ((logit - peak) / temperature).exp())
            .collect();
        let sum: f32 = exp.iter().sum();
        let values = exp.into_iter().map(|e| e / sum).collect();
        Probabilities { labels, values }
    }

    /// The labels, in the model's order.
    pub(super) fn labels(&self) -> &Arc<[String]> {
        &self.labels
    }

    /// The probabilities in label order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Each label with its probability, in label order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f32)> {
        self.labels
            .iter()
            .map(String::as_str)
            .zip(self.values.iter().copied())
    }

    /// Index and probability of the likeliest label, the first of equals.
    pub fn top(&self) -> (usize, f32) {
        let mut top = (0, f32::NEG_INFINITY);
        for (index, &value) in self.values.iter().enumerate() {
            if value > top.1 {
                top = (index, value);
            }
        }
        top
    }

    /// The likeliest label.
    pub fn top_label(&self) -> &str {
        &self.labels[self.top().0]
    }

    /// The natural logarithm of the odds of one label against all others together. Unlike a
    /// probability, it does not saturate near 0 and 1.
    pub(super) fn log_odds(&self, label: usize) -> f32 {
        let own = self.values[label];
        let others: f32 = (self.values.iter().enumerate())
            .filter(|(index, _)| *index != label)
            .map(|(_, value)| value)
            .sum();
        own.max(f32::MIN_POSITIVE).ln() - others.max(f32::MIN_POSITIVE).ln()
    }
}

impl Serialize for Probabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len()))?;
        for (label, value) in self.iter() {
            map.serialize_entry(label, &value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Probabilities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Labelled;

        impl<'de> Visitor<'de> for Labelled {
            type Value = Probabilities;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from labels to probabilities")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Probabilities, A::Error> {
                let (mut labels, mut values) = (Vec::new(), Vec::new());
                while let Some((label, value)) = map.next_entry::<String, f32>()? {
                    labels.push(label);
                    values.push(value);
                }
                let labels = labels.into();
                Ok(Probabilities { labels, values })
            }
        }

        deserializer.deserialize_map(Labelled)
    }
}
