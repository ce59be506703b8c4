// Formats other than WAV, decoded by the browser.

import { EmotionError, messageOf } from "../errors.js";

/** The rate that the browser decodes to, in Hz. Rust resamples from any rate. */
const DECODED_RATE = 48_000;

/** Decodes a whole file. The buffer is detached from the caller. */
export async function decode(bytes: ArrayBuffer): Promise<AudioBuffer> {
  if (typeof OfflineAudioContext === "undefined") {
    throw new EmotionError(
      "UNSUPPORTED_FORMAT",
      `expected a WAV file, the only format that is read where there is no browser to decode others, got ${bytes.byteLength} bytes of another format: convert it, or decode it and give its samples`,
    );
  }
  // An OfflineAudioContext needs no permission and no click, and opens no device.
  const context = new OfflineAudioContext(1, 1, DECODED_RATE);
  try {
    return await context.decodeAudioData(bytes);
  } catch (cause) {
    throw new EmotionError(
      "UNSUPPORTED_FORMAT",
      `expected a WAV file or another format that this browser decodes, got bytes that it cannot decode: ${messageOf(cause)}`,
      { cause },
    );
  }
}
