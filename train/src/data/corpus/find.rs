//! The recordings of a corpus among the files of a folder.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{Clip, Found, Names, Skip, Speaker, labels};

/// The corpus that the files' names are of.
pub fn detect(root: &Path, files: &[PathBuf]) -> Result<Names> {
    let counts = Names::ALL.map(|names| {
        let count = files.iter().filter(|f| names.parse(f).is_some()).count();
        (names, count)
    });
    let mut found: Vec<(Names, usize)> = counts.into_iter().filter(|found| found.1 > 0).collect();
    // Both archives unpack to Actor_01 and so on; speech is what the models are for.
    if found.iter().any(|(names, _)| *names == Names::Ravdess) {
        found.retain(|(names, _)| *names != Names::RavdessSong);
    }
    match found[..] {
        [(names, _)] => Ok(names),
        [] => {
            let names = Names::ALL.map(|names| format!("{} ({})", names.title(), names.example()));
            bail!(
                "{} holds no recording of a corpus that is known by its file names: {}. Other recordings are listed in a CSV file, path,label[,speaker,split], which --data then names",
                root.display(),
                names.join(", ")
            )
        }
        _ => {
            let found: Vec<String> = found
                .iter()
                .map(|(names, count)| format!("{count} files of {}", names.title()))
                .collect();
            bail!(
                "{} holds {}: say which with --corpus",
                root.display(),
                found.join(" and ")
            )
        }
    }
}

/// The recordings of one corpus among some files; the others, and copies, are skips.
pub(super) fn named(names: Names, files: Vec<PathBuf>, mut skipped: Vec<Skip>) -> Found {
    let labels = labels(names.labels().iter().copied().collect());
    let mut clips = Vec::new();
    let mut seen: HashSet<(Speaker, String)> = HashSet::new();
    for path in files {
        let Some(found) = names.parse(&path) else {
            let reason = format!("its name is none of {}", names.title());
            skipped.push(Skip::new(&path, reason));
            continue;
        };
        // Some archives hold a second copy of every file, in another folder.
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let key = (found.speaker.clone(), stem.into_owned());
        if !seen.insert(key) {
            skipped.push(Skip::new(&path, "a file of the same name came before"));
            continue;
        }
        clips.push(Clip {
            label: labels.iter().position(|l| l == found.label).unwrap_or(0),
            labels: labels.clone(),
            path,
            speaker: Some(found.speaker),
            gender: found.gender,
            intensity: found.intensity,
            statement: found.statement,
            repetition: found.repetition,
            ..Clip::default()
        });
    }
    Found {
        names: Some(names),
        clips,
        labels,
        skipped,
        notes: Vec::new(),
    }
}
