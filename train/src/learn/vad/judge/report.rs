//! The judge's table.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Speech frames of a window that counts: 400 ms, about a word.
const A_WORD: usize = 25;

/// Corpora of sentences, which are to be found; the others hold single words or none.
const SENTENCES: [&str; 6] = ["ased", "emo-db", "emovo", "librispeech", "nemo", "ravdess"];
/// The kind of recorded sound that is no part of ESC-10.
const BACKGROUND: &str = "background";

/// What the clips of a line are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Recorded sounds of a kind, without a voice.
    Recorded(String),
    /// Generated sounds of a kind.
    Generated(String),
    /// Voices of a corpus.
    Voice(String),
    /// Voices of a corpus, so many dB above recorded sounds.
    VoiceAbove(String, i32),
    /// Voices of all corpora, so many dB above recorded sounds of a kind.
    AboveSound(String, i32),
}

impl Group {
    fn is_sound(&self) -> bool {
        matches!(self, Group::Recorded(_) | Group::Generated(_))
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Group::Recorded(kind) => write!(f, "{kind}"),
            Group::Generated(kind) => write!(f, "{kind} (generated)"),
            Group::Voice(corpus) => write!(f, "{corpus}"),
            Group::VoiceAbove(corpus, db) => write!(f, "{corpus}, {db} dB above sounds"),
            Group::AboveSound(kind, db) => write!(f, "all, {db} dB above {kind}"),
        }
    }
}

/// The windows of a clip.
#[derive(Debug, Clone)]
pub struct ClipScores {
    /// Frames of each window that hold speech.
    pub speech_frames: Vec<usize>,
    /// Scores of each detector, a window each.
    pub scores: Vec<Vec<f32>>,
}

impl ClipScores {
    /// A detector's scores of the windows with at least so many speech frames.
    fn counted(&self, detector: usize, least: usize) -> impl Iterator<Item = f32> {
        let windows = self.speech_frames.iter().zip(&self.scores[detector]);
        windows
            .filter(move |(frames, _)| **frames >= least)
            .map(|(_, score)| *score)
    }
}

/// The shares of one line of the table, for each detector.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// What the clips are.
    pub name: String,
    #[serde(skip)]
    group: Group,
    /// How many clips there are.
    pub clips: usize,
    /// How many windows are counted: those with a word, or all of a sound.
    pub windows: usize,
    /// Share of the clips in which each detector finds a voice.
    pub clips_found: Vec<f64>,
    /// Share of the counted windows in which each finds a voice.
    pub windows_found: Vec<f64>,
}

/// A limit, and whether the first detector keeps to it.
#[derive(Debug, Clone, Serialize)]
pub struct Criterion {
    /// What is asked.
    pub name: String,
    /// What was found.
    pub found: f64,
    /// The limit.
    pub limit: f64,
    /// Whether it is met.
    pub met: bool,
}

/// How all detectors did.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Names of the columns: each detector at its own threshold, then those but the first at the threshold at
    /// which they find as much speech as the first.
    pub columns: Vec<String>,
    /// Sounds without a voice, then voices.
    pub lines: Vec<Line>,
    /// The limits.
    pub criteria: Vec<Criterion>,
}

/// The clips of each group.
pub type Groups = BTreeMap<Group, Vec<ClipScores>>;

/// A column: a detector and its threshold.
type Column = (usize, f32);

impl Report {
    /// The report of these detectors, by name and threshold.
    pub fn new(detectors: Vec<(String, f32)>, groups: &Groups) -> Report {
        let own = detectors.iter().enumerate();
        let mut columns: Vec<(String, Column)> = own
            .map(|(number, (name, threshold))| (name.clone(), (number, *threshold)))
            .collect();
        if let Some((_, ours)) = detectors.first() {
            for (number, (name, _)) in detectors.iter().enumerate().skip(1) {
                let threshold = equal_threshold(groups, (0, *ours), number);
                columns.push((format!("{name}, equal"), (number, threshold)));
            }
        }
        let (names, columns): (Vec<String>, Vec<Column>) = columns.into_iter().unzip();
        let lines: Vec<Line> = groups
            .iter()
            .map(|(group, clips)| line(group, clips, &columns))
            .collect();
        Report {
            criteria: criteria(&lines),
            columns: names,
            lines,
        }
    }

    /// The line of a name.
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }
}

/// Scores of a detector on the windows with a word, alone and 10 dB above sounds.
fn word_scores(groups: &Groups, detector: usize) -> Vec<f32> {
    // Cries and bursts are no words: a detector of speech need not find them.
    let is_counted = |group: &Group| match group {
        Group::Voice(corpus) | Group::VoiceAbove(corpus, 10) => {
            SENTENCES.contains(&corpus.as_str()) || corpus == "indian"
        }
        _ => false,
    };
    let clips = groups
        .iter()
        .filter(|(group, _)| is_counted(group))
        .flat_map(|(_, clips)| clips);
    let scores = |clip: &ClipScores| clip.counted(detector, A_WORD).collect::<Vec<f32>>();
    clips.flat_map(scores).collect()
}

