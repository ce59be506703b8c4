//! `Explainer`: chunks in, a saliency map out.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::conversions::{copied, slices, to_js_error};
use super::shapes::saliency_to_js;
use crate::Chunk;

/// Explains the answer for samples or for the bytes of a WAV file, as it was opened for: chunks of
/// any size in, one map out.
#[wasm_bindgen]
pub struct Explainer {
    inner: crate::Explainer,
}

impl Explainer {
    pub(super) fn new(inner: crate::Explainer) -> Explainer {
        Explainer { inner }
    }
}

#[wasm_bindgen]
impl Explainer {
    /// Takes the next mono samples.
    pub fn push(&mut self, chunk: &[f32]) -> Result<(), JsValue> {
        self.inner.push(chunk).map_err(to_js_error)
    }

    /// The same for one array a channel, all of one length; the answer for their mean is explained.
    #[wasm_bindgen(js_name = pushPlanar)]
    pub fn push_planar(&mut self, channels: Vec<Float32Array>) -> Result<(), JsValue> {
        let channels = copied(&channels);
        let outcome = self.inner.push_chunk(Chunk::Planar(&slices(&channels)));
        outcome.map_err(to_js_error)
    }

    /// The same for the next bytes of a WAV file, cut anywhere. A damaged file stays damaged.
    #[wasm_bindgen(js_name = pushWav)]
    pub fn push_wav(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        self.inner.push_wav(bytes).map_err(to_js_error)
    }

    /// Ends this input, explains which places speak for a label (the likeliest label of the whole
    /// input where left out), and starts anew.
    #[wasm_bindgen(unchecked_return_type = "RawSaliency")]
    pub fn explain(&mut self, label: Option<String>) -> Result<JsValue, JsValue> {
        let saliency = self.inner.explain(label.as_deref());
        saliency_to_js(&saliency.map_err(to_js_error)?)
    }
}
