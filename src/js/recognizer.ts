// The recognizer: the class that all calls of the package start from.
// The reference declares `Symbol.dispose` also where a consumer's own `lib` lacks it.
/// <reference lib="esnext.disposable" preserve="true" />

import { abortable, abortError, anySignal, throwIfAborted } from "./abort.js";
import type { Engine } from "./engine/engine.js";
import type { RawModelInfo } from "./engine/protocol.js";
import { startEngine } from "./engine/start-engine.js";
import { EmotionError, toEmotionError } from "./errors.js";
import { canCapture } from "./input/capture.js";
import { contexts } from "./input/context-pool.js";
import type { ListenOptions } from "./listen-types.js";
import { ListenSession } from "./listen/session.js";
import { loadModel, loadWasm } from "./load/assets.js";
import { assertSupported } from "./load/support.js";
import { readListenOptions, readOptions } from "./options.js";
import type { MelSpectrogram, Saliency } from "./picture-types.js";
import { toModelInfo } from "./results/convert.js";
import { melSpectrogramOf, saliencyOf } from "./results/pictures.js";
import { analyzeRecording, enrollmentOf } from "./results/recording.js";
import { frozen, requireFitting, requireProfileSpace } from "./results/speaker-profile.js";
import type {
  AnalyzeOptions,
  AudioInput,
  ClassifyOptions,
  Emotion,
  EmotionResult,
  EnrollOptions,
  ExplainOptions,
  LoadOptions,
  ModelInfo,
  ModelInput,
  SetModelOptions,
  SpeakerProfile,
} from "./types.js";

/**
 * Recognises the emotion of a voice on the visitor's device: no audio leaves it.
 *
 * Every error that it throws or rejects with is an `EmotionError`, after which it goes on working. A model with other labels is
 * typed by them: `EmotionRecognizer.load<"yes" | "no">({ model })`.
 *
 * @example
 * ```js
 * import { EmotionRecognizer } from "emotionai-voice";
 *
 * const recognizer = await EmotionRecognizer.load();
 * const { state, label, confidence } = await recognizer.classify(file);
 * ```
 */
export class EmotionRecognizer<L extends string = Emotion> {
  readonly #engine: Engine;
  readonly #sessions = new Set<{ abandon(error: EmotionError): void }>();
  /** Aborted by `dispose`, with the error that pending calls reject with. */
  readonly #disposal = new AbortController();
  #model: ModelInfo<L>;
  #profile: SpeakerProfile | null = null;
  /** Settles when every `setModel` so far has. It holds no result of theirs, or each would keep those before it alive. */
  #changes: Promise<void> = Promise.resolve();

  private constructor(engine: Engine, model: RawModelInfo) {
    this.#engine = engine;
    this.#model = toModelInfo<L>(model);
  }

  /**
   * Fetches code and model, and starts the engine. After this the package requests only the addresses that you pass to it; and,
   * where its Worker crashed, the scripts of the next Worker, which the browser may have in its cache.
   *
   * Where audio can be captured, `load` also prepares a suspended audio context, one for the page. Before the visitor's first
   * click some browsers log that they hold it back; this is expected.
   *
   * @throws {EmotionError} `NETWORK`, `MODEL_FORMAT`, `MODEL_MISMATCH`, `UNSUPPORTED` (no WebAssembly SIMD, no
   * module Workers), `INVALID_OPTION`, `WORKER_CRASHED`, `OUT_OF_MEMORY`, `ABORTED`.
   *
   * @example
   * ```js
   * const recognizer = await EmotionRecognizer.load({
   *   onProgress: ({ file, loaded, total }) => console.log(file, loaded, total),
   * });
   * ```
   */
  static async load<L extends string = Emotion>(options: LoadOptions = {}): Promise<EmotionRecognizer<L>> {
    options = readOptions(options);
    // When one part fails, the others are aborted.
    const failure = new AbortController();
    const signal = anySignal(options.signal, failure.signal);
    try {
      throwIfAborted(signal);
      assertSupported();
      const assets = { onProgress: options.onProgress, signal };
      const [module, bytes] = await Promise.all([
        loadWasm(options.wasm, assets),
        loadModel(options.model, assets),
        canCapture() ? abortable(contexts.prepare(), signal) : undefined,
      ]);
      const useWorker = options.worker ?? typeof Worker !== "undefined";
      const { engine, model } = await startEngine(useWorker, module, bytes, signal);
      return new EmotionRecognizer<L>(engine, model);
    } catch (thrown) {
      const error = options.signal?.aborted ? abortError(options.signal) : toEmotionError(thrown);
      failure.abort(error);
      throw error;
    }
  }

