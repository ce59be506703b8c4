// A recording in any of its shapes, as the engine takes it: a format, and chunks in that format.

import { abortable } from "../abort.js";
import type { AudioChunk, StreamFormat } from "../engine/protocol.js";
import { EmotionError } from "../errors.js";
import type { AudioInput, ClassifyOptions } from "../types.js";
import { concat, isA } from "../values.js";
import { decode } from "./decode.js";
import { durationOf } from "./duration.js";
import { fileChunks } from "./file-chunks.js";

/** A recording that can be read once. Every chunk is a copy, which may be transferred. */
export interface AudioSource {
  format: StreamFormat;
  /** A reader that stops early, even before the first chunk, must call `return`, or a download goes on. */
  chunks: AsyncIterableIterator<AudioChunk>;
}

/** Samples of a channel in a chunk: a fraction of a second, so that a call can end soon. */
const CHUNK_FRAMES = 32_768;

/** Bytes that identify a WAV. */
const MAGIC_BYTES = 4;

/** The longest compressed recording, in minutes: decoded in stereo it takes 0.7 GB, and browsers give up at 3 GB. */
const MAX_DECODED_MINUTES = 30;

/** The largest compressed file, in bytes. */
const MAX_COMPRESSED_BYTES = 128 * 2 ** 20;

/** The largest compressed file of unknown length, in bytes: half an hour at 75 kbit/s. */
const MAX_UNKNOWN_BYTES = 16 * 2 ** 20;

/** WAV, its big-endian variant, and the two for files above 4 GB: Rust reads them, or says why not. */
const WAV_MAGIC = ["RIFF", "RIFX", "RF64", "BW64"];

/** Opens a recording. */
export async function openAudio(input: AudioInput, { sampleRate, signal }: ClassifyOptions): Promise<AudioSource> {
  if (isA(input, "Float32Array")) {
    if (sampleRate !== undefined) return fromChannels([input], sampleRate);
    throw new EmotionError(
      "MISSING_SAMPLE_RATE",
      "a Float32Array holds no sample rate: give { sampleRate }, for instance that of the AudioContext that it came from",
    );
  }
  if (isAudioBuffer(input)) return fromAudioBuffer(input);
  return fromFile(fileChunks(input, signal), signal);
}

/** Checks the shape, since libraries for Node bring an `AudioBuffer` of their own. */
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

/** Passes the bytes of a WAV on as they are; the browser decodes all other files. */
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
    // Before the next part, so that no more is fetched.
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

/** Not a generator: `return` before its first chunk would leave the rest open. */
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

/** Ends a source that may not have been read to its end. */
export function closeAudio({ chunks }: AudioSource): void {
  chunks.return?.().catch(() => {});
}
