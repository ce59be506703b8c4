//! What is measured of a voice: how its speech fills the mel bands.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::features::FeatureConfig;
use crate::gate::Gate;
use crate::normalization::Normalization;
use crate::windows::{FrameStream, Window, WindowConfig};
use crate::{Error, Result};

/// The least spread of a band, in dB: one that never left the floor has none of its own.
const MIN_STD_DB: f64 = 1.0;

/// Mean and standard deviation of each mel band over frames of speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceStatistics {
    /// Mean of each band, in dB below the reference of [`Normalization`] (so negative).
    pub mean: Vec<f32>,
    /// Standard deviation of each band, in dB.
    pub std: Vec<f32>,
}

impl VoiceStatistics {
    /// Whether there is a finite mean and a positive deviation for each of `n_mels` bands.
    pub(crate) fn fits(&self, n_mels: usize) -> bool {
        self.mean.len() == n_mels
            && self.std.len() == n_mels
            && self.mean.iter().all(|mean| mean.is_finite())
            && self.std.iter().all(|std| std.is_finite() && *std > 0.0)
    }
}

/// How a voice is measured: all that its statistics depend on beside the voice itself.
///
/// ```
/// use emotionai_voice::{FeatureConfig, FrameStream, Gate, VoiceSpace, Waveform, WindowConfig};
///
/// let space = VoiceSpace {
///     features: FeatureConfig::default(),
///     windows: WindowConfig::default(),
///     gate: Gate::default(),
///     range_db: 60.0,
/// };
/// let voice = Waveform::from_wav(include_bytes!("../tests/data/voice.wav"))?;
/// let frames = FrameStream::whole(&space.features, voice.sample_rate(), voice.samples())?;
/// let statistics = space.measure(&frames).statistics().ok_or("no speech")?;
/// assert_eq!(statistics.mean.len(), 64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceSpace {
    /// How frames are computed.
    pub features: FeatureConfig,
    /// How frames become windows.
    pub windows: WindowConfig,
    /// Which frames hold speech.
    pub gate: Gate,
    /// Dynamic range that is kept below the reference, in dB.
    pub range_db: f32,
}

impl VoiceSpace {
    /// A short name of all these values: statistics of one space mean nothing in another.
    pub fn id(&self) -> String {
        let VoiceSpace {
            features,
            windows,
            gate,
            range_db,
        } = self;
        let digest = Sha256::digest(json!([features, windows, gate, range_db]).to_string());
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The sums of a voice that has not been heard yet.
    pub fn silence(&self) -> VoiceSums {
        VoiceSums {
            space: self.id(),
            speech_ms: 0.0,
            weight: 0.0,
            sums: vec![0.0; self.features.n_mels],
            squares: vec![0.0; self.features.n_mels],
        }
    }

    /// The sums of a whole recording, of which nothing was [discarded](FrameStream::discard): of
    /// the windows that a stream with the default hop answers.
    pub fn measure(&self, frames: &FrameStream) -> VoiceSums {
        let WindowConfig {
            provisional_frames,
            hop_frames,
            ..
        } = self.windows;
        let mut meter = VoiceMeter::new(self.clone());
        let mut hear = |end| {
            let speech = frames.speech(end, &self.windows, &self.gate);
            meter.hear(frames, end, speech);
        };
        let n_frames = frames.n_frames();
        let mut last_end = 0;
        for end in (provisional_frames..=n_frames).step_by(hop_frames) {
            hear(end);
            last_end = end;
        }
        if last_end < n_frames {
            hear(n_frames);
        }
        meter.take()
    }
}

/// Sums over the speech frames of windows, which those of other recordings can be added to.
///
/// They hold no audio, and none can be made from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoiceSums {
    /// The [id](VoiceSpace::id) of the space that they were measured in.
    space: String,
    /// Speech that was heard, in milliseconds.
    speech_ms: f64,
    /// Speech frames of all windows: one that lies in two windows counts twice, since the network
    /// sees it twice.
    weight: f64,
    /// Of each band, over these frames: the sum of its levels, in dB below the reference.
    sums: Vec<f64>,
    /// And that of their squares.
    squares: Vec<f64>,
}

