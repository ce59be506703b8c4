//! Files of a list that was made elsewhere: on another system, or on a machine with other folders.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

/// Finds files below a folder by paths that may be written in another way than the files are named.
pub struct Resolver<'a> {
    folder: &'a Path,
    /// The names in each folder by their folded form; `None` where two names fold to one.
    names: HashMap<PathBuf, HashMap<String, Option<OsString>>>,
    /// The last path that was found under another name, with the file.
    example: Option<(String, PathBuf)>,
    found: usize,
}

impl Resolver<'_> {
    /// A resolver of paths that are relative to `folder`.
    pub fn new(folder: &Path) -> Resolver<'_> {
        Resolver {
            folder,
            names: HashMap::new(),
            example: None,
            found: 0,
        }
    }

    /// The file of this path. A path that leads to no file is tried again with `\` as a separator, with
    /// names in any case and Unicode normalisation, and, where it is absolute, without the folders of
    /// the machine that it was written on. Where that finds nothing either, it stays as it is.
    pub fn find(&mut self, path: &str) -> PathBuf {
        let exact = self.folder.join(path);
        if std::fs::symlink_metadata(&exact).is_ok() {
            return exact;
        }
        let parts: Vec<&str> = path
            .split(['/', '\\'])
            .filter(|part| !matches!(*part, "" | "."))
            .collect();
        let starts = match is_absolute(path) {
            true => parts.len(),
            false => 1,
        };
        let found = (0..starts).find_map(|start| self.walk(&parts[start..]));
        match found {
            Some(file) => {
                self.found += 1;
                self.example = Some((path.to_owned(), file.clone()));
                file
            }
            None => exact,
        }
    }

    /// Which paths were found under other names, as a sentence; `None` where none was.
    pub fn note(&self) -> Option<String> {
        let (path, file) = self.example.as_ref()?;
        Some(format!(
            "{} paths are written for another system and were matched to files here, such as {path} to {}",
            self.found,
            file.display()
        ))
    }

    fn walk(&mut self, parts: &[&str]) -> Option<PathBuf> {
        let mut path = self.folder.to_owned();
        for part in parts {
            let next = path.join(part);
            path = match std::fs::symlink_metadata(&next) {
                Ok(_) => next,
                Err(_) => path.join(self.folded(&path, part)?),
            };
        }
        path.is_file().then_some(path)
    }

    /// The only name in `folder` that folds as `part` does.
    fn folded(&mut self, folder: &Path, part: &str) -> Option<OsString> {
        if !self.names.contains_key(folder) {
            let mut names: HashMap<String, Option<OsString>> = HashMap::new();
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let folded = fold(&name.to_string_lossy());
                names
                    .entry(folded)
                    .and_modify(|one| *one = None)
                    .or_insert(Some(name));
            }
            self.names.insert(folder.to_owned(), names);
        }
        self.names.get(folder)?.get(&fold(part))?.clone()
    }
}

/// Whether a path starts at the root of some system, such as `/home`, `\\server` or `C:\`.
fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with(['/', '\\']) || drive
}

fn fold(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::folder;

    #[test]
    fn paths_of_other_systems_lead_to_the_same_files() {
        // Decomposed, as macOS names files.
        let root = folder(
            "resolve",
            &["Actor_01/a.wav", "Zoe\u{308}/b c.WAV", "x/d.wav", "x/D.wav"],
        );
        let mut resolver = Resolver::new(&root);
        let first = root.join("Actor_01/a.wav");
        assert_eq!(resolver.find("Actor_01/a.wav"), first);
        assert_eq!(resolver.note(), None);
        for path in [
            "Actor_01\\a.wav",
            ".\\actor_01\\A.WAV",
            "C:\\Users\\me\\ravdess\\Actor_01\\a.wav",
            "\\\\server\\ravdess\\Actor_01\\a.wav",
            "/home/me/ravdess/actor_01/a.wav",
        ] {
            assert_eq!(resolver.find(path), first, "{path}");
        }
        assert_eq!(
            resolver.find("zo\u{eb}/b c.wav"),
            root.join("Zoe\u{308}/b c.WAV")
        );
        let note = resolver.note().unwrap();
        assert!(
            note.starts_with("6 paths") && note.contains("b c.WAV"),
            "{note}"
        );
        // One of two, a part of a relative path, a folder, and nothing at all.
        for path in [
            "X/d.WAV",
            "elsewhere/Actor_01/a.wav",
            "/home/Actor_01",
            "/gone.wav",
            "",
            "/",
        ] {
            assert_eq!(resolver.find(path), root.join(path), "{path}");
        }
        assert!(resolver.note().unwrap().starts_with("6 paths"));
    }
}
