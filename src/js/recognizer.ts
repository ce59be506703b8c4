// The package's front door.
// Also where a consumer's own `lib` lacks `Symbol.dispose`.
/// <reference lib="esnext.disposable" preserve="true" />

import { abortable, abortError, anySignal, throwIfAborted } from "./abort.js";
import { loadModel, loadWasm } from "./assets.js";
import { canCapture } from "./capture.js";
import { contexts } from "./context-pool.js";
import type { Engine } from "./engine.js";
import { EmotionError, toEmotionError } from "./errors.js";
import { hear, hearVoice } from "./hear.js";
import { ListenSession } from "./listen-session.js";
import type { ListenOptions } from "./listen-types.js";
import { readListenOptions, readOptions } from "./options.js";
import type { MelSpectrogram, Saliency } from "./picture-types.js";
import { hearMel, hearSaliency } from "./pictures.js";
import type { RawModelInfo } from "./protocol.js";
import { toModelInfo } from "./results.js";
import { startEngine } from "./start-engine.js";
import { assertSupported } from "./support.js";
import type {
  AnalyzeOptions,
  AudioInput,
  CalibrateOptions,
  ClassifyOptions,
  Emotion,
  EmotionResult,
  ExplainOptions,
  LoadOptions,
  ModelInfo,
  ModelInput,
  SetModelOptions,
  VoiceProfile,
} from "./types.js";
import { adopt, frozen, voiceSpaceOf } from "./voice-profile.js";

