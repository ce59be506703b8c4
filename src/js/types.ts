// The public types of inputs, options and results.

/**
 * The labels of the model that comes with the package. A model of your own may have others.
 *
 * @example
 * ```ts
 * const colours: Record<Emotion, string> = { neutral: "grey", calm: "teal", happy: "gold", sad: "navy", angry: "red", fearful: "purple", disgust: "olive", surprised: "orange" };
 * ```
 */
export type Emotion = "neutral" | "calm" | "happy" | "sad" | "angry" | "fearful" | "disgust" | "surprised";

/**
 * The answer for a window of audio, or for a whole recording.
 *
 * @example
 * ```js
 * const { state, label, confidence, startMs, endMs } = await recognizer.classify(file);
 * if (state === "speech") console.log(`${label}, ${Math.round(confidence * 100)}% sure, from ${startMs} to ${endMs} ms`);
 * ```
 */
export interface EmotionResult<L extends string = Emotion> {
  /** Whether there was speech, and an answer: `"uncertain"` is speech in which no emotion is likely enough. */
  state: "speech" | "no-speech" | "uncertain";
  /** The likeliest label; `null` unless `state` is `"speech"`. Silence is never "neutral". */
  label: L | null;
  /** Calibrated probability of the likeliest label, 0 to 1; `null` without speech. */
  confidence: number | null;
  /** Calibrated probability of each label; they sum to 1. `null` without speech. */
  probabilities: Record<L, number> | null;
  /** Whether the answer is a first one, from less than a whole window. */
  provisional: boolean;
  /** Start of the window or recording in the input, in milliseconds. */
  startMs: number;
  /** Its end in the input, in milliseconds. */
  endMs: number;
  /**
   * Time from pushing audio to having the answer, in milliseconds. For `classify`, and for the value that `analyze` returns, it
   * covers the whole recording, without decoding and without the first fetch, but with the time that the reader of `analyze`
   * takes. For a window of `analyze` or `listen` it covers the chunk that completed the window, and for the answer of `stop` the
   * end of the input.
   */
  latencyMs: number;
  /** The `id` of the model that answered. */
  modelId: string;
}

/**
 * A recording, in one of these shapes:
 *
 * - `Float32Array`: mono samples in [-1, 1]; the option `sampleRate` must be given.
 * - `AudioBuffer`: of any rate and number of channels. Channels are mixed down to their mean.
 * - `ArrayBuffer`, `Uint8Array`, `Blob`, `File`: the bytes of a file. WAV works everywhere and is streamed; other formats need
 *   a browser, which decodes them.
 * - `URL`, `string`: the address of such a file.
 *
 * @example
 * ```js
 * await recognizer.classify(fileInput.files[0]);
 * await recognizer.classify("/recordings/1.wav");
 * await recognizer.classify(samples, { sampleRate: 16000 });
 * ```
 */
export type AudioInput = Float32Array | AudioBuffer | ArrayBuffer | Uint8Array | Blob | File | URL | string;

/**
 * The facts of a model, as its file states them.
 *
 * @example
 * ```js
 * const { id, labels, licence } = recognizer.model;
 * credits.textContent = `${id}, ${licence}`;
 * ```
 */
export interface ModelInfo<L extends string = Emotion> {
  /** Name of the weights, which no other weights have. */
  readonly id: string;
  /** The labels, in the order of the model's outputs. */
  readonly labels: readonly L[];
  /** Rate that audio is resampled to, in Hz. Inputs may have any other. */
  readonly sampleRate: number;
  /** SPDX expression of the licence of the weights. The licence of the code is another. */
  readonly licence: string;
  /** Name of the network architecture. */
  readonly architecture: string;
  /** Metrics that the trainer measured on held-out recordings, by name; empty without held-out recordings. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Confidence below which the state is `"uncertain"`. */
  readonly uncertainBelow: number;
  /** Length of a window, in milliseconds. */
  readonly windowMs: number;
  /** Default of the option `hopMs`: time from one window to the next, in milliseconds. */
  readonly hopMs: number;
  /** The `space` of the speaker profiles that fit this model; `null` for a model that was not calibrated for profiles. */
  readonly profileSpace: string | null;
}

/**
 * A speaker's profile, by which a model allows for that speaker's voice. `enroll` makes it from a few seconds of neutral speech.
 *
 * It is a plain object of a few numbers, which may be stored as JSON. It holds no audio, and no audio can be made from it; but it
 * describes a voice, so treat it as personal data.
 *
 * @example
 * ```js
 * localStorage.setItem("my voice", JSON.stringify(await recognizer.enroll(neutralSpeech)));
 * recognizer.setProfile(JSON.parse(localStorage.getItem("my voice")));
 * ```
 */
