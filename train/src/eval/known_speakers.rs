//! The speakers that a model knows from its training: metrics on them are optimistic.

use std::collections::BTreeSet;

use emotionai_voice::training::{ModelHeader, Speakers};

use crate::data::corpus::{Clip, Corpus, Speaker, format_speakers};
use crate::data::provenance;
use crate::io::output::note;

/// Warns where a model is evaluated on speakers that it knows.
pub fn warn(model: &ModelHeader, corpus: &Corpus, clips: &[Clip]) {
    // All manifests share one name, so a header does not say which of them a model was trained on.
    if corpus.is_listed() {
        return;
    }
    let (name, provenance) = (provenance::name(corpus), &model.provenance);
    for (choices, way) in [
        (provenance.learned_from(&name), "was trained on"),
        (provenance.chosen_on(&name), "was calibrated or chosen on"),
    ] {
        let speakers = among(&choices, clips);
        if !speakers.is_empty() {
            note(format_args!(
                "warning: {} {way} speakers {}, and is evaluated on them: such metrics are optimistic, name other speakers",
                model.id,
                format_speakers(&speakers)
            ));
        }
    }
}

/// The speakers of `clips` that one of the choices includes.
fn among(choices: &[&Speakers], clips: &[Clip]) -> BTreeSet<Speaker> {
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
    use crate::data::corpus::parse_choice;

    /// The speakers among four that some choices include.
    fn of(choices: &[&str]) -> String {
        let clips = ["1", "4", "7", "JE"].map(|speaker| Clip {
            speaker: Some(speaker.into()),
            ..Clip::default()
        });
        let choices = choices.iter().map(|choice| parse_choice(choice).unwrap());
        let choices: Vec<Speakers> = choices.map(|it| provenance::speakers(&it)).collect();
        format_speakers(&among(&choices.iter().collect::<Vec<_>>(), &clips))
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
