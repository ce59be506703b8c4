mod damage;
mod g711;

use std::io::Cursor;

use emotionai_voice::training::WavDecoder;

use emotionai_voice::{Error, Waveform};

use crate::support::noise;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PCM: u16 = 1;
const FLOAT: u16 = 3;

/// A WAV file to be written byte by byte, sound unless a test spoils a field.
#[derive(Clone)]
struct Wav {
    tag: u16,
    bits: u16,
    channels: u16,
    sample_rate: u32,
    block_align: u16,
    /// The subformat's GUID after its tag, for the extensible form.
    guid: Option<[u8; 14]>,
    /// Whole chunks before `data`.
    extra: Vec<u8>,
    data: Vec<u8>,
    data_size: Option<u32>,
}

const GUID: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

impl Wav {
    fn new(tag: u16, bits: u16, channels: u16, data: Vec<u8>) -> Self {
        Self {
            tag,
            bits,
            channels,
            sample_rate: 16_000,
            block_align: channels * (bits / 8),
            guid: None,
            extra: Vec::new(),
            data,
            data_size: None,
        }
    }

    /// Four samples of 16 bits: 0.5, -0.5, 0, -1.
    fn mono16() -> Self {
        Self::new(PCM, 16, 1, vec![0, 0x40, 0, 0xC0, 0, 0, 0, 0x80])
    }

    fn bytes(&self) -> Vec<u8> {
        let tag = if self.guid.is_some() {
            0xFFFE
        } else {
            self.tag
        };
        let mut fmt = [tag.to_le_bytes(), self.channels.to_le_bytes()].concat();
        fmt.extend(self.sample_rate.to_le_bytes());
        fmt.extend((self.sample_rate.wrapping_mul(u32::from(self.block_align))).to_le_bytes());
        fmt.extend(self.block_align.to_le_bytes());
        fmt.extend(self.bits.to_le_bytes());
        if let Some(guid) = self.guid {
            fmt.extend([22, 0]);
            fmt.extend(self.bits.to_le_bytes());
            fmt.extend([0; 4]);
            fmt.extend(self.tag.to_le_bytes());
            fmt.extend(guid);
        }
        let mut file = b"RIFF\0\0\0\0WAVE".to_vec();
        file.extend(chunk(b"fmt ", &fmt));
        file.extend(&self.extra);
        file.extend(b"data");
        let size = self.data_size.unwrap_or(self.data.len() as u32);
        file.extend(size.to_le_bytes());
        file.extend(&self.data);
        file
    }
}

fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = id.to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

fn decode(bytes: &[u8], piece: usize) -> Result<Vec<f32>, Error> {
    let mut decoder = WavDecoder::new();
    let mut out = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.push(piece, &mut out)?;
    }
    decoder.finish(&mut out)?;
    Ok(out)
}

fn samples(wav: &Wav) -> Vec<f32> {
    decode(&wav.bytes(), usize::MAX).unwrap()
}

#[test]
fn every_encoding_maps_its_extremes_to_full_scale() {
    let f32s = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let f64s = |values: &[f64]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let files = [
        Wav::new(PCM, 8, 1, vec![0, 64, 128, 192]),
        Wav::new(PCM, 16, 1, vec![0, 0x80, 0, 0xC0, 0, 0, 0, 0x40]),
        Wav::new(
            PCM,
            24,
            1,
            vec![0, 0, 0x80, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0x40],
        ),
        Wav::new(
            PCM,
            32,
            1,
            vec![0, 0, 0, 0x80, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0x40],
        ),
        Wav::new(FLOAT, 32, 1, f32s(&[-1.0, -0.5, 0.0, 0.5])),
        Wav::new(FLOAT, 64, 1, f64s(&[-1.0, -0.5, 0.0, 0.5])),
    ];
    for file in files {
        let name = format!("tag {} of {} bits", file.tag, file.bits);
        assert_eq!(samples(&file), [-1.0, -0.5, 0.0, 0.5], "{name}");
        let extensible = Wav {
            guid: Some(GUID),
            ..file
        };
        assert_eq!(
            samples(&extensible),
            [-1.0, -0.5, 0.0, 0.5],
            "extensible {name}"
        );
    }
}

