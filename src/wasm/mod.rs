//! The crate as JavaScript sees it, through wasm-bindgen. The only file that knows JavaScript.
//!
//! Thin on purpose: it converts arguments, results and errors, and decides nothing. The npm
//! package's TypeScript wraps it; the classes are also exported as `emotionai-voice/wasm`, for
//! those who bring their own plumbing.
//!
//! Every [`Error`] is thrown as a JavaScript `Error` whose `code` is [`Error::code`].

use js_sys::{Float32Array, Reflect};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use web_sys::AudioBuffer;

use crate::{Error, FeatureConfig, MelSpectrogram, VoiceProfile, VoiceSample, Waveform};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// Sends panic messages to the console. wasm-bindgen calls it when the module is instantiated.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Replaces this instance by a fresh one at the next call: a trap leaves the old one's memory in
/// an unknown state. Every object of the old instance is lost. For use after a
/// `WebAssembly.RuntimeError`; that next call must be one without arguments, such as
/// [`version`], since arguments would still be copied into the old instance.
#[wasm_bindgen(js_name = scheduleRestart)]
pub fn schedule_restart() {
    wasm_bindgen::handler::schedule_reinit();
}

/// The version of the package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Recognises the emotion of a voice: a model file in memory.
#[wasm_bindgen]
pub struct Classifier {
    inner: crate::Classifier,
}