/// The threshold at which a detector finds as many windows with a word as another at its own.
fn equal_threshold(groups: &Groups, ours: Column, detector: usize) -> f32 {
    let wanted = word_scores(groups, ours.0)
        .iter()
        .filter(|score| **score > ours.1)
        .count();
    let mut scores = word_scores(groups, detector);
    scores.sort_by(|a, b| b.total_cmp(a));
    match scores.get(wanted.saturating_sub(1)) {
        // Just below the score of the last one that is wanted.
        Some(last) => last.next_down(),
        None => f32::NEG_INFINITY,
    }
}

fn line(group: &Group, clips: &[ClipScores], columns: &[Column]) -> Line {
    let least = if group.is_sound() { 0 } else { A_WORD };
    let clips_found = columns.iter().map(|&(detector, threshold)| {
        let is_found = |clip: &ClipScores| clip.scores[detector].iter().any(|s| *s > threshold);
        share(clips.iter().map(is_found))
    });
    let windows_found = columns.iter().map(|&(detector, threshold)| {
        let counted = clips.iter().flat_map(|clip| clip.counted(detector, least));
        share(counted.map(|score| score > threshold))
    });
    Line {
        name: group.to_string(),
        group: group.clone(),
        clips: clips.len(),
        windows: clips
            .iter()
            .map(|clip| clip.counted(0, least).count())
            .sum(),
        clips_found: clips_found.collect(),
        windows_found: windows_found.collect(),
    }
}

fn share(found: impl Iterator<Item = bool>) -> f64 {
    let (yes, all) = found.fold((0, 0), |(yes, all), found| {
        (yes + usize::from(found), all + 1)
    });
    yes as f64 / f64::from(all.max(1))
}

/// The limits that the first detector is held to.
fn criteria(lines: &[Line]) -> Vec<Criterion> {
    let at_most = |name: String, found: f64, limit: f64| Criterion {
        met: found <= limit,
        name,
        found,
        limit,
    };
    let at_least = |line: &Line, limit: f64| Criterion {
        name: format!("windows with a word that are found, {}", line.name),
        found: line.windows_found[0],
        limit,
        met: line.windows_found[0] >= limit,
    };
    let mut criteria = Vec::new();
    let is_environment =
        |line: &&Line| matches!(&line.group, Group::Recorded(kind) if kind != BACKGROUND);
    let (mut passed, mut all) = (0.0, 0);
    for line in lines.iter().filter(is_environment) {
        passed += line.clips_found[0] * line.clips as f64;
        all += line.clips;
        let name = format!("clips that pass, {}", line.name);
        criteria.push(at_most(name, line.clips_found[0], 0.15));
    }
    if all > 0 {
        let name = "clips that pass, all but backgrounds".to_owned();
        criteria.push(at_most(name, passed / all as f64, 0.05));
    }
    for line in lines {
        let is_sentences = |corpus: &String| SENTENCES.contains(&corpus.as_str());
        criteria.push(match &line.group {
            Group::Generated(_) => {
                let name = format!("windows that pass, {}", line.name);
                at_most(name, line.windows_found[0], 0.01)
            }
            Group::Voice(corpus) if is_sentences(corpus) => at_least(line, 0.995),
            Group::VoiceAbove(corpus, 10) if is_sentences(corpus) => at_least(line, 0.98),
            _ => continue,
        });
    }
    criteria
}

impl fmt::Display for Report {
    /// Markdown: clips that pass, or windows with a word that are found, in per cent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = "---:|".repeat(self.columns.len());
        let columns = self.columns.join(" | ");
        for (title, is_sound) in [
            (
                "sounds without a voice: % of clips that pass (of windows)",
                true,
            ),
            (
                "voices: % of windows with a word that are found (of clips)",
                false,
            ),
        ] {
            writeln!(f, "| {title} | n | {columns} |\n|---|---:|{rule}")?;
            for line in self
                .lines
                .iter()
                .filter(|line| line.group.is_sound() == is_sound)
            {
                let (first, second, n) = match is_sound {
                    true => (&line.clips_found, &line.windows_found, line.clips),
                    false => (&line.windows_found, &line.clips_found, line.windows),
                };
                write!(f, "| {} | {n} |", line.name)?;
                for (first, second) in first.iter().zip(second) {
                    write!(f, " {:.1} ({:.1}) |", 100.0 * first, 100.0 * second)?;
                }
                writeln!(f)?;
            }
            writeln!(f)?;
        }
        for criterion in &self.criteria {
            let Criterion {
                name,
                found,
                limit,
                met,
            } = criterion;
            let word = if *met { "met" } else { "MISSED" };
            writeln!(
                f,
                "{name}: {:.1}% of {:.1}%: {word}",
                100.0 * found,
                100.0 * limit
            )?;
        }
        Ok(())
    }
}
