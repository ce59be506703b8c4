// The public types: what goes in, what comes out.

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
 * What a model says of itself.
 *
 * @example
 * ```js
 * const { id, labels, licence } = recognizer.model;
 * credits.textContent = `${id}, ${licence}`;
 * ```
 */
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
  /** A confidence below this is answered as `"uncertain"`. */
  readonly uncertainBelow: number;
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
 *
 * @example
 * ```js
 * localStorage.setItem("my voice", JSON.stringify(await recognizer.calibrate(neutralSpeech)));
 * recognizer.setProfile(JSON.parse(localStorage.getItem("my voice")));
 * ```
 */
export interface VoiceProfile {
  /** Names the weights that it was made with. It fits every model whose `voiceSpace` is the same. */
  readonly space: string;
  /** Speech that it was made from, in milliseconds. */
  readonly speechMs: number;
  /** The network's mean logits, one a label. */
  readonly logits: readonly number[];
}

/**
 * Where the WebAssembly code comes from: an address, an answer to a fetch, bytes, or a compiled module.
 *
 * @example
 * ```js
 * await EmotionRecognizer.load({ wasm: "/assets/emotionai_voice_bg.wasm" });
 * ```
 */
export type WasmInput = URL | string | Response | ArrayBuffer | Uint8Array | WebAssembly.Module;

/**
 * Where a model file (`.emo`) comes from: an address, an answer to a fetch, or bytes.
 *
 * @example
 * ```js
 * await EmotionRecognizer.load({ model: await fetch("/my-model.emo") });
 * ```
 */
export type ModelInput = URL | string | Response | ArrayBuffer | Uint8Array | Blob;

/**
 * How far a file has come.
 *
 * @example
 * ```js
 * await EmotionRecognizer.load({
 *   onProgress: ({ file, loaded, total }) => console.log(file, total === null ? `${loaded} bytes` : `${(100 * loaded) / total}%`),
 * });
 * ```
 */
export interface LoadProgress {
  /** Which of the two files. */
  file: "wasm" | "model";
  /** Bytes so far, after decompression. */
  loaded: number;
  /** Bytes in all; `null` where the server did not say, or said it of the compressed file. */
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
  /** The WebAssembly code; by default the file that lies beside the package's modules. */
  wasm?: WasmInput | undefined;
  /** The model; by default the file that lies beside the package's modules. */
  model?: ModelInput | undefined;
  /**
   * `true` runs inference in a Worker of its own, `false` on the calling thread, in slices.
   * By default `true` wherever there are Workers, which leaves out Node.
   */
  worker?: boolean | undefined;
  /** Called as the files come in; of code that the page has from an earlier `load`, nothing is told. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the loading. */
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
  /** Called as the file comes in. */
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the loading, and the model stays as it was; without effect once the file is there and the engine has been given it. */
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
  /** Rate of a `Float32Array`, in Hz, 8000 to 192000. Every other input brings its own. */
  sampleRate?: number | undefined;
  /** Ends the call. */
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
  /** The emotion to explain; by default the likeliest of the whole recording. */
  emotion?: L | undefined;
}

/**
 * Options of `calibrate`.
 *
 * @example
 * ```js
 * const profile = await recognizer.calibrate([first, second], { sampleRate: 48000 });
 * ```
 */
export interface CalibrateOptions {
  /** Rate of every `Float32Array`, in Hz, 8000 to 192000. Every other input brings its own. */
  sampleRate?: number | undefined;
  /** Ends the call. */
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
  /** Time from one window to the next, in milliseconds, above 0 and up to 600000; by default the model's own. */
  hopMs?: number | undefined;
}
