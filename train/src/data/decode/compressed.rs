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
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, MpaReader, OggReader};
use symphonia::default::get_codecs;

use super::Blocks;
use super::format::Format;

/// The blocks of a compressed recording.
pub struct Compressed {
    format: Format,
    packets: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    sample_rate: Option<u32>,
    /// Sample frames that the file announces, where its format says so reliably.
    announced: Option<u64>,
    /// Sample frames by which a whole file may fall short of them.
    slack: u64,
    decoded: u64,
    /// Time of the first packet, in samples.
    start: Option<i64>,
    planes: Vec<Vec<f32>>,
}

impl Compressed {
    /// Opens the first audio track of `source`, which starts with the format's own first byte.
    pub fn open(format: Format, source: Box<dyn MediaSource>) -> Result<Compressed> {
        // Of an MP3 that can be sought in, the length would be guessed where no tag announces it.
        let source: Box<dyn MediaSource> = match format {
            Format::Mp3 => Box::new(ReadOnlySource::new(source)),
            _ => source,
        };
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
            announced: track.num_frames.filter(|_| slack(format).is_some()),
            slack: slack(format).unwrap_or_default(),
            format,
            packets,
            decoder,
            sample_rate: None,
            decoded: 0,
            start: None,
            planes: Vec::new(),
        })
    }

    fn end(&mut self) -> Result<Option<Vec<f32>>> {
        let name = self.format.name();
        if let Some(all) = (self.announced).filter(|&all| self.decoded + self.slack < all) {
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

impl Blocks for Compressed {
    fn sample_rate(&self) -> Option<u32> {
        self.sample_rate
    }

    fn next_block(&mut self) -> Result<Option<Vec<f32>>> {
        loop {
            // After the announced samples may come tags, as after the `data` chunk of a WAV.
            let is_all = self.announced.is_some_and(|all| self.decoded >= all);
            if is_all && self.format == Format::Flac {
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
            if self.format == Format::Ogg {
                // A page that is lost shows in the times of those after it alone.
                let start = *self.start.get_or_insert(packet.pts.get());
                let end = packet.pts.get().saturating_sub(start).max(0) as u64;
                self.announced = self.announced.max(Some(end + packet.dur.get()));
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
}

/// By how many sample frames a whole file may fall short of its announced length; `None` of formats that do not
/// announce one in samples. Tags of MP3 may count their own frame, and the first block of Vorbis gives no samples.
fn slack(format: Format) -> Option<u64> {
    match format {
        Format::Flac => Some(0),
        Format::Mp3 => Some(1_152),
        Format::Ogg => Some(4_096),
        Format::Aac | Format::Mp4 | Format::Wav => None,
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
    let cut_short = "one that ends in the middle: the file was cut short, or is damaged";
    match error {
        // Bits that end within a packet are of this kind or of `Other`.
        SymphoniaError::IoError(error) => match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::Other => damaged("a whole", cut_short.into()),
            _ => error.into(),
        },
        // The index of an MP4 mostly comes last.
        SymphoniaError::Unsupported(feature) if feature.contains("missing moov") => {
            damaged("a whole", cut_short.into())
        }
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
