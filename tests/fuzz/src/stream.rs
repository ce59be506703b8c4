//! A stream of samples of any rate: any chunks give the same windows, and their probabilities are finite and sum to one.

use std::f32::consts::TAU;
use std::sync::OnceLock;

use burn::tensor::Device;
use emotionai_voice::training::{Architecture, EmotionCnnConfig};
use emotionai_voice::{Classifier, DEFAULT_MODEL, Model, Prediction, Result};

/// Bytes before the samples.
const HEAD: usize = 9;
/// Most samples of an input, so that one run takes milliseconds.
const LONGEST: usize = 200_000;

/// The head holds the rate (4 bytes), the hop in milliseconds (2), the size of a chunk (2) and how
/// often the rest, samples of 32 bits, is heard (1).
pub fn check(data: &[u8]) {
    let Some((head, rest)) = data.split_first_chunk::<HEAD>() else {
        return;
    };
    let [r0, r1, r2, r3, h0, h1, s0, s1, times] = *head;
    let rate = u32::from_le_bytes([r0, r1, r2, r3]);
    let hop_ms = f64::from(i16::from_le_bytes([h0, h1]));
    let size = usize::from(u16::from_le_bytes([s0, s1])).max(1);
    let (values, _) = rest.as_chunks::<4>();
    let samples: Vec<f32> = (values.iter().copied().map(f32::from_le_bytes))
        .cycle()
        .take((values.len() * usize::from(times)).min(LONGEST))
        .collect();

    let whole = answers(&samples, rate, hop_ms, samples.len().max(1));
    let chunks = answers(&samples, rate, hop_ms, size);
    match (whole, chunks) {
        (Ok(whole), Ok(chunks)) => {
            assert_eq!(whole, chunks, "chunks of {size}");
            whole.iter().for_each(assert_sound);
        }
        (whole, chunks) => assert_eq!(whole.is_err(), chunks.is_err(), "chunks of {size}"),
    }
}

/// The windows of an input and the answer for all of it.
fn answers(samples: &[f32], rate: u32, hop_ms: f64, size: usize) -> Result<Vec<Prediction>> {
    let mut stream = classifier().stream(rate, Some(hop_ms))?;
    let mut windows = Vec::new();
    for chunk in samples.chunks(size) {
        windows.extend(stream.push(chunk)?);
    }
    let end = stream.flush()?;
    windows.extend(end.windows);
    windows.push(end.clip);
    Ok(windows)
}

/// Checks the probabilities of an answer.
pub fn assert_sound(prediction: &Prediction) {
    let Some(probabilities) = &prediction.probabilities else {
        return;
    };
    let sum: f32 = probabilities
        .iter()
        .map(|(_, probability)| probability)
        .sum();
    assert!((sum - 1.0).abs() < 1e-4, "{probabilities:?}");
    assert!(probabilities.iter().all(|(_, p)| (0.0..=1.0).contains(&p)));
}

/// Samples with a pitch, at 16 kHz.
pub fn tone(len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| 0.3 * (TAU * 200.0 * i as f32 / 16_000.0).sin() * (i as f32 / 3_000.0).sin())
        .collect()
}

/// A network that takes little time.
fn classifier() -> &'static Classifier {
    static CLASSIFIER: OnceLock<Classifier> = OnceLock::new();
    CLASSIFIER.get_or_init(|| {
        let device = Device::flex();
        let mut header = Model::from_bytes(DEFAULT_MODEL, &device).unwrap().header;
        header.prosody = None;
        header.gate.voice = false;
        let network = EmotionCnnConfig::new(64, 8)
            .with_channels(vec![4, 8])
            .with_strides(vec![[2, 2], [2, 2]]);
        header.architecture = Architecture::EmotionCnn(network);
        let net = header.architecture.init(&device).unwrap();
        Classifier::from_model(Model { header, net }, device).unwrap()
    })
}
