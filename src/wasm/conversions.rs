//! Values between Rust and JavaScript.

use js_sys::{Float32Array, Reflect};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::error::{Error, Result};

/// A JavaScript number as a rate. wasm-bindgen would wrap -1 and NaN to some `u32`.
pub(super) fn to_sample_rate(value: f64) -> Result<u32, JsValue> {
    if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
        return Ok(value as u32);
    }
    Err(to_js_error(Error::InvalidAudio {
        expected: "a sample rate of 8000 to 192000 Hz, a whole number".into(),
        actual: format!("{value}"),
    }))
}

/// The samples of each channel, copied.
pub(super) fn copied(channels: &[Float32Array]) -> Vec<Vec<f32>> {
    channels.iter().map(Float32Array::to_vec).collect()
}

/// One slice a channel.
pub(super) fn slices(channels: &[Vec<f32>]) -> Vec<&[f32]> {
    channels.iter().map(Vec::as_slice).collect()
}

/// Rust to JavaScript: maps as plain objects, `None` as `null`.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(true);
    value.serialize(&serializer).map_err(|error| {
        to_js_error(Error::Internal {
            message: error.to_string(),
        })
    })
}

/// JavaScript to Rust. A number that the field's type cannot hold is an error.
pub(super) fn from_js<T: for<'de> Deserialize<'de>>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        to_js_error(Error::InvalidConfig {
            expected: "an object with every field of the type".into(),
            actual: error.to_string(),
        })
    })
}

/// An error of the crate as a JavaScript `Error` with its code.
pub(super) fn to_js_error(error: Error) -> JsValue {
    let js_error = js_sys::Error::new(&error.to_string());
    // Setting a property on an object made just now cannot fail.
    let _ = Reflect::set(&js_error, &"code".into(), &error.code().into());
    js_error.into()
}
