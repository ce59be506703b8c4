//! The labels and the answer over them.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// The eight emotions of RAVDESS, the default set of labels. A model file may bring others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Emotion {
    /// 01 in a RAVDESS file name.
    Neutral,
    /// 02.
    Calm,
    /// 03.
    Happy,
    /// 04.
    Sad,
    /// 05.
    Angry,
    /// 06.
    Fearful,
    /// 07.
    Disgust,
    /// 08.
    Surprised,
}

impl Emotion {
    /// All eight, in the corpus's order, which is that of the shipped model's logits.
    pub const ALL: [Emotion; 8] = [
        Emotion::Neutral,
        Emotion::Calm,
        Emotion::Happy,
        Emotion::Sad,
        Emotion::Angry,
        Emotion::Fearful,
        Emotion::Disgust,
        Emotion::Surprised,
    ];

    /// The name that model files and the JavaScript API use.
    ///
    /// ```
    /// assert_eq!(emotionai_voice::Emotion::Surprised.name(), "surprised");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Emotion::Neutral => "neutral",
            Emotion::Calm => "calm",
            Emotion::Happy => "happy",
            Emotion::Sad => "sad",
            Emotion::Angry => "angry",
            Emotion::Fearful => "fearful",
            Emotion::Disgust => "disgust",
            Emotion::Surprised => "surprised",
        }
    }
}

/// A probability for each label of the model; they sum to 1. Serialises as a map in label order.
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities {
    labels: Arc<[String]>,
    values: Vec<f32>,
}

impl Probabilities {
    /// Softmax of `logits / temperature`, one logit a label.
    pub(crate) fn from_logits(labels: Arc<[String]>, logits: &[f32], temperature: f32) -> Self {
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
