//! The same sound in training and held-out recordings, which makes metrics too good.

use rayon::prelude::*;

use crate::data::corpus::{Clip, Division};
use crate::data::decode::read_waveform;
use crate::data::fingerprint::Fingerprint;

/// Pairs that a warning names.
const NAMED: usize = 5;

/// Pairs of a training and a held-out recording that sound the same, in the order of the held-out ones.
/// Spectrograms and files that cannot be read are in none.
pub fn same_sound(division: &Division) -> Vec<(&Clip, &Clip)> {
    if division.valid.is_empty() {
        return Vec::new();
    }
    let train = fingerprints(&division.train);
    let valid = fingerprints(&division.valid);
    valid
        .par_iter()
        .flat_map_iter(|(clip, print)| {
            let same = train.iter().filter(|(_, other)| print.is_same(other));
            same.map(|(other, _)| (*other, *clip))
        })
        .collect()
}

/// A warning that names some of the pairs; nothing where there are none.
pub fn warning(pairs: &[(&Clip, &Clip)]) -> String {
    let named = pairs.iter().take(NAMED).map(|(train, valid)| {
        format!(
            "warning: {} in --train and {} in --valid sound the same\n",
            train.path.display(),
            valid.path.display()
        )
    });
    let mut text: String = named.collect();
    match pairs.len() {
        0 => {}
        n => text.push_str(&format!(
            "warning: {n} {} in both halves of the split: metrics will be too good. Remove one file of each pair, or list both in one split\n",
            if n == 1 { "recording is" } else { "recordings are" }
        )),
    }
    text
}

fn fingerprints(clips: &[Clip]) -> Vec<(&Clip, Fingerprint)> {
    let of = |clip: &Clip| {
        let waveform = read_waveform(&clip.path).ok()?;
        Fingerprint::new(waveform.samples(), waveform.sample_rate()).ok()?
    };
    clips
        .par_iter()
        .filter_map(|clip| Some((clip, of(clip)?)))
        .collect()
}
