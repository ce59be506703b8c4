//! The speakers that a model knows from its training: metrics on them are optimistic.

use std::collections::BTreeSet;

use emotionai_voice::ModelHeader;

use crate::data::corpus::{Choice, Clip, Corpus, Speaker, format_speakers, parse_choice};
use crate::io::output::note;

/// Warns where a model is evaluated on speakers that it knows.
pub fn warn(model: &ModelHeader, corpus: &Corpus, clips: &[Clip]) {
    // The recordings of a manifest have no name that a model could record.
    if corpus.is_listed() {
        return;
    }
    let known = KnownSpeakers::of(&model.command, &corpus.options());
    for (choices, way) in [
        (known.train, "was trained on"),
        (known.tuned, "was calibrated or chosen on"),
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

/// The speakers of a corpus that a model knows.
#[derive(Default)]
struct KnownSpeakers {
    /// Training speakers of its networks.
    train: Vec<Choice>,
    /// Speakers that its calibration was fitted on, or its epoch chosen on.
    tuned: Vec<Choice>,
}

impl KnownSpeakers {
    /// The known speakers of the corpus that the options `data` name. This is the one reader of the provenance in
    /// a model's header.
    fn of(command: &str, data: &str) -> KnownSpeakers {
        let mut known = KnownSpeakers::default();
        let commands = command.split(" && ");
        // An export leaves the calibration as it was.
        let commands = commands.filter(|command| !command.starts_with("train export "));
        let mut commands = commands.peekable();
        while let Some(command) = commands.next() {
            if !format!("{command} ").contains(&format!("{data} ")) {
                continue;
            }
            let value = |option: &str| {
                let mut words = command.split(' ').skip_while(|word| *word != option);
                parse_choice(words.nth(1)?).ok()
            };
            let has = |option: &str| command.split(' ').any(|word| word == option);
            known.train.extend(value("--train"));
            // The calibration of a member is not that of the ensemble.
            let is_calibrated = commands.peek().is_none() && !has("--temperature");
            if is_calibrated || has("--patience") {
                known.tuned.extend(value("--valid"));
            }
        }
        known
    }
}

/// The speakers of `clips` that are among the chosen.
fn among(choices: &[Choice], clips: &[Clip]) -> BTreeSet<Speaker> {
    let is_chosen = |speaker: &Speaker| {
        choices.iter().any(|choice| match choice {
            Choice::All => true,
            Choice::Speakers(speakers) => speakers.contains(speaker),
            Choice::Split(_) => false,
        })
    };
    let mut speakers: BTreeSet<Speaker> = clips.iter().filter_map(|c| c.speaker.clone()).collect();
    speakers.retain(is_chosen);
    speakers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The speakers among four that a command was trained on and tuned on.
    fn of(command: &str) -> [String; 2] {
        let clips = ["1", "4", "7", "JE"].map(|speaker| Clip {
            speaker: Some(speaker.into()),
            ..Clip::default()
        });
        let known = KnownSpeakers::of(command, "--data $RAVDESS_DIR");
        [known.train, known.tuned].map(|choices| format_speakers(&among(&choices, &clips)))
    }

    #[test]
    fn speakers_are_those_of_any_training_on_these_recordings() {
        let joined = "train fit --data $RAVDESS_DIR --train 1-3 --valid none --out 1.emo && train fit --data $RAVDESS_DIR --train 4 --valid none --out 2.emo && train join 1.emo 2.emo";
        assert_eq!(of(joined), ["1,4", "none"]);
        let everybody = "train fit --data $RAVDESS_DIR --train all";
        assert_eq!(of(everybody), ["1,4,7,JE", "none"]);
        for other in [
            "",
            "train fit --data $RAVDESS_DIR --train split:train",
            "train fit --data $RAVDESS_DIR --train 9-20",
            "train fit --data $DATA --corpus savee --train JE",
        ] {
            assert_eq!(of(other), ["none", "none"]);
        }
    }

    #[test]
    fn the_last_command_calibrates_and_any_may_choose_an_epoch() {
        let fit = "train fit --data $RAVDESS_DIR --train 9-20 --valid 1-4";
        assert_eq!(of(fit)[1], "1,4");
        assert_eq!(of(&format!("{fit} --temperature 1"))[1], "none");
        assert_eq!(of(&format!("{fit} --temperature 1 --patience 4"))[1], "1,4");
        assert_eq!(
            of(&format!(
                "{fit} --out 1.emo && train export --model 1.emo --parameters int8"
            ))[1],
            "1,4"
        );
        let join = "train join 1.emo 2.emo --parameters int8";
        assert_eq!(of(&format!("{fit} --out 1.emo && {join}"))[1], "none");
        let chosen = format!("{fit} --patience 4 --out 1.emo && {join}");
        assert_eq!(of(&chosen)[1], "1,4");
        let calibrated = format!("{fit} --out 1.emo && {join} --data $RAVDESS_DIR --valid 7");
        assert_eq!(of(&calibrated)[1], "7");
    }
}
