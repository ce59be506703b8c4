//! The list of what was made, which says what need not be made again.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use csv::Writer;

use crate::io::atomic;

/// The file's name in the folder of the output.
pub const FILE_NAME: &str = "manifest.csv";
/// Its columns. What the corpus does not tell is left empty.
const HEADER: &str = "path,label,speaker,gender,intensity,statement,split,corpus,config\n";

/// One spectrogram: the values of the columns.
pub type Row = [String; 9];

/// The manifest while spectrograms are made. A line is added as soon as its file is whole, so that
/// the next start knows of it whatever happens to this one.
pub struct Manifest {
    path: PathBuf,
    file: Mutex<File>,
}

impl Manifest {
    /// The paths that the manifest in `folder` lists with this `config`, if there is one, which is
    /// the last column. A line that a crash left unfinished is none.
    pub fn listed(folder: &Path, config: &str) -> BTreeSet<String> {
        let mut builder = csv::ReaderBuilder::new();
        let reader = builder.flexible(true).has_headers(false);
        let Ok(reader) = reader.from_path(folder.join(FILE_NAME)) else {
            return BTreeSet::new();
        };
        let mut records = reader.into_records().map_while(Result::ok);
        // Earlier versions wrote fewer columns.
        let columns = records.next().map_or(0, |header| header.len());
        let is_whole =
            |it: &csv::StringRecord| it.len() == columns && it.iter().next_back() == Some(config);
        let whole = records.filter(is_whole);
        whole
            .filter_map(|record| Some(record.get(0)?.to_owned()))
            .collect()
    }

    /// Starts the manifest in `folder` with these rows, and forgets all others.
    pub fn start<'a>(folder: &Path, rows: impl Iterator<Item = &'a Row>) -> Result<Manifest> {
        let path = folder.join(FILE_NAME);
        write(&path, rows)?;
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Manifest {
            path,
            file: Mutex::new(file),
        })
    }

    /// Adds a row.
    pub fn add(&self, row: &Row) -> Result<()> {
        // One write, so that a line is whole or the last.
        let line = lines(std::iter::once(row))?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Writes all rows anew, in their order.
    pub fn finish<'a>(self, rows: impl Iterator<Item = &'a Row>) -> Result<()> {
        write(&self.path, rows)
    }
}

fn write<'a>(path: &Path, rows: impl Iterator<Item = &'a Row>) -> Result<()> {
    let mut text = HEADER.as_bytes().to_vec();
    text.extend(lines(rows)?);
    atomic::write(path, &text)
}

fn lines<'a>(rows: impl Iterator<Item = &'a Row>) -> Result<Vec<u8>> {
    let mut writer = Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;

    fn row(path: &str, config: &str) -> Row {
        let mut row = Row::default();
        row[0] = path.to_owned();
        row[8] = config.to_owned();
        row
    }

    #[test]
    fn what_is_listed_survives_a_crash_and_another_config_does_not() {
        let folder = scratch("spectrograms");
        assert!(Manifest::listed(&folder, "a").is_empty());
        let manifest = Manifest::start(&folder, [row("x, y.npy", "a")].iter()).unwrap();
        manifest.add(&row("z.npy", "a")).unwrap();
        manifest.add(&row("old.npy", "b")).unwrap();
        let listed = || Manifest::listed(&folder, "a");
        assert_eq!(listed(), ["x, y.npy".into(), "z.npy".into()].into());

        let path = folder.join(FILE_NAME);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("half.npy,sad,,");
        std::fs::write(&path, text).unwrap();
        assert_eq!(listed().len(), 2);

        std::fs::write(&path, "path,label,config\nx.npy,sad,a\ny.npy,sad,b\n").unwrap();
        assert_eq!(listed(), ["x.npy".into()].into(), "as it was before");

        manifest.finish([row("z.npy", "a")].iter()).unwrap();
        assert_eq!(listed(), ["z.npy".into()].into());
        std::fs::write(&path, b"\xff\xfe garbage").unwrap();
        assert!(listed().is_empty());
    }
}
