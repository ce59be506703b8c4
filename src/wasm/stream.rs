//! `StreamClassifier`: chunks in, an answer a window out.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::conversions::{copied, from_js, slices, to_js, to_js_error};
use crate::{Chunk, Prediction};

/// Classifies a stream of samples or of the bytes of WAV files, as it was opened for: chunks of any
/// size in, one answer a window out.
#[wasm_bindgen]
pub struct StreamClassifier {
    inner: crate::StreamClassifier,
}

impl StreamClassifier {
    pub(super) fn new(
        inner: crate::StreamClassifier,
        smoothing_ms: Option<f64>,
    ) -> Result<StreamClassifier, JsValue> {
        let inner = match smoothing_ms {
            Some(ms) => inner.with_smoothing(ms).map_err(to_js_error)?,
            None => inner,
        };
        Ok(StreamClassifier { inner })
    }
}

#[wasm_bindgen]
impl StreamClassifier {
    /// Takes the next mono samples and answers the windows that they complete.
    #[wasm_bindgen(unchecked_return_type = "RawResult[]")]
    pub fn push(&mut self, chunk: &[f32]) -> Result<JsValue, JsValue> {
        to_js(&self.inner.push(chunk).map_err(to_js_error)?)
    }

    /// The same for one array a channel, all of one length; their mean is classified.
    #[wasm_bindgen(js_name = pushPlanar, unchecked_return_type = "RawResult[]")]
    pub fn push_planar(&mut self, channels: Vec<Float32Array>) -> Result<JsValue, JsValue> {
        let channels = copied(&channels);
        let windows = self.inner.push_chunk(Chunk::Planar(&slices(&channels)));
        to_js(&windows.map_err(to_js_error)?)
    }

    /// The same for the next bytes of a WAV file, cut anywhere. Where a file is damaged, the windows
    /// before the damage are returned, and the next call throws. A damaged file stays damaged.
    #[wasm_bindgen(js_name = pushWav, unchecked_return_type = "RawResult[]")]
    pub fn push_wav(&mut self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        to_js(&self.inner.push_wav(bytes).map_err(to_js_error)?)
    }

    /// The largest magnitude in the last chunk, after the down-mix: 0 is silence, 1 full scale.
    #[wasm_bindgen(getter)]
    pub fn peak(&self) -> f32 {
        self.inner.peak()
    }

    /// Ends this input: answers for its last window and for the whole, and starts anew.
    #[wasm_bindgen(unchecked_return_type = "RawStreamEnd")]
    pub fn flush(&mut self) -> Result<JsValue, JsValue> {
        to_js(&self.inner.flush().map_err(to_js_error)?)
    }

    /// Forgets this input, as after a gap or a change of device.
    pub fn reset(&mut self) {
        self.inner.reset();
    }
}

/// The answer for several inputs of one speaker together, such as those between the pauses of a
/// session: a mean, weighted by their speech. `uncertainBelow` is that of the model.
#[wasm_bindgen(unchecked_return_type = "RawResult")]
pub fn combine(
    #[wasm_bindgen(unchecked_param_type = "RawResult[]")] results: JsValue,
    #[wasm_bindgen(js_name = uncertainBelow)] uncertain_below: f32,
) -> Result<JsValue, JsValue> {
    let parts: Vec<Prediction> = from_js(results)?;
    to_js(&Prediction::combine(&parts, uncertain_below).map_err(to_js_error)?)
}
