//! Voices that a model knows, as far as the command in its header tells.

use std::collections::BTreeSet;

use emotionai_voice::ModelHeader;

use crate::data::corpus::{Choice, Clip, Corpus, Speaker, format_speakers, parse_choice};
use crate::learn::fit;

/// Warns where a model is judged on voices that it knows: such figures flatter.
pub fn warn(model: &ModelHeader, corpus: &Corpus, clips: &[Clip]) {
    // What a manifest lists goes by no name in a command, so nothing is known of it.
    if corpus.is_listed() {
        return;
    }
    let known = Known::of(&model.command, &fit::data_options(corpus));
    let ways = [
        (known.learned_from, "has learned from"),
        (known.chosen_on, "was calibrated or chosen on"),
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

/// Whom the commands that made a model name.
#[derive(Default)]
struct Known {
    /// For the networks.
    learned_from: Vec<Choice>,
    /// For the calibration of the whole, or for the epoch.
    chosen_on: Vec<Choice>,
}

impl Known {
    /// Of `command`, where it is about the recordings that the options `data` name.
    fn of(command: &str, data: &str) -> Known {
        let mut known = Known::default();
        let commands = command.split(" && ");
        // What only stores the whole otherwise leaves its calibration as it was.
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
            known.learned_from.extend(value("--train"));
            // A member's calibration is not that of the vote.
            let is_calibrated = commands.peek().is_none() && !has("--temperature");
            if is_calibrated || has("--patience") {
                known.chosen_on.extend(value("--valid"));
            }
        }
        known
    }
}

/// The speakers of `clips` who are among the chosen.
fn named(choices: &[Choice], clips: &[Clip]) -> BTreeSet<Speaker> {
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

    /// Speakers of four who are known by a command: to the networks, and to the calibration or for the epoch.
    fn of(command: &str) -> [String; 2] {
        let clips = ["1", "4", "7", "JE"].map(|speaker| Clip {
            speaker: Some(speaker.into()),
            ..Clip::default()
        });
        let known = Known::of(command, "--data $RAVDESS_DIR");
        [known.learned_from, known.chosen_on]
            .map(|choices| format_speakers(&named(&choices, &clips)))
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
