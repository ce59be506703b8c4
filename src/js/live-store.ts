// A recognizer and its session as one state that changes seldom: what a user interface renders from.

import { toEmotionError, type EmotionError } from "./errors.js";
import type { ListenSession } from "./listen-session.js";
import { EmotionRecognizer } from "./recognizer.js";
import type { ListenOptions, ListenState } from "./listen-types.js";
import type { Emotion, EmotionResult, LoadOptions } from "./types.js";

/**
 * What there is to render; a new object whenever something in it changed.
 *
 * @example
 * ```js
 * const { status, listenState, error } = useEmotionRecognizer();
 * if (status === "listening" && listenState === "interrupted") console.log("waiting for the microphone");
 * ```
 */
export interface LiveState<L extends string = Emotion> {
  /**
   * `"loading"` until code and model are there, then `"ready"`; `"starting"` while the visitor is asked for the microphone,
   * then `"listening"` (`listenState` says whether audio comes in). `"failed"` where loading failed: `error` says why.
   */
  readonly status: "loading" | "ready" | "starting" | "listening" | "failed";
  /** What the session is doing; `null` without one. */
  readonly listenState: ListenState | null;
  /** The last result of the session, or of the one before; `null` before the first. */
  readonly result: EmotionResult<L> | null;
  /** The answer for all that the last session heard; `null` until it has ended, and where it heard nothing or failed. */
  readonly answer: EmotionResult<L> | null;
  /** The largest magnitude of late, 0 to 1; 0 without a session. */
  readonly level: number;
  /** What failed last; `null` again as soon as listening begins anew. */
  readonly error: EmotionError | null;
  /** For everything else, such as `classify`; `null` until it is loaded. */
  readonly recognizer: EmotionRecognizer<L> | null;
  /** For its events, such as a meter that is drawn without rendering; `null` while there is none. */
  readonly session: ListenSession<L> | null;
}

const INITIAL: LiveState<never> = Object.freeze({
  status: "loading",
  listenState: null,
  result: null,
  answer: null,
  level: 0,
  error: null,
  recognizer: null,
  session: null,
});

/** The state before anything has begun: what a server renders. */
export function initialState<L extends string>(): LiveState<L> {
  // Of no label at all, so of any.
  return INITIAL as LiveState<L>;
}

/** Loads when it is first mounted, ends all when it is unmounted, and may be mounted again. */
export class LiveStore<L extends string> {
  readonly #load: LoadOptions;
  readonly #intervalMs: number;
  readonly #subscribers = new Set<() => void>();

  #state = initialState<L>();
  /** What has changed since, but need not be shown yet. */
  #waiting: Partial<LiveState<L>> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Aborted when it is unmounted; a new one for each time that it is mounted. */
  #mounted: AbortController | undefined;
  #loading: Promise<EmotionRecognizer<L> | null> | undefined;
  #starting: Promise<void> | undefined;

  constructor(load: LoadOptions, intervalMs: number) {
    this.#load = load;
    this.#intervalMs = intervalMs;
  }

  readonly subscribe = (subscriber: () => void): (() => void) => {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  };

  readonly getState = (): LiveState<L> => this.#state;

  /** Begins to load; the function that comes back ends everything. */
  mount(): () => void {
    const mounted = new AbortController();
    this.#mounted = mounted;
    this.#loading = this.#loadUnless(mounted.signal);
    return () => {
      mounted.abort();
      if (this.#mounted !== mounted) return;
      this.#mounted = undefined;
      this.#starting = undefined;
      // Stops the session too, and with it the microphone.
      this.#state.recognizer?.dispose();
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#waiting = {};
      this.#state = initialState<L>();
    };
  }

  /** Listens, once everything is loaded. Never rejects: what fails is in the state. */
  start(options: ListenOptions): Promise<void> {
    const mounted = this.#mounted?.signal;
    if (!mounted || this.#state.session) return Promise.resolve();
    this.#starting ??= this.#start(options, mounted).finally(() => {
      if (mounted === this.#mounted?.signal) this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Ends listening, also where it is only about to begin; the answer for all that was heard. */
  async stop(): Promise<EmotionResult<L> | null> {
    await this.#starting;
    return (await this.#state.session?.stop()) ?? null;
  }

  pause(): void {
    this.#state.session?.pause();
  }

  resume(): void {
    this.#state.session?.resume();
  }

  async #loadUnless(signal: AbortSignal): Promise<EmotionRecognizer<L> | null> {
    // In StrictMode React mounts, unmounts and mounts again, all in one go: nothing is loaded for the first time.
    await Promise.resolve();
    if (signal.aborted) return null;
    try {
      const recognizer = await EmotionRecognizer.load<L>({ ...this.#load, signal });
      if (signal.aborted) {
        recognizer.dispose();
        return null;
      }
      this.#set({ recognizer, ...(this.#state.status === "loading" && { status: "ready" }) });
      return recognizer;
    } catch (thrown) {
      if (!signal.aborted) this.#set({ status: "failed", error: toEmotionError(thrown) });
      return null;
    }
  }

  async #start(options: ListenOptions, mounted: AbortSignal): Promise<void> {
    const recognizer = await this.#loading;
    if (!recognizer || mounted.aborted) return;
    this.#set({ status: "starting", error: null, answer: null });
    try {
      const session = await recognizer.listen(options);
      if (mounted.aborted) return;
      this.#follow(session, mounted);
    } catch (thrown) {
      if (!mounted.aborted) this.#set({ status: "ready", error: toEmotionError(thrown) });
    }
  }

  #follow(session: ListenSession<L>, mounted: AbortSignal): void {
    session.addEventListener("result", ({ detail: result }) => this.#hint({ result }), { signal: mounted });
    session.addEventListener("level", ({ detail: level }) => this.#hint({ level }), { signal: mounted });
    session.addEventListener("error", ({ detail }) => this.#set({ error: detail }), { signal: mounted });
    session.addEventListener("state", ({ detail: { state } }) => this.#setListenState(session, state), { signal: mounted });
    this.#set({ status: "listening", session });
    this.#setListenState(session, session.state);
  }

  #setListenState(session: ListenSession<L>, state: ListenState): void {
    if (state !== "stopped") {
      this.#set({ listenState: state });
      return;
    }
    const { signal } = this.#mounted ?? {};
    this.#set({ status: "ready", listenState: null, session: null, level: 0 });
    void session.stop().then((answer) => {
      if (answer && signal && !signal.aborted) this.#set({ answer });
    });
  }

  /** Changes the state now. */
  #set(change: Partial<LiveState<L>>): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = Object.freeze({ ...this.#state, ...this.#waiting, ...change });
    this.#waiting = {};
    for (const subscriber of this.#subscribers) subscriber();
  }

  /** Changes the state at the next turn, with whatever else has come by then. */
  #hint(change: Partial<LiveState<L>>): void {
    Object.assign(this.#waiting, change);
    this.#timer ??= setTimeout(() => this.#set({}), this.#intervalMs);
  }
}
