//! The recordings whose speakers may talk behind others.

use crate::data::corpus::Sha256Digest as Digest;
use crate::data::corpus::{Clip, Speaker};

/// Recordings that a babble is made of.
const RECORDINGS: usize = 8;

/// Recordings of known speakers, in a training set: held-out speakers are none of them.
pub struct Talkers<'a> {
    clips: Vec<(&'a Clip, Digest)>,
}

impl<'a> Talkers<'a> {
    /// From the recordings of a training set.
    pub fn new(clips: impl Iterator<Item = (&'a Clip, Digest)>) -> Talkers<'a> {
        let usable = clips.filter(|(clip, _)| clip.speaker.is_some() && !clip.is_spectrogram());
        Talkers {
            clips: usable.collect(),
        }
    }

    /// Whether there is anybody but `speaker`.
    pub fn has_others(&self, speaker: Option<&Speaker>) -> bool {
        let mut clips = self.clips.iter();
        clips.any(|(clip, _)| clip.speaker.as_ref() != speaker)
    }

    /// A few recordings of others than `speaker` for the copy that `copy` stands for. Each has a rank of its own
    /// in each copy, and the lowest are taken: with other recordings in the set, most choices stay the same.
    pub fn others(&self, speaker: Option<&Speaker>, copy: u64) -> Vec<(&'a Clip, Digest)> {
        let mut ranked: Vec<_> = (self.clips.iter())
            .filter(|(clip, _)| clip.speaker.as_ref() != speaker)
            .map(|(clip, digest)| (rank(digest, copy), digest, *clip))
            .collect();
        if ranked.len() > RECORDINGS {
            ranked.select_nth_unstable_by_key(RECORDINGS, |&(rank, digest, _)| (rank, digest));
            ranked.truncate(RECORDINGS);
        }
        ranked.sort_unstable_by_key(|&(rank, digest, _)| (rank, digest));
        ranked.dedup_by_key(|&mut (_, digest, _)| digest);
        ranked
            .into_iter()
            .map(|(_, digest, clip)| (clip, *digest))
            .collect()
    }
}

/// Mixes the bits of both (the finalizer of SplitMix64; Steele et al. 2014, doi:10.1145/2714064.2660195).
fn rank(digest: &Digest, copy: u64) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    let mut bits = u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ copy;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_few_never_the_speaker_and_mostly_the_same_in_another_set() {
        let clips: Vec<Clip> = (0..50)
            .map(|index| Clip {
                speaker: Some(crate::data::corpus::Tag::Number(index % 5)),
                ..Clip::default()
            })
            .collect();
        let digest = |index: usize| {
            let bits = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            std::array::from_fn(|at| bits.to_le_bytes().get(at).copied().unwrap_or(0))
        };
        let of = |n: usize| Talkers::new((0..n).map(|index| (&clips[index], digest(index))));
        let speaker = clips[0].speaker.as_ref();
        let (all, most) = (of(50), of(45));
        let mut kept = 0;
        for copy in 0..20 {
            let chosen = all.others(speaker, copy);
            assert_eq!(chosen.len(), RECORDINGS);
            let is_other = |(clip, _): &(&Clip, Digest)| clip.speaker.as_ref() != speaker;
            assert!(chosen.iter().all(is_other));
            let others = most.others(speaker, copy);
            kept += chosen.iter().filter(|it| others.contains(it)).count();
        }
        assert!(kept > 20 * RECORDINGS * 3 / 4, "{kept}");
        assert_ne!(all.others(speaker, 1), all.others(speaker, 2));
        assert!(!of(1).has_others(speaker) && of(2).has_others(speaker));
        assert_eq!(of(3).others(None, 1).len(), 3);
    }
}
