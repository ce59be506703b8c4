// The messages between the page and the engine, whether a Worker lies between them or not.

import type { WireError } from "../errors.js";
import type { SpeakerProfile } from "../types.js";
import type { RawEnrollmentSample, RawMelAxes, RawModelInfo, RawResult, RawSaliency, RawSpeakerProfile, RawStreamEnd } from "./bindings.js";

export type { RawEnrollmentSample, RawMelAxes, RawModelInfo, RawResult, RawSaliency, RawSpeakerProfile, RawStreamEnd };

/** What a stream takes: samples of a known rate, or the bytes of a WAV file. */
export type StreamFormat = { kind: "pcm"; sampleRate: number } | { kind: "wav" };

/** A piece of an input: one array a channel, or bytes. */
export type AudioChunk = Float32Array<ArrayBuffer>[] | Uint8Array<ArrayBuffer>;

/** What a stream computes: answers, log-mel frames, or the saliency of an answer. */
export type StreamTask = "classify" | "mel" | "explain";

/** Options of a stream, for as long as it is open. */
export interface StreamOptions {
  /** `"classify"` by default. */
  task?: StreamTask | undefined;
  /** Time from one window to the next, in milliseconds; the model's own by default. */
  hopMs?: number | undefined;
  /** Time constant of the average over past answers, in milliseconds; no average by default. For samples alone. */
  smoothingMs?: number | undefined;
  /** The speaker's profile; ignored where it does not fit the model, which may have changed since the profile was set. */
  profile?: SpeakerProfile | null | undefined;
}

/** A request to the engine. The page numbers the streams, so that it can push without waiting for a reply. */
export type EngineRequest =
  | { type: "set-model"; model: Uint8Array<ArrayBuffer> }
  | ({ type: "open"; stream: number; format: StreamFormat } & StreamOptions)
  | { type: "push"; stream: number; chunk: AudioChunk }
  /** The next three end an input, each for another task. */
  | { type: "flush"; stream: number }
  | { type: "flush-mel"; stream: number }
  | { type: "explain"; stream: number; label: string | undefined }
  | { type: "close"; stream: number }
  /** Makes a speaker profile of one speaker's neutral speech. */
  | { type: "enroll"; samples: RawEnrollmentSample[] }
  /** Combines the answers for several inputs as the windows of one input are combined. */
  | { type: "combine"; results: RawResult[]; uncertainBelow: number };

/** The reply to each type of request. */
export interface EngineReplies {
  "set-model": RawModelInfo;
  /** The model that answers in this stream, also after another was set. */
  open: RawModelInfo;
  push: PushReply;
  flush: RawStreamEnd;
  "flush-mel": MelEnd;
  explain: RawSaliency;
  close: undefined;
  enroll: RawSpeakerProfile;
  combine: RawResult;
}

/** What a chunk completed. */
export interface PushReply {
  results: RawResult[];
  /** The largest magnitude of the chunk, 0 to 1 (full scale), for the task `"classify"`. */
  peak: number;
  /** Log-mel frames in dB, one after the other, for the task `"mel"`. */
  mel?: Float32Array<ArrayBuffer>;
}

/** The last frames of an input, and the axes of all of them. */
export interface MelEnd extends RawMelAxes {
  mel: Float32Array<ArrayBuffer>;
  /** The loudest value of the whole input, in dB. */
  peakDb: number;
}

/** The reply to a request of type `T`. */
export type ReplyTo<T extends EngineRequest["type"]> = EngineReplies[T];

/** The first message to a Worker. It carries code and model, so that the Worker makes no request. */
export interface StartMessage {
  id: number;
  start: { module: WebAssembly.Module; model: Uint8Array<ArrayBuffer> };
}

/** Every other message to a Worker. */
export interface RequestMessage {
  id: number;
  request: EngineRequest;
}

/** A reply of a Worker. Replies come in the order of the requests. */
export type ReplyMessage =
  | { id: number; ok: true; value: EngineReplies[keyof EngineReplies] }
  | { id: number; ok: false; error: WireError };

/** The buffers that are transferred with a request instead of copied. */
export function transferables(request: EngineRequest): Transferable[] {
  if (request.type !== "push") return [];
  const { chunk } = request;
  return chunk instanceof Uint8Array ? [chunk.buffer] : chunk.map((channel) => channel.buffer);
}
