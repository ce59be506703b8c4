//! `Classifier`: a model in memory, and what it opens.

use wasm_bindgen::prelude::*;
use web_sys::AudioBuffer;

use super::conversions::{from_js, slices, to_js, to_js_error, to_sample_rate};
use super::explainer::Explainer;
use super::mel::MelStream;
use super::shapes::MelAxes;
use super::stream::StreamClassifier;
use crate::{EnrollmentSample, SpeakerProfile, Waveform};

/// Recognises the emotion in speech: a model file in memory.
#[wasm_bindgen]
pub struct Classifier {
    inner: crate::Classifier,
}

#[wasm_bindgen]
impl Classifier {
    /// Loads the bytes of a whole model file (`.emo`), and runs the network once: its first run
    /// is much slower than the rest, and is better done while loading than while someone speaks.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &[u8]) -> Result<Classifier, JsValue> {
        let inner = crate::Classifier::from_bytes(model).map_err(to_js_error)?;
        inner.warm_up().map_err(to_js_error)?;
        Ok(Classifier { inner })
    }

    /// The part of the model file's header that users ask for.
    #[wasm_bindgen(unchecked_return_type = "RawModelInfo")]
    pub fn model(&self) -> Result<JsValue, JsValue> {
        to_js(&self.inner.info())
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
        self.answer(&Waveform::from_planar(&slices(&channels), rate).map_err(to_js_error)?)
    }

    /// The answer for the bytes of a WAV file.
    #[wasm_bindgen(js_name = classifyWav, unchecked_return_type = "RawResult")]
    pub fn classify_wav(&self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        self.answer(&Waveform::from_wav(bytes).map_err(to_js_error)?)
    }

    /// The profile of a speaker, from the `enrollment` of streams of neutral speech.
    #[wasm_bindgen(unchecked_return_type = "RawSpeakerProfile")]
    pub fn enroll(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RawEnrollmentSample[]")] samples: JsValue,
    ) -> Result<JsValue, JsValue> {
        let samples: Vec<EnrollmentSample> = from_js(samples)?;
        to_js(&self.inner.enroll_samples(&samples).map_err(to_js_error)?)
    }

    /// This classifier for the speaker of a profile. It shares the model with the one that it was
    /// made from; each is freed by itself.
    #[wasm_bindgen(js_name = withProfile)]
    pub fn with_profile(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RawSpeakerProfile")] profile: JsValue,
    ) -> Result<Classifier, JsValue> {
        let profile: SpeakerProfile = from_js(profile)?;
        let inner = self.inner.with_profile(Some(profile));
        Ok(Classifier {
            inner: inner.map_err(to_js_error)?,
        })
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
        let stream = self.inner.stream(rate, hop_ms).map_err(to_js_error)?;
        StreamClassifier::new(stream, smoothing_ms)
    }

    /// The same for the bytes of WAV files, which bring their own rate.
    #[wasm_bindgen(js_name = wavStream)]
    pub fn wav_stream(
        &self,
        #[wasm_bindgen(js_name = hopMs)] hop_ms: Option<f64>,
        #[wasm_bindgen(js_name = smoothingMs)] smoothing_ms: Option<f64>,
    ) -> Result<StreamClassifier, JsValue> {
        let stream = self.inner.wav_stream(hop_ms).map_err(to_js_error)?;
        StreamClassifier::new(stream, smoothing_ms)
    }

    /// The log-mel frames of samples at `sampleRate` Hz, with the model's features.
    #[wasm_bindgen(js_name = melStream)]
    pub fn mel_stream(
        &self,
        #[wasm_bindgen(js_name = sampleRate)] sample_rate: f64,
    ) -> Result<MelStream, JsValue> {
        let rate = to_sample_rate(sample_rate)?;
        let reader = self.inner.mel_reader(rate).map_err(to_js_error)?;
        Ok(MelStream::new(reader))
    }

    /// The same for the bytes of WAV files.
    #[wasm_bindgen(js_name = wavMelStream)]
    pub fn wav_mel_stream(&self) -> MelStream {
        MelStream::new(self.inner.wav_mel_reader())
    }

    /// The axes of the frames of every mel stream of this model.
    #[wasm_bindgen(js_name = melAxes, unchecked_return_type = "RawMelAxes")]
    pub fn mel_axes(&self) -> Result<JsValue, JsValue> {
        to_js(&MelAxes::of(&self.inner))
    }

    /// Explains the answer for samples at `sampleRate` Hz.
    pub fn explainer(
        &self,
        #[wasm_bindgen(js_name = sampleRate)] sample_rate: f64,
    ) -> Result<Explainer, JsValue> {
        let rate = to_sample_rate(sample_rate)?;
        let inner = crate::Explainer::new(&self.inner, rate).map_err(to_js_error)?;
        Ok(Explainer::new(inner))
    }

    /// The same for the bytes of WAV files.
    #[wasm_bindgen(js_name = wavExplainer)]
    pub fn wav_explainer(&self) -> Explainer {
        Explainer::new(crate::Explainer::wav(&self.inner))
    }
}

impl Classifier {
    fn answer(&self, waveform: &Waveform) -> Result<JsValue, JsValue> {
        to_js(&self.inner.classify(waveform).map_err(to_js_error)?)
    }
}
