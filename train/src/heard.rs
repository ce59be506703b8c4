//! Voices that a model has learned from, as far as the command in its header tells.

use std::collections::BTreeSet;

use emotionai_voice::ModelHeader;

use crate::corpus::{Choice, Clip, Corpus, Speaker, format_speakers, parse_choice};
use crate::fit;

/// Warns where a model is judged on voices that it has learned from: such figures flatter.
pub fn warn(model: &ModelHeader, corpus: &Corpus, clips: &[Clip]) {
    // What a manifest lists goes by no name in a command, so nothing is known of it.
    if corpus.is_listed() {
        return;
    }
    let speakers = learned_from(&model.command, &fit::data_options(corpus), clips);
    if !speakers.is_empty() {
        eprintln!(
            "warning: {} has learned from speakers {}, and is judged on them: such figures flatter, name others",
            model.id,
            format_speakers(&speakers)
        );
    }
}

/// The speakers of `clips` whom the trainings of `command` name, of the recordings that `data` names there.
fn learned_from(command: &str, data: &str, clips: &[Clip]) -> BTreeSet<Speaker> {
    let choices: Vec<Choice> = command
        .split(&format!("{data} --train "))
        .skip(1)
        .filter_map(|rest| parse_choice(rest.split(' ').next()?).ok())
        .collect();
    let is_named = |speaker: &Speaker| {
        choices.iter().any(|choice| match choice {
            Choice::All => true,
            Choice::Speakers(speakers) => speakers.contains(speaker),
            Choice::Split(_) => false,
        })
    };
    let mut speakers: BTreeSet<Speaker> = clips.iter().filter_map(|c| c.speaker.clone()).collect();
    speakers.retain(is_named);
    speakers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_are_those_of_any_training_on_these_recordings() {
        let clips = ["1", "4", "7", "JE"].map(|speaker| Clip {
            speaker: Some(speaker.into()),
            ..Clip::default()
        });
        let of = |command: &str| {
            let speakers = learned_from(command, "--data $RAVDESS_DIR", &clips);
            format_speakers(&speakers)
        };
        let joined = "train fit --data $RAVDESS_DIR --train 1-3 --valid none --out 1.emo && train fit --data $RAVDESS_DIR --train 4 --valid none --out 2.emo && train join 1.emo 2.emo";
        assert_eq!(of(joined), "1,4");
        assert_eq!(of("train fit --data $RAVDESS_DIR --train all"), "1,4,7,JE");
        for other in [
            "",
            "train fit --data $RAVDESS_DIR --train split:train",
            "train fit --data $RAVDESS_DIR --train 9-20",
            "train fit --data $DATA --corpus savee --train JE",
        ] {
            assert_eq!(of(other), "none");
        }
    }
}
