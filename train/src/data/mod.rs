//! Recordings: corpora, decoding, augmentation, simulated worlds and training windows.

pub mod augment;
pub mod cache;
pub mod corpus;
pub mod dataset;
pub mod decode;
pub mod download;
pub mod file_kind;
pub mod fingerprint;
pub mod npy;
pub mod provenance;
pub mod recorded;
pub mod same_sound;
pub mod seeded;
pub mod simulate;
pub mod spectrogram;
pub mod voice_exchange;
