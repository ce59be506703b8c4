//! The effect of speaker profiles on the UAR.
//!
//! A speaker of RAVDESS has four neutral clips: two statements, two repetitions each. A profile is made from a pair
//! of them, one of each statement, and the speaker's other clips are evaluated with it and without it, for each of
//! the four pairs.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use emotionai_voice::{EnrollmentSample, SpeakerProfile};
use serde::Serialize;

use crate::data::corpus::{Speaker, Tag};
use crate::eval::{Confusion, Difference, Interval, Outcome};

/// The same clips with and without a profile. A clip counts once for each pair that it is not part of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The change over all speakers.
    pub all: Change,
    /// 95% interval of the change over speakers; `None` below two speakers.
    pub interval: Option<Interval>,
    /// The change of each speaker.
    pub speakers: BTreeMap<Speaker, Change>,
}

/// Unweighted average recall, and what a profile does to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Clips evaluated.
    pub clips: usize,
    /// Without a profile.
    pub without: f64,
    /// With the profile of the clip's own speaker.
    pub with: f64,
}

/// Outcomes without a profile, and the same with one.
#[derive(Debug, Clone, Default)]
pub struct PairedOutcomes {
    without: Vec<Outcome>,
    with: Vec<Outcome>,
}

impl PairedOutcomes {
    /// The outcomes without a profile, and what they would be with the profiles of their speakers; `neutral` are the
    /// mean logits of unknown speakers' neutral speech.
    ///
    /// # Errors
    /// Where a speaker is unknown, lacks a neutral clip of a statement, or has too little speech in two of
    /// them.
    pub fn new(outcomes: &[Outcome], neutral: &[f32]) -> Result<PairedOutcomes> {
        let mut speakers: BTreeMap<&Speaker, Vec<&Outcome>> = BTreeMap::new();
        for outcome in outcomes {
            let Some(speaker) = &outcome.speaker else {
                bail!("it is not known who speaks in {}", outcome.file);
            };
            speakers.entry(speaker).or_default().push(outcome);
        }
        let mut paired = PairedOutcomes::default();
        for (speaker, clips) in &speakers {
            for pair in pairs(speaker, clips)? {
                let samples = pair.map(|clip| EnrollmentSample {
                    space: String::new(),
                    speech_ms: clip.speech_ms,
                    logits: clip.logits.clone().unwrap_or_default(),
                });
                let profile = SpeakerProfile::new("", &samples).with_context(|| {
                    let [first, second] = pair.map(|clip| &clip.file);
                    format!("no profile of speaker {speaker} from {first} and {second}")
                })?;
                let bias: Vec<f32> = profile.shift(neutral).iter().map(|shift| -shift).collect();
                for &clip in clips.iter().filter(|clip| !pair.contains(clip)) {
                    paired.without.push(clip.clone());
                    paired.with.push(clip.with_label_bias(&bias));
                }
            }
        }
        Ok(paired)
    }

    /// Adds the clips of other speakers.
    pub fn extend(&mut self, other: PairedOutcomes) {
        self.without.extend(other.without);
        self.with.extend(other.with);
    }

    /// The comparison over `n_labels` labels.
    pub fn compare(&self, n_labels: usize) -> Comparison {
        let change = |speaker: Option<&Speaker>| {
            let is_counted = |it: &&Outcome| speaker.is_none() || it.speaker.as_ref() == speaker;
            let [without, with] = [&self.without, &self.with]
                .map(|outcomes| Confusion::of(outcomes.iter().filter(is_counted), n_labels));
            Change {
                clips: without.clips(),
                without: without.uar(),
                with: with.uar(),
            }
        };
        let difference = Difference::new(&self.without, &self.with, n_labels);
        let speakers = self.without.iter().filter_map(|it| it.speaker.as_ref());
        Comparison {
            all: change(None),
            interval: difference.bootstrap.map(|found| found.uar),
            speakers: speakers
                .map(|speaker| (speaker.clone(), change(Some(speaker))))
                .collect(),
        }
    }
}

