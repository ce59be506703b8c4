//! Objects in the shape that JavaScript is given, where the crate's own type has another.

use js_sys::{Float32Array, Reflect};
use serde::Serialize;
use wasm_bindgen::JsValue;

use super::conversions::to_js;
use crate::{Classifier, Saliency};

/// The axes of every mel stream of a model: `RawMelAxes`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MelAxes {
    bands: usize,
    bands_hz: Vec<f64>,
    frame_ms: f64,
    range_db: f32,
}

impl MelAxes {
    pub(super) fn of(classifier: &Classifier) -> MelAxes {
        let header = classifier.model();
        MelAxes {
            bands: header.features.n_mels,
            bands_hz: header.features.band_centres_hz(),
            frame_ms: header.frames_to_ms(1),
            range_db: header.normalization.range_db,
        }
    }
}

/// A saliency map without its values: `RawSaliency`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SaliencyAxes<'a> {
    label: &'a str,
    probability: f32,
    bands: usize,
    bands_hz: &'a [f64],
    frames: usize,
    frame_ms: f64,
    start_ms: f64,
    end_ms: f64,
}

/// The map with its values as a typed array.
pub(super) fn saliency_to_js(saliency: &Saliency) -> Result<JsValue, JsValue> {
    let object = to_js(&SaliencyAxes {
        label: &saliency.label,
        probability: saliency.probability,
        bands: saliency.n_mels,
        bands_hz: &saliency.bands_hz,
        frames: saliency.n_frames,
        frame_ms: saliency.frame_ms,
        start_ms: saliency.start_ms,
        end_ms: saliency.end_ms,
    })?;
    let data = Float32Array::from(saliency.data.as_slice());
    Reflect::set(&object, &"data".into(), &data)?;
    Ok(object)
}
