// The engine itself: wasm, on whatever thread this runs. The only module that loads the generated code.

import { EmotionError, toEmotionError } from "./errors.js";
import type {
  AudioChunk,
  EngineReplies,
  EngineRequest,
  Hearing,
  PushReply,
  RawModelInfo,
  ReplyTo,
  StreamFormat,
} from "./protocol.js";
import init, {
  Classifier,
  scheduleRestart,
  StreamClassifier,
  version,
  type WavStreamClassifier,
} from "./wasm/emotionai_voice.js";

/** An export that tells the package's WebAssembly from any other. */
const ENTRY_POINT = "classifier_new";

/** Answers requests at once. */
export class EngineCore {
  #model: Uint8Array<ArrayBuffer>;
  /** `null` after a trap, until it is needed again. */
  #classifier: Classifier | null = null;
  readonly #streams = new Map<number, StreamClassifier | WavStreamClassifier>();

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
    for (const id of [...this.#streams.keys()]) this.#close(id);
    this.#classifier?.free();
    this.#classifier = null;
  }

  #dispatch(request: EngineRequest): EngineReplies[keyof EngineReplies] {
    switch (request.type) {
      case "set-model":
        return this.#setModel(request.model);
      case "open": {
        const classifier = this.#liveClassifier();
        this.#streams.set(request.stream, openFor(classifier, request.format, request));
        return classifier.model().id;
      }
      case "push":
        return push(this.#stream(request.stream), request.chunk);
      case "flush":
        return this.#stream(request.stream).flush();
      case "reset": {
        const stream = this.#stream(request.stream);
        if (!(stream instanceof StreamClassifier)) throw new EmotionError("INTERNAL", "a WAV has no gaps to reset at");
        return stream.reset() as undefined;
      }
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

  #stream(id: number): StreamClassifier | WavStreamClassifier {
    const stream = this.#streams.get(id);
    if (stream) return stream;
    throw new EmotionError("WORKER_CRASHED", "the engine failed and began anew, and this input was lost: start it again");
  }

  #close(id: number): undefined {
    this.#streams.get(id)?.free();
    this.#streams.delete(id);
  }

  #guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (thrown) {
      if (!(thrown instanceof WebAssembly.RuntimeError)) throw toEmotionError(thrown);
      // A trap leaves the instance's memory in an unknown state: nothing of it may be touched again, `free`
      // included. What follows runs in a fresh instance of the same compiled module, with the model as it was.
      this.#classifier = null;
      this.#streams.clear();
      scheduleRestart();
      version();
      throw new EmotionError("WORKER_CRASHED", `the engine failed: ${thrown.message}`, { cause: thrown });
    }
  }
}

function openFor(classifier: Classifier, format: StreamFormat, { hopMs, profile }: Hearing) {
  if (!profile || profile.space !== classifier.model().voiceSpace) return open(classifier, format, hopMs);
  const own = classifier.withProfile(profile);
  const opened = open(own, format, hopMs);
  own.free();
  return opened;
}

function open(classifier: Classifier, format: StreamFormat, hopMs: number | undefined) {
  return format.kind === "wav" ? classifier.wavStream(hopMs) : classifier.stream(format.sampleRate, hopMs);
}

function push(stream: StreamClassifier | WavStreamClassifier, chunk: AudioChunk): PushReply {
  if (stream instanceof StreamClassifier) {
    if (!(chunk instanceof Uint8Array)) return { results: stream.pushPlanar(chunk), peak: stream.peak };
  } else if (chunk instanceof Uint8Array) {
    return { results: stream.push(chunk), peak: 0 };
  }
  throw new EmotionError("INTERNAL", "a chunk of samples for a stream of bytes, or the reverse");
}
