//! A corpus as a CSV file: `path,label[,speaker,split,gender,intensity,statement,corpus]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use csv::{ReaderBuilder, StringRecord, Trim};
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

use super::resolve::Resolver;
use super::speaker::Tag;
use super::walk::Skip;
use super::{Clip, Found, Names, labels, spelling, table};

/// The file name of the manifest of a folder.
pub const FILE_NAME: &str = "manifest.csv";
/// Files that an error names.
const NAMED: usize = 5;

/// A line of a manifest.
struct Row {
    path: PathBuf,
    label: String,
    names: Option<Names>,
    clip: Clip,
}

/// Reads a manifest, of which [`table`] says the forms. Paths are relative to it, and may have been written on
/// another system; other columns than those named above are ignored.
///
/// # Errors
/// Names the line that cannot be used, and the files that are missing.
pub(super) fn read(manifest: &Path) -> Result<Found> {
    let name = manifest.display();
    let (text, separator) = table::read(manifest)?;
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .with_context(|| format!("cannot read the header of {name}"))?
        .clone();
    let columns = Columns::new(header).with_context(|| format!("cannot use {name}"))?;
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let mut files = Resolver::new(folder);
    let (mut rows, mut paths) = (Vec::new(), BTreeSet::new());
    for record in reader.records() {
        let record = record.with_context(|| format!("cannot read {name}"))?;
        let row = columns.row(&record, &mut files).and_then(|row| {
            if !paths.insert(row.path.clone()) {
                bail!("{} is listed more than once", row.path.display());
            }
            Ok(row)
        });
        let line = record.position().map_or(0, csv::Position::line);
        rows.push(row.with_context(|| format!("{name}, line {line}"))?);
    }
    if rows.is_empty() {
        bail!("{name} names no recording: expected a line for each below its header");
    }

    let names = one_corpus(&rows).with_context(|| format!("cannot use {name}"))?;
    let of_corpus = names.map_or(&[][..], Names::labels).iter().copied();
    let labels = labels(
        (rows.iter().map(|row| spelling::common(&row.label)))
            .chain(of_corpus)
            .collect(),
    );
    spelling::check(labels.iter().map(String::as_str))
        .with_context(|| format!("cannot use {name}"))?;
    let renamed = spelling::renamed(rows.iter().map(|row| row.label.as_str()));
    let notes = [renamed, files.note()].into_iter().flatten();
    let notes = notes.map(|note| format!("{name}: {note}")).collect();
    let (mut clips, mut skipped, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        match std::fs::metadata(&row.path) {
            Ok(file) if !file.is_file() => skipped.push(Skip::new(&row.path, "it is no file")),
            Ok(file) if file.len() == 0 => skipped.push(Skip::new(&row.path, "it is empty")),
            Ok(_) => clips.push(Clip {
                label: (labels.iter())
                    .position(|label| label == spelling::common(&row.label))
                    .unwrap_or(0),
                labels: labels.clone(),
                path: row.path,
                ..row.clip
            }),
            Err(error) => missing.push(format!("{} ({error})", row.path.display())),
        }
    }
    if !missing.is_empty() {
        let more = missing.len().saturating_sub(NAMED);
        missing.truncate(NAMED);
        if more > 0 {
            missing.push(format!("and {more} more"));
        }
        bail!(
            "{name} names files that cannot be read, its paths being relative to its own folder: {}",
            missing.join(", ")
        );
    }
    Ok(Found {
        names,
        clips,
        labels,
        skipped,
        notes,
    })
}

/// The corpus that all rows are of.
fn one_corpus(rows: &[Row]) -> Result<Option<Names>> {
    let mut found = rows.iter().map(|row| row.names);
    let first = found.next().flatten();
    if let Some(other) = found.find(|names| *names != first) {
        let name_of = |names: Option<Names>| names.map_or("nothing", Names::option);
        bail!(
            "its column corpus says {} in one line and {} in another: all recordings must be of one corpus, or the column be left out",
            name_of(first),
            name_of(other)
        );
    }
    Ok(first)
}

/// The columns of a manifest, by the names in its header.
struct Columns(StringRecord);

impl Columns {
    fn new(header: StringRecord) -> Result<Columns> {
        let columns = Columns(header);
        if columns.find("path").is_none() || columns.find("label").is_none() {
            let found: Vec<&str> = columns.0.iter().collect();
            bail!(
                "the first line must name the columns, path,label and perhaps speaker,split, with commas, semicolons or tabs between them, but is {:?}",
                found.join(",")
            );
        }
        Ok(columns)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|it| it.eq_ignore_ascii_case(name))
    }

    fn row(&self, record: &StringRecord, files: &mut Resolver) -> Result<Row> {
        let field = |name: &str| {
            let field = record.get(self.find(name)?)?;
            (!field.is_empty()).then_some(field)
        };
        let (Some(path), Some(label)) = (field("path"), field("label")) else {
            bail!("path and label must not be empty");
        };
        Ok(Row {
            path: files.find(path),
            label: label.to_owned(),
            names: field("corpus").map(corpus).transpose()?,
            clip: Clip {
                speaker: field("speaker").map(Tag::from),
                split: field("split").map(str::to_owned),
                gender: value("gender", field("gender"))?,
                intensity: value("intensity", field("intensity"))?,
                statement: field("statement").map(Tag::from),
                config: field("config").map(str::to_owned),
                ..Clip::default()
            },
        })
    }
}

