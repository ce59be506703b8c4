//! Options that several commands share.

pub mod values;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::data::cache::Location;
use crate::data::corpus::{Corpus, Names, skips};
use crate::io::output::note;
use crate::learn::finish::GivenCalibration;
use crate::learn::recipe::{Network, Recipe};

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
    pub fn open(&self) -> Result<Corpus> {
        let corpus = Corpus::open(&self.data, self.corpus)?;
        note(corpus.notes().join("\n"));
        note(skips(corpus.skipped()));
        Ok(corpus)
    }
}

/// Options that choose the recipe.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Recipe")]
pub struct RecipeArgs {
    /// Network to train.
    #[arg(long, value_parser = values::network(), default_value = "cnn")]
    pub network: Network,
    /// TOML file with the fields of the recipe that differ from the network's default.
    #[arg(long)]
    pub recipe: Option<PathBuf>,
    /// Field of the recipe to change, after the file, such as augment.noise=0.25 or
    /// sampling=balanced; can be repeated.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// Passes over the recordings [default: the recipe's].
    #[arg(long, value_parser = values::from::<1>())]
    pub epochs: Option<usize>,
    /// Windows in a step [default: the recipe's].
    #[arg(long, value_parser = values::from::<2>())]
    pub batch_size: Option<usize>,
    /// Peak learning rate [default: the recipe's].
    #[arg(long, value_parser = values::positive::<f64>)]
    pub learning_rate: Option<f64>,
}

impl RecipeArgs {
    /// The recipe that the options name.
    pub fn load(&self) -> Result<Recipe> {
        let mut set = self.set.clone();
        set.extend(self.epochs.map(|epochs| format!("epochs={epochs}")));
        set.extend(self.batch_size.map(|size| format!("batch_size={size}")));
        // `{:?}` keeps the point of a fraction, which TOML requires.
        set.extend((self.learning_rate).map(|rate| format!("learning_rate={rate:?}")));
        Recipe::load(self.network, self.recipe.as_deref(), &set)
    }

    /// The recipe for a corpus: with its number of labels, and without the parts that need samples where it
    /// holds spectrograms.
    pub fn load_for(&self, corpus: &Corpus) -> Result<Recipe> {
        let recipe = self.load()?.with_labels(corpus.labels().len());
        Ok(match corpus.has_spectrograms() {
            true => recipe.without_samples(),
            false => recipe,
        })
    }
}

/// Options that choose the cache of variants.
#[derive(Debug, Clone, Args)]
pub struct CacheArgs {
    /// Folder in which the computed frames of the recordings are kept for later runs, folds and seeds
    /// [default: EMOTIONAI_CACHE, else one in the user's folder for caches; `train cache` names it].
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Keep them in a temporary folder, which is removed at the end of the run.
    #[arg(long, conflicts_with = "cache")]
    no_cache: bool,
}

impl CacheArgs {
    /// The location that the options name.
    pub fn location(&self) -> Location {
        match &self.cache {
            _ if self.no_cache => Location::Temporary,
            Some(folder) => Location::Folder(folder.clone()),
            None => Location::Default,
        }
    }
}

/// Options of a model's calibration.
#[derive(Debug, Clone, Args)]
pub struct CalibrationArgs {
    /// Divisor of the logits [default: fitted on the held-out speakers, with the neutral logits; 1 without
    /// them].
    #[arg(long, value_parser = values::positive::<f32>)]
    pub temperature: Option<f32>,
    /// Bias of each label, added to its logit, as `report` prints it [default: none].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub label_bias: Option<Vec<f32>>,
    /// Mean logits of unknown speakers' neutral speech, for speaker profiles, as `report` prints them
    /// [default: none where a temperature is given].
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    pub neutral_logits: Option<Vec<f32>>,
    /// Top probability below which an answer is "uncertain" [default: fitted with the temperature, so that a
    /// quarter of the held-out recordings are; 0 where a temperature is given].
    #[arg(long, value_parser = values::share)]
    pub uncertain_below: Option<f32>,
}

impl CalibrationArgs {
    /// The calibration that the options give.
    pub fn given(&self) -> GivenCalibration {
        GivenCalibration {
            temperature: self.temperature,
            label_bias: self.label_bias.clone(),
            neutral_logits: self.neutral_logits.clone(),
            uncertain_below: self.uncertain_below,
        }
    }
}

/// A progress bar on standard error; nothing where that is no terminal.
pub fn bar(length: usize, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:40}} {template}")) {
        bar.set_style(style);
    }
    bar
}
