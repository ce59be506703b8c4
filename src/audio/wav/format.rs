//! The `fmt ` chunk: how samples are stored, and how they become mono `f32`.

use super::failure::{damaged, unsupported};
use crate::audio::limits::{check_sample_rate, mix_down};
use crate::error::Result;

/// Bytes of the chunk in its plain and in its extensible form.
pub(super) const PLAIN_FMT: usize = 16;
pub(super) const EXTENSIBLE_FMT: usize = 40;

/// How one sample is stored, little-endian.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
    ALaw,
    MuLaw,
}

/// The format of the samples, as the `fmt ` chunk describes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    encoding: Encoding,
    pub(super) channels: u16,
    pub(super) sample_rate: u32,
}

impl Format {
    /// Parses the first 16 to 40 bytes of a `fmt ` chunk.
    pub(super) fn parse(fmt: &[u8]) -> Result<Self> {
        const PCM: u16 = 1;
        const FLOAT: u16 = 3;
        const A_LAW: u16 = 6;
        const MU_LAW: u16 = 7;
        const EXTENSIBLE: u16 = 0xFFFE;
        /// `KSDATAFORMAT_SUBTYPE_*` after its first two bytes, which are the plain tag.
        const SUBTYPE: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

        let mut tag = u16_at(fmt, 0);
        if tag == EXTENSIBLE {
            let Some(guid) = fmt.get(24..EXTENSIBLE_FMT) else {
                return Err(damaged(
                    "an extensible fmt chunk of 40 bytes",
                    format!("{} bytes", fmt.len()),
                ));
            };
            if guid[2..] != SUBTYPE {
                return Err(unsupported(format!("a WAV of subformat {guid:02X?}")));
            }
            tag = u16_at(guid, 0);
        }
        let (channels, sample_rate) = (u16_at(fmt, 2), u32_at(fmt, 4));
        let (block_align, bits) = (u16_at(fmt, 12), u16_at(fmt, 14));
        // In an extensible file `bits` is the container's size and samples lie left-justified
        // in it, so the count of valid bits does not matter.
        let encoding = match (tag, bits) {
            (PCM, 8) => Encoding::U8,
            (PCM, 16) => Encoding::I16,
            (PCM, 24) => Encoding::I24,
            (PCM, 32) => Encoding::I32,
            (FLOAT, 32) => Encoding::F32,
            (FLOAT, 64) => Encoding::F64,
            (A_LAW, 8) => Encoding::ALaw,
            (MU_LAW, 8) => Encoding::MuLaw,
            (PCM, _) => return Err(unsupported(format!("{bits}-bit PCM"))),
            (FLOAT, _) => return Err(unsupported(format!("{bits}-bit float"))),
            _ => {
                let codec = codec_name(tag);
                return Err(unsupported(format!("{codec} in a WAV (tag 0x{tag:04X})")));
            }
        };
        if channels == 0 {
            return Err(damaged("at least one channel", "0 channels".into()));
        }
        check_sample_rate(sample_rate)?;
        let format = Self {
            encoding,
            channels,
            sample_rate,
        };
        if usize::from(block_align) != format.frame_bytes() {
            return Err(damaged(
                &format!("{}-byte sample frames", format.frame_bytes()),
                format!("a block alignment of {block_align}"),
            ));
        }
        Ok(format)
    }

    /// Bytes of one sample of every channel.
    pub(super) fn frame_bytes(&self) -> usize {
        let sample_bytes = match self.encoding {
            Encoding::U8 | Encoding::ALaw | Encoding::MuLaw => 1,
            Encoding::I16 => 2,
            Encoding::I24 => 3,
            Encoding::I32 | Encoding::F32 => 4,
            Encoding::F64 => 8,
        };
        usize::from(self.channels) * sample_bytes
    }

    /// Appends one mono sample for each whole frame in `bytes`.
    pub(super) fn decode(&self, bytes: &[u8], out: &mut Vec<f32>) {
        match self.encoding {
            Encoding::U8 => self.mix(bytes, out, |[b]: [u8; 1]| (f64::from(b) - 128.0) / 128.0),
            Encoding::I16 => self.mix(bytes, out, |b| f64::from(i16::from_le_bytes(b)) / 32768.0),
            Encoding::I24 => self.mix(bytes, out, |[a, b, c]: [u8; 3]| {
                f64::from(i32::from_le_bytes([0, a, b, c])) / 2_147_483_648.0
            }),
            Encoding::I32 => self.mix(bytes, out, |b| {
                f64::from(i32::from_le_bytes(b)) / 2_147_483_648.0
            }),
            Encoding::F32 => self.mix(bytes, out, |b| f64::from(f32::from_le_bytes(b))),
            Encoding::F64 => self.mix(bytes, out, f64::from_le_bytes),
            Encoding::ALaw => self.mix(bytes, out, |[b]: [u8; 1]| a_law(b)),
            Encoding::MuLaw => self.mix(bytes, out, |[b]: [u8; 1]| mu_law(b)),
        }
    }

    fn mix<const N: usize>(
        &self,
        bytes: &[u8],
        out: &mut Vec<f32>,
        sample: impl Fn([u8; N]) -> f64,
    ) {
        let channels = usize::from(self.channels);
        let (samples, _) = bytes.as_chunks::<N>();
        out.extend(
            samples
                .chunks_exact(channels)
                .map(|frame| mix_down(frame.iter().map(|&b| sample(b)), channels)),
        );
    }
}

/// A sample of a European telephone (ITU-T G.711): sign, three bits of exponent and four of mantissa,
/// every other bit turned over.
fn a_law(byte: u8) -> f64 {
    let byte = byte ^ 0x55;
    let (exponent, mantissa) = ((byte >> 4) & 7, i32::from(byte & 15));
    let level = match exponent {
        0 => 16 * mantissa + 8,
        _ => (16 * mantissa + 264) << (exponent - 1),
    };
    f64::from(if byte & 0x80 == 0 { -level } else { level }) / 32768.0
}

/// A sample of an American or Japanese telephone (ITU-T G.711): the same, all bits turned over, with an
/// offset in the place of the lowest exponent's own rule.
fn mu_law(byte: u8) -> f64 {
    let byte = !byte;
    let (exponent, mantissa) = ((byte >> 4) & 7, i32::from(byte & 15));
    let level = ((8 * mantissa + 132) << exponent) - 132;
    f64::from(if byte & 0x80 == 0 { level } else { -level }) / 32768.0
}

/// Codecs that people do find inside a WAV, by their tag in the registry of `mmreg.h`.
fn codec_name(tag: u16) -> &'static str {
    match tag {
        0x0002 => "Microsoft ADPCM",
        0x0006 => "A-law of other than 8 bits",
        0x0007 => "mu-law of other than 8 bits",
        0x0011 => "IMA ADPCM",
        0x0031 => "GSM 6.10",
        0x0050 => "MPEG audio",
        0x0055 => "MP3",
        0x00FF | 0x1610 => "AAC",
        0x0161 => "Windows Media Audio",
        0xF1AC => "FLAC",
        _ => "an unknown codec",
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// The little-endian 32-bit number at a byte offset.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