export interface SpeakerProfile {
  /** Identifies the weights that made the profile. It fits every model with the same `profileSpace`. */
  readonly space: string;
  /** Speech in the recordings, in milliseconds. */
  readonly speechMs: number;
  /** Mean logits of the network, one per label. */
  readonly logits: readonly number[];
}

/**
 * The WebAssembly code: an address, the response to a fetch, bytes, or a compiled module.
 *
 * @example
 * ```js
 * await EmotionRecognizer.load({ wasm: "/assets/emotionai_voice_bg.wasm" });
 * ```
 */
export type WasmInput = URL | string | Response | ArrayBuffer | Uint8Array | WebAssembly.Module;

/**
 * A model file (`.emo`): an address, the response to a fetch, or bytes.
 *
 * @example
 * ```js
 * await EmotionRecognizer.load({ model: await fetch("/my-model.emo") });
 * ```
 */
export type ModelInput = URL | string | Response | ArrayBuffer | Uint8Array | Blob;

/**
 * Progress of a download.
 *
 * @example
 * ```js
 * await EmotionRecognizer.load({
 *   onProgress: ({ file, loaded, total }) => console.log(file, total === null ? `${loaded} bytes` : `${(100 * loaded) / total}%`),
 * });
 * ```
 */
export interface LoadProgress {
  /** The file that is downloaded. */
  file: "wasm" | "model";
  /** Bytes loaded, after decompression. */
  loaded: number;
  /** Size of the file in bytes; `null` where the server did not send it, or sent that of the compressed file. */
  total: number | null;
}

/**
 * Options of `EmotionRecognizer.load`.
 *
 * @example
 * ```js
 * const recognizer = await EmotionRecognizer.load({ worker: false, signal: AbortSignal.timeout(10_000) });
 * ```
 */
export interface LoadOptions {
  /** The WebAssembly code; by default the file in the package. */
  wasm?: WasmInput | undefined;
  /** The model; by default the file in the package. */
  model?: ModelInput | undefined;
  /**
   * `true` runs inference in a Worker, `false` on the calling thread, in slices. The default is `true` wherever there are Workers,
   * so not in Node.
   */
  worker?: boolean | undefined;
  /** Called while the files load. Code that the page has from an earlier `load` is not loaded again, nor reported. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Aborts loading. */
  signal?: AbortSignal | undefined;
}

/**
 * Options of `setModel`.
 *
 * @example
 * ```js
 * await recognizer.setModel("/my-model.emo", { onProgress: ({ loaded }) => console.log(loaded) });
 * ```
 */
export interface SetModelOptions {
  /** Called while the file loads. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Aborts loading; the old model stays. Without effect once the file is loaded and passed to the engine. */
  signal?: AbortSignal | undefined;
}

/**
 * Options of `classify` and `melSpectrogram`.
 *
 * @example
 * ```js
 * await recognizer.classify(samples, { sampleRate: 48000, signal: AbortSignal.timeout(5_000) });
 * ```
 */
export interface ClassifyOptions {
  /** Sample rate of a `Float32Array`, in Hz, 8000 to 192000. Every other input has its own. */
  sampleRate?: number | undefined;
  /** Aborts the call. */
  signal?: AbortSignal | undefined;
}

/**
 * Options of `explain`.
 *
 * @example
 * ```js
 * const why = await recognizer.explain(file, { emotion: "angry" });
 * ```
 */
export interface ExplainOptions<L extends string = Emotion> extends ClassifyOptions {
  /** The emotion to explain; by default the likeliest one of the whole recording. */
  emotion?: L | undefined;
}

/**
 * Options of `enroll`.
 *
 * @example
 * ```js
 * const profile = await recognizer.enroll([first, second], { sampleRate: 48000 });
 * ```
 */
export interface EnrollOptions {
  /** Sample rate of every `Float32Array`, in Hz, 8000 to 192000. Every other input has its own. */
  sampleRate?: number | undefined;
  /** Aborts the call. */
  signal?: AbortSignal | undefined;
}

/**
 * Options of `analyze`.
 *
 * @example
 * ```js
 * for await (const { endMs, label } of recognizer.analyze(file, { hopMs: 250 })) console.log(endMs, label);
 * ```
 */
export interface AnalyzeOptions extends ClassifyOptions {
  /** Time from one window to the next, in milliseconds, above 0 and up to 600000; the model's own by default. */
  hopMs?: number | undefined;
}