#[wasm_bindgen]
impl Classifier {
    /// Loads the bytes of a whole model file (`.emo`), and runs the network once: its first run
    /// is much slower than the rest, and is better had while loading than while someone speaks.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &[u8]) -> Result<Classifier, JsValue> {
        let inner = crate::Classifier::from_bytes(model).map_err(to_js_error)?;
        inner.warm_up().map_err(to_js_error)?;
        Ok(Classifier { inner })
    }

    /// What the model file says of itself.
    #[wasm_bindgen(unchecked_return_type = "RawModelInfo")]
    pub fn model(&self) -> Result<JsValue, JsValue> {
        to_js(&self.inner.model().info())
    }

    /// The answer for mono samples in [-1, 1] at `sampleRate` Hz.
    #[wasm_bindgen(unchecked_return_type = "RawResult")]
    pub fn classify(
        &self,
        pcm: Vec<f32>,
        #[wasm_bindgen(js_name = sampleRate)] sample_rate: f64,
    ) -> Result<JsValue, JsValue> {
        let rate = to_sample_rate(sample_rate)?;
        self.answer(&Waveform::from_mono(pcm, rate).map_err(to_js_error)?)
    }

    /// The answer for a decoded recording of any number of channels.
    #[wasm_bindgen(js_name = classifyAudioBuffer, unchecked_return_type = "RawResult")]
    pub fn classify_audio_buffer(&self, buffer: &AudioBuffer) -> Result<JsValue, JsValue> {
        let channels = (0..buffer.number_of_channels())
            .map(|channel| buffer.get_channel_data(channel))
            .collect::<Result<Vec<_>, _>>()?;
        let rate = to_sample_rate(f64::from(buffer.sample_rate()))?;
        self.answer(&from_planar(&channels, rate).map_err(to_js_error)?)
    }

    /// The answer for the bytes of a WAV file.
    #[wasm_bindgen(js_name = classifyWav, unchecked_return_type = "RawResult")]
    pub fn classify_wav(&self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        self.answer(&Waveform::from_wav(bytes).map_err(to_js_error)?)
    }

    /// The profile of a voice, from what streams of its neutral speech ended with.
    #[wasm_bindgen(unchecked_return_type = "RawVoiceProfile")]
    pub fn enroll(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RawVoice[]")] voices: JsValue,
    ) -> Result<JsValue, JsValue> {
        let voices: Vec<VoiceSample> = from_js(voices)?;
        to_js(&self.inner.enroll_voices(&voices).map_err(to_js_error)?)
    }

    /// This classifier for the voice of a profile. It shares the model with the one that it was
    /// made from; each is freed by itself.
    #[wasm_bindgen(js_name = withProfile)]
    pub fn with_profile(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RawVoiceProfile")] profile: JsValue,
    ) -> Result<Classifier, JsValue> {
        let profile: VoiceProfile = from_js(profile)?;
        let inner = self
            .inner
            .with_profile(Some(profile))
            .map_err(to_js_error)?;
        Ok(Classifier { inner })
    }

    /// Another handle on this classifier; each is freed by itself.
    pub fn share(&self) -> Classifier {
        Classifier {
            inner: self.inner.clone(),
        }
    }

    /// A stream of samples at `sampleRate` Hz, answered every `hopMs` (the model's own hop where
    /// left out), each answer smoothed over about `smoothingMs` (not at all where left out).
    pub fn stream(
        &self,
        #[wasm_bindgen(js_name = sampleRate)] sample_rate: f64,
        #[wasm_bindgen(js_name = hopMs)] hop_ms: Option<f64>,
        #[wasm_bindgen(js_name = smoothingMs)] smoothing_ms: Option<f64>,
    ) -> Result<StreamClassifier, JsValue> {
        let rate = to_sample_rate(sample_rate)?;
        let mut inner = self.inner.stream(rate, hop_ms).map_err(to_js_error)?;
        if let Some(ms) = smoothing_ms {
            inner = inner.with_smoothing(ms).map_err(to_js_error)?;
        }
        Ok(StreamClassifier { inner, peak: 0.0 })
    }

    /// The same for the bytes of a WAV file, which brings its own rate.
    #[wasm_bindgen(js_name = wavStream)]
    pub fn wav_stream(
        &self,
        #[wasm_bindgen(js_name = hopMs)] hop_ms: Option<f64>,
    ) -> WavStreamClassifier {
        let inner = crate::WavStreamClassifier::new(self.inner.clone(), hop_ms);
        WavStreamClassifier { inner }
    }

    /// The log-mel frames that the model hears, of a stream of samples at `sampleRate` Hz.
    #[wasm_bindgen(js_name = melStream)]
    pub fn mel_stream(
        &self,
        #[wasm_bindgen(js_name = sampleRate)] sample_rate: f64,
    ) -> Result<MelStream, JsValue> {
        let rate = to_sample_rate(sample_rate)?;
        let features = &self.inner.model().features;
        let inner = crate::MelStream::new(features, rate).map_err(to_js_error)?;
        Ok(MelStream {
            inner,
            frames: MelSpectrogram::new(features.n_mels),
            peak_db: f32::NEG_INFINITY,
        })
    }

    /// What the frames of every `melStream` of this model are.
    #[wasm_bindgen(js_name = melAxes, unchecked_return_type = "RawMelAxes")]
    pub fn mel_axes(&self) -> Result<JsValue, JsValue> {
        let header = self.inner.model();
        to_js(&MelAxes {
            bands: header.features.n_mels,
            bands_hz: header.features.band_centres_hz(),
            frame_ms: header.frames_to_ms(1),
            range_db: header.normalization.range_db,
        })
    }

    /// Explains the answer for a stream of samples at `sampleRate` Hz.
    pub fn explainer(
        &self,
        #[wasm_bindgen(js_name = sampleRate)] sample_rate: f64,
    ) -> Result<Explainer, JsValue> {
        let rate = to_sample_rate(sample_rate)?;
        let inner = crate::Explainer::new(&self.inner, rate).map_err(to_js_error)?;
        Ok(Explainer { inner })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MelAxes {
    bands: usize,
    bands_hz: Vec<f64>,
    frame_ms: f64,
    range_db: f32,
}

impl Classifier {
    fn answer(&self, waveform: &Waveform) -> Result<JsValue, JsValue> {
        to_js(&self.inner.classify(waveform).map_err(to_js_error)?)
    }
}

/// Classifies a stream of samples: chunks of any size in, one answer a window out.
#[wasm_bindgen]
pub struct StreamClassifier {
    inner: crate::StreamClassifier,
    peak: f32,
}

#[wasm_bindgen]
impl StreamClassifier {
    /// Takes the next mono samples and answers the windows that they complete.
    #[wasm_bindgen(unchecked_return_type = "RawResult[]")]
    pub fn push(&mut self, chunk: &[f32]) -> Result<JsValue, JsValue> {
        self.peak = chunk
            .iter()
            .fold(0.0, |peak, sample| sample.abs().max(peak));
        to_js(&self.inner.push(chunk).map_err(to_js_error)?)
    }

    /// The same for one array a channel, all of one length; their mean is heard.
    #[wasm_bindgen(js_name = pushPlanar, unchecked_return_type = "RawResult[]")]
    pub fn push_planar(&mut self, channels: Vec<Float32Array>) -> Result<JsValue, JsValue> {
        let chunk = mix(&channels, self.inner.sample_rate())?;
        self.push(chunk.samples())
    }

    /// The largest magnitude in the last chunk, after the down-mix: 0 is silence, 1 full scale.
    #[wasm_bindgen(getter)]
    pub fn peak(&self) -> f32 {
        self.peak
    }

    /// Ends this input: answers what is left of it and the whole, and starts anew.
    #[wasm_bindgen(unchecked_return_type = "RawStreamEnd")]
    pub fn flush(&mut self) -> Result<JsValue, JsValue> {
        self.inner
            .flush()
            .map_err(to_js_error)
            .and_then(|end| to_js(&end))
    }

    /// Forgets this input, as after a gap or a change of device.
    pub fn reset(&mut self) {
        self.inner.reset();
    }
}

/// Classifies a WAV file of any length from its bytes, in bounded memory.
#[wasm_bindgen]
pub struct WavStreamClassifier {
    inner: crate::WavStreamClassifier,
}

#[wasm_bindgen]
impl WavStreamClassifier {
    /// Takes the next bytes, cut anywhere, and answers the windows that they complete. After an
    /// error, push no more: a damaged file stays damaged.
    #[wasm_bindgen(unchecked_return_type = "RawResult[]")]
    pub fn push(&mut self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        to_js(&self.inner.push(bytes).map_err(to_js_error)?)
    }

    /// Ends the file: answers what is left of it and the whole. The next byte is the first of
    /// another file.
    #[wasm_bindgen(unchecked_return_type = "RawStreamEnd")]
    pub fn flush(&mut self) -> Result<JsValue, JsValue> {
        self.inner
            .flush()
            .map_err(to_js_error)
            .and_then(|end| to_js(&end))
    }
}

/// Computes the log-mel frames that a model hears, in dB, of a stream of any rate.
#[wasm_bindgen]
pub struct MelStream {
    inner: crate::MelStream,
    frames: MelSpectrogram,
    peak_db: f32,
}

#[wasm_bindgen]
impl MelStream {
    /// Takes the next mono samples; returns the frames that they complete, one after the other.
    #[wasm_bindgen(unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn push(&mut self, chunk: &[f32]) -> Result<Float32Array, JsValue> {
        self.inner
            .push(chunk, &mut self.frames)
            .map_err(to_js_error)?;
        Ok(self.take_frames())
    }

    /// The same for one array a channel, all of one length; their mean is heard.
    #[wasm_bindgen(js_name = pushPlanar, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn push_planar(&mut self, channels: Vec<Float32Array>) -> Result<Float32Array, JsValue> {
        let chunk = mix(&channels, self.inner.sample_rate())?;
        self.push(chunk.samples())
    }

    /// Ends the input and returns its last frames.
    #[wasm_bindgen(unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn flush(&mut self) -> Result<Float32Array, JsValue> {
        self.inner.flush(&mut self.frames).map_err(to_js_error)?;
        Ok(self.take_frames())
    }

    /// The loudest value of all frames so far, in dB.
    #[wasm_bindgen(getter, js_name = peakDb)]
    pub fn peak_db(&self) -> f32 {
        self.peak_db
    }

    fn take_frames(&mut self) -> Float32Array {
        let values = self.frames.as_slice();
        self.peak_db = values.iter().copied().fold(self.peak_db, f32::max);
        let frames = Float32Array::from(values);
        self.frames.clear();
        frames
    }
}

