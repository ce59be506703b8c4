// The engine itself: the WebAssembly instance, on whatever thread it runs.

import { EmotionError, isTrap, messageOf, toEmotionError } from "../errors.js";
import type { Bindings, Classifier } from "./bindings.js";
import type { EngineReplies, EngineRequest, RawModelInfo, ReplyTo } from "./protocol.js";
import { ClassifyTask, ExplainTask, MelTask, openTask, type EngineTask } from "./tasks.js";

/** An export that only the package's WebAssembly has. */
const ENTRY_POINT = "classifier_new";

/** Counts the instances on this thread. All engines of a thread share one instance, which a trap under any of them ends. */
let instance = 0;

/** Answers requests synchronously. */
export class EngineCore {
  readonly #bindings: Bindings;
  #model: Uint8Array<ArrayBuffer>;
  /** `null` after a trap, until it is needed again. */
  #classifier: Classifier | null = null;
  readonly #tasks = new Map<number, EngineTask>();
  /** The instance that classifier and tasks belong to. */
  #instance = instance;

  private constructor(bindings: Bindings, model: Uint8Array<ArrayBuffer>) {
    this.#bindings = bindings;
    this.#model = model;
  }

  /** Instantiates the code, unless this thread has an instance already, and loads a model. */
  static async start(bindings: Bindings, module: WebAssembly.Module, model: Uint8Array<ArrayBuffer>): Promise<EngineCore> {
    try {
      // The bindings accept any module that can be instantiated, and keep it.
      const isOurs = WebAssembly.Module.exports(module).some(({ name }) => name === ENTRY_POINT);
      if (!isOurs) throw new WebAssembly.LinkError(`\`${ENTRY_POINT}\` is not exported`);
      await bindings.default({ module_or_path: module });
    } catch (cause) {
      throw new EmotionError("UNSUPPORTED", "the WebAssembly file does not fit these modules: use those of one release", { cause });
    }
    const core = new EngineCore(bindings, model);
    core.#guarded(() => core.#liveClassifier());
    return core;
  }

  /** The facts of the model. */
  model(): RawModelInfo {
    return this.#guarded(() => this.#liveClassifier().model());
  }

  /** Answers a request. Throws an `EmotionError`, after which the engine still works. */
  handle<T extends EngineRequest["type"]>(request: Extract<EngineRequest, { type: T }>): ReplyTo<T>;
  handle(request: EngineRequest): EngineReplies[keyof EngineReplies] {
    return this.#guarded(() => this.#dispatch(request));
  }

  /** Frees everything but the instance. */
  dispose(): void {
    this.#dropLost();
    for (const id of [...this.#tasks.keys()]) this.#close(id);
    this.#classifier?.free();
    this.#classifier = null;
  }

  #dispatch(request: EngineRequest): EngineReplies[keyof EngineReplies] {
    switch (request.type) {
      case "set-model":
        return this.#setModel(request.model);
      case "open": {
        const classifier = this.#liveClassifier();
        this.#tasks.set(request.stream, openTask(classifier, request.format, request));
        return classifier.model();
      }
      case "push":
        return this.#task(request.stream).push(request.chunk);
      case "flush":
        return this.#task(request.stream, ClassifyTask).flush();
      case "flush-mel":
        return this.#task(request.stream, MelTask).flush();
      case "explain":
        return this.#task(request.stream, ExplainTask).explain(request.label);
      case "close":
        return this.#close(request.stream);
      case "enroll":
        return this.#liveClassifier().enroll(request.samples);
      case "combine":
        return this.#bindings.combine(request.results, request.uncertainBelow);
    }
  }

  #setModel(model: Uint8Array<ArrayBuffer>): RawModelInfo {
    // The old model goes only once the new one is valid. Open streams keep theirs.
    const classifier = new this.#bindings.Classifier(model);
    this.#classifier?.free();
    this.#classifier = classifier;
    this.#model = model;
    return classifier.model();
  }

  #liveClassifier(): Classifier {
    return (this.#classifier ??= new this.#bindings.Classifier(this.#model));
  }

  #task(id: number): EngineTask;
  #task<T extends EngineTask>(id: number, kind: new (...args: never[]) => T): T;
  #task(id: number, kind?: new (...args: never[]) => EngineTask): EngineTask {
    const task = this.#tasks.get(id);
    if (!task) {
      throw new EmotionError("WORKER_CRASHED", "the engine failed and was restarted, and this input was lost: start it again");
    }
    if (kind && !(task instanceof kind)) throw new EmotionError("INTERNAL", "an input was asked for another task than it was opened for");
    return task;
  }

  #close(id: number): undefined {
    this.#tasks.get(id)?.free();
    this.#tasks.delete(id);
  }

  #guarded<T>(run: () => T): T {
    this.#dropLost();
    try {
      return run();
    } catch (thrown) {
      if (!isTrap(thrown)) throw toEmotionError(thrown);
      // A trap leaves the instance's memory in an unknown state, so nothing of it may be touched again, `free` included.
      // The next call runs in a new instance of the same compiled module, with the same model.
      instance += 1;
      this.#dropLost();
      this.#bindings.scheduleRestart();
      this.#bindings.version();
      throw new EmotionError("WORKER_CRASHED", `the engine failed: ${messageOf(thrown)}`, { cause: thrown });
    }
  }

  /** Forgets the handles that were lost with an earlier instance. */
  #dropLost(): void {
    if (this.#instance === instance) return;
    this.#instance = instance;
    this.#classifier = null;
    this.#tasks.clear();
  }
}
