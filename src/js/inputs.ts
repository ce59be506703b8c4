// What the engine makes of an input: answers, a picture, or the reasons for the answer.

import { EmotionError } from "./errors.js";
import type { AudioChunk, Hearing, MelEnd, PushReply, RawMelAxes, RawSaliency, RawStreamEnd, StreamFormat } from "./protocol.js";
import { SampleFeed } from "./sample-feed.js";
import { StreamClassifier, type Classifier, type Explainer, type MelStream, type WavStreamClassifier } from "./wasm/emotionai_voice.js";

/** An input that is open. */
export interface EngineInput {
  push(chunk: AudioChunk): PushReply;
  free(): void;
}

/** Opens an input for its task. */
export function openInput(classifier: Classifier, format: StreamFormat, hearing: Hearing): EngineInput {
  const { task, profile } = hearing;
  const isKnown = profile && profile.space === classifier.model().voiceSpace;
  const own = isKnown ? classifier.withProfile(profile) : classifier.share();
  switch (task) {
    case "mel":
      return new MelInput(own, format);
    case "explain":
      return new ExplainInput(own, format);
    default:
      return new ClassifyInput(own, format, hearing);
  }
}

/** An answer a window. */
export class ClassifyInput implements EngineInput {
  readonly #stream: StreamClassifier | WavStreamClassifier;

  /** Takes the classifier over. */
  constructor(classifier: Classifier, format: StreamFormat, { hopMs, smoothingMs }: Hearing) {
    this.#stream =
      format.kind === "wav" ? classifier.wavStream(hopMs) : classifier.stream(format.sampleRate, hopMs, smoothingMs);
    classifier.free();
  }

  push(chunk: AudioChunk): PushReply {
    const stream = this.#stream;
    if (stream instanceof StreamClassifier) {
      if (!(chunk instanceof Uint8Array)) return { results: stream.pushPlanar(chunk), peak: stream.peak };
    } else if (chunk instanceof Uint8Array) {
      return { results: stream.push(chunk), peak: 0 };
    }
    throw new EmotionError("INTERNAL", "a chunk of samples for a stream of bytes, or the reverse");
  }

  flush(): RawStreamEnd {
    return this.#stream.flush();
  }

  free(): void {
    this.#stream.free();
  }
}

/** Log-mel frames. */
export class MelInput implements EngineInput {
  readonly #feed: SampleFeed<Float32Array<ArrayBuffer>, MelStream>;
  readonly #axes: RawMelAxes;

  /** Takes the classifier over. */
  constructor(classifier: Classifier, format: StreamFormat) {
    this.#axes = classifier.melAxes();
    this.#feed = new SampleFeed(classifier, format, (sampleRate) => classifier.melStream(sampleRate));
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
  }
}

/** What spoke for an emotion. */
export class ExplainInput implements EngineInput {
  readonly #feed: SampleFeed<void, Explainer>;

  /** Takes the classifier over. */
  constructor(classifier: Classifier, format: StreamFormat) {
    this.#feed = new SampleFeed(classifier, format, (sampleRate) => classifier.explainer(sampleRate));
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
  }
}
