// Samples, or the bytes of a WAV, for a stream that takes samples.

import { EmotionError } from "./errors.js";
import type { AudioChunk, StreamFormat } from "./protocol.js";
import { WavDecoder, type Classifier } from "./wasm/emotionai_voice.js";

/** A stream that makes an `R` of a chunk. */
interface SampleStream<R> {
  push(samples: Float32Array): R;
  pushPlanar(channels: Float32Array[]): R;
  free(): void;
}

/** Opens a stream as soon as its rate is known, which for a WAV is when its header has come. */
export class SampleFeed<R, S extends SampleStream<R>> {
  readonly #classifier: Classifier;
  readonly #open: (sampleRate: number) => S;
  readonly #decoder: WavDecoder | undefined;
  #stream: S | undefined;

  /** Takes over the classifier that `open` asks. */
  constructor(classifier: Classifier, format: StreamFormat, open: (sampleRate: number) => S) {
    this.#classifier = classifier;
    this.#open = open;
    if (format.kind === "wav") this.#decoder = new WavDecoder();
    else this.#stream = open(format.sampleRate);
  }

  /** Hears a chunk; nothing comes of one in which a WAV's header has not ended. */
  push(chunk: AudioChunk): R | undefined {
    if (chunk instanceof Uint8Array) {
      if (this.#decoder) return this.#hear(this.#decoder, this.#decoder.push(chunk));
    } else if (!this.#decoder) {
      return this.#stream?.pushPlanar(chunk);
    }
    throw new EmotionError("INTERNAL", "a chunk of samples for a stream of bytes, or the reverse");
  }

  /** Ends a WAV. The stream is then to be flushed. */
  end(): { stream: S; last: R | undefined } {
    const last = this.#decoder && this.#hear(this.#decoder, this.#decoder.finish());
    // A decoder that finishes without an error has read a header.
    if (!this.#stream) throw new EmotionError("INTERNAL", "a WAV without a header was not refused");
    return { stream: this.#stream, last };
  }

  free(): void {
    this.#stream?.free();
    this.#decoder?.free();
    this.#classifier.free();
  }

  #hear(decoder: WavDecoder, samples: Float32Array): R | undefined {
    const { sampleRate } = decoder;
    if (sampleRate === undefined) return undefined;
    this.#stream ??= this.#open(sampleRate);
    return this.#stream.push(samples);
  }
}