impl VoiceSums {
    /// Speech that was heard, in milliseconds.
    pub fn speech_ms(&self) -> f64 {
        self.speech_ms
    }

    /// The [id](VoiceSpace::id) of the space that they were measured in.
    pub fn space(&self) -> &str {
        &self.space
    }

    /// Adds what was measured of another recording of the same voice.
    ///
    /// # Errors
    /// [`Error::ModelMismatch`] where it was measured in another space.
    pub fn add(&mut self, other: &VoiceSums) -> Result<()> {
        let fits = other.space == self.space
            && other.sums.len() == self.sums.len()
            && other.squares.len() == self.squares.len();
        if !fits {
            return Err(Error::ModelMismatch {
                expected: format!("a voice measured in the space {}", self.space),
                actual: format!("one of {}: measure it with this model", other.space),
            });
        }
        self.speech_ms += other.speech_ms;
        self.weight += other.weight;
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            *sum += other;
        }
        for (sum, other) in self.squares.iter_mut().zip(&other.squares) {
            *sum += other;
        }
        Ok(())
    }

    /// Mean and standard deviation of each band; `None` where no speech was heard.
    pub fn statistics(&self) -> Option<VoiceStatistics> {
        if self.weight <= 0.0 {
            return None;
        }
        let mean = |sum: &f64| sum / self.weight;
        Some(VoiceStatistics {
            mean: self.sums.iter().map(|sum| mean(sum) as f32).collect(),
            std: self
                .sums
                .iter()
                .zip(&self.squares)
                .map(|(sum, square)| {
                    let variance = mean(square) - mean(sum).powi(2);
                    variance.max(MIN_STD_DB.powi(2)).sqrt() as f32
                })
                .collect(),
        })
    }
}

/// Measures a voice as its windows come.
#[derive(Debug)]
pub(crate) struct VoiceMeter {
    space: VoiceSpace,
    floor: Normalization,
    /// Frame that the last window ended before.
    last_end: usize,
    sums: VoiceSums,
}

impl VoiceMeter {
    pub(crate) fn new(space: VoiceSpace) -> VoiceMeter {
        VoiceMeter {
            floor: Normalization::floor_only(space.features.n_mels, space.range_db),
            last_end: 0,
            sums: space.silence(),
            space,
        }
    }

    /// Takes the window of the frames before frame `end`, the next of its input, with the speech
    /// that the gate found in it.
    pub(crate) fn hear(&mut self, frames: &FrameStream, end: usize, speech: Vec<bool>) {
        let window = Window {
            data: frames.data(end, &self.space.windows, &self.floor, None),
            speech,
        };
        let new = window.speech_frames_of_last(end - self.last_end);
        self.sums.speech_ms += self.space.features.frames_to_ms(new);
        self.last_end = end;
        self.add(&window);
    }

    fn add(&mut self, window: &Window) {
        let n_frames = self.space.windows.n_frames;
        let padding = n_frames - window.speech.len();
        let rows = window.data.chunks_exact(n_frames);
        let sums = self.sums.sums.iter_mut().zip(&mut self.sums.squares);
        for (row, (sum, square)) in rows.zip(sums) {
            for (&value, &speech) in row[padding..].iter().zip(&window.speech) {
                if speech {
                    *sum += f64::from(value);
                    *square += f64::from(value).powi(2);
                }
            }
        }
        self.sums.weight += window.speech_frames() as f64;
    }

    /// What was measured; the next window is the first of another input.
    pub(crate) fn take(&mut self) -> VoiceSums {
        self.last_end = 0;
        std::mem::replace(&mut self.sums, self.space.silence())
    }
}
