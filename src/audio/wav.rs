//! WAV files, decoded as their bytes arrive.
//!
//! The decoder is this crate's own because a page reads a dropped two-hour recording slice by
//! slice: that takes a decoder that is *pushed* bytes and never asks for more. The maintained
//! libraries *pull* from a `Read` (hound, symphonia), which in a browser would mean holding the
//! whole file. The tests hold this one against hound wherever both can read.
//!
//! Format: Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft,
//! 1991), chapter 3, and `WAVEFORMATEXTENSIBLE` of the Windows SDK.

mod failure;
mod format;

use self::failure::{damaged, not_a_wav, unsupported};
use self::format::{EXTENSIBLE_FMT, Format, PLAIN_FMT, u32_at};
use super::limits::check_samples;
use super::waveform::Waveform;
use crate::error::{Error, Result};

/// Decodes a WAV file that comes in pieces of any size, in bounded memory.
///
/// Reads PCM of 8 (unsigned), 16, 24 and 32 bits, float of 32 and 64 bits and a telephone's A-law and mu-law, plain or
/// `WAVE_FORMAT_EXTENSIBLE`, with any number of channels, which become one by their mean.
/// Chunks other than `fmt ` and `data` are skipped, with their padding byte.
///
/// A `data` size of 0 or 0xFFFFFFFF, as recorders write that never knew the length, reads to
/// the end of the input; whatever follows counts as audio then, and a last sample frame that
/// was cut through is dropped. With any other size a shortfall is an error, and bytes after the
/// `data` chunk are ignored.
///
/// ```
/// use emotionai_voice::training::WavDecoder;
///
/// let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
/// wav.extend(16_000u32.to_le_bytes()); // samples per second
/// wav.extend(32_000u32.to_le_bytes()); // bytes per second
/// wav.extend(b"\x02\0\x10\0data\x04\0\0\0\0\x40\0\xC0"); // frame size, bits, two samples
///
/// let mut decoder = WavDecoder::new();
/// let mut samples = Vec::new();
/// for piece in wav.chunks(5) {
///     decoder.push(piece, &mut samples)?;
/// }
/// decoder.finish(&mut samples)?;
/// assert_eq!(decoder.sample_rate(), Some(16_000));
/// assert_eq!(samples, [0.5, -0.5]);
/// # Ok::<(), emotionai_voice::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WavDecoder {
    state: State,
    /// Bytes of a header, or of one sample frame, that is not whole yet.
    pending: Vec<u8>,
    format: Option<Format>,
    /// Bytes of audio and mono samples so far.
    audio_bytes: u64,
    samples: u64,
}

/// What the next bytes are.
#[derive(Debug, Clone)]
enum State {
    Riff,
    ChunkHeader,
    /// The first `take` bytes of the `fmt ` chunk say everything; `skip` bytes follow.
    Fmt {
        take: usize,
        skip: u64,
    },
    Skip(u64),
    /// `size` is `None` where the recorder did not know it.
    Data {
        size: Option<u64>,
    },
    Done,
    Failed(Error),
}

const RIFF_HEADER: usize = 12;
const CHUNK_HEADER: usize = 8;

impl Default for WavDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl WavDecoder {
    /// A decoder that awaits the first byte of a file.
    pub fn new() -> Self {
        Self {
            state: State::Riff,
            pending: Vec::new(),
            format: None,
            audio_bytes: 0,
            samples: 0,
        }
    }

    /// The file's sample rate in Hz; `None` until its header has been read.
    pub fn sample_rate(&self) -> Option<u32> {
        self.format.map(|f| f.sample_rate)
    }

    /// The file's channels, before the down-mix; `None` until its header has been read.
    pub fn channels(&self) -> Option<u16> {
        self.format.map(|f| f.channels)
    }

