// The session that `listen` returns: its state, its events, and its results.
// The reference declares `Symbol.asyncDispose` also where a consumer's own `lib` lacks it.
/// <reference lib="esnext.disposable" preserve="true" />

import type { Engine } from "../engine/engine.js";
import { toEmotionError, type EmotionError } from "../errors.js";
import type { CapturedChunk } from "../input/capture.js";
import { CaptureGraph } from "../input/capture-graph.js";
import type { ContextPool } from "../input/context-pool.js";
import { openMicrophone, stopTracks } from "../input/microphone.js";
import type { ListenEventMap, ListenOptions, ListenReason, ListenState } from "../listen-types.js";
import type { Emotion, EmotionResult, SpeakerProfile } from "../types.js";
import { InputWatch, type Hold } from "./input-watch.js";
import { ResultQueue } from "./result-queue.js";
import { StreamPump } from "./stream-pump.js";

/** @internal The part of the recognizer that a session uses. */
export interface SessionHost {
  engine: Engine;
  contexts: ContextPool;
  /** The speaker's profile, for the whole session. */
  profile: SpeakerProfile | null;
  onEnd(session: { abandon(error: EmotionError): void }): void;
}

/**
 * Listens to a microphone or a stream until it is stopped. `EmotionRecognizer.listen` creates it.
 *
 * Read it with `for await`, which yields every result and ends with the session, or by events: `"result"`, `"level"`,
 * `"state"` and `"error"`.
 *
 * @example
 * ```js
 * const session = await recognizer.listen();
 * session.addEventListener("level", ({ detail }) => (meter.value = detail));
 * for await (const { label, confidence } of session) show(label, confidence);
 * ```
 */
export class ListenSession<L extends string = Emotion> extends EventTarget implements AsyncIterable<EmotionResult<L>>, AsyncDisposable {
  readonly #options: ListenOptions;
  readonly #host: SessionHost;
  readonly #input: CaptureGraph;
  readonly #pump: StreamPump<L>;
  readonly #watch: InputWatch;
  readonly #queues = new Set<ResultQueue<EmotionResult<L>>>();

  #state: ListenState = "running";
  #paused = false;
  readonly #holds = new Set<Hold>();
  #stopping: Promise<EmotionResult<L> | null> | undefined;

