//! Signals and golden vectors that the tests share.

use std::f64::consts::TAU;

use emotionai_voice::{Classifier, DEFAULT_MODEL, FeatureConfig, Prediction, StreamEnd, Waveform};
use serde::Deserialize;

pub const VOICE: &[u8] = include_bytes!("../data/voice.wav");

pub fn classifier() -> Classifier {
    Classifier::from_bytes(DEFAULT_MODEL).unwrap()
}

pub fn voice() -> Waveform {
    Waveform::from_wav(VOICE).unwrap()
}

/// Everything that a stream answers for a waveform in chunks of `size` samples.
pub fn stream(
    classifier: &Classifier,
    waveform: &Waveform,
    size: usize,
) -> (Vec<Prediction>, Prediction) {
    let mut stream = classifier.stream(waveform.sample_rate(), None).unwrap();
    let mut windows = Vec::new();
    for chunk in waveform.samples().chunks(size) {
        windows.extend(stream.push(chunk).unwrap());
    }
    let StreamEnd {
        windows: last,
        clip,
        ..
    } = stream.flush().unwrap();
    windows.extend(last);
    (windows, clip)
}

/// A sine of amplitude 0.8.
pub fn tone(hz: f64, sample_rate: u32, len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| (0.8 * (TAU * hz * i as f64 / f64::from(sample_rate)).sin()) as f32)
        .collect()
}

/// The same white noise every time, in `[-0.5, 0.5)` (xorshift64*, Vigna 2016).
pub fn noise(len: usize) -> Vec<f32> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..len)
        .map(|_| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            let bits = state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40;
            bits as f32 / (1u32 << 24) as f32 - 0.5
        })
        .collect()
}

pub fn rms_db(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|&s| f64::from(s).powi(2)).sum();
    10.0 * (power / samples.len() as f64).log10()
}

/// `tests/data/golden.json`, written by `make_golden.py`; offsets count floats.
#[derive(Deserialize)]
pub struct Golden {
    signals: std::collections::BTreeMap<String, Signal>,
    pub cases: Vec<Case>,
    pub banks: Vec<Bank>,
    pub windows: Vec<Case>,
}

#[derive(Deserialize)]
struct Signal {
    offset: usize,
    len: usize,
}

#[derive(Deserialize)]
pub struct Case {
    pub signal: String,
    pub len: usize,
    pub config: FeatureConfig,
    pub n_frames: usize,
    offset: usize,
}

#[derive(Deserialize)]
pub struct Bank {
    pub config: FeatureConfig,
    offset: usize,
}

impl Golden {
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../data/golden.json")).unwrap()
    }

    /// The signal, repeated where the case is longer.
    pub fn signal(&self, case: &Case) -> Vec<f32> {
        let signal = &self.signals[&case.signal];
        let samples = floats(signal.offset, signal.len);
        samples.into_iter().cycle().take(case.len).collect()
    }
}

impl Case {
    /// librosa's frames in dB, frame-major; of a window, scaled to 0 to 1, band-major.
    pub fn expected(&self) -> Vec<f32> {
        floats(self.offset, self.n_frames * self.config.n_mels)
    }
}

impl Bank {
    /// librosa's weights, band-major.
    pub fn expected(&self) -> Vec<f32> {
        floats(
            self.offset,
            self.config.n_mels * (self.config.n_fft / 2 + 1),
        )
    }
}

fn floats(offset: usize, len: usize) -> Vec<f32> {
    let (floats, _) = include_bytes!("../data/golden.f32").as_chunks::<4>();
    floats[offset..offset + len]
        .iter()
        .map(|&b| f32::from_le_bytes(b))
        .collect()
}

/// A mono WAV file of 32-bit float samples.
pub fn float_wav(samples: &[f32], sample_rate: u32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    file.into_inner()
}