  /**
   * The facts of the model. Another object after `setModel`.
   *
   * @example
   * ```js
   * const { id, labels, licence, profileSpace } = recognizer.model;
   * enrollButton.hidden = profileSpace === null; // this model takes no speaker profiles
   * ```
   */
  get model(): ModelInfo<L> {
    return this.#model;
  }

  /**
   * The profile of the current speaker, from `setProfile`; `null` for any speaker, and after a `setModel` that it does not fit.
   *
   * @example
   * ```js
   * await recognizer.setModel("/other.emo");
   * if (recognizer.profile === null) askToEnrollAgain();
   * ```
   */
  get profile(): SpeakerProfile | null {
    return this.#profile;
  }

  /**
   * Classifies a whole recording.
   *
   * WAV is streamed, so it may have any length. The browser decodes other formats as a whole.
   *
   * @throws {EmotionError} `MISSING_SAMPLE_RATE`, `INVALID_AUDIO`, `UNSUPPORTED_FORMAT`, `TOO_SHORT` (under 100 ms),
   * `TOO_LONG` (more than 30 minutes of a format other than WAV), `NETWORK`, `INVALID_OPTION`, `WORKER_CRASHED`,
   * `OUT_OF_MEMORY`, `ABORTED`, `DISPOSED`.
   *
   * @example
   * ```js
   * const fromFile = await recognizer.classify(input.files[0]);
   * const fromSamples = await recognizer.classify(samples, { sampleRate: 48000 });
   * ```
   */
  async classify(input: AudioInput, options: ClassifyOptions = {}): Promise<EmotionResult<L>> {
    const { sampleRate, signal: own } = readOptions(options);
    return this.#run(own, async (signal) => {
      const windows = analyzeRecording<L>(this.#engine, input, { sampleRate, signal, profile: this.#profile });
      let step = await windows.next();
      while (!step.done) step = await windows.next();
      return step.value;
    });
  }

  /**
   * Classifies the windows of a recording: yields a first, provisional result after a second of audio, then one result every
   * `hopMs`. Leaving the loop ends the work.
   *
   * The generator returns the answer for the whole recording. `for await` drops that value; call `next` yourself to get both in one
   * pass, and `return` to leave early. The value equals that of `classify` unless `hopMs` is given: the answer combines all windows,
   * so that another hop changes its probabilities a little.
   *
   * @throws {EmotionError} in the loop, as `classify`; `INVALID_OPTION` also for a `hopMs` out of its range.
   *
   * @example
   * ```js
   * for await (const { startMs, endMs, label } of recognizer.analyze(file)) draw(startMs, endMs, label);
   * ```
   *
   * @example
   * ```js
   * const windows = recognizer.analyze(file);
   * let step = await windows.next();
   * for (; !step.done; step = await windows.next()) draw(step.value.startMs, step.value.endMs, step.value.label);
   * show(step.value.label); // of the whole recording
   * ```
   */
  async *analyze(
    input: AudioInput,
    options: AnalyzeOptions = {},
  ): AsyncGenerator<EmotionResult<L>, EmotionResult<L>, undefined> {
    options = readOptions(options);
    const signal = this.#signal(options.signal);
    const windows = analyzeRecording<L>(this.#engine, input, { ...options, signal, profile: this.#profile });
    try {
      for (;;) {
        const step = await this.#run(options.signal, () => windows.next());
        if (step.done) return step.value;
        yield step.value;
      }
    } finally {
      await windows.return(undefined as never).catch(() => {});
    }
  }

  /**
   * Listens to the microphone or to a stream. Only this call asks the visitor for the microphone, so call it from a click. Wrong
   * options are refused before.
   *
   * @throws {EmotionError} `PERMISSION_DENIED`, `NO_DEVICE`, `DEVICE_BUSY`, `INSECURE_CONTEXT`, `UNSUPPORTED` (no
   * AudioWorklet, or a page's policy that forbids it), `INVALID_AUDIO` (a stream without audio), `INVALID_OPTION` (a `hopMs` or
   * `smoothingMs` out of its range, a value that is no stream, constraints that the browser cannot read), `WORKER_CRASHED`,
   * `OUT_OF_MEMORY`, `ABORTED`, `DISPOSED`.
   *
   * @example
   * ```js
   * const session = await recognizer.listen();
   * session.addEventListener("result", ({ detail }) => show(detail));
   * stopButton.onclick = async () => show(await session.stop());
   * ```
   */
  async listen(options: ListenOptions = {}): Promise<ListenSession<L>> {
    options = readListenOptions(options);
    return this.#run(options.signal, async (signal) => {
      const session = await ListenSession.start<L>(
        { ...options, signal },
        { engine: this.#engine, contexts, profile: this.#profile, onEnd: (ended) => this.#sessions.delete(ended) },
      );
      // After an abort no caller gets the session, so it must not go on.
      if (signal.aborted) session.abandon(abortError(signal));
      else if (session.state !== "stopped") this.#sessions.add(session);
      return session;
    });
  }

  /**
   * Enrolls a speaker: makes a profile from a few seconds of neutral speech, in one recording or several, at least one second in
   * total. The profile has no effect until it is passed to `setProfile`.
   *
   * Record with the microphone and in the room that you will listen in: a profile covers both along with the voice.
   *
   * @throws {EmotionError} `MODEL_MISMATCH` (a model that was not calibrated for profiles), `TOO_SHORT` (too little speech),
   * and as `classify`.
   *
   * @example
   * ```js
   * const profile = await recognizer.enroll([first, second]); // files, samples, AudioBuffers, addresses
   * recognizer.setProfile(profile);
   * localStorage.setItem("my voice", JSON.stringify(profile));
   * ```
   */
  async enroll(neutral: AudioInput | readonly AudioInput[], options: EnrollOptions = {}): Promise<SpeakerProfile> {
    const { sampleRate, signal: own } = readOptions(options);
    return this.#run(own, async (signal) => {
      requireProfileSpace(this.#model);
      const samples = [];
      for (const input of Array.isArray(neutral) ? neutral : [neutral]) {
        const sample = await enrollmentOf(this.#engine, input, { sampleRate, signal });
        // `null` where `setModel` has meanwhile set a model without profiles: then the engine refuses below.
        if (sample) samples.push(sample);
      }
      return frozen(await this.#engine.call({ type: "enroll", samples }));
    });
  }

  /**
   * Sets the profile of the current speaker for all later calls; `null`, the default, stands for any speaker. Calls and sessions that
   * run keep the profile that they began with.
   *
   * @throws {EmotionError} `MODEL_MISMATCH` for a profile of other weights, and where the model was not calibrated for profiles;
   * `INVALID_OPTION` for a damaged profile, or any other value; `DISPOSED`. The old profile then stays.
   *
   * @example
   * ```js
   * const kept = localStorage.getItem("my voice");
   * if (kept) recognizer.setProfile(JSON.parse(kept));
   * ```
   */
  setProfile(profile: SpeakerProfile | null): void {
    throwIfAborted(this.#disposal.signal);
    this.#profile = profile === null ? null : requireFitting(profile, this.#model);
  }

  /**
   * Computes the log-mel spectrogram of a recording, for pictures. This is fast: it takes no inference.
   *
   * @throws {EmotionError} `TOO_LONG` (a spectrogram of more than 64 MB: over an hour with the default model), and as `classify`.
   *
   * @example
   * ```js
   * const { bands, frames, data } = await recognizer.melSpectrogram(file);
   * const loudest = Math.max(...data.subarray(0, bands)); // of the first frame, in dB
   * ```
   */
  async melSpectrogram(input: AudioInput, options: ClassifyOptions = {}): Promise<MelSpectrogram> {
    const { sampleRate, signal: own } = readOptions(options);
    return this.#run(own, (signal) => melSpectrogramOf(this.#engine, input, { sampleRate, signal }));
  }

  /**
   * Computes how much each band and frame contributed to an emotion: to that of the answer, or to another.
   *
   * It explains the window in which the emotion is likeliest, or the whole of a recording that is shorter than a window. The model
   * runs a few hundred times, which takes a second or two; with `worker: false` this blocks the page.
   *
   * @throws {EmotionError} `TOO_SHORT` (also where there is too little speech for an answer), `INVALID_OPTION` (an emotion
   * that is no label of the model), and as `classify`.
   *
   * @example
   * ```js
   * const { emotion, frames, bands, data } = await recognizer.explain(file);
   * const whyNotHappy = await recognizer.explain(file, { emotion: "happy" });
   * ```
   */
  async explain(input: AudioInput, options: ExplainOptions<L> = {}): Promise<Saliency<L>> {
    const { emotion, sampleRate, signal: own } = readOptions(options);
    return this.#run(own, (signal) =>
      saliencyOf<L>(this.#engine, input, { emotion, sampleRate, signal, profile: this.#profile }),
    );
  }

  /**
   * Sets another model, for instance your own from `train fit`; `undefined` sets the default one again. Calls and sessions that run
   * keep the model that they began with. The speaker profile stays if it fits the new model (the `profileSpace` is the same);
   * otherwise it is dropped: see `profile`.
   *
   * Models take effect in the order of the calls, however long each takes to load. A signal counts until the file is passed to the
   * engine: after that the change completes, and the promise resolves.
   *
   * @throws {EmotionError} `MODEL_FORMAT`, `MODEL_MISMATCH`, `NETWORK`, `UNSUPPORTED` (a value that is no
   * address, `Response` or bytes), `INVALID_OPTION`, `WORKER_CRASHED`, `OUT_OF_MEMORY`, `ABORTED`, `DISPOSED`. The old model then
   * stays.
   *
   * @example
   * ```js
   * await recognizer.setModel("/my-model.emo"); // an address, a Response or bytes
   * console.log(recognizer.model.labels);
   * ```
   */
  async setModel(model: ModelInput | undefined, options: SetModelOptions = {}): Promise<void> {
    const before = this.#changes;
    const change = this.#changeModel(model, readOptions(options), before);
    this.#changes = Promise.allSettled([before, change]).then(() => {});
    await change;
  }

  /**
   * Ends everything and frees its memory: pending calls and all later ones reject with `DISPOSED`. May be called more than once.
   * The audio context of the page stays, suspended, for the next recognizer.
   *
   * @example
   * ```js
   * recognizer.dispose(); // or `using recognizer = await EmotionRecognizer.load()`
   * ```
   */
  dispose(): void {
    if (this.#disposal.signal.aborted) return;
    const error = new EmotionError("DISPOSED", "the recognizer was disposed");
    this.#disposal.abort(error);
    for (const session of [...this.#sessions]) session.abandon(error);
    this.#engine.dispose();
  }

  /**
   * Calls `dispose`, for `using`. Never throws.
   *
   * @example
   * ```ts
   * using recognizer = await EmotionRecognizer.load();
   * return await recognizer.classify(file); // disposed at the end of the block
   * ```
   */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #changeModel(model: ModelInput | undefined, options: SetModelOptions, before: Promise<void>): Promise<void> {
    const bytes = await this.#run(options.signal, async (signal) => {
      const bytes = await loadModel(model, { onProgress: options.onProgress, signal });
      await before;
      return bytes;
    });
    // Without the caller's signal: the request to the engine cannot be withdrawn.
    await this.#run(undefined, async () => {
      this.#model = toModelInfo<L>(await this.#engine.call({ type: "set-model", model: bytes }));
      if (this.#profile?.space !== this.#model.profileSpace) this.#profile = null;
    });
  }

  #signal(own: AbortSignal | undefined): AbortSignal {
    return anySignal(own, this.#disposal.signal);
  }

  /** Runs a call so that its signal and `dispose` end it, and that it rejects only with an `EmotionError`. */
  async #run<T>(own: AbortSignal | undefined, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = this.#signal(own);
    try {
      throwIfAborted(signal);
      return await abortable(call(signal), signal);
    } catch (thrown) {
      throw toEmotionError(thrown);
    }
  }
}
