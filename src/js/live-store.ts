// A recognizer and its session as one throttled state, from which a user interface renders.

// From the other entry point, so that the bundle of this one does not repeat its code.
import { EmotionError, EmotionRecognizer, type Emotion, type EmotionResult, type ListenOptions, type ListenSession, type ListenState, type LoadOptions } from "./index.js";

/**
 * The state to render; a new object with every change.
 *
 * @example
 * ```js
 * const { status, listenState, error } = useEmotionRecognizer();
 * if (status === "listening" && listenState === "interrupted") console.log("waiting for the microphone");
 * ```
 */
export interface LiveState<L extends string = Emotion> {
  /**
   * `"loading"` while code and model load, then `"ready"`; `"starting"` while the browser asks for the microphone, then
   * `"listening"` (`listenState` tells whether audio comes in). `"failed"` if loading failed: `error` has the reason.
   */
  readonly status: "loading" | "ready" | "starting" | "listening" | "failed";
  /** The state of the session; `null` without a session. */
  readonly listenState: ListenState | null;
  /** The last result of this session or an earlier one; `null` before the first result. */
  readonly result: EmotionResult<L> | null;
  /** The answer for the whole last session; `null` until it has ended, and where it failed or had too little audio. */
  readonly answer: EmotionResult<L> | null;
  /** The last level, 0 to 1; 0 without a session. */
  readonly level: number;
  /** The last error; `null` again once listening restarts. */
  readonly error: EmotionError | null;
  /** The recognizer, for other calls such as `classify`; `null` until it is loaded. */
  readonly recognizer: EmotionRecognizer<L> | null;
  /** The session, for instance to draw a meter from its events without rendering; `null` without a session. */
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

/** The state before loading, which a server renders. */
export function initialState<L extends string>(): LiveState<L> {
  // It holds no label, so it is of any type of label.
  return INITIAL as LiveState<L>;
}

/** Loads when it is mounted, disposes everything when it is unmounted, and may be mounted again. */
export class LiveStore<L extends string> {
  readonly #load: LoadOptions;
  readonly #intervalMs: number;
  readonly #subscribers = new Set<() => void>();

  #state = initialState<L>();
  /** Changes that the next timer publishes. */
  #waiting: Partial<LiveState<L>> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Aborted when the store is unmounted; another for each time that it is mounted. */
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

  /** Begins to load; returns the function that unmounts. */
  mount(): () => void {
    const mounted = new AbortController();
    this.#mounted = mounted;
    this.#loading = this.#loadUnless(mounted.signal);
    return () => {
      mounted.abort();
      if (this.#mounted !== mounted) return;
      this.#mounted = undefined;
      this.#starting = undefined;
      // Also stops the session, and the microphone with it.
      this.#state.recognizer?.dispose();
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#waiting = {};
      this.#state = initialState<L>();
    };
  }

  /** Listens once everything is loaded. Never rejects: errors go into the state. */
  start(options: ListenOptions): Promise<void> {
    const mounted = this.#mounted?.signal;
    if (!mounted || this.#state.session) return Promise.resolve();
    this.#starting ??= this.#start(options, mounted).finally(() => {
      if (mounted === this.#mounted?.signal) this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Ends the session, even one that is about to begin; returns its answer. */
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
    // In StrictMode React mounts, unmounts and mounts again in one task: the first mount loads nothing.
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
      if (!signal.aborted) this.#set({ status: "failed", error: asEmotionError(thrown) });
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
      if (!mounted.aborted) this.#set({ status: "ready", error: asEmotionError(thrown) });
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

  /** Publishes a change now. */
  #set(change: Partial<LiveState<L>>): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = Object.freeze({ ...this.#state, ...this.#waiting, ...change });
    this.#waiting = {};
    for (const subscriber of this.#subscribers) subscriber();
  }

  /** Publishes a change at the next timer, together with all changes until then. */
  #hint(change: Partial<LiveState<L>>): void {
    Object.assign(this.#waiting, change);
    this.#timer ??= setTimeout(() => this.#set({}), this.#intervalMs);
  }
}

/** `load` and `listen` reject with nothing else, unless the page has replaced them. */
function asEmotionError(thrown: unknown): EmotionError {
  if (thrown instanceof EmotionError) return thrown;
  return new EmotionError("INTERNAL", `unexpected failure: ${String(thrown)}`, { cause: thrown });
}