#[test]
fn hound_reads_the_same_samples() {
    let wave = noise(3_000);
    for (bits, format) in [
        (8, hound::SampleFormat::Int),
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        for (channels, sample_rate) in [(1, 8_000), (2, 44_100), (3, 48_000), (6, 192_000)] {
            let spec = hound::WavSpec {
                channels,
                sample_rate,
                bits_per_sample: bits,
                sample_format: format,
            };
            let mut file = Cursor::new(Vec::new());
            let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
            for s in &wave {
                match format {
                    hound::SampleFormat::Float => writer.write_sample(*s).unwrap(),
                    hound::SampleFormat::Int => {
                        let full_scale = 2.0_f64.powi(i32::from(bits) - 1);
                        writer
                            .write_sample((f64::from(*s) * full_scale) as i32)
                            .unwrap();
                    }
                }
            }
            writer.finalize().unwrap();
            let bytes = file.into_inner();

            let reader = hound::WavReader::new(&bytes[..]).unwrap();
            let interleaved: Vec<f32> = match format {
                hound::SampleFormat::Float => reader.into_samples().map(Result::unwrap).collect(),
                hound::SampleFormat::Int => reader
                    .into_samples::<i32>()
                    .map(|s| (f64::from(s.unwrap()) / 2.0_f64.powi(i32::from(bits) - 1)) as f32)
                    .collect(),
            };
            let peer =
                Waveform::from_interleaved(&interleaved, channels.into(), sample_rate).unwrap();
            let ours = Waveform::from_wav(&bytes).unwrap();
            assert_eq!(ours.sample_rate(), sample_rate);
            assert_eq!(ours.samples().len(), peer.samples().len());
            for (a, b) in ours.samples().iter().zip(peer.samples()) {
                // 32-bit integers lose bits when hound's samples become f32 before the mix.
                assert!(
                    (a - b).abs() < 1e-7,
                    "{bits} bits, {channels} channels: {a} != {b}"
                );
            }
        }
    }
}

#[test]
fn channels_become_their_mean() {
    for channels in [2_u16, 5, 6, 300] {
        let one: Vec<u8> = (0..channels)
            .flat_map(|c| (c as i16 * 64).to_le_bytes())
            .collect();
        let file = Wav::new(PCM, 16, channels, [one.clone(), one].concat());
        let mean = f32::from(channels - 1) / 2.0 * 64.0 / 32768.0;
        assert_eq!(samples(&file), [mean, mean], "{channels} channels");
    }
}

#[test]
fn other_chunks_and_their_padding_are_skipped() {
    let extra = [
        chunk(b"FLLR", &[0; 4_044]),
        chunk(b"LIST", b"INFOISFT\x05\0\0\0odd.\0"),
        chunk(b"odd ", &[0xFF; 3]),
        chunk(b"none", &[]),
    ];
    let file = Wav {
        extra: extra.concat(),
        ..Wav::mono16()
    };
    assert_eq!(samples(&file), [0.5, -0.5, 0.0, -1.0]);

    let mut bytes = Wav::new(PCM, 8, 1, vec![0, 128, 192]).bytes();
    bytes.push(0);
    bytes.extend(chunk(b"LIST", b"INFO"));
    assert_eq!(
        decode(&bytes, usize::MAX).unwrap(),
        [-1.0, 0.0, 0.5],
        "after the audio"
    );
}

#[test]
fn any_piecing_gives_the_same_samples() {
    let data = noise(1_000).iter().flat_map(|s| s.to_le_bytes()).collect();
    let file = Wav {
        extra: chunk(b"LIST", &[1; 33]),
        ..Wav::new(FLOAT, 32, 2, data)
    };
    let bytes = file.bytes();
    let whole = decode(&bytes, usize::MAX).unwrap();
    assert_eq!(whole.len(), 500);
    for piece in 1..70 {
        assert_eq!(decode(&bytes, piece).unwrap(), whole, "pieces of {piece}");
    }
}

