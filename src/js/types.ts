// The public types: what goes in, what comes out.

import type { EmotionError } from "./errors.js";

/** The labels of the model that comes with the package. A model of your own may have others. */
export type Emotion = "neutral" | "calm" | "happy" | "sad" | "angry" | "fearful" | "disgust" | "surprised";

/** The answer for a window of audio, or for a whole recording. */
export interface EmotionResult<L extends string = Emotion> {
  /** Whether there was speech, and an answer: `"uncertain"` is speech in which no emotion leads. */
  state: "speech" | "no-speech" | "uncertain";
  /** The likeliest label; `null` unless `state` is `"speech"`. Silence is never "neutral". */
  label: L | null;
  /** Calibrated probability of the likeliest label, 0 to 1; `null` without speech. */
  confidence: number | null;
  /** Calibrated probability of each label; they sum to 1. `null` without speech. */
  probabilities: Record<L, number> | null;
  /** Whether less than a whole window had been heard: a first impression. */
  provisional: boolean;
  /** Where the answered stretch begins in the input, in milliseconds. */
  startMs: number;
  /** Where it ends, in milliseconds. */
  endMs: number;
  /**
   * From handing the audio over to having the answer, in milliseconds. For `classify`, and for what `analyze`
   * returns, that is the whole recording (decoded and fetched before the clock starts; the time that the reader of
   * `analyze` takes is in it); for a window of `analyze` or `listen` it is the chunk that completed it, and for what
   * `stop` answers it is the end of the input.
   */
  latencyMs: number;
  /** The `id` of the model that answered. */
  modelId: string;
}

/**
 * Audio in any of the shapes that it comes in.
 *
 * - `Float32Array`: mono samples in [-1, 1]; `sampleRate` must be given beside it.
 * - `AudioBuffer`: any rate and number of channels. Channels become one by their mean.
 * - `ArrayBuffer`, `Uint8Array`, `Blob`, `File`: the bytes of a file. WAV works everywhere and is
 *   streamed; other formats are decoded by the browser, where there is one.
 * - `URL`, `string`: the address of such a file.
 */
export type AudioInput = Float32Array | AudioBuffer | ArrayBuffer | Uint8Array | Blob | File | URL | string;

/** What a model says of itself. */
export interface ModelInfo<L extends string = Emotion> {
  /** Name of the weights, unique to them. */
  readonly id: string;
  /** One label a probability, in the model's order. */
  readonly labels: readonly L[];
  /** Rate that audio is resampled to, in Hz. Yours may have any other. */
  readonly sampleRate: number;
  /** SPDX expression of the weights' licence. It is not that of the code. */
  readonly licence: string;
  /** Name of the network. */
  readonly architecture: string;
  /** Figures that the trainer measured, by name; empty where nothing was held out. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Length of a window, in milliseconds. */
  readonly windowMs: number;
  /** Time from one window to the next where `hopMs` is not given, in milliseconds. */
  readonly hopMs: number;
  /** What the `space` of a `VoiceProfile` must be to fit; `null` for a model that was not calibrated for profiles. */
  readonly voiceSpace: string | null;
}

/**
 * What a model makes of one voice's neutral speech, from a few seconds of it. `calibrate` makes it.
 *
 * It is a plain object of a few numbers, to be kept as JSON if the visitor wishes. It holds no audio, and none can be
 * made from it; but it says how a voice sounds to the model, so treat it as personal data.
 */
export interface VoiceProfile {
  /** Names the weights that it was made with. It fits every model whose `voiceSpace` is the same. */
  readonly space: string;
  /** Speech that it was made from, in milliseconds. */
  readonly speechMs: number;
  /** The network's mean logits, one a label. */
  readonly logits: readonly number[];
}

/** Where the WebAssembly code comes from: an address, an answer to a fetch, bytes, or a compiled module. */
export type WasmInput = URL | string | Response | ArrayBuffer | Uint8Array | WebAssembly.Module;

/** Where a model file (`.emo`) comes from: an address, an answer to a fetch, or bytes. */
export type ModelInput = URL | string | Response | ArrayBuffer | Uint8Array | Blob;

