//! Other detectors, for comparison: RNNoise, WebRTC's and Silero's.

use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use earshot::{VoiceActivityDetector, VoiceActivityModel, VoiceActivityProfile};
use nnnoiseless::DenoiseState;

use super::detector::{Detector, Ends};
use crate::data::simulate::resample;
use crate::learn::vad::examples::{MIN_FRAMES, RATE};

/// Milliseconds from one of our frames to the next.
const FRAME_MS: f64 = 16.0;
/// Frames of a window.
const WINDOW: usize = 128;

/// RNNoise, WebRTC's detector and, with the path of its ONNX file, Silero's.
///
/// # Errors
/// Where Silero cannot be started.
pub fn peers(silero: Option<&Path>) -> Result<Vec<Box<dyn Detector>>> {
    let mut peers: Vec<Box<dyn Detector>> = vec![Box::new(RnNoise), Box::new(WebRtc)];
    if let Some(model) = silero {
        peers.push(Box::new(Silero::start(model)?));
    }
    Ok(peers)
}

/// The score of each window: the probability that 200 ms of its frames reach.
fn of_windows(probabilities: &[f32], hop_ms: f64, ends: &Ends) -> Vec<f32> {
    let least = (MIN_FRAMES as f64 * FRAME_MS / hop_ms).ceil() as usize;
    let at = |frame: usize| (frame as f64 * FRAME_MS / hop_ms).round() as usize;
    let score = |&end: &usize| {
        let to = at(end).min(probabilities.len());
        let mut window = probabilities[at(end.saturating_sub(WINDOW)).min(to)..to].to_vec();
        window.sort_by(|a, b| b.total_cmp(a));
        window.get(least - 1).copied().unwrap_or(0.0)
    };
    ends.iter().map(score).collect()
}

/// RNNoise (Valin 2018, arXiv:1709.08243), by nnnoiseless.
struct RnNoise;

impl Detector for RnNoise {
    fn name(&self) -> &str {
        "RNNoise"
    }

    fn threshold(&self) -> f32 {
        0.5
    }

    fn scores(&self, samples: &[f32], ends: &Ends) -> Result<Vec<f32>> {
        let samples = resample(samples, RATE, 48_000)?;
        let mut state = DenoiseState::new();
        let mut out = [0.0; DenoiseState::FRAME_SIZE];
        let frames = samples.chunks_exact(DenoiseState::FRAME_SIZE).map(|frame| {
            let frame: Vec<f32> = frame.iter().map(|s| s * 32_768.0).collect();
            state.process_frame(&mut out, &frame)
        });
        Ok(of_windows(&frames.collect::<Vec<f32>>(), 10.0, ends))
    }
}

/// The detector of WebRTC, by earshot 0.1, in its four manners; a frame's score is how many of them hear a voice.
struct WebRtc;

impl WebRtc {
    const PROFILES: [VoiceActivityProfile; 4] = [
        VoiceActivityProfile::QUALITY,
        VoiceActivityProfile::LBR,
        VoiceActivityProfile::AGGRESSIVE,
        VoiceActivityProfile::VERY_AGGRESSIVE,
    ];
    /// Samples of a frame: 30 ms.
    const FRAME: usize = 480;
}

impl Detector for WebRtc {
    fn name(&self) -> &str {
        "WebRTC"
    }

    /// Its most aggressive manner.
    fn threshold(&self) -> f32 {
        0.9
    }

    fn scores(&self, samples: &[f32], ends: &Ends) -> Result<Vec<f32>> {
        let pcm: Vec<i16> = samples.iter().map(|s| (s * 32_767.0) as i16).collect();
        let mut sums = vec![0.0f32; pcm.len() / Self::FRAME];
        for profile in Self::PROFILES {
            let mut detector =
                VoiceActivityDetector::new_with_model(VoiceActivityModel::ES_ALPHA, profile);
            for (sum, frame) in sums.iter_mut().zip(pcm.chunks_exact(Self::FRAME)) {
                let heard = detector.predict_16khz(frame);
                let heard = heard.map_err(|error| anyhow::anyhow!("earshot: {error:?}"))?;
                *sum += 0.25 * f32::from(u8::from(heard));
            }
        }
        Ok(of_windows(&sums, 30.0, ends))
    }
}

/// Silero VAD, by ONNX Runtime in a Python process.
struct Silero {
    process: Mutex<Process>,
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Silero {
    fn start(model: &Path) -> Result<Silero> {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
        let mut child = Command::new(python)
            .args(["-c", include_str!("silero.py")])
            .arg(model)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start Python for Silero; PYTHON names another one")?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (input, output) = pipes.context("Python has no pipes")?;
        Ok(Silero {
            process: Mutex::new(Process {
                child,
                input,
                output: BufReader::new(output),
            }),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Detector for Silero {
    fn name(&self) -> &str {
        "Silero"
    }

    fn threshold(&self) -> f32 {
        0.5
    }

    fn scores(&self, samples: &[f32], ends: &Ends) -> Result<Vec<f32>> {
        let frames = {
            let process = &mut *self
                .process
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            let length =
                u32::try_from(samples.len()).context("a clip of more than 4 billion samples")?;
            let mut bytes = length.to_le_bytes().to_vec();
            bytes.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
            process.input.write_all(&bytes)?;
            process.input.flush()?;
            let mut length = [0; 4];
            let read = process.output.read_exact(&mut length);
            read.context("Silero's process ended; it needs onnxruntime and numpy")?;
            let mut bytes = vec![0; 4 * u32::from_le_bytes(length) as usize];
            process.output.read_exact(&mut bytes)?;
            let (frames, rest) = bytes.as_chunks::<4>();
            ensure!(rest.is_empty(), "Silero's process writes whole numbers");
            frames
                .iter()
                .copied()
                .map(f32::from_le_bytes)
                .collect::<Vec<f32>>()
        };
        Ok(of_windows(&frames, 32.0, ends))
    }
}