/// Explains the answer for an input: chunks of any size in, one map out.
#[wasm_bindgen]
pub struct Explainer {
    inner: crate::Explainer,
}

#[wasm_bindgen]
impl Explainer {
    /// Takes the next mono samples.
    pub fn push(&mut self, chunk: &[f32]) -> Result<(), JsValue> {
        self.inner.push(chunk).map_err(to_js_error)
    }

    /// The same for one array a channel, all of one length; their mean is heard.
    #[wasm_bindgen(js_name = pushPlanar)]
    pub fn push_planar(&mut self, channels: Vec<Float32Array>) -> Result<(), JsValue> {
        let chunk = mix(&channels, self.inner.sample_rate())?;
        self.push(chunk.samples())
    }

    /// Ends this input, explains what in it spoke for a label (the likeliest of the whole where left
    /// out), and starts anew.
    #[wasm_bindgen(unchecked_return_type = "RawSaliency")]
    pub fn explain(&mut self, label: Option<String>) -> Result<JsValue, JsValue> {
        let saliency = self.inner.explain(label.as_deref()).map_err(to_js_error)?;
        let object = to_js(&saliency)?;
        let data = Float32Array::from(saliency.data.as_slice());
        Reflect::set(&object, &"data".into(), &data)?;
        Ok(object)
    }
}

