// Samples, or the bytes of a WAV, for a stream that takes samples.

import { EmotionError } from "../errors.js";
import type { Bindings, WavDecoder } from "./bindings.js";
import type { AudioChunk, StreamFormat } from "./protocol.js";

/** A stream that makes an `R` of a chunk. */
interface SampleStream<R> {
  push(samples: Float32Array): R;
  pushPlanar(channels: Float32Array[]): R;
  free(): void;
}

/** Opens a stream as soon as the sample rate is known: for a WAV, once its header is complete. */
export class SampleFeed<R, S extends SampleStream<R>> {
  readonly #open: (sampleRate: number) => S;
  readonly #decoder: WavDecoder | undefined;
  #stream: S | undefined;

  constructor({ WavDecoder }: Bindings, format: StreamFormat, open: (sampleRate: number) => S) {
    this.#open = open;
    if (format.kind === "wav") this.#decoder = new WavDecoder();
    else this.#stream = open(format.sampleRate);
  }

  /** Pushes a chunk; `undefined` until the header of a WAV is complete. */
  push(chunk: AudioChunk): R | undefined {
    if (chunk instanceof Uint8Array) {
      if (this.#decoder) return this.#pushSamples(this.#decoder, this.#decoder.push(chunk));
    } else if (!this.#decoder) {
      return this.#stream?.pushPlanar(chunk);
    }
    throw new EmotionError("INTERNAL", "a chunk of samples for a stream of bytes, or the reverse");
  }

  /** Ends a WAV, and returns the stream for the caller to flush. */
  end(): { stream: S; last: R | undefined } {
    const last = this.#decoder && this.#pushSamples(this.#decoder, this.#decoder.finish());
    // A decoder that finishes without an error has read a header.
    if (!this.#stream) throw new EmotionError("INTERNAL", "a WAV without a header was not refused");
    return { stream: this.#stream, last };
  }

  free(): void {
    this.#stream?.free();
    this.#decoder?.free();
  }

  #pushSamples(decoder: WavDecoder, samples: Float32Array): R | undefined {
    const { sampleRate } = decoder;
    if (sampleRate === undefined) return undefined;
    this.#stream ??= this.#open(sampleRate);
    return this.#stream.push(samples);
  }
}
