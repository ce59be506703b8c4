// Audio in any of its shapes, as what an engine takes: a format, and chunks in that format.

import { abortable } from "./abort.js";
import { concat, describe, isA } from "./bytes.js";
import { decode } from "./decode.js";
import { durationOf } from "./duration.js";
import { EmotionError, messageOf } from "./errors.js";
import { readAddress } from "./fetch.js";
import type { AudioChunk, StreamFormat } from "./protocol.js";
import type { AudioInput, ClassifyOptions } from "./types.js";

/** An input that is ready to be heard, once. Every chunk is a copy, to be transferred. */
export interface AudioSource {
  format: StreamFormat;
  /** To be returned by whoever does not read them to their end, begun or not: a download goes on until then. */
  chunks: AsyncIterableIterator<AudioChunk>;
}

/** Samples of a channel that go over at once: a fraction of a second, so that a call can end soon. */
const CHUNK_FRAMES = 32_768;

/** Bytes of a file that are read at once. */
const CHUNK_BYTES = 262_144;

/** Bytes that tell a WAV from everything else. */
const MAGIC_BYTES = 4;

/** The longest that the browser is asked to decode, in minutes: in stereo that takes 0.7 GB, and browsers give up at three. */
const MAX_DECODED_MINUTES = 30;

/** The largest file that it is given, in bytes. */
const MAX_COMPRESSED_BYTES = 128 * 2 ** 20;

/** The largest one of which nothing says how long it is: half an hour at 75 kbit/s. */
const MAX_UNKNOWN_BYTES = 16 * 2 ** 20;

/** WAV, its big-endian sister, and the two for files above 4 GB: for Rust to take or to refuse in words. */
const WAV_MAGIC = ["RIFF", "RIFX", "RF64", "BW64"];

/** Makes what the caller has ready to be heard. */
export async function openAudio(input: AudioInput, { sampleRate, signal }: ClassifyOptions): Promise<AudioSource> {
  if (isA(input, "Float32Array")) {
    if (sampleRate !== undefined) return fromChannels([input], sampleRate);
    throw new EmotionError(
      "MISSING_SAMPLE_RATE",
      "a Float32Array does not say how fast it is to be played: give { sampleRate }, such as that of the AudioContext it came from",
    );
  }
  if (isAudioBuffer(input)) return fromAudioBuffer(input);
  return fromFile(fileChunks(input, signal), signal);
}

/** By its shape: Node has libraries with an `AudioBuffer` of their own. */
function isAudioBuffer(input: object | string): input is AudioBuffer {
  return typeof input === "object" && input !== null && "getChannelData" in input && "numberOfChannels" in input;
}

function fromAudioBuffer(buffer: AudioBuffer): AudioSource {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
  return fromChannels(channels, buffer.sampleRate);
}

function fromChannels(channels: readonly Float32Array[], sampleRate: number): AudioSource {
  async function* chunks() {
    const length = channels[0]?.length ?? 0;
    for (let start = 0; start < length; start += CHUNK_FRAMES) {
      yield channels.map((channel) => new Float32Array(channel.subarray(start, start + CHUNK_FRAMES)));
    }
  }
  return { format: { kind: "pcm", sampleRate }, chunks: chunks() };
}

/** The bytes of a file: as they are where they are a WAV's, through the browser's decoder otherwise. */
async function fromFile(chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>, signal: AbortSignal | undefined): Promise<AudioSource> {
  const { head, done } = await readHead(chunks);
  if (head.byteLength === 0) throw new EmotionError("INVALID_AUDIO", "expected audio, got an empty file, or a buffer that was transferred");
  const magic = String.fromCharCode(...head.subarray(0, MAGIC_BYTES));
  if (WAV_MAGIC.includes(magic)) {
    return { format: { kind: "wav" }, chunks: rejoin(head, chunks) };
  }
  const bytes = await readWhole(head, done ? [] : chunks);
  const minutes = (durationOf(bytes) ?? NaN) / 60_000;
  if (minutes > MAX_DECODED_MINUTES) throw tooLong(`${Math.round(minutes)} minutes`);
  if (Number.isNaN(minutes) && bytes.byteLength > MAX_UNKNOWN_BYTES) {
    throw tooLong(`${Math.round(bytes.byteLength / 2 ** 20)} MB that do not say how long they are, of which ${MAX_UNKNOWN_BYTES / 2 ** 20} MB are the most`);
  }
  return fromAudioBuffer(await abortable(decode(bytes.buffer), signal));
}

async function readWhole(head: Uint8Array<ArrayBuffer>, rest: AsyncIterable<Uint8Array> | Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [head];
  let length = head.byteLength;
  for await (const part of rest) {
    parts.push(part);
    length += part.byteLength;
    // At once, so that no more of it is fetched.
    if (length > MAX_COMPRESSED_BYTES) throw tooLong("more");
  }
  return concat(parts, length);
}

function tooLong(found: string): EmotionError {
  const limit = `${MAX_DECODED_MINUTES} minutes and ${MAX_COMPRESSED_BYTES / 2 ** 20} MB`;
  return new EmotionError(
    "TOO_LONG",
    `expected up to ${limit} of compressed audio, which the browser decodes whole, got ${found}: convert it to WAV, which may be of any length, or cut it into parts`,
  );
}

async function readHead(chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>) {
  let head = new Uint8Array(0);
  let done = false;
  while (head.byteLength < MAGIC_BYTES && !done) {
    const next = await chunks.next();
    done = next.done === true;
    if (!next.done) head = concat([head, next.value], head.byteLength + next.value.byteLength);
  }
  return { head, done };
}

/** Not a generator: one that was left at its first chunk, or never begun, would leave the rest open. */
function rejoin(head: Uint8Array<ArrayBuffer>, rest: AsyncGenerator<Uint8Array<ArrayBuffer>>): AudioSource["chunks"] {
  let isFirst = true;
  return {
    next() {
      if (!isFirst) return rest.next();
      isFirst = false;
      return Promise.resolve({ value: head, done: false });
    },
    return: () => rest.return(undefined),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Lets go of a source that may not have been read to its end. */
export function closeAudio({ chunks }: AudioSource): void {
  chunks.return?.().catch(() => {});
}

async function* fileChunks(
  input: Exclude<AudioInput, Float32Array | AudioBuffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (isA(input, "ArrayBuffer", "Uint8Array")) {
    // Of a buffer that was transferred there can be no view.
    if (input.byteLength === 0) return;
    const bytes = isA(input, "Uint8Array") ? input : new Uint8Array(input);
    for (let start = 0; start < bytes.byteLength; start += CHUNK_BYTES) {
      // Not `slice`, which of a Node `Buffer` makes no copy.
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
  // Such as a file that was changed or removed after it was chosen.
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
      // A copy: what a reader gives may share its buffer with what is still to come.
      yield new Uint8Array(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
