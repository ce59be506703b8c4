//! Sounds of all kinds, and what is speech in a clean recording.

use std::sync::Arc;

use anyhow::Result;
use emotionai_voice::training::{FrameStream, Normalization, VadConfig, VadNetwork, WindowConfig};
use emotionai_voice::{FeatureConfig, LogMelExtractor, MelSpectrogram};
use rand::rngs::StdRng;

use crate::data::corpus::Clip;
use crate::data::decode::read_waveform;
use crate::data::simulate::resample;
use crate::data::simulate::sounds::{self, Generator, Style};

/// Sample rate of all examples, in Hz.
pub const RATE: u32 = 16_000;

/// A kind of sound: its name and its generator.
pub type Kind = (
    String,
    Box<dyn Fn(&mut StdRng, usize) -> Vec<f32> + Send + Sync>,
);

/// All kinds of sounds; each style of music is a kind.
pub fn kinds() -> Vec<Kind> {
    let plain = sounds::ALL.into_iter().filter(|(name, _)| *name != "music");
    let plain = plain.map(|(name, generate): (&str, Generator)| -> Kind {
        (
            name.into(),
            Box::new(move |rng, len| generate(rng, RATE, len)),
        )
    });
    let music = Style::ALL.into_iter().map(|style| -> Kind {
        let song = move |rng: &mut StdRng, len| sounds::song(style, rng, RATE, len);
        (name_of(style), Box::new(song))
    });
    plain.chain(music).collect()
}

/// The name of a style of music as a kind of sound.
fn name_of(style: Style) -> String {
    format!("music-{style:?}")
}

/// Seconds of a sound.
pub const SECONDS: usize = 10;
/// A level below that of any sound, in dB.
pub const SILENT: f32 = -200.0;

/// Speech frames of a window of speech: 200 ms, as in the voice activity detector.
pub const MIN_FRAMES: usize = 13;

/// The frames in which a clean recording holds speech, by its levels from beginning to end, that is louder than
/// noise of `noise_db`.
pub fn speech(clean: &FrameStream, noise_db: f32) -> Vec<bool> {
    let all = clean.n_frames();
    let whole = WindowConfig {
        n_frames: all,
        context_frames: all,
        ..WindowConfig::default()
    };
    let by_level = VadConfig {
        // A clean recording has a wide margin.
        margin_db: 12.0,
        min_level_db: noise_db.max(VadConfig::default().min_level_db),
        voice: false,
        ..VadConfig::default()
    };
    clean.speech(all, &whole, &by_level)
}

/// How many frames of the window before `end` are speech.
pub fn speech_frames(speech: &[bool], end: usize) -> usize {
    let start = end.saturating_sub(WindowConfig::default().n_frames);
    let window = &speech[start..end.min(speech.len())];
    window.iter().filter(|speech| **speech).count()
}

/// Frames of the window before `end` that a voice activity detector calls speech.
pub fn detected_frames(stream: &FrameStream, end: usize, gate: &VadConfig) -> usize {
    let normalization = Normalization::floor_only(FeatureConfig::default().n_mels, 60.0);
    stream
        .window(end, &WindowConfig::default(), &normalization, gate)
        .speech_frames()
}

/// Ends of windows: the first, provisional one, and then every `hop` frames.
pub fn ends(stream: &FrameStream, hop: usize) -> impl Iterator<Item = usize> {
    let first = WindowConfig::default().provisional_frames;
    (first..=stream.n_frames()).step_by(hop)
}

/// The frames of a sound, as a network hears them.
pub fn stream(samples: &[f32], network: &Arc<VadNetwork>) -> Result<FrameStream> {
    let stream = FrameStream::new(&FeatureConfig::default(), RATE)?;
    let mut stream = stream.with_vad(network.clone());
    stream.push(samples);
    stream.flush();
    Ok(stream)
}

/// The samples of a recording at [`RATE`].
pub fn at_rate(clip: &Clip) -> Result<Vec<f32>> {
    let waveform = read_waveform(&clip.path)?;
    Ok(resample(waveform.samples(), waveform.sample_rate(), RATE)?)
}

/// Mean level of a sound's frames, in the decibels of the voice activity detector.
pub fn level(samples: &[f32]) -> Result<f32> {
    let features = FeatureConfig::default();
    let mut mel = MelSpectrogram::new(features.n_mels);
    LogMelExtractor::new(&features)?.push(samples, &mut mel)?;
    let power: f32 = mel.as_slice().iter().map(|db| 10f32.powf(db / 10.0)).sum();
    Ok(10.0 * (power / mel.n_frames().max(1) as f32).log10())
}