/** How far a file has come. */
export interface LoadProgress {
  /** Which of the two files. */
  file: "wasm" | "model";
  /** Bytes so far, after decompression. */
  loaded: number;
  /** Bytes in all; `null` where the server did not say, or said it of the compressed file. */
  total: number | null;
}

/** Options of `EmotionRecognizer.load`. */
export interface LoadOptions {
  /** The WebAssembly code; by default the file that lies beside the package's modules. */
  wasm?: WasmInput | undefined;
  /** The model; by default the file that lies beside the package's modules. */
  model?: ModelInput | undefined;
  /**
   * `true` runs inference in a Worker of its own, `false` on the calling thread, in slices.
   * By default `true` wherever there are Workers, which leaves out Node.
   */
  worker?: boolean | undefined;
  /** Called as the files come in. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the loading. */
  signal?: AbortSignal | undefined;
}

/** Options of `setModel`. */
export interface SetModelOptions {
  /** Called as the file comes in. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the loading; the model stays as it was. */
  signal?: AbortSignal | undefined;
}

/** Options of `classify`. */
export interface ClassifyOptions {
  /** Rate of a `Float32Array`, in Hz, 8000 to 192000. Every other input brings its own. */
  sampleRate?: number | undefined;
  /** Ends the call. */
  signal?: AbortSignal | undefined;
}

/** Options of `calibrate`. */
export interface CalibrateOptions {
  /** Rate of every `Float32Array`, in Hz, 8000 to 192000. Every other input brings its own. */
  sampleRate?: number | undefined;
  /** Ends the call. */
  signal?: AbortSignal | undefined;
}

/** Options of `analyze`. */
export interface AnalyzeOptions extends ClassifyOptions {
  /** Time from one window to the next, in milliseconds, above 0 and up to 600000; by default the model's own. */
  hopMs?: number | undefined;
}

/** Options of `listen`. */
export interface ListenOptions {
  /** A stream to listen to in place of a microphone, such as a call's. It is never stopped. */
  stream?: MediaStream | undefined;
  /** The microphone to open, as `enumerateDevices` names it. */
  deviceId?: string | undefined;
  /**
   * Further wishes for the microphone. Echo cancellation, noise suppression and gain control are off unless
   * they are turned on here: they shift levels by as much as 20 dB.
   */
  constraints?: MediaTrackConstraints | undefined;
  /** Time from one window to the next, in milliseconds, above 0 and up to 600000; by default the model's own. */
  hopMs?: number | undefined;
  /** Aborted before listening has begun, rejects; after that, stops the session. */
  signal?: AbortSignal | undefined;
}

/** What a `ListenSession` is doing. */
export type ListenState =
  /** Audio comes in. */
  | "running"
  /** The page called `pause`. */
  | "paused"
  /** The system, the browser or the device holds the audio back; it goes on by itself. */
  | "interrupted"
  /** For good. */
  | "stopped";

/** Why a `ListenSession` changed its state, or began a new input. */
export type ListenReason =
  /** The page called `listen`, `pause`, `resume` or `stop`, aborted the signal, or disposed the recognizer. */
  | "requested"
  /** The audio context was suspended: autoplay rules before a first click, a phone call, a locked screen. */
  | "context"
  /** The device sent nothing: muted by its switch, or taken by another program. */
  | "muted"
  /** The microphone changed or was replaced. */
  | "device-change"
  /** Inference fell behind and audio was dropped. */
  | "overload"
  /** The engine failed and began anew. */
  | "restarted"
  /** The stream has ended. */
  | "ended"
  /** An `"error"` event says more. */
  | "failed";

/** What a `"state"` event tells. */
export interface ListenStateChange {
  state: ListenState;
  reason: ListenReason;
}

/** The events of a `ListenSession`. */
export interface ListenEventMap<L extends string = Emotion> {
  /** A window was answered. */
  result: CustomEvent<EmotionResult<L>>;
  /** The largest magnitude of the last chunk, 0 (silence) to 1 (full scale), about 20 times a second. */
  level: CustomEvent<number>;
  /**
   * The state changed; or, with the state as it was, what is heard from here on is a new input to the
   * model, since something is missing before it.
   */
  state: CustomEvent<ListenStateChange>;
  /** Something failed. The session goes on unless a state of `"stopped"` follows. */
  error: CustomEvent<EmotionError>;
}
