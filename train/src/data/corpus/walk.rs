//! The recordings below a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, bail};
use walkdir::WalkDir;

use crate::data::file_kind::{is_recording, is_resource_fork};

/// A file or folder that is left out, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// A file or folder.
    pub path: PathBuf,
    /// A clause that its name can be put before.
    pub reason: String,
}

impl Skip {
    /// `path` is skipped because of `reason`.
    pub fn new(path: &Path, reason: impl Into<String>) -> Skip {
        Skip {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }

    /// `path` is skipped because of what went wrong with it in the end.
    pub fn because(path: &Path, error: &Error) -> Skip {
        Skip::new(path, error.root_cause().to_string())
    }
}

/// Files that are named for each reason; of the others the number is enough.
const NAMED: usize = 5;

/// The skips as lines for people, by reason.
pub fn skips(skipped: &[Skip]) -> String {
    let mut reasons: BTreeMap<&str, Vec<&Path>> = BTreeMap::new();
    for skip in skipped {
        reasons.entry(&skip.reason).or_default().push(&skip.path);
    }
    let mut text = String::new();
    for (reason, paths) in reasons {
        for path in paths.iter().take(NAMED) {
            text.push_str(&format!("skipped {}: {reason}\n", path.display()));
        }
        if let Some(more) = paths.len().checked_sub(NAMED).filter(|&more| more > 0) {
            text.push_str(&format!("skipped {more} more: {reason}\n"));
        }
    }
    text
}

/// Every recording below `root` by its name's ending, in the order of the paths. Links are followed, but not
/// round in circles; folders that cannot be read, empty files, pipes, devices and what macOS keeps beside files
/// are skips.
///
/// # Errors
/// Where `root` is no folder that can be read.
pub fn recordings(root: &Path) -> Result<(Vec<PathBuf>, Vec<Skip>)> {
    std::fs::read_dir(root)
        .with_context(|| format!("cannot read the folder {}", root.display()))?;
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(root).follow_links(true) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root);
                let reason = match error.loop_ancestor() {
                    Some(_) => "a link to a folder that it lies in".to_owned(),
                    None => format!("it cannot be read ({})", cause(&error)),
                };
                skipped.push(Skip::new(path, reason));
                continue;
            }
        };
        if entry.file_type().is_dir() || !is_recording(entry.path()) {
            continue;
        }
        match entry.metadata() {
            // To read a pipe or a device might never end.
            _ if !entry.file_type().is_file() => {
                skipped.push(Skip::new(entry.path(), "it is no file"));
            }
            _ if is_resource_fork(entry.path()) => {
                let reason = "it is no recording, but what macOS keeps beside one";
                skipped.push(Skip::new(entry.path(), reason));
            }
            Ok(metadata) if metadata.len() == 0 => {
                skipped.push(Skip::new(entry.path(), "it is empty"));
            }
            _ => files.push(entry.into_path()),
        }
    }
    files.sort();
    skipped.sort_by(|a, b| a.path.cmp(&b.path));
    if files.is_empty() && !skipped.is_empty() {
        bail!(
            "{} holds no recording that can be used:\n{}",
            root.display(),
            skips(&skipped).trim_end()
        );
    }
    Ok((files, skipped))
}

/// The message of the system, without the path.
fn cause(error: &walkdir::Error) -> String {
    match error.io_error() {
        Some(error) => error.to_string(),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;

    #[test]
    fn a_reason_names_a_few_and_counts_the_rest() {
        let skipped: Vec<Skip> = (0..8)
            .map(|i| Skip::new(Path::new(&format!("{i}.wav")), "it is empty"))
            .collect();
        let text = skips(&skipped);
        assert_eq!(text.lines().count(), 6, "{text}");
        assert!(text.starts_with("skipped 0.wav: it is empty\n"), "{text}");
        assert!(text.ends_with("skipped 3 more: it is empty\n"), "{text}");
        assert_eq!(skips(&skipped[..5]).lines().count(), 5);
    }

    #[test]
    fn a_folder_may_hold_anything() {
        let root = scratch("walk");
        let deep = root.join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(root.join("folder.wav")).unwrap();
        for (name, bytes) in [
            ("x.WAV", "x"),
            ("notes.txt", "x"),
            ("empty.wav", ""),
            ("Thumbs.db", "x"),
            ("a/b/c/y.wav", "y"),
            ("a/z.Mp3", "z"),
            ("a/._z.Mp3", "x"),
        ] {
            std::fs::write(root.join(name), bytes).unwrap();
        }
        let (files, skipped) = recordings(&root).unwrap();
        let found = [deep.join("y.wav"), root.join("a/z.Mp3"), root.join("x.WAV")];
        assert_eq!(files, found);
        let fork = "it is no recording, but what macOS keeps beside one";
        assert_eq!(
            skipped,
            [
                Skip::new(&root.join("a/._z.Mp3"), fork),
                Skip::new(&root.join("empty.wav"), "it is empty"),
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_circles_are_not() {
        use std::os::unix::fs::symlink;
        let root = scratch("links");
        let elsewhere = scratch("links-elsewhere");
        std::fs::write(elsewhere.join("x.wav"), "x").unwrap();
        symlink(&elsewhere, root.join("there")).unwrap();
        symlink(&root, root.join("round")).unwrap();
        symlink(root.join("gone"), root.join("broken.wav")).unwrap();
        let (files, skipped) = recordings(&root).unwrap();
        assert_eq!(files, [root.join("there/x.wav")]);
        let reasons: Vec<&str> = skipped.iter().map(|skip| skip.reason.as_str()).collect();
        assert_eq!(reasons.len(), 2, "{reasons:?}");
        assert!(reasons[0].contains("cannot be read"), "{reasons:?}");
        assert!(reasons[1].contains("link to a folder"), "{reasons:?}");
    }

    #[test]
    fn a_root_that_is_no_folder_is_refused() {
        let root = scratch("root");
        std::fs::write(root.join("empty.wav"), "").unwrap();
        for path in [&root.join("empty.wav"), &root.join("none"), &root] {
            let error = format!("{:#}", recordings(path).unwrap_err());
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }
}
