// The features that the package requires of a browser, checked before anything is fetched.

import { EmotionError } from "../errors.js";

/** A module of one function, `i8x16.popcnt(i8x16.splat(0))`, which is valid only where SIMD is supported. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Throws where the engine cannot run. */
export function assertSupported(): void {
  if (typeof WebAssembly === "undefined") {
    throw new EmotionError("UNSUPPORTED", "expected WebAssembly, which this browser lacks or the page's content security policy forbids ('wasm-unsafe-eval')");
  }
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw new EmotionError("UNSUPPORTED", "expected WebAssembly SIMD, which every browser has had since 2023, and this one lacks");
  }
}
