//! The RAVDESS speech corpus on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use emotionai_voice::Emotion;
use serde::{Deserialize, Serialize};

/// One recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// The WAV file.
    pub path: PathBuf,
    /// Who speaks, 1 to 24.
    pub actor: u32,
    /// Index into [`Emotion::ALL`].
    pub label: usize,
    /// How strongly it is acted.
    pub intensity: Intensity,
    /// 1 "Kids are talking by the door", 2 "Dogs are sitting by the door".
    pub statement: u32,
    /// 1 or 2.
    pub repetition: u32,
}

/// How strongly an emotion is acted. Neutral has normal intensity only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intensity {
    /// 01 in a file name.
    Normal,
    /// 02.
    Strong,
}

/// RAVDESS has as many women as men.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gender {
    /// Actors of an even number.
    Female,
    /// Actors of an odd number.
    Male,
}

impl Clip {
    /// The actor's gender.
    pub fn gender(&self) -> Gender {
        match self.actor.is_multiple_of(2) {
            true => Gender::Female,
            false => Gender::Male,
        }
    }
}

/// The recordings of a corpus, by actor.
#[derive(Debug, Clone)]
pub struct Corpus {
    root: PathBuf,
    actors: BTreeMap<u32, Vec<Clip>>,
}

impl Corpus {
    /// Finds every speech recording in `root` and the folders right below it, in the order of
    /// their names.
    ///
    /// # Errors
    /// Where the folder cannot be read or holds no RAVDESS recording.
    pub fn open(root: &Path) -> Result<Corpus> {
        let mut clips = Vec::new();
        collect(root, 1, &mut clips)?;
        clips.sort_by(|a, b| a.path.cmp(&b.path));
        if clips.is_empty() {
            bail!(
                "{} holds no RAVDESS speech recording: expected Actor_01/03-01-01-01-01-01-01.wav and so on, as Audio_Speech_Actors_01-24.zip unpacks",
                root.display()
            );
        }
        let mut actors: BTreeMap<u32, Vec<Clip>> = BTreeMap::new();
        for clip in clips {
            actors.entry(clip.actor).or_default().push(clip);
        }
        Ok(Corpus {
            root: root.to_owned(),
            actors,
        })
    }

    /// The recordings of `wanted` actors, in the order of their numbers.
    ///
    /// # Errors
    /// Where an actor is missing; the message names it and `option`, which asked for it.
    pub fn select(&self, wanted: &BTreeSet<u32>, option: &str) -> Result<Vec<Clip>> {
        let missing: Vec<String> = wanted
            .iter()
            .filter(|actor| !self.actors.contains_key(actor))
            .map(u32::to_string)
            .collect();
        if !missing.is_empty() {
            let there: Vec<String> = self.actors.keys().map(u32::to_string).collect();
            bail!(
                "{option} asks for actor {}, but {} holds only {}; name other actors with {option}{}",
                missing.join(", "),
                self.root.display(),
                there.join(", "),
                if option == "--valid" {
                    ", or --valid none to hold none out"
                } else {
                    ""
                }
            );
        }
        Ok(wanted
            .iter()
            .flat_map(|actor| self.actors[actor].clone())
            .collect())
    }

    /// All recordings, in the order of the actors' numbers.
    pub fn clips(&self) -> Vec<Clip> {
        self.actors.values().flatten().cloned().collect()
    }
}

fn collect(folder: &Path, depth: usize, clips: &mut Vec<Clip>) -> Result<()> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot read the folder {}", folder.display()))?
            .path();
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, clips)?;
        } else if let Some(clip) = parse(&path) {
            clips.push(clip);
        }
    }
    Ok(())
}

/// A recording by its name: modality-channel-emotion-intensity-statement-repetition-actor.
pub fn parse(path: &Path) -> Option<Clip> {
    if !path.extension()?.eq_ignore_ascii_case("wav") {
        return None;
    }
    let fields: Vec<u32> = path
        .file_stem()?
        .to_str()?
        .split('-')
        .map(|field| field.parse().ok())
        .collect::<Option<_>>()?;
    // Modality 03 is audio alone, vocal channel 01 is speech; the set has song, too.
    let [3, 1, emotion, intensity, statement, repetition, actor] = fields[..] else {
        return None;
    };
    let intensity = match intensity {
        1 => Intensity::Normal,
        2 => Intensity::Strong,
        _ => return None,
    };
    let label = (emotion as usize).checked_sub(1)?;
    (label < Emotion::ALL.len()).then(|| Clip {
        path: path.to_owned(),
        actor,
        label,
        intensity,
        statement,
        repetition,
    })
}

/// Parses a list of actors such as `1-16,18`; `none` is the empty list.
///
/// # Errors
/// What clap shows beside the option.
pub fn parse_actors(list: &str) -> Result<BTreeSet<u32>, String> {
    if list == "none" {
        return Ok(BTreeSet::new());
    }
    let mut actors = BTreeSet::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| match text.trim().parse::<u32>() {
            Ok(number) if (1..=999).contains(&number) => Ok(number),
            _ => Err(format!(
                "'{text}' is not an actor: expected numbers and ranges such as 1-16,18, or none"
            )),
        };
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(format!("the range {part} runs backwards"));
        }
        actors.extend(first..=last);
    }
    Ok(actors)
}

/// The list that [`parse_actors`] reads.
pub fn format_actors(actors: &BTreeSet<u32>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &actor in actors {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == actor => *last = actor,
            _ => ranges.push((actor, actor)),
        }
    }
    let parts: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    match parts.is_empty() {
        true => "none".into(),
        false => parts.join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_all_that_is_known_of_a_clip() {
        let clip = parse(Path::new("a/03-01-05-02-01-03-14.wav")).unwrap();
        assert_eq!((clip.actor, clip.label), (14, 4));
        assert_eq!(clip.intensity, Intensity::Strong);
        assert_eq!((clip.statement, clip.repetition), (1, 3));
        assert_eq!(clip.gender(), Gender::Female);
        let clip = parse(Path::new("03-01-01-01-02-01-03.WAV")).unwrap();
        assert_eq!(clip.intensity, Intensity::Normal);
        assert_eq!((clip.statement, clip.gender()), (2, Gender::Male));
    }

    #[test]
    fn other_files_are_no_clips() {
        for name in [
            "03-02-05-02-01-01-14.wav", // song
            "01-01-05-02-01-01-14.wav", // video
            "03-01-00-02-01-01-14.wav",
            "03-01-09-02-01-01-14.wav",
            "03-01-05-03-01-01-14.wav", // an intensity that there is not
            "03-01-05-02-01-01.wav",
            "03-01-05-02-01-01-14.mp3",
            "notes.wav",
            "03-01-05-02-01-01-14",
        ] {
            assert_eq!(parse(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn lists_of_actors() {
        assert_eq!(parse_actors("1-3,7").unwrap(), BTreeSet::from([1, 2, 3, 7]));
        assert_eq!(parse_actors("none").unwrap(), BTreeSet::new());
        for list in ["none", "1", "1-3,7", "1-2,4-5"] {
            assert_eq!(format_actors(&parse_actors(list).unwrap()), list);
        }
        for bad in ["", "a", "3-1", "0", "1-", "1,,2", "1-5000000000"] {
            assert!(parse_actors(bad).is_err(), "{bad}");
        }
    }
}
