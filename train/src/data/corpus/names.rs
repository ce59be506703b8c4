//! The file names of the common corpora.

use std::path::Path;

use super::{Gender, Intensity, Speaker, Tag, adapters};

/// A corpus whose files' names say what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Speech of RAVDESS (Livingstone & Russo 2018).
    Ravdess,
    /// Song of RAVDESS.
    RavdessSong,
    /// CREMA-D (Cao et al. 2014).
    CremaD,
    /// TESS (Pichora-Fuller & Dupuis 2020).
    Tess,
    /// EMO-DB (Burkhardt et al. 2005).
    EmoDb,
    /// SAVEE (Haq & Jackson 2009).
    Savee,
    /// nEMO (Christop 2024).
    Nemo,
}

/// The fields of a file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// One of [`Names::labels`].
    pub label: &'static str,
    /// The speaker.
    pub speaker: Speaker,
    /// Their gender, where the name or the corpus's description tells.
    pub gender: Option<Gender>,
    /// How strongly it is acted.
    pub intensity: Option<Intensity>,
    /// Which sentence or word is spoken.
    pub statement: Option<Tag>,
    /// Number of the repetition.
    pub repetition: Option<u32>,
}

/// All eight, in the order of RAVDESS.
#[rustfmt::skip]
pub static RAVDESS: [&str; 8] =
    ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"];
/// Those that most corpora have.
#[rustfmt::skip]
static COMMON: [&str; 7] =
    ["neutral", "happy", "sad", "angry", "fearful", "disgust", "surprised"];

impl Names {
    /// All, those first that are meant where a folder holds two of one family.
    pub const ALL: [Names; 7] = [
        Names::Ravdess,
        Names::RavdessSong,
        Names::CremaD,
        Names::Tess,
        Names::EmoDb,
        Names::Savee,
        Names::Nemo,
    ];

    /// Its name in text.
    pub fn title(self) -> &'static str {
        self.describe().0
    }

    /// Its name as the value of `--corpus`.
    pub fn option(self) -> &'static str {
        self.describe().1
    }

    /// The name of one of its files.
    pub fn example(self) -> &'static str {
        self.describe().2
    }

    /// A line of help.
    pub fn about(self) -> &'static str {
        self.describe().3
    }

    /// The corpus that `--corpus` gives this name, in any case.
    pub fn from_option(option: &str) -> Option<Names> {
        let mut all = Names::ALL.into_iter();
        all.find(|names| names.option().eq_ignore_ascii_case(option))
    }

    /// Title, option, example and help.
    fn describe(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Names::Ravdess => (
                "RAVDESS speech",
                "ravdess",
                "03-01-05-02-01-01-14.wav",
                "Speech of RAVDESS (Livingstone & Russo 2018): 03-01-05-02-01-01-14.wav",
            ),
            Names::RavdessSong => (
                "RAVDESS song",
                "ravdess-song",
                "03-02-05-02-01-01-14.wav",
                "Song of RAVDESS: 03-02-05-02-01-01-14.wav",
            ),
            Names::CremaD => (
                "CREMA-D",
                "crema-d",
                "1001_DFA_ANG_XX.wav",
                "CREMA-D (Cao et al. 2014): 1001_DFA_ANG_XX.wav",
            ),
            Names::Tess => (
                "TESS",
                "tess",
                "OAF_back_angry.wav",
                "TESS (Pichora-Fuller & Dupuis 2020): OAF_back_angry.wav",
            ),
            Names::EmoDb => (
                "EMO-DB",
                "emo-db",
                "03a01Wa.wav",
                "EMO-DB (Burkhardt et al. 2005): 03a01Wa.wav",
            ),
            Names::Savee => (
                "SAVEE",
                "savee",
                "DC_a01.wav",
                "SAVEE (Haq & Jackson 2009): DC_a01.wav, or DC/a01.wav",
            ),
            Names::Nemo => (
                "nEMO",
                "nemo",
                "JAN_anger_12.wav",
                "nEMO (Christop 2024): JAN_anger_12.wav",
            ),
        }
    }

    /// The labels, whichever of them a folder holds, under the names that are common to all
    /// corpora: a model of one can be evaluated on another.
    pub fn labels(self) -> &'static [&'static str] {
        match self {
            Names::Ravdess => &RAVDESS,
            Names::RavdessSong => &RAVDESS[..6],
            Names::CremaD => &COMMON[..6],
            Names::Tess | Names::Savee => &COMMON,
            Names::EmoDb => &[
                "neutral", "happy", "sad", "angry", "fearful", "disgust", "boredom",
            ],
            Names::Nemo => &["neutral", "happy", "sad", "angry", "fearful", "surprised"],
        }
    }

    /// The fields of the name of `path`; `None` where it is no file of the corpus.
    pub fn parse(self, path: &Path) -> Option<Named> {
        let stem = path.file_stem()?.to_str()?;
        match self {
            Names::Ravdess => adapters::ravdess(stem, 1, 8),
            Names::RavdessSong => adapters::ravdess(stem, 2, 6),
            Names::CremaD => adapters::crema_d(stem),
            Names::Tess => adapters::tess(stem),
            Names::EmoDb => adapters::emo_db(stem),
            Names::Savee => adapters::savee(path, stem),
            Names::Nemo => adapters::nemo(stem),
        }
    }
}
