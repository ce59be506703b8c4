//! FLAC, MP3, AAC, MP4 and Ogg, decoded by symphonia.
//!
//! Players pass over what is damaged, and symphonia helps them to. A recording that is learned from must
//! be whole, so damage is an error here.

use std::io::ErrorKind;

use anyhow::{Result, anyhow, bail};
use emotionai_voice::{Error, Waveform};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, MpaReader, OggReader};
use symphonia::default::get_codecs;

use super::format::Format;

/// The blocks of a compressed recording.
pub struct Compressed {
    format: Format,
    packets: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    sample_rate: Option<u32>,
    /// Sample frames that the header announces, where it says so reliably.
    announced: Option<u64>,
    decoded: u64,
    planes: Vec<Vec<f32>>,
}

impl Compressed {
    /// Opens the first audio track of `source`, which starts with the format's own first byte.
    ///
    /// # Errors
    /// Where the header is damaged, or no track can be decoded.
    pub fn open(format: Format, source: Box<dyn MediaSource>) -> Result<Compressed> {
        let stream = MediaSourceStream::new(source, Default::default());
        let options = FormatOptions::default();
        let reader = match format {
            Format::Flac => FlacReader::try_new(stream, options).map(boxed),
            Format::Mp3 => MpaReader::try_new(stream, options).map(boxed),
            Format::Aac => AdtsReader::try_new(stream, options).map(boxed),
            Format::Mp4 => IsoMp4Reader::try_new(stream, options).map(boxed),
            Format::Ogg => OggReader::try_new(stream, options).map(boxed),
            Format::Wav => bail!("a WAV is not decoded by symphonia"),
        };
        let packets = reader.map_err(|error| failure(format, error))?;
        let Some(track) = packets.default_track(TrackType::Audio) else {
            bail!(unsupported(format, "one without an audio track"));
        };
        let parameters = track.codec_params.as_ref().and_then(|it| it.audio());
        let Some(parameters) = parameters else {
            bail!(unsupported(format, "one of an unknown codec"));
        };
        let options = AudioDecoderOptions::default().verify(format == Format::Flac);
        let decoder = get_codecs()
            .make_audio_decoder(parameters, &options)
            .map_err(|error| failure(format, error))?;
        Ok(Compressed {
            track: track.id,
            announced: track.num_frames.filter(|_| format == Format::Flac),
            format,
            packets,
            decoder,
            sample_rate: None,
            decoded: 0,
            planes: Vec::new(),
        })
    }

    /// The sample rate in Hz, once a block has been decoded: headers of AAC may name another.
    pub fn sample_rate(&self) -> Option<u32> {
        self.sample_rate
    }

    /// The next samples; `None` at the end of a file that is whole.
    ///
    /// # Errors
    /// Where the file is damaged or was cut short, and where the rate changes on the way.
    pub fn next_block(&mut self) -> Result<Option<Vec<f32>>> {
        loop {
            // After the announced samples may come tags, as after the `data` chunk of a WAV.
            if self.announced.is_some_and(|all| self.decoded >= all) {
                return self.end();
            }
            let packet = match self.packets.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(),
                Err(error) => return Err(failure(self.format, error)),
            };
            if packet.track_id != self.track {
                continue;
            }
            let samples = (self.decoder.decode(&packet)).map_err(|e| failure(self.format, e))?;
            let sample_rate = samples.spec().rate();
            if *self.sample_rate.get_or_insert(sample_rate) != sample_rate {
                bail!(unsupported(self.format, "one whose sample rate changes"));
            }
            if samples.frames() == 0 {
                continue;
            }
            self.decoded += samples.frames() as u64;
            samples.copy_to_vecs_planar(&mut self.planes);
            let channels: Vec<&[f32]> = self.planes.iter().map(Vec::as_slice).collect();
            let mono = Waveform::from_planar(&channels, sample_rate)?;
            return Ok(Some(mono.samples().to_vec()));
        }
    }

    fn end(&mut self) -> Result<Option<Vec<f32>>> {
        let name = self.format.name();
        if let Some(all) = self.announced.filter(|&all| self.decoded < all) {
            bail!(Error::InvalidAudio {
                expected: format!("a whole, undamaged {name} file"),
                actual: format!(
                    "{} of {all} samples: the file was cut short, or is damaged",
                    self.decoded
                ),
            });
        }
        if self.decoder.finalize().verify_ok == Some(false) {
            bail!(Error::InvalidAudio {
                expected: format!("an undamaged {name} file"),
                actual: "samples of another checksum than its header has".into(),
            });
        }
        Ok(None)
    }
}

fn boxed<'s>(reader: impl FormatReader + 's) -> Box<dyn FormatReader + 's> {
    Box::new(reader)
}

fn failure(format: Format, error: SymphoniaError) -> anyhow::Error {
    let name = format.name();
    let damaged = |expected: &str, actual: String| {
        anyhow!(Error::InvalidAudio {
            expected: format!("{expected} {name} file"),
            actual,
        })
    };
    match error {
        SymphoniaError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => damaged(
            "a whole",
            "one that ends in the middle: the file was cut short".into(),
        ),
        SymphoniaError::IoError(error) => error.into(),
        SymphoniaError::Unsupported(feature) => unsupported(format, feature),
        SymphoniaError::ResetRequired => unsupported(format, "several recordings in one file"),
        SymphoniaError::DecodeError(reason) | SymphoniaError::LimitError(reason) => {
            damaged("an undamaged", reason.into())
        }
        error => damaged("an undamaged", error.to_string()),
    }
}

fn unsupported(format: Format, actual: &str) -> anyhow::Error {
    anyhow!(Error::UnsupportedFormat {
        expected: format!("a {} file of the usual kind", format.name()),
        actual: format!("{actual}; convert it first, for example with `ffmpeg -i FILE voice.wav`"),
    })
}