impl Comparison {
    /// A table of text: all speakers, then each speaker.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<10} {:>6} {:>9} {:>9} {:>9}\n",
            "UAR", "clips", "without", "with", "change"
        );
        let mut row = |name: String, change: &Change| {
            let Change {
                clips,
                without,
                with,
            } = change;
            let change = with - without;
            text += &format!("{name:<10} {clips:>6} {without:>9.3} {with:>9.3} {change:>+9.3}\n");
        };
        row("all".into(), &self.all);
        for (speaker, change) in &self.speakers {
            row(format!("speaker {speaker:02}"), change);
        }
        text
    }
}

/// Every pair of a speaker's neutral clips that holds each of two statements once.
fn pairs<'a>(speaker: &Speaker, clips: &[&'a Outcome]) -> Result<Vec<[&'a Outcome; 2]>> {
    let [first, second] = [1, 2].map(|statement| -> Vec<&'a Outcome> {
        let statement = Some(Tag::Number(statement));
        let is_of = |clip: &&&Outcome| clip.is_neutral() && clip.statement == statement;
        clips.iter().filter(is_of).copied().collect()
    });
    if first.is_empty() || second.is_empty() {
        bail!(
            "speaker {speaker} lacks a neutral clip of one of the two statements, which a profile is made from"
        );
    }
    let pairs_of = |&first| second.iter().map(move |&second| [first, second]);
    Ok(first.iter().flat_map(pairs_of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::tests::outcome;

    /// A speaker whose logits lean to the second label in every clip.
    fn clips(speaker: u32) -> Vec<Outcome> {
        let clip = |truth, statement, repetition, logits: [f32; 3]| Outcome {
            statement: Some(Tag::Number(statement)),
            repetition: Some(repetition),
            file: format!("{speaker}-{truth}-{statement}-{repetition}.wav"),
            logits: Some(logits.to_vec()),
            ..outcome(speaker, truth, None)
        };
        let neutral = [(1, 1), (1, 2), (2, 1), (2, 2)];
        let neutral = neutral.map(|(statement, n)| clip(0, statement, n, [0.0, 4.0, 0.0]));
        [&neutral[..], &[clip(2, 1, 1, [0.0, 0.6, 0.5])]].concat()
    }

    #[test]
    fn a_profile_is_made_from_each_pair_of_clips_with_one_of_each_statement() {
        let clips = clips(7);
        let refs: Vec<&Outcome> = clips.iter().collect();
        let expected = [[0, 2], [0, 3], [1, 2], [1, 3]].map(|pair| pair.map(|at| &clips[at]));
        assert_eq!(pairs(&Tag::Number(7), &refs).unwrap(), expected);
    }

    #[test]
    fn clips_are_evaluated_with_the_profile_of_other_clips_of_their_speaker() {
        let mut paired = PairedOutcomes::new(&clips(7), &[0.0; 3]).unwrap();
        let found = paired.compare(3);
        // Of each of four pairs: the other two neutral clips, and the one that it puts right.
        assert_eq!(found.all.clips, 12);
        assert_eq!(found.all.without, 0.0);
        // The mean recall of neutral and the third.
        assert_eq!(found.all.with, 0.5);
        assert_eq!(found.speakers[&Tag::Number(7)], found.all);
        assert_eq!(found.interval, None, "one speaker");
        // The average speaker's profile changes nothing.
        paired.extend(PairedOutcomes::new(&clips(8), &[0.0, 4.0, 0.0]).unwrap());
        let found = paired.compare(3);
        assert_eq!(found.speakers[&Tag::Number(8)].with, 0.0);
        assert_eq!(found.all.with, 0.25);
        // Either of the two speakers alone, at the ends.
        let interval = found.interval.unwrap();
        assert_eq!((interval.low, interval.high), (0.0, 0.5));
        let table = found.table();
        let last: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["speaker", "08", "12", "0.000", "0.000", "+0.000"]);
    }

    #[test]
    fn an_actor_who_lacks_a_statement_is_named() {
        let error = PairedOutcomes::new(&clips(7)[..2], &[0.0; 3]).unwrap_err();
        assert!(error.to_string().contains("speaker 7"), "{error}");
    }
}
