//! The format of a recording, by its first bytes.

use std::io::{Read, copy, sink};

use anyhow::{Result, bail};
use emotionai_voice::Error;

use super::FORMATS;

/// Bytes that tell one format from another.
const LENGTH: u64 = 512;

/// The header of an ID3v2 tag.
const TAG_HEADER: usize = 10;

/// A format that is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RIFF WAVE.
    Wav,
    /// FLAC in its own container.
    Flac,
    /// MPEG audio, layer III.
    Mp3,
    /// AAC as a bare stream of ADTS frames.
    Aac,
    /// MP4, as M4A files are: AAC or ALAC.
    Mp4,
    /// Ogg with Vorbis or FLAC.
    Ogg,
}

impl Format {
    /// Its name in text.
    pub fn name(self) -> &'static str {
        match self {
            Format::Wav => "WAV",
            Format::Flac => "FLAC",
            Format::Mp3 => "MP3",
            Format::Aac => "AAC",
            Format::Mp4 => "MP4",
            Format::Ogg => "Ogg",
        }
    }
}

/// The start of a recording, after any ID3v2 tags.
pub struct Start {
    /// The format that it has.
    pub format: Format,
    /// Its position in bytes.
    pub offset: u64,
    /// The bytes from there that have been read.
    pub bytes: Vec<u8>,
}

impl Start {
    /// Reads the start of `input`.
    pub fn read(input: &mut impl Read) -> Result<Start> {
        let (mut offset, mut bytes) = (0, Vec::new());
        loop {
            let missing = LENGTH.saturating_sub(bytes.len() as u64);
            input.by_ref().take(missing).read_to_end(&mut bytes)?;
            let Some(tag) = tag_length(&bytes) else {
                break;
            };
            let within = tag.min(bytes.len() as u64);
            bytes.drain(..within as usize);
            copy(&mut input.by_ref().take(tag - within), &mut sink())?;
            offset += tag;
        }
        match identify(&bytes) {
            Ok(format) => Ok(Start {
                format,
                offset,
                bytes,
            }),
            Err(_) if bytes.is_empty() && offset > 0 => {
                bail!(invalid("a file that holds an ID3 tag and no audio"))
            }
            Err(error) => bail!(error),
        }
    }
}

/// The length in bytes of the ID3v2 tag that `bytes` starts with. Seven bits of each byte count
/// (ID3v2.4, section 3.1).
fn tag_length(bytes: &[u8]) -> Option<u64> {
    let header = bytes
        .get(..TAG_HEADER)
        .filter(|it| it.starts_with(b"ID3"))?;
    let size = (header[6..].iter()).fold(0, |size, byte| size << 7 | u64::from(byte & 0x7F));
    let footer = match header[5] & 0x10 {
        0 => 0,
        _ => TAG_HEADER as u64,
    };
    Some(TAG_HEADER as u64 + size + footer)
}

fn identify(start: &[u8]) -> Result<Format, Error> {
    let after = |at: usize, bytes: &[u8]| start.get(at..).is_some_and(|it| it.starts_with(bytes));
    match start {
        [] => Err(invalid("an empty file")),
        [_] | [_, _] | [_, _, _] => Err(invalid(&format!("a file of {} bytes", start.len()))),
        [b'R', b'I', b'F', b'F' | b'X', ..]
        | [b'R', b'F', b'6', b'4', ..]
        | [b'B', b'W', b'6', b'4', ..] => Ok(Format::Wav),
        [b'f', b'L', b'a', b'C', ..] => Ok(Format::Flac),
        // The codec's own header follows the first page's, whose one segment has its length in byte 27.
        [b'O', b'g', b'g', b'S', ..] if after(28, b"OpusHead") => Err(unread("Ogg Opus")),
        [b'O', b'g', b'g', b'S', ..] if after(28, b"Speex") => Err(unread("Ogg Speex")),
        [b'O', b'g', b'g', b'S', ..] => Ok(Format::Ogg),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Ok(Format::Mp4),
        // A layer of 0 is ADTS.
        [0xFF, sync, ..] if sync & 0xF6 == 0xF0 => Ok(Format::Aac),
        [0xFF, sync, ..] if sync & 0xE6 == 0xE2 => Ok(Format::Mp3),
        [0xFF, sync, ..] if sync & 0xE0 == 0xE0 => Err(unread("MPEG audio of layer I or II")),
        _ => Err(other(start)),
    }
}

/// What a file is that is no recording, or one of a format that is not decoded.
fn other(start: &[u8]) -> Error {
    let audio: [(&[u8], &str); 11] = [
        (b"\x1A\x45\xDF\xA3", "WebM or Matroska"),
        (b"FORM", "AIFF"),
        (b"#!AMR", "AMR"),
        (b"caff", "CAF"),
        (b".snd", "AU"),
        (b"NIST_1A", "NIST SPHERE"),
        (b"\x30\x26\xB2\x75", "Windows Media"),
        (b"wvpk", "WavPack"),
        (b"MAC ", "Monkey's Audio"),
        (b"#!SILK", "SILK"),
        (b"\x02#!SILK", "SILK"),
    ];
    if let Some((_, name)) = audio.iter().find(|(magic, _)| start.starts_with(magic)) {
        return unread(name);
    }
    if start.starts_with(b"version https://git-lfs") {
        return invalid(
            "a pointer of Git LFS in the file's stead: fetch the files with `git lfs pull`",
        );
    }
    if start.starts_with(b"\x00\x05\x16\x07") {
        return invalid("the resource fork of a file, which macOS keeps beside it");
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\x1F\x8B") {
        return invalid("an archive: unpack it first");
    }
    let text = start.trim_ascii_start();
    let text = text.get(..text.len().min(9)).unwrap_or_default();
    if text.eq_ignore_ascii_case(b"<!doctype") || text.to_ascii_lowercase().starts_with(b"<html") {
        return invalid("a web page, as a failed download leaves it: download the file again");
    }
    // The first bytes of no format are all zeros.
    if start.iter().all(|&byte| byte == 0) {
        return invalid("a file of zeros, as a failed copy leaves it: copy the file again");
    }
    let start = &start[..start.len().min(12)];
    Error::UnsupportedFormat {
        expected: FORMATS.into(),
        actual: format!("a file that starts with \"{}\"", start.escape_ascii()),
    }
}

fn invalid(actual: &str) -> Error {
    Error::InvalidAudio {
        expected: FORMATS.into(),
        actual: actual.into(),
    }
}

fn unread(name: &str) -> Error {
    Error::UnsupportedFormat {
        expected: FORMATS.into(),
        actual: format!("{name}; convert it first, for example with `ffmpeg -i FILE voice.wav`"),
    }
}