    /// Takes the next bytes and appends the mono samples that they complete to `out`.
    ///
    /// After an error the decoder stays failed and gives the same error again; `out` keeps the
    /// samples before it.
    ///
    /// # Errors
    /// [`Error::UnsupportedFormat`] where this is no WAV file or a WAV of another codec,
    /// [`Error::SampleRate`] outside 8,000 to 192,000 Hz, [`Error::InvalidAudio`] where the file
    /// is damaged or a sample is not finite.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<f32>) -> Result<()> {
        let result = self.decode(bytes, out);
        self.keep_failure(result)
    }

    /// Ends the file. Samples come out as soon as their last byte is in, so nothing is left to
    /// append to `out`; only the check that the file was whole remains. Bytes pushed after this are
    /// ignored.
    ///
    /// # Errors
    /// [`Error::InvalidAudio`] where the file ended inside its header or before the audio that
    /// the header announced, and whatever [`WavDecoder::push`] failed with.
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let result = self.decode(&[], out).and_then(|()| self.check_end());
        self.keep_failure(result)?;
        self.state = State::Done;
        Ok(())
    }

    fn keep_failure(&mut self, result: Result<()>) -> Result<()> {
        if let Err(error) = &result {
            self.state = State::Failed(error.clone());
        }
        result
    }

    fn decode(&mut self, mut bytes: &[u8], out: &mut Vec<f32>) -> Result<()> {
        loop {
            self.state = match self.state.clone() {
                State::Riff => {
                    if !self.fill(&mut bytes, RIFF_HEADER) {
                        return Ok(());
                    }
                    check_riff(&self.pending)?;
                    self.pending.clear();
                    State::ChunkHeader
                }
                State::ChunkHeader => {
                    if !self.fill(&mut bytes, CHUNK_HEADER) {
                        return Ok(());
                    }
                    self.open_chunk()?
                }
                State::Fmt { take, skip } => {
                    if !self.fill(&mut bytes, take) {
                        return Ok(());
                    }
                    self.format = Some(Format::parse(&self.pending)?);
                    self.pending.clear();
                    State::Skip(skip)
                }
                State::Skip(0) => State::ChunkHeader,
                State::Skip(left) => {
                    if bytes.is_empty() {
                        return Ok(());
                    }
                    let n = left.min(bytes.len() as u64);
                    bytes = &bytes[n as usize..];
                    State::Skip(left - n)
                }
                State::Data { size } => {
                    let left = size.map_or(u64::MAX, |size| size - self.audio_bytes);
                    let n = left.min(bytes.len() as u64);
                    self.decode_audio(&bytes[..n as usize], out)?;
                    if n < left {
                        return Ok(());
                    }
                    State::Done
                }
                State::Done => return Ok(()),
                State::Failed(error) => return Err(error),
            };
        }
    }

    /// Moves bytes to `pending` until it holds `n`; true once it does.
    fn fill(&mut self, bytes: &mut &[u8], n: usize) -> bool {
        let take = (n - self.pending.len()).min(bytes.len());
        self.pending.extend_from_slice(&bytes[..take]);
        *bytes = &bytes[take..];
        self.pending.len() == n
    }

    fn open_chunk(&mut self) -> Result<State> {
        let size = u32_at(&self.pending, 4);
        let padded = u64::from(size) + u64::from(size % 2);
        let state = match &self.pending[..4] {
            b"fmt " if (size as usize) < PLAIN_FMT => {
                return Err(damaged(
                    "a fmt chunk of 16 bytes or more",
                    format!("{size} bytes"),
                ));
            }
            b"fmt " => {
                let take = (size as usize).min(EXTENSIBLE_FMT);
                State::Fmt {
                    take,
                    skip: padded - take as u64,
                }
            }
            b"data" => {
                let Some(format) = self.format else {
                    return Err(damaged("a fmt chunk before the data chunk", "none".into()));
                };
                let known = (size != 0 && size != u32::MAX).then_some(u64::from(size));
                if known.is_some_and(|n| n % format.frame_bytes() as u64 != 0) {
                    return Err(damaged(
                        "a data size of whole sample frames",
                        format!("{size} bytes of {}-byte frames", format.frame_bytes()),
                    ));
                }
                State::Data { size: known }
            }
            _ => State::Skip(padded),
        };
        self.pending.clear();
        Ok(state)
    }

    fn decode_audio(&mut self, mut bytes: &[u8], out: &mut Vec<f32>) -> Result<()> {
        let Some(format) = self.format else {
            return Ok(()); // `open_chunk` enters the audio only with a format.
        };
        self.audio_bytes += bytes.len() as u64;
        let start = out.len();
        if !self.pending.is_empty() {
            let take = (format.frame_bytes() - self.pending.len()).min(bytes.len());
            self.pending.extend_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            if self.pending.len() < format.frame_bytes() {
                return Ok(());
            }
            format.decode(&self.pending, out);
            self.pending.clear();
        }
        let whole = bytes.len() - bytes.len() % format.frame_bytes();
        format.decode(&bytes[..whole], out);
        self.pending.extend_from_slice(&bytes[whole..]);

        let result = check_samples(&out[start..], self.samples);
        self.samples += (out.len() - start) as u64;
        result
    }

    fn check_end(&self) -> Result<()> {
        let got = self.pending.len();
        match &self.state {
            State::Riff if b"RIFF".starts_with(&self.pending[..got.min(4)]) => Err(damaged(
                "a WAV file",
                format!("a file that ends after {got} bytes"),
            )),
            State::Riff => Err(not_a_wav(&self.pending)),
            State::ChunkHeader | State::Fmt { .. } | State::Skip(_) => Err(damaged(
                "a fmt and a data chunk",
                "a file that ends before its audio".into(),
            )),
            State::Data { size: Some(size) } => Err(damaged(
                &format!("{size} bytes of audio, as the data chunk announces"),
                format!("{} bytes: the file was cut short", self.audio_bytes),
            )),
            State::Data { size: None } | State::Done => Ok(()),
            State::Failed(error) => Err(error.clone()),
        }
    }
}

fn check_riff(header: &[u8]) -> Result<()> {
    match (&header[..4], &header[8..]) {
        (b"RIFF", b"WAVE") => Ok(()),
        (b"RF64" | b"BW64", _) => Err(unsupported(
            "a 64-bit RF64 file; split it or save it as RIFF".into(),
        )),
        (b"RIFX", _) => Err(unsupported("a big-endian RIFX file".into())),
        _ => Err(not_a_wav(header)),
    }
}

impl Waveform {
    /// Decodes a whole WAV file; [`WavDecoder`] says which kinds.
    ///
    /// # Errors
    /// As [`WavDecoder::push`] and [`WavDecoder::finish`].
    pub fn from_wav(bytes: &[u8]) -> Result<Self> {
        let mut decoder = WavDecoder::new();
        let mut samples = Vec::new();
        decoder.push(bytes, &mut samples)?;
        decoder.finish(&mut samples)?;
        // `finish` fails where no header was seen, so the rate is there.
        let sample_rate = decoder.sample_rate().unwrap_or_default();
        Ok(Self::from_checked(samples, sample_rate))
    }
}