/// Decodes a WAV file of any length from its bytes, in bounded memory.
#[wasm_bindgen]
pub struct WavDecoder {
    inner: crate::WavDecoder,
}

#[wasm_bindgen]
impl WavDecoder {
    /// A decoder of one file.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default)] // JavaScript knows no `Default`.
    pub fn new() -> WavDecoder {
        WavDecoder {
            inner: crate::WavDecoder::new(),
        }
    }

    /// Takes the next bytes, cut anywhere; returns the samples in them, of all channels as one.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<f32>, JsValue> {
        let mut samples = Vec::new();
        self.inner.push(bytes, &mut samples).map_err(to_js_error)?;
        Ok(samples)
    }

    /// Ends the file; returns the last samples.
    pub fn finish(&mut self) -> Result<Vec<f32>, JsValue> {
        let mut samples = Vec::new();
        self.inner.finish(&mut samples).map_err(to_js_error)?;
        Ok(samples)
    }

    /// The file's rate, in Hz, once its header has been read.
    #[wasm_bindgen(getter, js_name = sampleRate)]
    pub fn sample_rate(&self) -> Option<u32> {
        self.inner.sample_rate()
    }
}

/// Computes log-mel frames, in dB, of a stream of samples at the config's own rate.
#[wasm_bindgen]
pub struct LogMelExtractor {
    inner: crate::LogMelExtractor,
}

#[wasm_bindgen]
impl LogMelExtractor {
    /// An extractor for samples at the config's own rate.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "FeatureConfig")] config: JsValue,
    ) -> Result<LogMelExtractor, JsValue> {
        let config: FeatureConfig = from_js(config)?;
        let inner = crate::LogMelExtractor::new(&config).map_err(to_js_error)?;
        Ok(LogMelExtractor { inner })
    }

    /// Takes the next mono samples; returns the frames that they complete, frame after frame of
    /// `nMels` values.
    pub fn push(&mut self, pcm: &[f32]) -> Result<Vec<f32>, JsValue> {
        let mut frames = self.frames();
        self.inner.push(pcm, &mut frames).map_err(to_js_error)?;
        Ok(frames.into_vec())
    }

    /// Ends this input, returns its last frames and starts anew.
    pub fn flush(&mut self) -> Vec<f32> {
        let mut frames = self.frames();
        self.inner.flush(&mut frames);
        frames.into_vec()
    }

    /// Mel bands, the length of a frame.
    #[wasm_bindgen(getter, js_name = nMels)]
    pub fn n_mels(&self) -> usize {
        self.inner.config().n_mels
    }
}

impl LogMelExtractor {
    fn frames(&self) -> MelSpectrogram {
        MelSpectrogram::new(self.inner.config().n_mels)
    }
}

/// The mean of the channels.
fn mix(channels: &[Float32Array], sample_rate: u32) -> Result<Waveform, JsValue> {
    let channels: Vec<_> = channels.iter().map(Float32Array::to_vec).collect();
    from_planar(&channels, sample_rate).map_err(to_js_error)
}

fn from_planar(channels: &[Vec<f32>], sample_rate: u32) -> crate::Result<Waveform> {
    let channels: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
    Waveform::from_planar(&channels, sample_rate)
}

/// A JavaScript number as a rate. wasm-bindgen would wrap -1 and NaN round to some `u32`.
fn to_sample_rate(value: f64) -> Result<u32, JsValue> {
    if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
        return Ok(value as u32);
    }
    Err(to_js_error(Error::InvalidAudio {
        expected: "a sample rate of 8000 to 192000 Hz, a whole number".into(),
        actual: format!("{value}"),
    }))
}

/// Rust to JavaScript: maps as plain objects, `None` as `null`.
fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(|error| {
        to_js_error(Error::Internal {
            message: error.to_string(),
        })
    })
}

fn from_js<T: for<'de> Deserialize<'de>>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        to_js_error(Error::InvalidConfig {
            expected: "an object with every field of the type".into(),
            actual: error.to_string(),
        })
    })
}

fn to_js_error(error: Error) -> JsValue {
    let js_error = js_sys::Error::new(&error.to_string());
    // Setting a property on an object made just now cannot fail.
    let _ = Reflect::set(&js_error, &"code".into(), &error.code().into());
    js_error.into()
}
