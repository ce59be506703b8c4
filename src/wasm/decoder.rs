//! `WavDecoder`: bytes of a WAV file in, samples out.

use wasm_bindgen::prelude::*;

use super::conversions::to_js_error;
use crate::training;

/// Decodes a WAV file of any length from its bytes, in bounded memory.
#[wasm_bindgen]
pub struct WavDecoder {
    inner: training::WavDecoder,
}

#[wasm_bindgen]
impl WavDecoder {
    /// A decoder of one file.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default)] // JavaScript knows no `Default`.
    pub fn new() -> WavDecoder {
        WavDecoder {
            inner: training::WavDecoder::new(),
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
