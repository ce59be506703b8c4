//! Speakers that a model knows, as far as the provenance in its header tells.

use std::collections::BTreeSet;

use emotionai_voice::{ModelHeader, Speakers};

use crate::corpus::{Clip, Corpus, Speaker, format_speakers};
use crate::provenance;

/// Warns where a model is judged on speakers that it knows: such metrics flatter.
pub fn warn(model: &ModelHeader, corpus: &Corpus, clips: &[Clip]) {
    // Manifests share one name, so a header does not say which of them a model has learned from.
    if corpus.is_listed() {
        return;
    }
    let name = provenance::name(corpus);
    let ways = [
        (model.provenance.learned_from(&name), "has learned from"),
        (
            model.provenance.chosen_on(&name),
            "was calibrated or chosen on",
        ),
    ];
    for (choices, way) in ways {
        let speakers = named(&choices, clips);
        if !speakers.is_empty() {
            eprintln!(
                "warning: {} {way} speakers {}, and is judged on them: such figures flatter, name others",
                model.id,
                format_speakers(&speakers)
            );
        }
    }
}

/// The speakers of `clips` who are among the chosen.
fn named(choices: &[&Speakers], clips: &[Clip]) -> BTreeSet<Speaker> {
    let mut speakers: BTreeSet<Speaker> = clips.iter().filter_map(|c| c.speaker.clone()).collect();
    speakers.retain(|speaker| {
        let mut choices = choices.iter();
        choices.any(|choice| provenance::includes(choice, speaker))
    });
    speakers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::parse_choice;

    /// Speakers of four who are among those that options choose.
    fn of(choices: &[&str]) -> String {
        let clips = ["1", "4", "7", "JE"].map(|speaker| Clip {
            speaker: Some(speaker.into()),
            ..Clip::default()
        });
        let choices = choices.iter().map(|choice| parse_choice(choice).unwrap());
        let choices: Vec<Speakers> = choices.map(|it| provenance::speakers(&it)).collect();
        format_speakers(&named(&choices.iter().collect::<Vec<_>>(), &clips))
    }

    #[test]
    fn speakers_of_any_choice_are_known() {
        assert_eq!(of(&["1-3", "4"]), "1,4");
        assert_eq!(of(&["all"]), "1,4,7,JE");
        assert_eq!(of(&["none", "JE"]), "JE");
        for nobody in [&[][..], &["split:train"], &["9-20"], &["none"]] {
            assert_eq!(of(nobody), "none");
        }
    }
}
