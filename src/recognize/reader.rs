//! Audio as it comes in: PCM of any layout or the bytes of a WAV, made into checked mono samples.

use super::chunk::Chunk;
use crate::audio::{WavDecoder, check_samples};
use crate::error::{Error, Result};

/// Bytes of a WAV that are decoded at a time, so that a huge chunk needs little memory beside it.
const WAV_BLOCK: usize = 1 << 16;

/// A consumer of mono samples, which opens once their rate is known.
pub(super) trait SampleStream: Sized {
    /// What opening needs beside the rate.
    type Settings;

    /// Opens a stream of samples at `sample_rate` Hz.
    fn open(settings: &Self::Settings, sample_rate: u32) -> Result<Self>;

    /// Forgets the input.
    fn reset(&mut self);
}

/// Reads one input after the other into a stream of samples: PCM at a rate, or WAV files with a
/// rate each. Samples are checked here, once.
#[derive(Debug)]
pub(super) struct AudioReader<S: SampleStream> {
    settings: S::Settings,
    source: Source<S>,
    /// The samples of a chunk, after the down-mix.
    mono: Vec<f32>,
    peak: f32,
}

#[derive(Debug)]
enum Source<S> {
    Pcm {
        stream: S,
        sample_rate: u32,
        /// Samples of this input so far.
        n_samples: u64,
    },
    Wav {
        decoder: WavDecoder,
        /// `None` until the file's header has been read.
        stream: Option<S>,
    },
}

impl<S: SampleStream> AudioReader<S> {
    /// A reader of samples at `sample_rate` Hz.
    pub fn pcm(settings: S::Settings, sample_rate: u32) -> Result<Self> {
        let source = Source::Pcm {
            stream: S::open(&settings, sample_rate)?,
            sample_rate,
            n_samples: 0,
        };
        Ok(Self::new(settings, source))
    }

    /// A reader of the bytes of WAV files.
    pub fn wav(settings: S::Settings) -> Self {
        let source = Source::Wav {
            decoder: WavDecoder::new(),
            stream: None,
        };
        Self::new(settings, source)
    }

    fn new(settings: S::Settings, source: Source<S>) -> Self {
        AudioReader {
            settings,
            source,
            mono: Vec::new(),
            peak: 0.0,
        }
    }

    /// A reader of the same kind, before its first chunk, with settings that `change` makes.
    pub fn with_settings(
        self,
        change: impl FnOnce(S::Settings) -> Result<S::Settings>,
    ) -> Result<Self> {
        let settings = change(self.settings)?;
        match self.source {
            Source::Pcm { sample_rate, .. } => Self::pcm(settings, sample_rate),
            Source::Wav { .. } => Ok(Self::wav(settings)),
        }
    }

    /// The settings that streams are opened with.
    pub fn settings(&self) -> &S::Settings {
        &self.settings
    }

    /// Rate of the samples, in Hz; `None` until a WAV's header has been read.
    pub fn sample_rate(&self) -> Option<u32> {
        match &self.source {
            Source::Pcm { sample_rate, .. } => Some(*sample_rate),
            Source::Wav { decoder, .. } => decoder.sample_rate(),
        }
    }

    /// The largest magnitude in the last chunk, after the down-mix.
    pub fn peak(&self) -> f32 {
        self.peak
    }

    /// Takes a chunk and hands its samples to `take`.
    ///
    /// A chunk of PCM with a bad sample is left out whole, and the input goes on. A damaged WAV
    /// stays damaged: the samples before the damage go to `take`, then this call and every later
    /// one fail, until a [`reset`](Self::reset).
    pub fn push(
        &mut self,
        chunk: Chunk<'_>,
        mut take: impl FnMut(&mut S, &[f32]) -> Result<()>,
    ) -> Result<()> {
        self.peak = 0.0;
        let Source::Pcm {
            stream, n_samples, ..
        } = &mut self.source
        else {
            return match chunk {
                Chunk::Wav(bytes) => self.push_wav(bytes, &mut take),
                _ => Err(wrong_kind("the bytes of a WAV", "samples")),
            };
        };
        let Some(samples) = chunk.mono(&mut self.mono)? else {
            return Err(wrong_kind("samples", "bytes"));
        };
        check_samples(samples, *n_samples)?;
        *n_samples += samples.len() as u64;
        self.peak = peak(samples);
        take(stream, samples)
    }

    fn push_wav(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&mut S, &[f32]) -> Result<()>,
    ) -> Result<()> {
        for block in bytes.chunks(WAV_BLOCK) {
            self.decode(|decoder, mono| decoder.push(block, mono), take)?;
        }
        Ok(())
    }

    /// Ends the input, and gives the stream that took it. A [`reset`](Self::reset) must follow.
    pub fn finish(&mut self, mut take: impl FnMut(&mut S, &[f32]) -> Result<()>) -> Result<&mut S> {
        if let Source::Wav { .. } = self.source {
            self.decode(|decoder, mono| decoder.finish(mono), &mut take)?;
        }
        match &mut self.source {
            Source::Pcm { stream, .. }
            | Source::Wav {
                stream: Some(stream),
                ..
            } => Ok(stream),
            // A decoder that finishes without an error has read a header, hence a rate.
            Source::Wav { stream: None, .. } => Err(Error::Internal {
                message: "a WAV without a header was not refused".into(),
            }),
        }
    }

    /// Forgets the input; the next chunk is the first of another one.
    pub fn reset(&mut self) {
        self.peak = 0.0;
        match &mut self.source {
            Source::Pcm {
                stream, n_samples, ..
            } => {
                stream.reset();
                *n_samples = 0;
            }
            Source::Wav { decoder, stream } => {
                *decoder = WavDecoder::new();
                *stream = None;
            }
        }
    }

    /// Runs a step of the decoder and hands the samples before any damage to `take`.
    fn decode(
        &mut self,
        step: impl FnOnce(&mut WavDecoder, &mut Vec<f32>) -> Result<()>,
        take: &mut impl FnMut(&mut S, &[f32]) -> Result<()>,
    ) -> Result<()> {
        let Source::Wav { decoder, stream } = &mut self.source else {
            return Ok(());
        };
        self.mono.clear();
        let result = step(decoder, &mut self.mono);
        if result.is_err() {
            let is_bad = |sample: &f32| check_samples(std::slice::from_ref(sample), 0).is_err();
            let n_good = self.mono.iter().position(is_bad);
            self.mono.truncate(n_good.unwrap_or(self.mono.len()));
        }
        if let Some(sample_rate) = decoder.sample_rate() {
            let stream = match stream {
                Some(stream) => stream,
                none => none.insert(S::open(&self.settings, sample_rate)?),
            };
            self.peak = self.peak.max(peak(&self.mono));
            take(stream, &self.mono)?;
        }
        result
    }
}

fn peak(samples: &[f32]) -> f32 {
    let magnitudes = samples.iter().map(|sample| sample.abs());
    magnitudes.fold(0.0, f32::max)
}

fn wrong_kind(expected: &str, actual: &str) -> Error {
    Error::InvalidConfig {
        expected: format!("{expected}, as the stream was opened for"),
        actual: actual.into(),
    }
}
