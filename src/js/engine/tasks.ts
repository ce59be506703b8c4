// What the engine computes from an open input: answers, log-mel frames, or saliency.

import { EmotionError, isTrap } from "../errors.js";
import { profileSpaceOf, type Bindings, type Classifier, type Explainer, type MelStream, type StreamClassifier, type WavStreamClassifier } from "./bindings.js";
import type { AudioChunk, MelEnd, PushReply, RawMelAxes, RawSaliency, RawStreamEnd, StreamFormat, StreamOptions } from "./protocol.js";
import { SampleFeed } from "./sample-feed.js";

/** An open input of the engine. */
export interface EngineTask {
  push(chunk: AudioChunk): PushReply;
  /** Frees every handle into the wasm memory. */
  free(): void;
}

/** Opens an input for its task. Where that fails, no handle stays behind. */
export function openTask(bindings: Bindings, classifier: Classifier, format: StreamFormat, options: StreamOptions): EngineTask {
  const { task, profile } = options;
  const fits = profile && profile.space === profileSpaceOf(classifier.model());
  const own = fits ? classifier.withProfile(profile) : classifier.share();
  try {
    switch (task) {
      case "mel":
        return new MelTask(bindings, own, format);
      case "explain":
        return new ExplainTask(bindings, own, format);
      default:
        return new ClassifyTask(own, format, options);
    }
  } catch (thrown) {
    // After a trap, nothing of the instance may be touched.
    if (!isTrap(thrown)) own.free();
    throw thrown;
  }
}

/** A classifier's stream, by the format that it takes. */
type AnswerStream = { kind: "pcm"; stream: StreamClassifier } | { kind: "wav"; stream: WavStreamClassifier };

/** Answers one result a window. */
export class ClassifyTask implements EngineTask {
  readonly #input: AnswerStream;

  /** Takes ownership of the classifier. */
  constructor(classifier: Classifier, format: StreamFormat, { hopMs, smoothingMs }: StreamOptions) {
    this.#input =
      format.kind === "wav"
        ? { kind: "wav", stream: classifier.wavStream(hopMs) }
        : { kind: "pcm", stream: classifier.stream(format.sampleRate, hopMs, smoothingMs) };
    classifier.free();
  }

  push(chunk: AudioChunk): PushReply {
    const { kind, stream } = this.#input;
    if (kind === "pcm") {
      if (!(chunk instanceof Uint8Array)) return { results: stream.pushPlanar(chunk), peak: stream.peak };
    } else if (chunk instanceof Uint8Array) {
      return { results: stream.push(chunk), peak: 0 };
    }
    throw new EmotionError("INTERNAL", "a chunk of samples for a stream of bytes, or the reverse");
  }

  flush(): RawStreamEnd {
    return this.#input.stream.flush();
  }

  free(): void {
    this.#input.stream.free();
  }
}

/** Computes log-mel frames. */
export class MelTask implements EngineTask {
  readonly #classifier: Classifier;
  readonly #axes: RawMelAxes;
  readonly #feed: SampleFeed<Float32Array<ArrayBuffer>, MelStream>;

  /** Takes ownership of the classifier. */
  constructor(bindings: Bindings, classifier: Classifier, format: StreamFormat) {
    this.#classifier = classifier;
    this.#axes = classifier.melAxes();
    this.#feed = new SampleFeed(bindings, format, (sampleRate) => classifier.melStream(sampleRate));
  }

  push(chunk: AudioChunk): PushReply {
    return { results: [], peak: 0, mel: this.#feed.push(chunk) };
  }

  flush(): MelEnd {
    const { stream, last } = this.#feed.end();
    const rest = stream.flush();
    return { ...this.#axes, mel: [last, rest], peakDb: stream.peakDb };
  }

  free(): void {
    this.#feed.free();
    this.#classifier.free();
  }
}

/** Computes the saliency of an answer. */
export class ExplainTask implements EngineTask {
  readonly #classifier: Classifier;
  readonly #feed: SampleFeed<void, Explainer>;

  /** Takes ownership of the classifier. */
  constructor(bindings: Bindings, classifier: Classifier, format: StreamFormat) {
    this.#classifier = classifier;
    this.#feed = new SampleFeed(bindings, format, (sampleRate) => classifier.explainer(sampleRate));
  }

  push(chunk: AudioChunk): PushReply {
    this.#feed.push(chunk);
    return { results: [], peak: 0 };
  }

  explain(label: string | undefined): RawSaliency {
    return this.#feed.end().stream.explain(label);
  }

  free(): void {
    this.#feed.free();
    this.#classifier.free();
  }
}
