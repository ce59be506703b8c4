//! Voice profiles: made from files, and what they are worth.
//!
//! An actor has four neutral clips, two statements said twice. A profile is made from two of them,
//! one of each statement, and the actor's other clips are judged with it and without it; each of
//! the four such pairs has its turn.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::{Classifier, Emotion, VoiceProfile, Waveform};
use serde::Serialize;

use crate::corpus::Clip;
use crate::dataset::read;
use crate::evaluation::{self, Evaluation, Outcome};

/// The same clips judged twice. A clip counts once for each pair that it is not part of.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// Without a profile.
    pub without: Evaluation,
    /// With the profile of the clip's own voice.
    pub with: Evaluation,
}

/// What the profile of an actor is worth, over all actors of `clips`.
///
/// # Errors
/// Where an actor lacks a neutral clip of a statement, where the model was not trained for
/// profiles, and as [`evaluation::run`].
pub fn compare(classifier: &Classifier, clips: &[Clip]) -> Result<Comparison> {
    let mut actors: BTreeMap<u32, Vec<Clip>> = BTreeMap::new();
    for clip in clips {
        actors.entry(clip.actor).or_default().push(clip.clone());
    }
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for (actor, clips) in &actors {
        let plain = evaluation::run(classifier, clips)?;
        for pair in pairs(*actor, clips)? {
            let voices = pair
                .iter()
                .map(|clip| read(&clip.path))
                .collect::<Result<Vec<Waveform>>>()?;
            let profile = classifier.enroll(&voices).with_context(|| {
                format!(
                    "no profile of actor {actor} from {} and {}",
                    pair[0].path.display(),
                    pair[1].path.display()
                )
            })?;
            let own = classifier.with_profile(Some(profile))?;
            let (rest, outcomes): (Vec<Clip>, Vec<Outcome>) = clips
                .iter()
                .zip(&plain)
                .filter(|(clip, _)| !pair.contains(clip))
                .map(|(clip, outcome)| (clip.clone(), outcome.clone()))
                .unzip();
            without.extend(outcomes);
            with.extend(evaluation::run(&own, &rest)?);
        }
    }
    let header = classifier.model();
    let labels = &header.labels;
    Ok(Comparison {
        without: evaluation::evaluate(&without, labels, &header.calibration),
        with: evaluation::evaluate(&with, labels, &header.calibration),
    })
}

impl Comparison {
    /// For people: all actors, then each.
    pub fn table(&self) -> String {
        let mut text = format!(
            "{:<10} {:>6} {:>9} {:>9} {:>9}\n",
            "UAR", "clips", "without", "with", "change"
        );
        let mut line = |name: &str, clips: usize, without: f64, with: f64| {
            let change = with - without;
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{name:<10} {clips:>6} {without:>9.3} {with:>9.3} {change:>+9.3}"
            );
        };
        let (without, with) = (&self.without, &self.with);
        line("all", with.clips, without.uar, with.uar);
        for ((actor, without), with) in without.per_actor.iter().zip(with.per_actor.values()) {
            line(
                &format!("actor {actor:02}"),
                with.clips,
                without.uar,
                with.uar,
            );
        }
        text
    }
}

/// The profile of the voice in some recordings.
///
/// # Errors
/// Where a file cannot be read, and as [`Classifier::enroll`].
pub fn enroll<P: AsRef<Path>>(classifier: &Classifier, neutral: &[P]) -> Result<VoiceProfile> {
    let voices = neutral
        .iter()
        .map(|path| read(path.as_ref()))
        .collect::<Result<Vec<Waveform>>>()?;
    classifier
        .enroll(&voices)
        .context("the --enroll recordings make no voice profile")
}

/// Every pair of an actor's neutral clips that holds each of two statements once.
fn pairs(actor: u32, clips: &[Clip]) -> Result<Vec<[&Clip; 2]>> {
    let of_statement = |statement: u32| -> Vec<&Clip> {
        clips
            .iter()
            .filter(|clip| is_neutral(clip) && clip.statement == statement)
            .collect()
    };
    let (first, second) = (of_statement(1), of_statement(2));
    if first.is_empty() || second.is_empty() {
        bail!(
            "actor {actor} lacks a neutral clip of one of the two statements, which a profile is made from"
        );
    }
    Ok(first
        .iter()
        .flat_map(|first| second.iter().map(move |second| [*first, *second]))
        .collect())
}

/// Whether the clip speaks neutrally.
pub fn is_neutral(clip: &Clip) -> bool {
    clip.label == Emotion::Neutral as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::parse;

    fn clip(name: &str) -> Clip {
        parse(Path::new(&format!("Actor_07/{name}.wav"))).unwrap()
    }

    #[test]
    fn a_profile_is_made_from_one_clip_of_each_statement_and_each_pair_has_its_turn() {
        let clips = [
            clip("03-01-01-01-01-01-07"),
            clip("03-01-01-01-01-02-07"),
            clip("03-01-01-01-02-01-07"),
            clip("03-01-01-01-02-02-07"),
            clip("03-01-05-01-01-01-07"),
        ];
        let pairs = pairs(7, &clips).unwrap();
        let places: Vec<[usize; 2]> = pairs
            .iter()
            .map(|pair| pair.map(|it| clips.iter().position(|clip| clip == it).unwrap()))
            .collect();
        assert_eq!(places, [[0, 2], [0, 3], [1, 2], [1, 3]]);
    }

    #[test]
    fn an_actor_who_lacks_a_statement_is_named() {
        let clips = [clip("03-01-01-01-01-01-07")];
        let error = pairs(7, &clips).unwrap_err().to_string();
        assert!(error.contains("actor 7"), "{error}");
    }
}
