// Chunks as they are captured, into an engine that may be slower than they come.

import { EngineStream, type Engine } from "./engine.js";
import { toEmotionError, type EmotionError } from "./errors.js";
import type { Hearing, RawResult } from "./protocol.js";
import { toResult } from "./results.js";
import { SessionAnswer } from "./session-answer.js";
import type { ListenReason } from "./listen-types.js";
import type { EmotionResult } from "./types.js";

/** Audio that may wait for the engine, in milliseconds. Past this, what comes is dropped until it has caught up. */
const MAX_WAITING_MS = 10_000;

/** Chunks that may fail one after the other before it is no use to go on. */
const MAX_FAILURES = 3;

/** Who is told what came of the chunks. */
export interface PumpListener<L extends string> {
  onResult(result: EmotionResult<L>): void;
  onLevel(peak: number): void;
  /** What is heard from here on is a new input to the model. */
  onGap(reason: ListenReason): void;
  onError(error: EmotionError): void;
  /** It is no use to go on. */
  onFatal(error: EmotionError): void;
}

/** Feeds one engine stream after the other, with the time running on from one to the next. */
export class StreamPump<L extends string> {
  readonly #engine: Engine;
  readonly #sampleRate: number;
  readonly #hearing: Hearing;
  readonly #listener: PumpListener<L>;

  readonly #heard = new SessionAnswer();

  #stream: EngineStream;
  /** Where the engine's current input begins, counted in all that was captured. */
  #startMs = 0;
  #capturedFrames = 0;
  #waitingFrames = 0;
  #overloaded = false;
  #failures = 0;
  #closed = false;

  constructor(engine: Engine, sampleRate: number, hearing: Hearing, listener: PumpListener<L>) {
    this.#engine = engine;
    this.#sampleRate = sampleRate;
    this.#hearing = hearing;
    this.#listener = listener;
    this.#stream = this.#open();
  }

  /** Settles when the engine has taken the stream; rejects for a rate or a hop that it does not take. */
  async opened(): Promise<void> {
    await this.#stream.model;
  }

  /** Takes a chunk; its buffers are lost to the caller. */
  push(chunk: Float32Array<ArrayBuffer>[]): void {
    const frames = chunk[0]?.length ?? 0;
    if (this.#closed || frames === 0) return;
    if (this.#overloaded && this.#waitingFrames === 0) this.#recover();
    if (this.#toMs(this.#waitingFrames) > MAX_WAITING_MS) this.#overloaded = true;
    this.#capturedFrames += frames;
    if (!this.#overloaded) void this.#feed(chunk, frames);
  }

  /**
   * Ends the engine's input, and answers what was left of it. The next chunk begins another: what came before a gap says
   * nothing about what comes after.
   *
   * Resolves with the answer for all inputs so far, without those that were too short or lost; `null` where there is none,
   * and after `close`.
   */
  async flush(): Promise<EmotionResult<L> | null> {
    const stream = this.#stream;
    const startMs = this.#startMs;
    const flushed = performance.now();
    this.#startMs = this.#toMs(this.#capturedFrames);
    try {
      const [model, { windows, clip }] = await Promise.all([stream.model, stream.flush()]);
      this.#report(windows, model.id, startMs, flushed);
      this.#heard.add(placed(clip, startMs), model);
    } catch (thrown) {
      const error = toEmotionError(thrown);
      // Nothing was left to answer.
      if (error.code !== "TOO_SHORT") this.#fail(stream, error);
    }
    const { total } = this.#heard;
    return this.#closed || !total ? null : toResult(total.answer, total.modelId, performance.now() - flushed);
  }

  /** Ends all; nobody is told anything after this. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.close();
  }

  #open(): EngineStream {
    return new EngineStream(this.#engine, { kind: "pcm", sampleRate: this.#sampleRate }, this.#hearing);
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
    // Of all that was pending on a lost stream, the first to fail speaks for the rest.
    if (this.#closed || stream !== this.#stream) return;
    this.#failures += 1;
    if (this.#failures >= MAX_FAILURES || error.code === "DISPOSED") {
      this.#listener.onFatal(error);
      return;
    }
    this.#listener.onError(error);
    // A chunk that is no audio is left out, and the stream goes on.
    if (error.code === "INVALID_AUDIO" || this.#closed) return;
    stream.close();
    this.#startMs = this.#toMs(this.#capturedFrames);
    this.#stream = this.#open();
    this.#listener.onGap("restarted");
  }

  #toMs(frames: number): number {
    return (frames * 1000) / this.#sampleRate;
  }
}

/** A result of an input that begins at `inputMs`, with its times counted from when listening began. */
function placed(raw: RawResult, inputMs: number): RawResult {
  return { ...raw, startMs: raw.startMs + inputMs, endMs: raw.endMs + inputMs };
}
