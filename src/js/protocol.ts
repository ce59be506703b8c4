// What the page and the engine say to each other, whether there is a Worker between them or not.

import type { WireError } from "./errors.js";
import type { VoiceProfile } from "./types.js";
import type {
  RawMelAxes,
  RawModelInfo,
  RawResult,
  RawSaliency,
  RawStreamEnd,
  RawVoice,
  RawVoiceProfile,
} from "./wasm/emotionai_voice.js";

export type { RawMelAxes, RawModelInfo, RawResult, RawSaliency, RawStreamEnd, RawVoice, RawVoiceProfile };

/** What a stream is fed: samples, whose rate is known, or the bytes of a WAV file. */
export type StreamFormat = { kind: "pcm"; sampleRate: number } | { kind: "wav" };

/** A piece of that: one array a channel, or bytes. */
export type AudioChunk = Float32Array<ArrayBuffer>[] | Uint8Array<ArrayBuffer>;

/** What is made of a stream: answers, a picture, or the reasons for the answer. */
export type StreamTask = "classify" | "mel" | "explain";

/** How a stream is heard, for as long as it is open. */
export interface Hearing {
  /** `"classify"` where left out. */
  task?: StreamTask | undefined;
  /** Time from one window to the next; the model's own where left out. */
  hopMs?: number | undefined;
  /** How long the past counts in each answer; not at all where left out. For samples alone. */
  smoothingMs?: number | undefined;
  /** Whose voice it is; dropped where it does not fit the model, which may have changed since it was set. */
  profile?: VoiceProfile | null | undefined;
}

/** What the engine is asked. Streams are numbered by the page, so that it need not wait to push. */
export type EngineRequest =
  | { type: "set-model"; model: Uint8Array<ArrayBuffer> }
  | ({ type: "open"; stream: number; format: StreamFormat } & Hearing)
  | { type: "push"; stream: number; chunk: AudioChunk }
  /** Ends an input: the answers that are left, the frames that are left, the reasons. */
  | { type: "flush"; stream: number }
  | { type: "flush-mel"; stream: number }
  | { type: "explain"; stream: number; label: string | undefined }
  | { type: "close"; stream: number }
  /** The profile of a voice, from what streams of its neutral speech ended with. */
  | { type: "enroll"; voices: RawVoice[] };

/** What it answers. */
export interface EngineReplies {
  "set-model": RawModelInfo;
  /** The model that the stream keeps, whichever is set later. */
  open: RawModelInfo;
  push: PushReply;
  flush: RawStreamEnd;
  "flush-mel": MelEnd;
  explain: RawSaliency;
  close: undefined;
  enroll: RawVoiceProfile;
}

/** The windows that a chunk completed. */
export interface PushReply {
  results: RawResult[];
  /** The largest magnitude of the chunk, 0 to 1 (full scale); 0 for the bytes of a WAV. */
  peak: number;
  /** The log-mel frames that a chunk completed, where they are asked for. */
  mel?: MelFrames;
}

/** Frame after frame, in dB. */
export type MelFrames = Float32Array<ArrayBuffer> | undefined;

/** The last frames, and what all of them are. */
export interface MelEnd extends RawMelAxes {
  mel: MelFrames[];
  /** The loudest value of the whole input, in dB. */
  peakDb: number;
}

/** The reply to a request of type `T`. */
export type ReplyTo<T extends EngineRequest["type"]> = EngineReplies[T];

/** The first message to a Worker: all that it needs, so that it asks the network for nothing. */
export interface StartMessage {
  id: number;
  start: { module: WebAssembly.Module; model: Uint8Array<ArrayBuffer> };
}

/** Every other message to a Worker. */
export interface RequestMessage {
  id: number;
  request: EngineRequest;
}

/** What comes back, in the order in which it was asked. */
export type ReplyMessage =
  | { id: number; ok: true; value: EngineReplies[keyof EngineReplies] }
  | { id: number; ok: false; error: WireError };

/** The buffers that go over with a request, rather than being copied. */
export function transferables(request: EngineRequest): Transferable[] {
  if (request.type !== "push") return [];
  const { chunk } = request;
  return chunk instanceof Uint8Array ? [chunk.buffer] : chunk.map((channel) => channel.buffer);
}
