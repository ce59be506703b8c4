//! Writes the seeds of the targets into the package's folder: `cargo run --release -p emotionai-voice-fuzz --example seeds`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use emotionai_voice::training::{Architecture, ParameterType, PlainCnnConfig};
use emotionai_voice::{DEFAULT_MODEL, Model};

fn main() {
    let pcm: Vec<u8> = (0..96u8).map(|i| i.wrapping_mul(37)).collect();
    for (name, file) in [
        ("pcm8", riff(b"RIFF", &format(1, 1, 8), &pcm, None)),
        ("pcm16-stereo", riff(b"RIFF", &format(1, 2, 16), &pcm, None)),
        ("pcm24", riff(b"RIFF", &format(1, 1, 24), &pcm, None)),
        ("float32", riff(b"RIFF", &format(3, 1, 32), &[0; 64], None)),
        ("extensible", riff(b"RIFF", &extensible(), &pcm, None)),
        (
            "size-unknown",
            riff(b"RIFF", &format(1, 1, 16), &pcm, Some(u32::MAX)),
        ),
        (
            "size-of-sox",
            riff(b"RIFF", &format(1, 1, 16), &pcm, Some(0x7FFF_F000)),
        ),
        ("rf64", rf64(&pcm)),
        ("mp3-inside", riff(b"RIFF", &format(0x55, 1, 0), &pcm, None)),
    ] {
        write("wav", name, &[&[7, 0][..], &file].concat());
    }

    for (name, rate, hop, size, times, samples) in [
        ("voice-16k", 16_000, 500, 999, 12, tone(200.0, 8_000)),
        ("voice-44k", 44_100, 250, 128, 4, tone(70.0, 16_000)),
        ("silence", 8_000, 1_000, 1, 4, vec![0.0; 8_000]),
        ("short", 48_000, 500, 64, 1, tone(50.0, 100)),
        ("not-finite", 22_050, 500, 300, 1, vec![0.1, f32::NAN, 0.2]),
    ] {
        let mut bytes = u32::to_le_bytes(rate).to_vec();
        bytes.extend(i16::to_le_bytes(hop));
        bytes.extend(u16::to_le_bytes(size));
        bytes.push(times);
        bytes.extend(samples.into_iter().flat_map(f32::to_le_bytes));
        write("stream", name, &bytes);
    }

    for parameters in [ParameterType::F32, ParameterType::F16, ParameterType::Int8] {
        let mut model = Model::from_bytes(DEFAULT_MODEL, &Device::flex()).unwrap();
        model.header.prosody = None;
        let network = PlainCnnConfig::new(64, model.header.windows.n_frames, 8)
            .with_channels(vec![1, 2])
            .with_hidden(2);
        model.header.architecture = Architecture::PlainCnn(network);
        model.net = model.header.architecture.init(&Device::flex()).unwrap();
        let name = format!("{parameters:?}").to_lowercase();
        write("model_file", &name, &model.to_bytes_as(parameters).unwrap());
    }

    for (name, text) in [
        ("plain", &b"path,label\na.wav,happy\n"[..]),
        ("columns", b"path,label,speaker,split,gender,intensity,statement,corpus\na.wav,anger,1,train,f,2,1,ravdess\n"),
        ("semicolons", b"\xEF\xBB\xBFpath;label;speaker\n\"C:\\x\\a.wav\";joy;s1\n"),
        ("utf-16", b"\xFF\xFEp\0a\0t\0h\0,\0l\0a\0b\0e\0l\0\n\0a\0.\0w\0a\0v\0,\0s\0a\0d\0\n\0"),
        ("twice", b"path,label\na.wav,happy\n./a.wav,sad\n"),
        ("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    ] {
        write("manifest", name, text);
    }
}

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

fn tone(period: f32, len: usize) -> Vec<f32> {
    let turn = |i: usize| std::f32::consts::TAU * i as f32 / period;
    (0..len)
        .map(|i| 0.4 * turn(i).sin() * (turn(i) / 20.0).sin())
        .collect()
}

fn format(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let align = channels * bits / 8;
    let mut body = [tag, channels].map(u16::to_le_bytes).concat();
    body.extend(
        [16_000, 16_000 * u32::from(align)]
            .map(u32::to_le_bytes)
            .concat(),
    );
    body.extend([align, bits].map(u16::to_le_bytes).concat());
    body
}

fn extensible() -> Vec<u8> {
    let mut body = format(0xFFFE, 1, 16);
    body.extend([22u16, 16].map(u16::to_le_bytes).concat());
    body.extend(4u32.to_le_bytes());
    body.extend(*b"\x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
    body
}

fn chunk(id: &[u8; 4], size: u32, body: &[u8]) -> Vec<u8> {
    [&id[..], &size.to_le_bytes(), body].concat()
}

fn riff(magic: &[u8; 4], format: &[u8], data: &[u8], size: Option<u32>) -> Vec<u8> {
    let size = size.unwrap_or(data.len() as u32);
    let mut body = b"WAVE".to_vec();
    body.extend(chunk(b"fmt ", format.len() as u32, format));
    body.extend(chunk(b"LIST", 4, b"INFO"));
    body.extend(chunk(b"data", size, data));
    chunk(magic, body.len() as u32, &body)
}

fn rf64(data: &[u8]) -> Vec<u8> {
    let sizes = [200, data.len() as u64, data.len() as u64 / 2]
        .map(u64::to_le_bytes)
        .concat();
    let mut body = b"WAVE".to_vec();
    body.extend(chunk(b"ds64", 28, &[&sizes[..], &[0; 4]].concat()));
    body.extend(chunk(b"fmt ", 16, &format(1, 1, 16)));
    body.extend(chunk(b"data", u32::MAX, data));
    chunk(b"RF64", u32::MAX, &body)
}
