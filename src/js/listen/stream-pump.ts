// Captured chunks, pushed into an engine that may be slower than real time.

import type { Engine } from "../engine/engine.js";
import { EngineStream } from "../engine/engine-stream.js";
import type { RawResult, StreamOptions } from "../engine/protocol.js";
import { toEmotionError, type EmotionError } from "../errors.js";
import type { ListenReason } from "../listen-types.js";
import { toResult } from "../results/convert.js";
import type { EmotionResult } from "../types.js";
import { SessionAnswer } from "./session-answer.js";

/** Audio that may wait for the engine, in milliseconds. Beyond it, chunks are dropped until the engine has caught up. */
const MAX_WAITING_MS = 10_000;

/** Consecutive failures that end the session. */
const MAX_FAILURES = 3;

/** Receives what comes of the chunks. */
export interface PumpListener<L extends string> {
  onResult(result: EmotionResult<L>): void;
  onLevel(peak: number): void;
  /** The next chunk begins a new input to the model. */
  onGap(reason: ListenReason): void;
  onError(error: EmotionError): void;
  /** The session cannot go on. */
  onFatal(error: EmotionError): void;
}

/** Feeds one engine stream after the other, while the time of the session runs on. */
export class StreamPump<L extends string> {
  readonly #engine: Engine;
  readonly #options: StreamOptions;
  readonly #listener: PumpListener<L>;
  readonly #answer: SessionAnswer;

  #sampleRate: number;
  #stream: EngineStream;
  /** Where the engine's current input begins in the session. */
  #startMs = 0;
  /** Time that was captured at earlier sample rates. */
  #earlierMs = 0;
  /** Samples of a channel that were captured at the current rate. */
  #capturedFrames = 0;
  #waitingFrames = 0;
  #overloaded = false;
  #failures = 0;
  #closed = false;

  constructor(engine: Engine, sampleRate: number, options: StreamOptions, listener: PumpListener<L>) {
    this.#engine = engine;
    this.#sampleRate = sampleRate;
    this.#options = options;
    this.#listener = listener;
    this.#answer = new SessionAnswer(engine);
    this.#stream = this.#open();
  }

  /** Settles when the engine has opened the stream; rejects for a rate or a hop out of its range. */
  async opened(): Promise<void> {
    await this.#stream.model;
  }

  /** Goes on at another sample rate, with a new input. */
  setSampleRate(sampleRate: number): void {
    if (this.#closed || sampleRate === this.#sampleRate) return;
    // The requests keep their order, so that the old stream is flushed before it is closed.
    void this.flush();
    this.#stream.close();
    this.#earlierMs = this.#capturedMs;
    this.#capturedFrames = 0;
    this.#sampleRate = sampleRate;
    this.#stream = this.#open();
  }

  /** Pushes a chunk, whose buffers are detached from the caller. */
  push(chunk: Float32Array<ArrayBuffer>[]): void {
    const frames = chunk[0]?.length ?? 0;
    if (this.#closed || frames === 0) return;
    if (this.#overloaded && this.#waitingFrames === 0) this.#recover();
    if (this.#toMs(this.#waitingFrames) > MAX_WAITING_MS) this.#overloaded = true;
    this.#capturedFrames += frames;
    if (!this.#overloaded) void this.#feed(chunk, frames);
  }

  /**
   * Ends the engine's input; the next chunk begins another, to which the audio before a gap does not belong.
   *
   * Resolves with the answer for all inputs so far, without those that were too short or lost; `null` where there is none,
   * and after `close`.
   */
  async flush(): Promise<EmotionResult<L> | null> {
    const stream = this.#stream;
    const startMs = this.#startMs;
    const flushed = performance.now();
    this.#startMs = this.#capturedMs;
    try {
      const [model, { windows, clip }] = await Promise.all([stream.model, stream.flush()]);
      this.#report(windows, model.id, startMs, flushed);
      this.#answer.add(placed(clip, startMs), model);
    } catch (thrown) {
      const error = toEmotionError(thrown);
      // Too little audio for an answer is no failure.
      if (error.code !== "TOO_SHORT") this.#fail(stream, error);
    }
    try {
      const total = await this.#answer.total();
      return this.#closed || !total ? null : toResult(total.answer, total.modelId, performance.now() - flushed);
    } catch (thrown) {
      this.#fail(stream, toEmotionError(thrown));
      return null;
    }
  }

  /** Closes the stream; the listener is not called any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
  }

  #open(): EngineStream {
    return new EngineStream(this.#engine, { kind: "pcm", sampleRate: this.#sampleRate }, this.#options);
  }

  async #feed(chunk: Float32Array<ArrayBuffer>[], frames: number): Promise<void> {
    const stream = this.#stream;
    const startMs = this.#startMs;
    const pushed = performance.now();
    this.#waitingFrames += frames;
    try {
      const [model, { results, peak }] = await Promise.all([stream.model, stream.push(chunk)]);
      this.#failures = 0;
      if (this.#closed) return;
      this.#listener.onLevel(Math.min(peak, 1));
      this.#report(results, model.id, startMs, pushed);
    } catch (error) {
      this.#fail(stream, toEmotionError(error));
    } finally {
      this.#waitingFrames -= frames;
    }
  }

  #report(results: readonly RawResult[], modelId: string, startMs: number, since: number): void {
    if (this.#closed) return;
    const latencyMs = performance.now() - since;
    for (const raw of results) {
      this.#listener.onResult(toResult(placed(raw, startMs), modelId, latencyMs));
    }
  }

  #recover(): void {
    this.#overloaded = false;
    void this.flush();
    this.#listener.onGap("overload");
  }

  #fail(stream: EngineStream, error: EmotionError): void {
    // All calls that were pending on a lost stream fail; the first is reported.
    if (this.#closed || stream !== this.#stream) return;
    this.#failures += 1;
    if (this.#failures >= MAX_FAILURES || error.code === "DISPOSED") {
      this.#listener.onFatal(error);
      return;
    }
    this.#listener.onError(error);
    // The stream goes on without a chunk of invalid samples.
    if (error.code === "INVALID_AUDIO" || this.#closed) return;
    stream.close();
    this.#startMs = this.#capturedMs;
    this.#stream = this.#open();
    this.#listener.onGap("restarted");
  }

  get #capturedMs(): number {
    return this.#earlierMs + this.#toMs(this.#capturedFrames);
  }

  #toMs(frames: number): number {
    return (frames * 1000) / this.#sampleRate;
  }
}

/** A result of an input that begins at `inputMs`, with its times moved into the session. */
function placed(raw: RawResult, inputMs: number): RawResult {
  return { ...raw, startMs: raw.startMs + inputMs, endMs: raw.endMs + inputMs };
}
