//! RAVDESS, where it is at hand. The repository holds none of it, so the tests must do without, and say so.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::files;

/// The environment variable that names the unpacked recordings.
pub const VARIABLE: &str = "RAVDESS_DIR";

/// What is said at the beginning and at the end of a run without recordings.
pub const ABSENT: &str = "\
!!! RAVDESS_DIR IS NOT SET: no test runs on real recordings. Those that can use the synthetic voice
!!! tests/data/voice.wav instead; the others skip. To run them all, unpack Audio_Speech_Actors_01-24.zip
!!! (https://zenodo.org/records/1188976) and name the folder: RAVDESS_DIR=/path/to/ravdess cargo xtask test";

/// The folder that `RAVDESS_DIR` names, as an absolute path: tests run from other folders than this program.
pub fn find() -> Result<Option<PathBuf>> {
    match std::env::var_os(VARIABLE) {
        Some(folder) if !folder.is_empty() => checked(Path::new(&folder)).map(Some),
        _ => Ok(None),
    }
}

fn checked(folder: &Path) -> Result<PathBuf> {
    let absolute = folder.canonicalize().with_context(|| {
        format!(
            "{VARIABLE} names {}, which cannot be opened",
            folder.display()
        )
    })?;
    let is_clip = |file: &PathBuf| {
        file.starts_with("Actor_01") && file.extension().is_some_and(|extension| extension == "wav")
    };
    if !files::list(&absolute, &[])?.iter().any(is_clip) {
        bail!(
            "{VARIABLE} names {}, which holds no Actor_01/*.wav: name the folder that the RAVDESS archive unpacks to, or unset it",
            absolute.display()
        );
    }
    Ok(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_actors_is_an_error_that_names_it() -> Result<()> {
        let here = std::env::current_dir()?;
        let error = checked(&here).map_err(|error| error.to_string());
        let expected = format!("{}, which holds no Actor_01/*.wav", here.display());
        assert!(error.is_err_and(|text| text.contains(&expected)));
        Ok(())
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_that_names_it() {
        let error = checked(Path::new("/no/such/folder")).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("/no/such/folder")));
    }
}