#[test]
fn a_size_that_the_recorder_never_knew_reads_to_the_end() {
    for unknown in [0, u32::MAX] {
        let mut file = Wav {
            data_size: Some(unknown),
            ..Wav::mono16()
        };
        assert_eq!(samples(&file), [0.5, -0.5, 0.0, -1.0]);
        file.data.push(0x12);
        assert_eq!(
            samples(&file).len(),
            4,
            "half a sample at the end is dropped"
        );
        file.data.clear();
        assert!(samples(&file).is_empty());
    }
}

#[test]
fn two_hours_pass_through_in_the_memory_of_a_piece() {
    let mut decoder = WavDecoder::new();
    let mut out = Vec::new();
    let file = Wav {
        data_size: Some(u32::MAX),
        sample_rate: 8_000,
        ..Wav::new(PCM, 16, 1, Vec::new())
    };
    decoder.push(&file.bytes(), &mut out).unwrap();
    let piece = [0x12; 65_537]; // odd, so that every second piece ends inside a sample
    let mut count = 0;
    while count < 2 * 3_600 * 8_000 {
        decoder.push(&piece, &mut out).unwrap();
        count += out.len();
        out.clear();
    }
    decoder.finish(&mut out).unwrap();
    assert!(out.capacity() <= 2 * piece.len(), "{}", out.capacity());
}

#[test]
fn rate_and_channels_are_known_once_the_header_is_read() {
    let bytes = Wav::new(PCM, 16, 2, vec![0; 8]).bytes();
    let mut decoder = WavDecoder::new();
    let mut out = Vec::new();
    assert_eq!((decoder.sample_rate(), decoder.channels()), (None, None));
    decoder.push(&bytes[..44], &mut out).unwrap();
    assert_eq!(
        (decoder.sample_rate(), decoder.channels()),
        (Some(16_000), Some(2))
    );
    decoder.push(&bytes[44..], &mut out).unwrap();
    decoder.finish(&mut out).unwrap();
    assert_eq!(decoder.sample_rate(), Some(16_000));
}

#[test]
fn the_synthetic_voice_is_read() {
    let voice = Waveform::from_wav(include_bytes!("../data/voice.wav")).unwrap();
    assert_eq!(voice.sample_rate(), 16_000);
    assert_eq!(voice.duration_ms(), 3_400.0);
}

/// Real recordings with their `FLLR` chunk.
#[cfg(not(target_arch = "wasm32"))]
#[test]
#[ignore = "needs RAVDESS_DIR: the recordings of RAVDESS"]
fn ravdess_recordings_equal_hounds_reading() {
    let root = std::env::var_os("RAVDESS_DIR").expect("RAVDESS_DIR names the recordings");
    let mut files = Vec::new();
    for actor in std::fs::read_dir(root).unwrap().map(Result::unwrap) {
        if actor.path().is_dir() {
            let dir = std::fs::read_dir(actor.path())
                .unwrap()
                .map(|e| e.unwrap().path());
            files.extend(
                dir.filter(|p| p.extension().is_some_and(|e| e == "wav"))
                    .take(10),
            );
        }
    }
    assert!(!files.is_empty(), "no recordings under RAVDESS_DIR");
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let ours = Waveform::from_wav(&bytes).unwrap();
        let reader = hound::WavReader::new(&bytes[..]).unwrap();
        let spec = reader.spec();
        let theirs: Vec<f32> = reader
            .into_samples::<i16>()
            .map(|s| f32::from(s.unwrap()) / 32768.0)
            .collect();
        let theirs =
            Waveform::from_interleaved(&theirs, spec.channels.into(), spec.sample_rate).unwrap();
        assert!(ours == theirs, "{}", path.display());
    }
}
