//! `MelStream`: chunks in, log-mel frames out.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::conversions::{copied, slices, to_js_error};
use crate::training::MelReader;
use crate::{Chunk, MelSpectrogram};

/// Computes the log-mel frames that a model sees, in dB, of samples or of the bytes of WAV files, as
/// it was opened for. Frames come one after the other in one array.
#[wasm_bindgen]
pub struct MelStream {
    reader: MelReader,
    peak_db: f32,
}

impl MelStream {
    pub(super) fn new(reader: MelReader) -> MelStream {
        MelStream {
            reader,
            peak_db: f32::NEG_INFINITY,
        }
    }

    fn give(&mut self, frames: &MelSpectrogram) -> Float32Array {
        let values = frames.as_slice();
        self.peak_db = values.iter().copied().fold(self.peak_db, f32::max);
        Float32Array::from(values)
    }
}

#[wasm_bindgen]
impl MelStream {
    /// Takes the next mono samples; returns the frames that they complete.
    #[wasm_bindgen(unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn push(&mut self, chunk: &[f32]) -> Result<Float32Array, JsValue> {
        let frames = self.reader.push_chunk(Chunk::Mono(chunk));
        Ok(self.give(&frames.map_err(to_js_error)?))
    }

    /// The same for one array a channel, all of one length, of which the mean is taken.
    #[wasm_bindgen(js_name = pushPlanar, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn push_planar(&mut self, channels: Vec<Float32Array>) -> Result<Float32Array, JsValue> {
        let channels = copied(&channels);
        let frames = self.reader.push_chunk(Chunk::Planar(&slices(&channels)));
        Ok(self.give(&frames.map_err(to_js_error)?))
    }

    /// The same for the next bytes of a WAV file, cut anywhere. Where a file is damaged, the frames
    /// before the damage are returned, and the next call throws. A damaged file stays damaged.
    #[wasm_bindgen(js_name = pushWav, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn push_wav(&mut self, bytes: &[u8]) -> Result<Float32Array, JsValue> {
        let frames = self.reader.push_chunk(Chunk::Wav(bytes));
        Ok(self.give(&frames.map_err(to_js_error)?))
    }

    /// Ends this input, returns its last frames and starts anew.
    #[wasm_bindgen(unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn flush(&mut self) -> Result<Float32Array, JsValue> {
        let frames = self.reader.flush().map_err(to_js_error)?;
        Ok(self.give(&frames))
    }

    /// The loudest value of all frames so far, in dB.
    #[wasm_bindgen(getter, js_name = peakDb)]
    pub fn peak_db(&self) -> f32 {
        self.peak_db
    }
}
