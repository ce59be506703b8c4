// Listening: what the page holds while audio comes in.
// Also where a consumer's own `lib` lacks `Symbol.dispose`.
/// <reference lib="esnext.disposable" preserve="true" />

import { AudioInputGraph } from "./audio-input.js";
import type { CapturedChunk } from "./capture.js";
import type { ContextPool } from "./context-pool.js";
import type { Engine } from "./engine.js";
import { toEmotionError, type EmotionError } from "./errors.js";
import { InputWatch, type Hold } from "./input-watch.js";
import { openMicrophone, stopTracks } from "./microphone.js";
import { ResultQueue } from "./result-queue.js";
import { StreamPump } from "./stream-pump.js";
import type { ListenEventMap, ListenOptions, ListenReason, ListenState } from "./listen-types.js";
import type { EmotionResult, Emotion, VoiceProfile } from "./types.js";

/** @internal What a session needs of the recognizer. */
export interface SessionHost {
  engine: Engine;
  contexts: ContextPool;
  /** Whose voice it is, for the whole session. */
  profile: VoiceProfile | null;
  onEnd(session: { abandon(error: EmotionError): void }): void;
}

/**
 * Listens to a microphone or a stream until it is stopped. `EmotionRecognizer.listen` makes it.
 *
 * Read it with `for await`, which gives every result and ends with the session, or by events:
 * `"result"`, `"level"`, `"state"` and `"error"`.
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
  readonly #input: AudioInputGraph;
  readonly #pump: StreamPump<L>;
  readonly #watch: InputWatch;
  readonly #queues = new Set<ResultQueue<EmotionResult<L>>>();

  #state: ListenState = "running";
  #paused = false;
  readonly #holds = new Set<Hold>();
  #stopping: Promise<EmotionResult<L> | null> | undefined;

  private constructor(options: ListenOptions, host: SessionHost, input: AudioInputGraph) {
    super();
    this.#options = options;
    this.#host = host;
    this.#input = input;
    const hearing = { hopMs: options.hopMs, smoothingMs: options.smoothingMs, profile: host.profile };
    this.#pump = new StreamPump<L>(host.engine, input.context.sampleRate, hearing, {
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
    const input = await AudioInputGraph.open(options, host.contexts);
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
   * What is listened to: the stream that was given, or the microphone's; another one after that was replaced.
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
   * What the session is doing. A `"state"` event tells of every change.
   *
   * @example
   * ```js
   * if (session.state === "interrupted") hint.textContent = "The microphone is held back just now.";
   * ```
   */
  get state(): ListenState {
    return this.#state;
  }

  /**
   * Whether audio comes in: the state is `"running"`, and `stop` was not called.
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
   * Stops hearing, and answers what was left. A microphone stays open, but hears nothing. Without effect where it is paused
   * already, or stopped. Never throws.
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
   * Hears again. To the model this is a new input: its first result is provisional. Without effect where it is not paused, or
   * was stopped. Never throws.
   *
   * @example
   * ```js
   * session.pause();
   * await playQuestion(); // which it is not to hear
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
   * Answers what was left, ends the session, and releases every track that it opened. Never rejects. It may be called
   * more than once, and every call gets the same answer.
   *
   * @returns The answer for all that was heard since listening began. What lies between pauses, interruptions and other gaps
   * is answered by itself, and the answers are summed up as the windows of a recording are: by the mean of the logits,
   * weighted by speech. Where there were gaps, `"uncertain"` stands for less confidence than in any result of the session that
   * named an emotion. Stretches under 100 ms are not in it, and none that was lost because inference failed. `null` where
   * nothing is left, and where the session failed or the recognizer was disposed.
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
   * `stop`, for `await using`; its answer is dropped. Never rejects.
   *
   * @example
   * ```ts
   * await using session = await recognizer.listen();
   * for await (const { label } of session) if (label === "happy") break; // stopped when it is left
   * ```
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * The results from here on. Ends when the session is stopped. For a reader that falls 256 results behind, the oldest are left
   * out.
   *
   * Leaving the loop does not stop the session: the microphone stays on until `stop`, or the end of an `await using`.
   *
   * @throws {EmotionError} in the loop, where the session failed: `NO_DEVICE` and the other codes of `listen`, `WORKER_CRASHED`,
   * `DISPOSED`.
   *
   * @example
   * ```js
   * for await (const { label } of session) {
   *   if (label === "happy") break;
   * }
   * await session.stop(); // and only now the microphone is off
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<EmotionResult<L>, undefined> {
    const queue = new ResultQueue<EmotionResult<L>>((left) => this.#queues.delete(left));
    if (this.#state === "stopped") queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  /**
   * Hears of an event: `"result"`, `"level"`, `"state"` or `"error"`, as `ListenEventMap` has them. What it tells is in `detail`.
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
   * Hears of it no more.
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

  /** @internal The engine has gone: releases everything at once. */
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
    // What comes next will not follow on what came before.
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
      // Any microphone: the one that was asked for is gone.
      const { constraints } = this.#options;
      const stream = await openMicrophone({ constraints });
      if (this.#stopping) {
        stopTracks(stream);
        return;
      }
      this.#input.replace(stream, this.#onChunk);
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
    // The device first: inference may take its time.
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
