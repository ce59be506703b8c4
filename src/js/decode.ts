// Formats other than WAV: the browser knows how to read them.

import { EmotionError, messageOf } from "./errors.js";

/** The rate that the browser decodes to, in Hz. Rust resamples from there, as from any other. */
const DECODED_RATE = 48_000;

/** Decodes a whole file. Its buffer is lost to the caller. */
export async function decode(bytes: ArrayBuffer): Promise<AudioBuffer> {
  if (typeof OfflineAudioContext === "undefined") {
    throw new EmotionError(
      "UNSUPPORTED_FORMAT",
      `expected a WAV file, the one format that is read where there is no browser's decoder, got ${bytes.byteLength} bytes of something else: convert it, or decode it and give its samples`,
    );
  }
  // An OfflineAudioContext needs no permission and no click, and opens no device.
  const context = new OfflineAudioContext(1, 1, DECODED_RATE);
  try {
    return await context.decodeAudioData(bytes);
  } catch (cause) {
    throw new EmotionError(
      "UNSUPPORTED_FORMAT",
      `expected a WAV file or another format that this browser decodes, got bytes that it does not: ${messageOf(cause)}`,
      { cause },
    );
  }
}
