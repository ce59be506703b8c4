//! The files to answer, found while they are answered: a list of 100,000 paths is never held.

use std::io::{BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use walkdir::WalkDir;

use crate::data::file_kind::{is_recording, is_resource_fork};
use crate::io::files::open;

/// The path that stands for standard input.
pub const STANDARD_INPUT: &str = "-";

/// An input, or the reason why it cannot be used.
pub struct Source {
    /// As answers and errors name it.
    pub name: PathBuf,
    /// Why it cannot be answered, where that is known already.
    pub problem: Option<anyhow::Error>,
}

impl Source {
    fn new(name: impl Into<PathBuf>, problem: Option<anyhow::Error>) -> Source {
        let name = name.into();
        Source { name, problem }
    }
}

/// Sources in the order in which they are answered.
pub type Sources = Box<dyn Iterator<Item = Source> + Send>;

/// Files as they are named, and the recordings of folders in the order of their names.
pub fn of_arguments(paths: Vec<PathBuf>) -> Sources {
    Box::new(paths.into_iter().flat_map(|path| -> Sources {
        match path.as_os_str() != STANDARD_INPUT && path.is_dir() {
            true => in_folder(path),
            false => Box::new(std::iter::once(Source::new(path, None))),
        }
    }))
}

/// The recordings in a folder and the folders below it. Links are followed; one that leads back to
/// a folder on the way to it is passed over, since all that is there is found without it.
fn in_folder(folder: PathBuf) -> Sources {
    let walk = WalkDir::new(&folder).follow_links(true).sort_by_file_name();
    let found = walk.into_iter().filter_map(|entry| match entry {
        Ok(entry) => {
            let path = entry.path();
            let is_one =
                entry.file_type().is_file() && is_recording(path) && !is_resource_fork(path);
            is_one.then(|| Source::new(path, None))
        }
        Err(error) if error.loop_ancestor().is_some() => None,
        Err(error) => {
            let path = error.path().unwrap_or(Path::new("")).to_owned();
            let problem = match error.into_io_error() {
                Some(error) => anyhow!("{error}"),
                None => anyhow!("an unknown error"),
            };
            let problem = problem.context(format!("cannot read {}", path.display()));
            Some(Source::new(path, Some(problem)))
        }
    });
    let mut found = found.peekable();
    match found.peek() {
        Some(_) => Box::new(found),
        None => {
            let problem = anyhow!(
                "{} holds no recording: expected files called .wav, .flac, .mp3, .m4a, .aac or .ogg in it or below it",
                folder.display()
            );
            Box::new(std::iter::once(Source::new(folder, Some(problem))))
        }
    }
}

/// Paths from a list, as soon as each is there. One path is one answer: folders are not opened up.
pub fn of_list(list: &Path, separator: u8) -> Result<Sources> {
    let input: Box<dyn Read + Send> = match list.as_os_str() == STANDARD_INPUT {
        true => Box::new(stdin()),
        false => Box::new(open(list)?),
    };
    let list = list.to_owned();
    // A list that cannot be read on would say so for ever.
    let mut failed = false;
    let paths = BufReader::new(input)
        .split(separator)
        .take_while(move |path| !std::mem::replace(&mut failed, path.is_err()));
    Ok(Box::new(paths.filter_map(move |path| {
        let path = path
            .with_context(|| format!("cannot read the list of files {}", list.display()))
            .and_then(|bytes| as_path(bytes, separator));
        match path {
            Ok(path) if path.as_os_str().is_empty() => None,
            Ok(path) if path.as_os_str() == STANDARD_INPUT => {
                let problem = anyhow!("- in a list of files is no recording: name a file");
                Some(Source::new(path, Some(problem)))
            }
            Ok(path) => Some(Source::new(path, None)),
            Err(problem) => Some(Source::new(&list, Some(problem))),
        }
    })))
}

/// The path that a line of a list spells.
fn as_path(mut bytes: Vec<u8>, separator: u8) -> Result<PathBuf> {
    if separator == b'\n' && bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    #[cfg(unix)]
    let path = <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes);
    #[cfg(not(unix))]
    let path = String::from_utf8(bytes).context("a path of the list is not UTF-8")?;
    Ok(path.into())
}