  private constructor(options: ListenOptions, host: SessionHost, input: CaptureGraph) {
    super();
    this.#options = options;
    this.#host = host;
    this.#input = input;
    const streamOptions = { hopMs: options.hopMs, smoothingMs: options.smoothingMs, profile: host.profile };
    this.#pump = new StreamPump<L>(host.engine, input.context.sampleRate, streamOptions, {
      onResult: (result) => this.#emitResult(result),
      onLevel: (peak) => this.#emit("level", peak),
      onGap: (reason) => this.#emit("state", { state: this.#state, reason }),
      onError: (error) => this.#emit("error", error),
      onFatal: (error) => this.#fail(error),
    });
    this.#watch = new InputWatch(input, {
      onHold: (hold, isHeld) => this.#setHold(hold, isHeld),
      onChanged: () => this.#gap("device-change"),
      onEnded: () => void this.#ended(),
    });
  }

  /** @internal */
  static async start<L extends string>(options: ListenOptions, host: SessionHost): Promise<ListenSession<L>> {
    const input = await CaptureGraph.open(options, host.contexts);
    const session = new ListenSession<L>(options, host, input);
    try {
      await session.#pump.opened();
      session.#begin();
      return session;
    } catch (error) {
      session.#release();
      throw error;
    }
  }

  /**
   * The stream that the session listens to: the caller's, or the microphone's. Another after the microphone was replaced.
   *
   * @example
   * ```js
   * console.log("listening to", session.stream.getAudioTracks()[0].label);
   * ```
   */
  get stream(): MediaStream {
    return this.#input.stream;
  }

  /**
   * The state of the session. A `"state"` event reports every change.
   *
   * @example
   * ```js
   * if (session.state === "interrupted") hint.textContent = "The microphone is interrupted.";
   * ```
   */
  get state(): ListenState {
    return this.#state;
  }

  /**
   * Whether audio comes in: the state is `"running"` and `stop` was not called.
   *
   * @example
   * ```js
   * button.onclick = () => (session.running ? session.pause() : session.resume());
   * ```
   */
  get running(): boolean {
    return this.#state === "running" && !this.#stopping;
  }

  /**
   * Pauses the session, and answers for the audio so far. A microphone stays open, but is muted. Without effect where the
   * session is paused or stopped already. Never throws.
   *
   * @example
   * ```js
   * document.onvisibilitychange = () => (document.hidden ? session.pause() : session.resume());
   * ```
   */
  pause(): void {
    if (this.#stopping || this.#paused) return;
    this.#paused = true;
    this.#input.setEnabled(false);
    this.#update("requested");
  }

  /**
   * Resumes a paused session. The model takes what follows for a new input, so the first result is provisional. Without effect
   * where the session is not paused. Never throws.
   *
   * @example
   * ```js
   * session.pause();
   * await playQuestion(); // not to be recognised
   * session.resume();
   * ```
   */
  resume(): void {
    if (this.#stopping || !this.#paused) return;
    this.#paused = false;
    this.#input.setEnabled(true);
    this.#input.context.resume().catch(() => {});
    this.#update("requested");
  }

  /**
   * Ends the session, and releases every track that it opened. Never rejects. Every further call returns the same answer.
   *
   * @returns The answer for the whole session. Pauses, interruptions and other gaps divide it into inputs, whose answers are
   * combined as the windows of a recording are: by the mean of the logits, weighted by speech. Where there were gaps, the
   * state is `"uncertain"` if the confidence is less than in any result of the session that named an emotion. Inputs under 100 ms
   * do not count, nor does audio that was lost because inference failed. `null` where no input counts, where the session failed,
   * and where the recognizer was disposed.
   *
   * @example
   * ```js
   * const answer = await session.stop();
   * if (answer?.state === "speech") show(answer.label, answer.confidence);
   * ```
   */
  stop(): Promise<EmotionResult<L> | null> {
    return (this.#stopping ??= this.#stop("requested"));
  }

  /**
   * Calls `stop`, for `await using`. Never rejects.
   *
   * @example
   * ```ts
   * await using session = await recognizer.listen();
   * for await (const { label } of session) if (label === "happy") break; // the session stops at the end of its block
   * ```
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Iterates over the results from now on, until the session stops. A reader that falls 256 results behind loses the oldest.
   *
   * Leaving the loop does not stop the session: the microphone stays on until `stop`, or the end of an `await using`.
   *
   * @throws {EmotionError} in the loop, if the session fails: `NO_DEVICE` and the other codes of `listen`, `WORKER_CRASHED`,
   * `DISPOSED`.
   *
   * @example
   * ```js
   * for await (const { label } of session) {
   *   if (label === "happy") break;
   * }
   * await session.stop(); // only this turns the microphone off
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<EmotionResult<L>, undefined> {
    const queue = new ResultQueue<EmotionResult<L>>((left) => this.#queues.delete(left));
    if (this.#state === "stopped") queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  /**
   * Adds a listener for `"result"`, `"level"`, `"state"` or `"error"`. `ListenEventMap` has the type of each event's `detail`.
   *
   * @example
   * ```js
   * session.addEventListener("result", ({ detail }) => show(detail.label));
   * session.addEventListener("error", ({ detail }) => console.warn(detail.code), { once: true });
   * ```
   */
  override addEventListener<K extends keyof ListenEventMap<L>>(
    type: K,
    listener: ((event: ListenEventMap<L>[K]) => void) | { handleEvent(event: ListenEventMap<L>[K]): void } | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener, options);
  }

  /**
   * Removes a listener.
   *
   * @example
   * ```js
   * const draw = ({ detail }) => (meter.value = detail);
   * session.addEventListener("level", draw);
   * session.removeEventListener("level", draw);
   * ```
   */
  override removeEventListener<K extends keyof ListenEventMap<L>>(
    type: K,
    listener: ((event: ListenEventMap<L>[K]) => void) | { handleEvent(event: ListenEventMap<L>[K]): void } | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void {
    super.removeEventListener(type, listener, options);
  }

  /** @internal Ends the session because the engine has gone. */
  abandon(error: EmotionError): void {
    this.#stopping ??= Promise.resolve(null);
    this.#finish("requested", error);
  }

  readonly #onChunk = (chunk: CapturedChunk): void => {
    if (this.#state === "running") this.#pump.push(chunk);
  };

  readonly #onAbort = (): void => void this.stop();

  #begin(): void {
    const { signal } = this.#options;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#watch.start();
    this.#input.start(this.#onChunk);
    if (signal?.aborted) this.#onAbort();
  }

  #setHold(hold: Hold, isHeld: boolean): void {
    if (isHeld === this.#holds.has(hold)) return;
    if (isHeld) this.#holds.add(hold);
    else this.#holds.delete(hold);
    this.#update(hold);
  }

  #update(reason: ListenReason): void {
    if (this.#stopping) return;
    const state = this.#paused ? "paused" : this.#holds.size > 0 ? "interrupted" : "running";
    if (state === this.#state) return;
    // The next chunk does not follow the last one.
    if (this.#state === "running") void this.#pump.flush();
    this.#state = state;
    this.#emit("state", { state, reason });
  }

  #gap(reason: ListenReason): void {
    if (this.#stopping) return;
    void this.#pump.flush();
    this.#emit("state", { state: this.#state, reason });
  }

  async #ended(): Promise<void> {
    if (this.#stopping) return;
    if (!this.#input.isOwned) {
      this.#stopping = this.#stop("ended");
      return;
    }
    this.#setHold("device-change", true);
    try {
      // Any microphone: the chosen one is gone.
      const { constraints } = this.#options;
      const stream = await openMicrophone({ constraints });
      if (this.#stopping) {
        stopTracks(stream);
        return;
      }
      await this.#input.replace(stream);
      if (this.#stopping) return;
      this.#pump.setSampleRate(this.#input.context.sampleRate);
      this.#input.start(this.#onChunk);
      this.#input.setEnabled(!this.#paused);
      this.#watch.start();
      this.#setHold("device-change", false);
    } catch (error) {
      this.#fail(toEmotionError(error));
    }
  }

  #fail(error: EmotionError): void {
    if (this.#stopping) return;
    this.#stopping = Promise.resolve(null);
    this.#emit("error", error);
    this.#finish("failed", error);
  }

  async #stop(reason: ListenReason): Promise<EmotionResult<L> | null> {
    if (this.#state === "running") await this.#input.flush();
    // The device first: inference may take a while.
    this.#input.close();
    const answer = await this.#pump.flush();
    this.#finish(reason);
    return answer;
  }

  #finish(reason: ListenReason, error?: EmotionError): void {
    if (this.#state === "stopped") return;
    this.#release();
    this.#state = "stopped";
    this.#emit("state", { state: "stopped", reason });
    for (const queue of this.#queues) queue.end(error);
    this.#queues.clear();
    this.#host.onEnd(this);
  }

  #release(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#watch.stop();
    this.#pump.close();
    this.#input.close();
  }

  #emitResult(result: EmotionResult<L>): void {
    for (const queue of this.#queues) queue.push(result);
    this.#emit("result", result);
  }

  #emit<K extends keyof ListenEventMap<L>>(type: K, detail: ListenEventMap<L>[K]["detail"]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
