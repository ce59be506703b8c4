//! The crate as JavaScript sees it, through wasm-bindgen: the only room that knows JavaScript.
//!
//! It converts arguments, results and errors, and decides nothing. The npm package's TypeScript
//! wraps these classes; they are also exported as `emotionai-voice/wasm`.
//!
//! Every [`Error`](crate::Error) is thrown as a JavaScript `Error` whose `code` is
//! [`Error::code`](crate::Error::code).

mod classifier;
mod conversions;
mod decoder;
mod explainer;
mod log_mel;
mod mel;
mod shapes;
mod stream;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// Sends panic messages to the console. wasm-bindgen calls it when the module is instantiated.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// Replaces this instance by a fresh one at the next call: a trap leaves the old one's memory in
/// an unknown state. Every object of the old instance is lost. For use after a
/// `WebAssembly.RuntimeError`; the next call must be one without arguments, such as [`version`],
/// since arguments would still be copied into the old instance.
#[wasm_bindgen(js_name = scheduleRestart)]
pub fn schedule_restart() {
    wasm_bindgen::handler::schedule_reinit();
}

/// The version of the package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
