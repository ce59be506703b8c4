// The bytes of a file, piece by piece, from memory, a Blob or an address.

import { abortable } from "../abort.js";
import { EmotionError, messageOf } from "../errors.js";
import { readAddress } from "../load/fetch.js";
import type { AudioInput } from "../types.js";
import { describe, isA } from "../values.js";

/** Bytes in a chunk. */
const CHUNK_BYTES = 262_144;

/** Yields copies. A generator that is left early cancels its download. */
export async function* fileChunks(
  input: Exclude<AudioInput, Float32Array | AudioBuffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (isA(input, "ArrayBuffer", "Uint8Array")) {
    // A transferred buffer allows no view.
    if (input.byteLength === 0) return;
    const bytes = isA(input, "Uint8Array") ? input : new Uint8Array(input);
    for (let start = 0; start < bytes.byteLength; start += CHUNK_BYTES) {
      // Not `slice`, which makes no copy of a Node `Buffer`.
      yield new Uint8Array(bytes.subarray(start, start + CHUNK_BYTES));
    }
  } else if (isA(input, "Blob", "File")) {
    for (let start = 0; start < input.size; start += CHUNK_BYTES) yield readSlice(input, start, signal);
  } else if (typeof input === "string" || isA(input, "URL")) {
    yield* bodyChunks(await readAddress(input, signal), signal);
  } else {
    throw new EmotionError(
      "INVALID_AUDIO",
      `expected a Float32Array, an AudioBuffer, an ArrayBuffer or Uint8Array, a Blob or File, a URL or a string, got ${describe(input)}`,
    );
  }
}

async function readSlice(blob: Blob, start: number, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const slice = blob.slice(start, start + CHUNK_BYTES).arrayBuffer();
  // It fails for a file that was changed or removed after it was chosen.
  const readable = slice.catch((cause: unknown) => {
    throw new EmotionError("INVALID_AUDIO", `the file could not be read: ${messageOf(cause)}`, { cause });
  });
  return new Uint8Array(await abortable(readable, signal));
}

async function* bodyChunks(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const read = reader.read().catch((cause: unknown) => {
        throw new EmotionError("NETWORK", `${response.url} broke off while it was read: ${messageOf(cause)}`, { cause });
      });
      const { done, value } = await abortable(read, signal);
      if (done) return;
      // A copy: the chunks of a reader may share one buffer.
      yield new Uint8Array(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
