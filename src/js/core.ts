// The engine itself: wasm, on whatever thread this runs. It alone loads the generated code.

import { EmotionError, toEmotionError } from "./errors.js";
import { ClassifyInput, ExplainInput, MelInput, openInput, type EngineInput } from "./inputs.js";
import type { EngineReplies, EngineRequest, RawModelInfo, ReplyTo } from "./protocol.js";
import init, { Classifier, scheduleRestart, version } from "./wasm/emotionai_voice.js";

/** An export that tells the package's WebAssembly from any other. */
const ENTRY_POINT = "classifier_new";

/** Counts the instances of the code on this thread, which all engines on it share: a trap under one ends it for all. */
let instance = 0;

/** Answers requests at once. */
export class EngineCore {
  #model: Uint8Array<ArrayBuffer>;
  /** `null` after a trap, until it is needed again. */
  #classifier: Classifier | null = null;
  readonly #inputs = new Map<number, EngineInput>();
  /** The instance that both belong to. */
  #instance = instance;

  private constructor(model: Uint8Array<ArrayBuffer>) {
    this.#model = model;
  }

  /** Instantiates the code, unless this thread has done that before, and loads a model. */
  static async start(module: WebAssembly.Module, model: Uint8Array<ArrayBuffer>): Promise<EngineCore> {
    try {
      // The generated code takes whatever it can instantiate for its own, and keeps it.
      const isOurs = WebAssembly.Module.exports(module).some(({ name }) => name === ENTRY_POINT);
      if (!isOurs) throw new WebAssembly.LinkError(`\`${ENTRY_POINT}\` is not exported`);
      await init({ module_or_path: module });
    } catch (cause) {
      throw new EmotionError("UNSUPPORTED", "the WebAssembly file does not fit these modules: use those of one release", { cause });
    }
    const core = new EngineCore(model);
    core.#guarded(() => core.#liveClassifier());
    return core;
  }

  /** What the model says of itself. */
  model(): RawModelInfo {
    return this.#guarded(() => this.#liveClassifier().model());
  }

  /** Does what is asked. Throws an `EmotionError`; the engine then still works. */
  handle<T extends EngineRequest["type"]>(request: Extract<EngineRequest, { type: T }>): ReplyTo<T>;
  handle(request: EngineRequest): EngineReplies[keyof EngineReplies] {
    return this.#guarded(() => this.#dispatch(request));
  }

  /** Frees everything but the code. */
  dispose(): void {
    this.#keepUp();
    for (const id of [...this.#inputs.keys()]) this.#close(id);
    this.#classifier?.free();
    this.#classifier = null;
  }

  #dispatch(request: EngineRequest): EngineReplies[keyof EngineReplies] {
    switch (request.type) {
      case "set-model":
        return this.#setModel(request.model);
      case "open": {
        const classifier = this.#liveClassifier();
        this.#inputs.set(request.stream, openInput(classifier, request.format, request));
        return classifier.model();
      }
      case "push":
        return this.#input(request.stream).push(request.chunk);
      case "flush":
        return this.#input(request.stream, ClassifyInput).flush();
      case "flush-mel":
        return this.#input(request.stream, MelInput).flush();
      case "explain":
        return this.#input(request.stream, ExplainInput).explain(request.label);
      case "close":
        return this.#close(request.stream);
      case "enroll":
        return this.#liveClassifier().enroll(request.voices);
    }
  }

  #setModel(model: Uint8Array<ArrayBuffer>): RawModelInfo {
    // The old one goes only when the new one has proven sound. Open streams keep theirs.
    const classifier = new Classifier(model);
    this.#classifier?.free();
    this.#classifier = classifier;
    this.#model = model;
    return classifier.model();
  }

  #liveClassifier(): Classifier {
    return (this.#classifier ??= new Classifier(this.#model));
  }

  #input(id: number): EngineInput;
  #input<T extends EngineInput>(id: number, kind: new (...args: never[]) => T): T;
  #input(id: number, kind?: new (...args: never[]) => EngineInput): EngineInput {
    const input = this.#inputs.get(id);
    if (!input) {
      throw new EmotionError("WORKER_CRASHED", "the engine failed and began anew, and this input was lost: start it again");
    }
    if (kind && !(input instanceof kind)) throw new EmotionError("INTERNAL", "an input was asked for what it was not opened for");
    return input;
  }

  #close(id: number): undefined {
    this.#inputs.get(id)?.free();
    this.#inputs.delete(id);
  }

  #guarded<T>(run: () => T): T {
    this.#keepUp();
    try {
      return run();
    } catch (thrown) {
      if (!(thrown instanceof WebAssembly.RuntimeError)) throw toEmotionError(thrown);
      // A trap leaves the instance's memory in an unknown state: nothing of it may be touched again, `free`
      // included. What follows runs in a fresh instance of the same compiled module, with the model as it was.
      instance += 1;
      this.#keepUp();
      scheduleRestart();
      version();
      throw new EmotionError("WORKER_CRASHED", `the engine failed: ${thrown.message}`, { cause: thrown });
    }
  }

  /** Lets go of what was lost with an earlier instance. */
  #keepUp(): void {
    if (this.#instance === instance) return;
    this.#instance = instance;
    this.#classifier = null;
    this.#inputs.clear();
  }
}
