//! A corpus and its speakers in the types of a model file's provenance.

use emotionai_voice::training::{CorpusUse, Speakers};

use super::corpus::{Choice, Corpus, Speaker, Tag};

/// A corpus of which `train` is learned from and `valid` is held out.
pub fn corpus_use(corpus: &Corpus, train: &Choice, valid: &Choice) -> CorpusUse {
    CorpusUse {
        name: name(corpus),
        digest: None,
        train: speakers(train),
        valid: speakers(valid),
    }
}

/// The name of a corpus: that of its kind, or `manifest` for whatever a manifest lists.
pub fn name(corpus: &Corpus) -> String {
    match corpus.names() {
        Some(names) if !corpus.is_listed() => names.option().into(),
        _ => "manifest".into(),
    }
}

/// A choice of speakers as a header stores it.
pub fn speakers(choice: &Choice) -> Speakers {
    match choice {
        Choice::All => Speakers::All,
        Choice::Speakers(speakers) => Speakers::Only(speakers.iter().map(speaker).collect()),
        Choice::Split(name) => Speakers::Split(name.clone()),
    }
}

/// Whether a stored choice includes a speaker. The speakers of a split are not known here, so it includes none.
pub fn includes(choice: &Speakers, wanted: &Speaker) -> bool {
    match choice {
        Speakers::All => true,
        Speakers::Only(speakers) => speakers.contains(&speaker(wanted)),
        Speakers::Split(_) => false,
    }
}

fn speaker(speaker: &Speaker) -> emotionai_voice::training::Speaker {
    match speaker {
        Tag::Number(number) => (*number).into(),
        Tag::Name(name) => name.as_str().into(),
    }
}
