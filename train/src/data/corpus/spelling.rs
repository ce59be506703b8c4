//! Spellings of labels: every corpus has its own, the eight of [`Emotion`] have one.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use emotionai_voice::Emotion;

/// The other spellings of each of the eight, in lower case.
const SPELLINGS: [(Emotion, &[&str]); 8] = [
    (Emotion::Neutral, &["neu", "neutrality"]),
    (Emotion::Calm, &["cal", "calmness"]),
    (Emotion::Happy, &["hap", "happiness", "joy", "joyful"]),
    (Emotion::Sad, &["sadness"]),
    (Emotion::Angry, &["ang", "anger"]),
    (Emotion::Fearful, &["fea", "fear"]),
    (Emotion::Disgust, &["dis", "disgusted"]),
    (Emotion::Surprised, &["sur", "surprise"]),
];

/// The spelling that all corpora share; any other label as it is.
pub fn common(label: &str) -> &str {
    let lower = label.to_lowercase();
    let spelled = SPELLINGS
        .iter()
        .find(|(emotion, others)| emotion.name() == lower || others.contains(&lower.as_str()));
    spelled.map_or(label, |(emotion, _)| emotion.name())
}

/// Which labels are read under another name, as a sentence; `None` where none is.
pub fn renamed<'a>(labels: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let renamed: BTreeSet<String> = labels
        .into_iter()
        .filter(|label| common(label) != *label)
        .map(|label| format!("{label} as {}", common(label)))
        .collect();
    let renamed: Vec<String> = renamed.into_iter().collect();
    (!renamed.is_empty()).then(|| {
        format!(
            "labels are read by their common names: {}",
            renamed.join(", ")
        )
    })
}

/// Fails where two labels differ in their case alone.
pub fn check<'a>(labels: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for label in labels {
        let other = seen.insert(label.to_lowercase(), label);
        if let Some(other) = other.filter(|other| *other != label) {
            bail!(
                "the labels {other} and {label} differ in their case alone: write one of them everywhere"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::message;

    #[test]
    fn the_eight_have_one_spelling_each() {
        for (emotion, others) in SPELLINGS {
            for spelling in others.iter().chain([&emotion.name()]) {
                assert_eq!(common(spelling), emotion.name());
                assert_eq!(common(&spelling.to_uppercase()), emotion.name());
            }
        }
        for other in ["boredom", "Maybe", "Überrascht", "surprised (positive)", ""] {
            assert_eq!(common(other), other);
        }
        assert_eq!(SPELLINGS.map(|(emotion, _)| emotion), Emotion::ALL);
    }

    #[test]
    fn a_new_name_is_said() {
        assert_eq!(renamed(["angry", "boredom"]), None);
        assert_eq!(
            renamed(["joy", "Anger", "sad", "joy"]).unwrap(),
            "labels are read by their common names: Anger as angry, joy as happy"
        );
        check(["yes", "no", "yes"]).unwrap();
        assert!(message(check(["yes", "no", "Yes"])).contains("yes and Yes"));
    }
}
