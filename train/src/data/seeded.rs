//! Random generators that depend on nothing but what they are for.

use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest as _, Sha256};

use crate::data::corpus::Clip;
use crate::data::corpus::Sha256Digest as Digest;

/// A generator for one use of a clip, known by its file's name: neither the order nor the choice of clips
/// and uses matters.
pub fn of_clip(seed: u64, what_for: &str, clip: &Clip) -> StdRng {
    let name = clip.path.file_name().unwrap_or_default().to_string_lossy();
    // FNV-1a: unlike the standard library's hash, fixed for all time.
    let hash = |text: &str| {
        text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let mut bytes = [0; 32];
    for (bytes, word) in bytes
        .chunks_exact_mut(8)
        .zip([seed, hash(what_for), hash(&name)])
    {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    StdRng::from_seed(bytes)
}

/// A generator for the `number`th use of a recording for one purpose, known by its bytes alone.
pub fn of_digest(digest: &Digest, what_for: &str, number: usize) -> StdRng {
    let hash = Sha256::new()
        .chain_update(digest)
        .chain_update((number as u64).to_le_bytes())
        .chain_update(what_for)
        .finalize();
    StdRng::from_seed(hash.into())
}
