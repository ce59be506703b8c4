//! Decoding of recordings, block by block in bounded memory.
//!
//! The content of a file says what it is, not its name. WAV is decoded by the core, so that a page
//! and a training get the same samples; all other formats by symphonia. Channels become one by their
//! mean, and samples are checked, as the core does both.

mod compressed;
mod format;
mod wav;

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, stdin};
use std::path::Path;

use anyhow::{Context, Result, bail};
use emotionai_voice::{Classifier, Error, StreamEnd, Waveform};
use symphonia::core::io::ReadOnlySource;

use crate::data::file_kind::is_spectrogram;
use crate::io::files;
use compressed::Compressed;
use format::{Format, Start};
use wav::Wav;

/// The formats that are decoded, in words.
pub const FORMATS: &str = "a WAV, FLAC, MP3, M4A, AAC or Ogg Vorbis file";

/// Decodes a recording: an iterator of blocks of mono samples at its own rate. After an error there is
/// no further block.
pub struct Decoder {
    source: Box<dyn Blocks>,
    sample_rate: u32,
    /// The block that opening had to decode.
    first: Option<Vec<f32>>,
    failed: bool,
}

/// A recording as blocks of mono samples.
trait Blocks {
    /// The sample rate in Hz, once a block has been decoded: headers of AAC may name another.
    fn sample_rate(&self) -> Option<u32>;

    /// The next samples; `None` at the end of a file that is whole.
    ///
    /// # Errors
    /// Where the file is damaged or was cut short, and where the rate changes on the way.
    fn next_block(&mut self) -> Result<Option<Vec<f32>>>;
}

impl Decoder {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Decoder> {
        let file = files::open(path)?;
        Decoder::file(file).with_context(|| cannot_use(path))
    }

    fn file(mut file: File) -> Result<Decoder> {
        let start = Start::read(&mut file)?;
        file.seek(SeekFrom::Start(start.offset))?;
        match start.format {
            Format::Wav => Decoder::new(Wav::new(Box::new(file))),
            format => Decoder::new(Compressed::open(format, Box::new(file))?),
        }
    }

    /// Opens the bytes of one recording on standard input. Those of an MP4, whose index may come last,
    /// are held in memory.
    pub fn standard_input() -> Result<Decoder> {
        let mut input = stdin();
        let start = Start::read(&mut input)?;
        let mut whole = Cursor::new(start.bytes).chain(input);
        match start.format {
            Format::Wav => Decoder::new(Wav::new(Box::new(whole))),
            Format::Mp4 => {
                let mut bytes = Vec::new();
                whole.read_to_end(&mut bytes)?;
                Decoder::new(Compressed::open(Format::Mp4, Box::new(Cursor::new(bytes)))?)
            }
            format => {
                let source = Box::new(ReadOnlySource::new(whole));
                Decoder::new(Compressed::open(format, source)?)
            }
        }
    }

    fn new(mut source: impl Blocks + 'static) -> Result<Decoder> {
        let first = source.next_block()?;
        let Some(sample_rate) = source.sample_rate() else {
            bail!(Error::InvalidAudio {
                expected: FORMATS.into(),
                actual: "a file without a sample".into(),
            });
        };
        Ok(Decoder {
            source: Box::new(source),
            sample_rate,
            first,
            failed: false,
        })
    }

    /// The recording's sample rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }
}

impl Iterator for Decoder {
    type Item = Result<Vec<f32>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        let block = self.source.next_block();
        self.failed = block.is_err();
        block.transpose()
    }
}

/// Reads a whole recording.
pub fn read_waveform(path: &Path) -> Result<Waveform> {
    if is_spectrogram(path) {
        bail!(
            "{} is a spectrogram, which `fit` and `evaluate` can use: this needs the recording itself",
            path.display()
        );
    }
    let decoder = Decoder::open(path)?;
    let (sample_rate, mut samples) = (decoder.sample_rate(), Vec::new());
    for block in decoder {
        samples.append(&mut block.with_context(|| cannot_use(path))?);
    }
    Waveform::from_mono(samples, sample_rate).with_context(|| cannot_use(path))
}

fn cannot_use(path: &Path) -> String {
    format!("cannot use {}", path.display())
}

/// Classifies the recording in a file, as [`classify`].
pub fn classify_file(
    classifier: &Classifier,
    path: &Path,
    hop_ms: Option<f64>,
) -> Result<StreamEnd> {
    let decoder = Decoder::open(path)?;
    classify(classifier, decoder, hop_ms).with_context(|| cannot_use(path))
}

/// Classifies a recording, with an answer every `hop_ms` or at the model's own hop. The
/// result holds all windows.
///
/// # Errors
/// Where the recording is damaged or too short.
pub fn classify(
    classifier: &Classifier,
    decoder: Decoder,
    hop_ms: Option<f64>,
) -> Result<StreamEnd> {
    let mut stream = classifier.stream(decoder.sample_rate(), hop_ms)?;
    let mut windows = Vec::new();
    for block in decoder {
        windows.extend(stream.push(&block?)?);
    }
    let end = stream.flush()?;
    windows.extend(end.windows);
    Ok(StreamEnd { windows, ..end })
}

#[cfg(test)]
mod tests;
