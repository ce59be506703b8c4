//! Decoding of recordings, WAV or FLAC, block by block in bounded memory.
//!
//! The samples go through the same [`StreamClassifier`](emotionai_voice::StreamClassifier) as those
//! of a page, so a FLAC is answered as the WAV of its samples is.

mod flac;

use std::io::{Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::{Classifier, Error, Prediction, StreamEnd, Waveform};

use crate::data::corpus::is_spectrogram;
use crate::io::files;

/// The extensions by which recordings are known in a folder.
const EXTENSIONS: [&str; 3] = ["wav", "wave", "flac"];

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;

/// Bytes that tell one format from another.
const MAGIC: u64 = 12;

/// Whether a file is called as recordings are.
pub fn is_recording(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        EXTENSIONS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Reads a WAV file.
///
/// # Errors
/// Names the file.
pub fn read_waveform(path: &Path) -> Result<Waveform> {
    if is_spectrogram(path) {
        bail!(
            "{} is a spectrogram, which `fit` and `evaluate` can use: this needs the recording itself",
            path.display()
        );
    }
    let bytes = files::read(path)?;
    Waveform::from_wav(&bytes).with_context(|| format!("cannot use {}", path.display()))
}

/// Classifies a recording, with an answer every `hop_ms` or at the model's own hop. The
/// result holds all windows.
///
/// # Errors
/// Where the recording cannot be read, is neither WAV nor FLAC, is damaged or is too short.
pub fn classify(
    classifier: &Classifier,
    mut input: impl Read,
    hop_ms: Option<f64>,
) -> Result<StreamEnd> {
    let mut start = Vec::new();
    input.by_ref().take(MAGIC).read_to_end(&mut start)?;
    let whole = Cursor::new(start.clone()).chain(input);
    match start.get(..4) {
        None => Err(not_enough(start.len()).into()),
        Some(b"fLaC") => flac::classify(classifier, whole, hop_ms),
        Some(b"RIFF" | b"RIFX" | b"RF64" | b"BW64") => classify_wav(classifier, whole, hop_ms),
        Some(_) => Err(unknown(&start).into()),
    }
}

fn classify_wav(
    classifier: &Classifier,
    mut input: impl Read,
    hop_ms: Option<f64>,
) -> Result<StreamEnd> {
    let mut stream = classifier.wav_stream(hop_ms)?;
    let mut windows = Vec::new();
    let mut buffer = vec![0; BLOCK];
    loop {
        let n = input.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        windows.extend(stream.push_wav(&buffer[..n])?);
    }
    Ok(with_all(windows, stream.flush()?))
}

/// The end of a stream with the windows that came before it.
fn with_all(mut windows: Vec<Prediction>, end: StreamEnd) -> StreamEnd {
    windows.extend(end.windows);
    StreamEnd { windows, ..end }
}

fn not_enough(bytes: usize) -> Error {
    Error::InvalidAudio {
        expected: "a WAV or FLAC file".into(),
        actual: match bytes {
            0 => "an empty file".into(),
            _ => format!("a file of {bytes} bytes"),
        },
    }
}

fn unknown(start: &[u8]) -> Error {
    let actual = match format_name(start) {
        Some(name) => {
            format!("{name}; convert it first, for example with `ffmpeg -i FILE voice.wav`")
        }
        None => format!("a file that starts with \"{}\"", start.escape_ascii()),
    };
    Error::UnsupportedFormat {
        expected: "a WAV or FLAC file".into(),
        actual,
    }
}

/// Formats that recordings do come in, by their first bytes.
fn format_name(start: &[u8]) -> Option<&'static str> {
    match start {
        [b'O', b'g', b'g', b'S', ..] => Some("Ogg (Vorbis or Opus)"),
        // FLAC with an ID3 tag before it is against its format, and rare.
        [b'I', b'D', b'3', ..] | [0xFF, 0xE2..=0xFF, ..] => Some("MP3"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("MP4 or M4A"),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Some("WebM or Matroska"),
        [b'F', b'O', b'R', b'M', ..] => Some("AIFF"),
        [b'#', b'!', b'A', b'M', b'R', ..] => Some("AMR"),
        _ => None,
    }
}
