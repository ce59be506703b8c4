// What the engine computes from an open input: answers, log-mel frames, or saliency.

import { isTrap } from "../errors.js";
import type { Classifier, Explainer, MelStream, StreamClassifier } from "./bindings.js";
import type { AudioChunk, MelEnd, PushReply, RawMelAxes, RawSaliency, RawStreamEnd, StreamFormat, StreamOptions } from "./protocol.js";

/** An open input of the engine. */
export interface EngineTask {
  push(chunk: AudioChunk): PushReply;
  /** Frees every handle into the wasm memory. */
  free(): void;
}

/** Opens an input for its task. Where that fails, no handle stays behind. */
export function openTask(classifier: Classifier, format: StreamFormat, options: StreamOptions): EngineTask {
  const { task, profile } = options;
  const fits = profile && profile.space === classifier.model().profileSpace;
  const own = fits ? classifier.withProfile(profile) : classifier.share();
  try {
    const opened = open(own, format, task, options);
    // The stream holds what it needs of the classifier.
    own.free();
    return opened;
  } catch (thrown) {
    // After a trap, nothing of the instance may be touched.
    if (!isTrap(thrown)) own.free();
    throw thrown;
  }
}

function open(classifier: Classifier, format: StreamFormat, task: StreamOptions["task"], { hopMs, smoothingMs }: StreamOptions): EngineTask {
  const isWav = format.kind === "wav";
  switch (task) {
    case "mel":
      return new MelTask(classifier.melAxes(), isWav ? classifier.wavMelStream() : classifier.melStream(format.sampleRate));
    case "explain":
      return new ExplainTask(isWav ? classifier.wavExplainer() : classifier.explainer(format.sampleRate));
    default:
      return new ClassifyTask(isWav ? classifier.wavStream(hopMs, smoothingMs) : classifier.stream(format.sampleRate, hopMs, smoothingMs));
  }
}

/** A stream of the generated bindings, which makes an `R` of a chunk. */
interface RawStream<R> {
  pushPlanar(channels: Float32Array[]): R;
  pushWav(bytes: Uint8Array): R;
}

/** Pushes a chunk in the format that the stream was opened for. */
function push<R>(stream: RawStream<R>, chunk: AudioChunk): R {
  return chunk instanceof Uint8Array ? stream.pushWav(chunk) : stream.pushPlanar(chunk);
}

/** Answers one result a window. */
export class ClassifyTask implements EngineTask {
  readonly #stream: StreamClassifier;

  constructor(stream: StreamClassifier) {
    this.#stream = stream;
  }

  push(chunk: AudioChunk): PushReply {
    return { results: push(this.#stream, chunk), peak: this.#stream.peak };
  }

  flush(): RawStreamEnd {
    return this.#stream.flush();
  }

  free(): void {
    this.#stream.free();
  }
}

/** Computes log-mel frames. */
export class MelTask implements EngineTask {
  readonly #axes: RawMelAxes;
  readonly #stream: MelStream;

  constructor(axes: RawMelAxes, stream: MelStream) {
    this.#axes = axes;
    this.#stream = stream;
  }

  push(chunk: AudioChunk): PushReply {
    return { results: [], peak: 0, mel: push(this.#stream, chunk) };
  }

  flush(): MelEnd {
    const mel = this.#stream.flush();
    return { ...this.#axes, mel, peakDb: this.#stream.peakDb };
  }

  free(): void {
    this.#stream.free();
  }
}

/** Computes the saliency of an answer. */
export class ExplainTask implements EngineTask {
  readonly #stream: Explainer;

  constructor(stream: Explainer) {
    this.#stream = stream;
  }

  push(chunk: AudioChunk): PushReply {
    push(this.#stream, chunk);
    return { results: [], peak: 0 };
  }

  explain(label: string | undefined): RawSaliency {
    return this.#stream.explain(label);
  }

  free(): void {
    this.#stream.free();
  }
}
