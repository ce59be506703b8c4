//! Recordings, where they are at hand. The repository holds none of them, so the tests must do without, and say so.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The environment variable that names the unpacked recordings.
pub const VARIABLE: &str = "RAVDESS_DIR";

/// The environment variable that names a folder of other corpora and of recorded sounds, on which voice activity
/// detection is judged.
pub const CORPORA: &str = "CORPORA_DIR";

/// What is said at the beginning and at the end of a run without recordings.
pub const ABSENT: &str = "\
!!! RAVDESS_DIR IS NOT SET: no test runs on real recordings. Those that can use the synthetic voice
!!! tests/data/voice.wav instead; the others skip. To run them all, unpack Audio_Speech_Actors_01-24.zip
!!! (https://zenodo.org/records/1188976) and name the folder: RAVDESS_DIR=/path/to/ravdess cargo xtask test";

/// The folder that `RAVDESS_DIR` names, as an absolute path: tests run from other folders than this program.
pub fn find() -> Result<Option<PathBuf>> {
    named(VARIABLE).map(|folder| checked(&folder)).transpose()
}

/// The folder that `CORPORA_DIR` names, as an absolute path.
pub fn find_corpora() -> Result<Option<PathBuf>> {
    let absolute = |folder: PathBuf| {
        let absolute = folder.canonicalize();
        absolute.with_context(|| {
            format!(
                "{CORPORA} names {}, which cannot be opened",
                folder.display()
            )
        })
    };
    named(CORPORA).map(absolute).transpose()
}

fn named(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).filter(|folder| !folder.is_empty());
    folder.map(PathBuf::from)
}

fn checked(folder: &Path) -> Result<PathBuf> {
    let named = format!("{VARIABLE} names {}", folder.display());
    let absolute = folder.canonicalize();
    let absolute = absolute.with_context(|| format!("{named}, which cannot be opened"))?;
    ensure!(
        absolute.join("Actor_01/03-01-01-01-01-01-01.wav").is_file(),
        "{named}, which holds no Actor_01/03-01-01-01-01-01-01.wav: name the folder that the RAVDESS archive unpacks to, or unset it"
    );
    Ok(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_or_has_no_actors_is_an_error_that_names_it() {
        for (folder, problem) in [("/no/such/folder", "opened"), ("/", "holds no Actor_01")] {
            let error = checked(Path::new(folder)).unwrap_err().to_string();
            assert!(error.contains(folder) && error.contains(problem), "{error}");
        }
    }
}
