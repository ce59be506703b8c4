//! `LogMelExtractor`: samples at the features' own rate in, log-mel frames out.

use wasm_bindgen::prelude::*;

use super::conversions::{from_js, to_js_error};
use crate::{FeatureConfig, MelSpectrogram};

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
    /// `nMels` values. A chunk with a sample that is not finite is refused whole.
    pub fn push(&mut self, pcm: &[f32]) -> Result<Vec<f32>, JsValue> {
        let mut frames = self.no_frames();
        self.inner.push(pcm, &mut frames).map_err(to_js_error)?;
        Ok(frames.into_vec())
    }

    /// Ends this input, returns its last frames and starts anew.
    pub fn flush(&mut self) -> Vec<f32> {
        let mut frames = self.no_frames();
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
    fn no_frames(&self) -> MelSpectrogram {
        MelSpectrogram::new(self.inner.config().n_mels)
    }
}
