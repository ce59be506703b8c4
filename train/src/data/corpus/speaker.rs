//! Speakers and statements, as corpora name them, and choices among speakers.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A number or a name. Numbers come first and in their own order; zeros that lead them mean nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Tag {
    /// `7`, and `07` as well.
    Number(u32),
    /// Anything else.
    Name(String),
}

/// The speaker.
pub type Speaker = Tag;

impl From<&str> for Tag {
    fn from(text: &str) -> Tag {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_number => Tag::Number(number),
            _ => Tag::Name(text.to_owned()),
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Tag::Number(number) => fmt::Display::fmt(number, f),
            Tag::Name(name) => fmt::Display::fmt(name, f),
        }
    }
}

/// Which recordings of a corpus an option asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Every one.
    All,
    /// Those of some speakers.
    Speakers(BTreeSet<Speaker>),
    /// Those that the split column of a manifest gives this name.
    Split(String),
}

/// Starts a [`Choice::Split`].
const SPLIT: &str = "split:";
/// The most speakers that ranges may name, so that a slip of the finger does not fill the memory.
const MAX_SPEAKERS: usize = 100_000;

impl Choice {
    /// Whether it asks for nobody.
    pub fn is_none(&self) -> bool {
        matches!(self, Choice::Speakers(speakers) if speakers.is_empty())
    }
}

/// Parses `1-16,18`, `DC,JE`, `split:train`, `all` or `none`.
pub fn parse_choice(text: &str) -> Result<Choice, String> {
    let mut speakers = BTreeSet::new();
    match (text, text.strip_prefix(SPLIT)) {
        ("none", _) => return Ok(Choice::Speakers(speakers)),
        ("all", _) => return Ok(Choice::All),
        (_, Some("")) => return Err("split: wants a name, such as split:train".into()),
        (_, Some(name)) => return Ok(Choice::Split(name.to_owned())),
        _ => {}
    }
    for part in text.split(',').map(str::trim) {
        if part.is_empty() {
            return Err(format!(
                "'{text}' leaves a speaker out: expected names, numbers and ranges such as 1-16,18, or none"
            ));
        }
        let Some((first, last)) = range(part)? else {
            speakers.insert(Tag::from(part));
            continue;
        };
        if first > last {
            return Err(format!("the range {part} runs backwards"));
        }
        if (last - first) as usize >= MAX_SPEAKERS {
            return Err(format!(
                "the range {part} is of more than {MAX_SPEAKERS} speakers"
            ));
        }
        speakers.extend((first..=last).map(Tag::Number));
    }
    Ok(Choice::Speakers(speakers))
}

/// The ends of `1-16`; `None` of what is no range.
fn range(part: &str) -> Result<Option<(u32, u32)>, String> {
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some((first, last)) = part.split_once('-') else {
        return Ok(None);
    };
    if ![first, last].iter().all(digits) {
        return Ok(None);
    }
    let number = |text: &str| {
        text.parse()
            .map_err(|_| format!("{text} of the range {part} is too large a number"))
    };
    Ok(Some((number(first)?, number(last)?)))
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Choice::All => f.write_str("all"),
            Choice::Speakers(speakers) => f.write_str(&format_speakers(speakers)),
            Choice::Split(name) => write!(f, "{SPLIT}{name}"),
        }
    }
}

/// The list that [`parse_choice`] reads.
pub fn format_speakers<'a>(speakers: impl IntoIterator<Item = &'a Speaker>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for speaker in speakers {
        match (speaker, ranges.last_mut()) {
            (Tag::Number(number), Some((_, last))) if last.checked_add(1) == Some(*number) => {
                *last = *number
            }
            (&Tag::Number(number), _) => ranges.push((number, number)),
            (Tag::Name(name), _) => names.push(name.clone()),
        }
    }
    let ranges = ranges.into_iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    let parts: Vec<String> = ranges.chain(names).collect();
    match parts.is_empty() {
        true => "none".into(),
        false => parts.join(","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_speakers() {
        let speakers = |tags: &[&str]| Choice::Speakers(tags.iter().map(|&t| t.into()).collect());
        for (list, choice) in [
            ("1-3,7", speakers(&["1", "2", "3", "7"])),
            ("none", speakers(&[])),
            ("DC, JE", speakers(&["JE", "DC"])),
            ("08,9", speakers(&["8", "9"])),
            ("1-x", speakers(&["1-x"])),
            ("all", Choice::All),
            ("split:train", Choice::Split("train".into())),
        ] {
            assert_eq!(parse_choice(list).unwrap(), choice, "{list}");
        }
        for list in [
            "none",
            "1",
            "1-3,7",
            "1-2,4-5",
            "3,DC,JE",
            "all",
            "split:dev",
        ] {
            assert_eq!(parse_choice(list).unwrap().to_string(), list);
        }
        for bad in ["", "3-1", "1,,2", "1-5000000000", "1-500000", "split:"] {
            assert!(parse_choice(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_stay_numbers_in_json() {
        let tags = [Tag::from("07"), Tag::from("DC"), Tag::from("+1")];
        let json = serde_json::to_string(&tags).unwrap();
        assert_eq!(json, r#"[7,"DC","+1"]"#);
        assert_eq!(serde_json::from_str::<[Tag; 3]>(&json).unwrap(), tags);
        let keys = std::collections::BTreeMap::from([(Tag::Number(7), 1)]);
        assert_eq!(serde_json::to_string(&keys).unwrap(), r#"{"7":1}"#);
    }
}
