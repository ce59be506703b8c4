//! FLAC (RFC 9639), decoded by claxon.

use std::io::{ErrorKind, Read};

use anyhow::Result;
use claxon::{FlacReader, FlacReaderOptions};
use emotionai_voice::{Classifier, Error, StreamEnd, Waveform};

use super::with_all;

/// The depths that [`Waveform`] holds exactly, as `f32`; claxon decodes no more either.
const MAX_BITS: u32 = 24;

/// As [`super::classify`], for FLAC. What follows the samples that the header announces is ignored, as
/// after the `data` chunk of a WAV.
pub fn classify(
    classifier: &Classifier,
    input: impl Read,
    hop_ms: Option<f64>,
) -> Result<StreamEnd> {
    let options = FlacReaderOptions {
        metadata_only: false,
        read_vorbis_comment: false,
    };
    let mut reader = FlacReader::new_ext(input, options).map_err(damaged)?;
    let info = reader.streaminfo();
    if info.bits_per_sample > MAX_BITS {
        return Err(Error::UnsupportedFormat {
            expected: format!("a FLAC of up to {MAX_BITS} bits, or a WAV"),
            actual: format!("a FLAC of {} bits", info.bits_per_sample),
        }
        .into());
    }
    // As the WAV decoder scales the same integers.
    let full_scale = (1u32 << (info.bits_per_sample - 1)) as f32;
    let mut stream = classifier.stream(info.sample_rate, hop_ms)?;
    let (mut windows, mut decoded) = (Vec::new(), 0);
    let mut blocks = reader.blocks();
    let mut buffer = Vec::new();
    while info.samples.is_none_or(|all| decoded < all) {
        let Some(block) = blocks.read_next_or_eof(buffer).map_err(damaged)? else {
            break;
        };
        let channels: Vec<Vec<f32>> = (0..block.channels())
            .map(|channel| {
                let samples = block.channel(channel).iter();
                samples.map(|&sample| sample as f32 / full_scale).collect()
            })
            .collect();
        let channels: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
        let mono = Waveform::from_planar(&channels, info.sample_rate)?;
        windows.extend(stream.push(mono.samples())?);
        decoded += u64::from(block.duration());
        buffer = block.into_buffer();
    }
    if let Some(all) = info.samples.filter(|&all| decoded < all) {
        return Err(cut_short(format!("{decoded} of {all} samples")).into());
    }
    Ok(with_all(windows, stream.flush()?))
}

fn damaged(error: claxon::Error) -> anyhow::Error {
    match error {
        claxon::Error::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            cut_short("one that ends in the middle".into()).into()
        }
        claxon::Error::IoError(error) => error.into(),
        claxon::Error::FormatError(reason) => Error::InvalidAudio {
            expected: "an undamaged FLAC file".into(),
            actual: reason.into(),
        }
        .into(),
        claxon::Error::Unsupported(feature) => Error::UnsupportedFormat {
            expected: "a FLAC file of the usual kind".into(),
            actual: format!("{feature}; convert it first, for example with `flac -d FILE`"),
        }
        .into(),
    }
}

fn cut_short(actual: String) -> Error {
    Error::InvalidAudio {
        expected: "a whole FLAC file".into(),
        actual: format!("{actual}: the file was cut short"),
    }
}
