//! Options that name a corpus.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::values;
use crate::data::corpus::{Corpus, Names, skips};
use crate::io::output::note;

/// Options that name a corpus.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The recordings (WAV, FLAC, MP3, M4A, AAC, Ogg Vorbis): a folder of a corpus whose file names say what they hold (RAVDESS speech
    /// and song, CREMA-D, TESS, EMO-DB, SAVEE, nEMO), or a CSV file with a header and a line for
    /// each recording, path,label[,speaker,split,gender,intensity,statement,corpus], or a folder with
    /// such a manifest.csv, as `preprocess` makes one. Columns may be separated by commas, semicolons or tabs.
    /// Paths may be those of another system, and labels such as anger, joy or fear are read as angry, happy and
    /// fearful; what is read in another way than it is written is said.
    #[arg(long)]
    pub data: PathBuf,
    /// Corpus that a folder's file names are of [default: the one that they fit].
    #[arg(long, value_parser = values::corpus())]
    pub corpus: Option<Names>,
}

impl DataArgs {
    /// Opens the corpus, and says on standard error what is left out or read in another way than it is written.
    ///
    /// # Errors
    /// As [`Corpus::open`].
    pub fn open(&self) -> Result<Corpus> {
        let corpus = Corpus::open(&self.data, self.corpus)?;
        note(corpus.notes().join("\n"));
        note(skips(corpus.skipped()));
        Ok(corpus)
    }
}
