//! A corpus's manifest: it is read or refused, in bounded time.

use emotionai_voice_train::data::corpus::Corpus;

/// The bytes are the file.
pub fn check(data: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.wav"), b"RIFF").unwrap();
    std::fs::write(folder.path().join("manifest.csv"), data).unwrap();
    if let Ok(corpus) = Corpus::open(folder.path(), None) {
        let labels = corpus.labels();
        assert!(corpus.clips().iter().all(|clip| clip.label < labels.len()));
    }
}