/**
 * Recognises the emotion of a voice, on this device: no audio leaves it.
 *
 * Everything it throws or rejects with is an `EmotionError`, after which it goes on working. A model with labels of its
 * own is typed by them: `EmotionRecognizer.load<"yes" | "no">({ model })`.
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
  /** Aborted by `dispose`, with the error that everything pending rejects with. */
  readonly #disposal = new AbortController();
  #model: ModelInfo<L>;
  #profile: VoiceProfile | null = null;
  /** Settles when every `setModel` so far has. */
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(engine: Engine, model: RawModelInfo) {
    this.#engine = engine;
    this.#model = toModelInfo<L>(model);
  }

  /**
   * Fetches code and model, and starts the engine. After this the package asks the network for nothing
   * but what it is given the address of; and where its Worker crashed, for the scripts of the next, which the browser may have
   * in its cache.
   *
   * Where there is a microphone to listen to, an audio context is prepared too, at rest, once for the page; before the
   * visitor's first click some browsers log that they hold it back, which is as it should be.
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
    // What still runs when one part has failed is to end as well.
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
   * What the model says of itself; another object once `setModel` has changed it.
   *
   * @example
   * ```js
   * const { id, labels, licence, voiceSpace } = recognizer.model;
   * calibrateButton.hidden = voiceSpace === null; // no voice profiles with this one
   * ```
   */
  get model(): ModelInfo<L> {
    return this.#model;
  }

  /**
   * The voice that is listened to, as `setProfile` was told; `null` for any voice, and after a `setModel` that it does not fit.
   *
   * @example
   * ```js
   * await recognizer.setModel("/other.emo");
   * if (recognizer.profile === null) askToCalibrateAgain();
   * ```
   */
  get profile(): VoiceProfile | null {
    return this.#profile;
  }

  /**
   * The answer for a whole recording.
   *
   * WAV is read in pieces, so that its length does not matter. Other formats are decoded whole, by the browser.
   *
   * @throws {EmotionError} `MISSING_SAMPLE_RATE`, `INVALID_AUDIO`, `UNSUPPORTED_FORMAT`, `TOO_SHORT` (under 100 ms),
   * `TOO_LONG` (of what the browser decodes, more than 30 minutes), `NETWORK`, `INVALID_OPTION`, `WORKER_CRASHED`,
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
      const windows = hear<L>(this.#engine, input, { sampleRate, signal, profile: this.#profile });
      let step = await windows.next();
      while (!step.done) step = await windows.next();
      return step.value;
    });
  }

  /**
   * The answers for the windows of a recording, as they come: the first, provisional, after a second of audio, then one
   * every `hopMs`. Leaving the loop ends the work.
   *
   * The generator returns the answer for the whole recording. `for await` drops it; whoever calls `next` gets both from one
   * pass, and calls `return` to leave early. It is what `classify` gives as long as `hopMs` is left to the model: the whole
   * is summed up from the windows, so that another hop shifts its probabilities a little.
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
    const windows = hear<L>(this.#engine, input, { ...options, signal, profile: this.#profile });
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
   * Listens to the microphone, or to a stream. Only this asks the visitor for the microphone, so call it from a click. Options
   * that are wrong are refused before.
   *
   * @throws {EmotionError} `PERMISSION_DENIED`, `NO_DEVICE`, `DEVICE_BUSY`, `INSECURE_CONTEXT`, `UNSUPPORTED` (no
   * AudioWorklet, or a page's policy that forbids it), `INVALID_AUDIO` (a stream without audio), `INVALID_OPTION` (a `hopMs` or
   * `smoothingMs` out of its range, a stream that is none, constraints that the browser cannot read), `WORKER_CRASHED`,
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
      // Where nobody waits for it any more, it must not go on unseen.
      if (signal.aborted) session.abandon(abortError(signal));
      else if (session.state !== "stopped") this.#sessions.add(session);
      return session;
    });
  }

  /**
   * Learns a voice from its neutral speech: a few seconds of it, in one recording or several, at least one second in
   * all. Nothing changes until the profile is given to `setProfile`.
   *
   * Record it with the microphone, and in the place, that will be listened to: a profile hears these as part of the voice.
   *
   * @throws {EmotionError} `MODEL_MISMATCH` (a model that was not calibrated for profiles), `TOO_SHORT` (too little speech),
   * and as `classify`.
   *
   * @example
   * ```js
   * const profile = await recognizer.calibrate([first, second]); // files, samples, AudioBuffers, addresses
   * recognizer.setProfile(profile);
   * localStorage.setItem("my voice", JSON.stringify(profile));
   * ```
   */
  async calibrate(neutral: AudioInput | readonly AudioInput[], options: CalibrateOptions = {}): Promise<VoiceProfile> {
    const { sampleRate, signal: own } = readOptions(options);
    return this.#run(own, async (signal) => {
      voiceSpaceOf(this.#model);
      const voices = [];
      for (const input of Array.isArray(neutral) ? neutral : [neutral]) {
        const voice = await hearVoice(this.#engine, input, { sampleRate, signal });
        // `null` where the model was changed meanwhile for one without profiles: it says so below.
        if (voice) voices.push(voice);
      }
      return frozen(await this.#engine.call({ type: "enroll", voices }));
    });
  }

  /**
   * Listens to the voice of a profile from the next call on, or with `null` to any voice, as at first. What is running,
   * a session included, finishes with what it began with.
   *
   * @throws {EmotionError} `MODEL_MISMATCH` for a profile that was made with other weights, and where the model was not
   * calibrated for profiles; `INVALID_OPTION` for what is no profile, or is damaged; `DISPOSED`. The profile
   * then stays as it was.
   *
   * @example
   * ```js
   * const kept = localStorage.getItem("my voice");
   * if (kept) recognizer.setProfile(JSON.parse(kept));
   * ```
   */
  setProfile(profile: VoiceProfile | null): void {
    throwIfAborted(this.#disposal.signal);
    this.#profile = profile === null ? null : adopt(profile, this.#model);
  }

  /**
   * What the model hears of a recording, for pictures: its log-mel spectrogram. No network is asked, so it is fast.
   *
   * @throws {EmotionError} `TOO_LONG` (a picture of more than 64 MB, which is over an hour with the model that ships), and
   * as `classify`.
   *
   * @example
   * ```js
   * const { bands, frames, data } = await recognizer.melSpectrogram(file);
   * const loudest = Math.max(...data.subarray(0, bands)); // of the first frame, in dB
   * ```
   */
  async melSpectrogram(input: AudioInput, options: ClassifyOptions = {}): Promise<MelSpectrogram> {
    const { sampleRate, signal: own } = readOptions(options);
    return this.#run(own, (signal) => hearMel(this.#engine, input, { sampleRate, signal }));
  }

  /**
   * Which bands and frames of a recording spoke for an emotion: for the one of the answer, or for another.
   *
   * One window is explained, the one in which that emotion is likeliest. Of a recording shorter than a window it is all.
   * The model is asked a few hundred times, which takes a second or two; with `worker: false` the page waits for it.
   *
   * @throws {EmotionError} `TOO_SHORT` (also where there is too little speech for an answer), `INVALID_OPTION` (an emotion
   * that the model does not know), and as `classify`.
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
      hearSaliency<L>(this.#engine, input, { emotion, sampleRate, signal, profile: this.#profile }),
    );
  }

  /**
   * Takes other weights, such as your own from `train fit`; with `undefined` the shipped ones again. What is running finishes with those it began with. A voice
   * profile stays if it fits them (their `voiceSpace` is the same), and is dropped otherwise: see `profile`.
   *
   * Models take over in the order in which they were set, however long each takes to come. A signal counts until the engine
   * has been given the file: after that the change comes to its end, and this resolves.
   *
   * @throws {EmotionError} `MODEL_FORMAT`, `MODEL_MISMATCH`, `NETWORK`, `UNSUPPORTED` (what is no address, answer or
   * bytes), `INVALID_OPTION`, `WORKER_CRASHED`, `OUT_OF_MEMORY`, `ABORTED`, `DISPOSED`. The model then stays as it was.
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
    this.#changes = Promise.allSettled([before, change]);
    await change;
  }

  /**
   * Ends everything and frees it: what is pending rejects with `DISPOSED`, and so does every later call. May be called more
   * than once. The page's one audio context stays, at rest, for the next recognizer.
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
   * The same as `dispose`, for `using`. Where a browser lacks that symbol yet, nobody can call this.
   *
   * @example
   * ```ts
   * using recognizer = await EmotionRecognizer.load();
   * return await recognizer.classify(file); // disposed when it is left
   * ```
   */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #changeModel(model: ModelInput | undefined, options: SetModelOptions, before: Promise<unknown>): Promise<void> {
    const bytes = await this.#run(options.signal, async (signal) => {
      const bytes = await loadModel(model, { onProgress: options.onProgress, signal });
      await before;
      return bytes;
    });
    // No longer by the caller's signal: the engine cannot be made to forget what it was told.
    await this.#run(undefined, async () => {
      this.#model = toModelInfo<L>(await this.#engine.call({ type: "set-model", model: bytes }));
      if (this.#profile?.space !== this.#model.voiceSpace) this.#profile = null;
    });
  }

  #signal(own: AbortSignal | undefined): AbortSignal {
    return anySignal(own, this.#disposal.signal);
  }

  /** Runs a call so that it ends by its signal or by `dispose`, and rejects with nothing but an `EmotionError`. */
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