/// The corpus that `--corpus` gives this name.
fn corpus(field: &str) -> Result<Names> {
    Names::from_option(field).ok_or_else(|| {
        anyhow!(
            "the corpus {field} is none of {}: leave the column out for others",
            Names::ALL.map(Names::option).join(", ")
        )
    })
}

/// A field whose values are those of a type, named as its JSON names them.
fn value<T: DeserializeOwned>(column: &str, field: Option<&str>) -> Result<Option<T>> {
    field
        .map(|field| T::deserialize(StrDeserializer::<Error>::new(field)))
        .transpose()
        .with_context(|| format!("cannot use the {column}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::tests::scratch;
    use crate::data::corpus::{Gender, Intensity};

    /// Reads a manifest with these lines beside some files.
    fn read_lines(name: &str, text: &str) -> Result<Found> {
        let folder = scratch(name);
        for file in ["a.wav", "b.wav", "c, d.wav"] {
            std::fs::write(folder.join(file), "x").unwrap();
        }
        std::fs::write(folder.join("empty.wav"), "").unwrap();
        let path = folder.join("corpus.csv");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn columns_may_come_in_any_order_and_be_left_out() {
        let Found {
            names,
            clips,
            labels,
            skipped,
            notes,
        } = read_lines(
            "columns",
            "\u{feff}label, speaker,path,note,split,gender,intensity\r\n\
             yes,DC,a.wav,x,train,female,strong\r\n\
             angry,07,\"c, d.wav\",,,,\r\n\
             no,,empty.wav,,,,\r\n\
             no, ,b.wav,,test,,\r\n",
        )
        .unwrap();
        assert_eq!(*labels, ["angry", "no", "yes"]);
        assert_eq!((skipped.len(), names), (1, None));
        assert!(notes.is_empty(), "{notes:?}");
        let found: Vec<_> = clips
            .iter()
            .map(|c| (c.label, c.speaker.clone(), c.split.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                (2, Some("DC".into()), Some("train")),
                (0, Some(Tag::Number(7)), None),
                (1, None, Some("test")),
            ]
        );
        assert_eq!(clips[0].gender, Some(Gender::Female));
        assert_eq!(clips[0].intensity, Some(Intensity::Strong));
        assert!(clips[1].path.ends_with("c, d.wav"));
    }

    #[test]
    fn a_manifest_may_say_which_corpus_it_is_of() {
        let text = "path,label,corpus\na.wav,sad,emo-db\nb.wav,happy,emo-db\n";
        let listed = read_lines("which", text).unwrap();
        assert_eq!(listed.names, Some(Names::EmoDb));
        assert_eq!(*listed.labels, *Names::EmoDb.labels(), "all seven");
        assert_eq!(listed.clips[0].label_name(), "sad");
    }

    #[test]
    fn a_list_of_another_system_is_read_and_what_is_changed_is_said() {
        let text = "Path;LABEL;Speaker\r\n\
             C:\\corpus\\a.wav;Anger;DC\r\n\
             \"B.wav\";joy;JE\r\n\
             c, d.wav;angry;JE\r\n";
        let listed = read_lines("elsewhere", text).unwrap();
        assert_eq!(*listed.labels, ["happy", "angry"]);
        let files: Vec<_> = listed
            .clips
            .iter()
            .filter_map(|c| c.path.file_name())
            .collect();
        assert_eq!(files, ["a.wav", "b.wav", "c, d.wav"]);
        let notes = listed.notes.join("\n");
        for said in [
            "corpus.csv: ",
            "Anger as angry, joy as happy",
            "2 paths",
            "B.wav to",
        ] {
            assert!(notes.contains(said), "{said}: {notes}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, said) in [
            ("", "path,label"),
            ("a.wav,happy\n", "the first line must name"),
            ("path|label\na.wav|happy\n", "path|label"),
            ("path;label\na.wav;yes\nb.wav;Yes\n", "Yes and yes differ"),
            ("path,label\na.wav,x\nA.WAV,x\n", "more than once"),
            ("path,label\n", "names no recording"),
            ("path,label\na.wav,\n", "line 2"),
            ("path,label\na.wav,x\n,x\n", "line 3"),
            ("path,label\na.wav,x\na.wav,y\n", "more than once"),
            ("path,label\na.wav,x,z\n", "line: 2"),
            ("path,label\ngone.wav,x\n", "gone.wav"),
            ("path,label,gender\na.wav,x,woman\n", "female"),
            ("path,label,corpus\na.wav,x,iemocap\n", "crema-d"),
            (
                "path,label,corpus\na.wav,x,tess\nb.wav,y,savee\n",
                "says tess in one line and savee in another",
            ),
            (
                "path,label,corpus\na.wav,x,\nb.wav,y,savee\n",
                "says nothing in one line",
            ),
        ] {
            let error = format!("{:#}", read_lines("wrong", text).unwrap_err());
            assert!(error.contains(said), "{text:?}: {error}");
            assert!(error.contains("corpus.csv"), "{text:?}: {error}");
        }
        let error = read(Path::new("/no/such.csv")).unwrap_err();
        assert!(format!("{error:#}").contains("/no/such.csv"));
    }
}
