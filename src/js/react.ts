"use client";
// `emotionai-voice/react`: the recognizer and the microphone as a hook.

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import { initialState, LiveStore, type LiveState } from "./live-store.js";
import type { ListenOptions } from "./listen-types.js";
import type { Emotion, EmotionResult, LoadOptions } from "./types.js";

export type { LiveState };

/**
 * Options of `useEmotionRecognizer`.
 *
 * @example
 * ```jsx
 * const live = useEmotionRecognizer({ load: { model: "/my-model.emo" }, listen: { smoothingMs: 1500 }, intervalMs: 250 });
 * ```
 */
export interface UseEmotionRecognizerOptions {
  /** How code and model are loaded. Read when the component is mounted; give it another `key` to load anew. */
  load?: Omit<LoadOptions, "signal"> | undefined;
  /** What is listened to, and how. Read by `start`, as it is then. */
  listen?: Omit<ListenOptions, "signal"> | undefined;
  /**
   * The least time between two renders for results and levels, in milliseconds; 100 by default. Other changes show at once.
   * Read when the component is mounted.
   */
  intervalMs?: number | undefined;
}

/**
 * What `useEmotionRecognizer` gives: the state, and what may be done. The functions stay the same between renders.
 *
 * @example
 * ```jsx
 * const { status, start, stop, answer } = useEmotionRecognizer();
 * return <button onClick={status === "listening" ? stop : start}>{answer?.label ?? "Listen"}</button>;
 * ```
 */
export interface UseEmotionRecognizer<L extends string = Emotion> extends LiveState<L> {
  /**
   * Listens to the microphone, or what `listen` says, once everything is loaded. Call it from a click. Without effect while it
   * listens. Never rejects: see `error`.
   *
   * @example
   * ```jsx
   * <button onClick={start}>Listen</button>
   * ```
   */
  start(): Promise<void>;
  /**
   * Ends listening and releases the microphone. Resolves with the answer for all that was heard, pauses or not, as `answer`
   * has it; with `null` where nothing was, or there was no session. Never rejects.
   *
   * @example
   * ```jsx
   * <button onClick={async () => save(await stop())}>Stop</button>
   * ```
   */
  stop(): Promise<EmotionResult<L> | null>;
  /**
   * Stops hearing until `resume`: `listenState` is `"paused"` then. Without effect where it does not listen. Never throws.
   *
   * @example
   * ```jsx
   * <button onClick={listenState === "paused" ? resume : pause}>{listenState === "paused" ? "Go on" : "Pause"}</button>
   * ```
   */
  pause(): void;
  /**
   * Hears again after `pause`. Without effect where it was not paused. Never throws.
   *
   * @example
   * ```jsx
   * <audio src={question} onPlay={pause} onEnded={resume} />
   * ```
   */
  resume(): void;
}

/**
 * Loads a recognizer when the component is mounted, and disposes it, its session and the microphone, when it is unmounted.
 * StrictMode loads it once. Results and levels come at most every `intervalMs`, so nothing renders with each chunk of audio.
 *
 * Nothing is rejected: what fails is in `error`, as an `EmotionError`.
 *
 * @example
 * ```jsx
 * import { useEmotionRecognizer } from "emotionai-voice/react";
 *
 * function Mood() {
 *   const { status, result, level, error, start, stop } = useEmotionRecognizer();
 *   return (
 *     <>
 *       <button disabled={status === "loading"} onClick={status === "listening" ? stop : start}>
 *         {status === "listening" ? "Stop" : "Listen"}
 *       </button>
 *       <meter value={level} />
 *       <output>{error ? error.message : (result?.label ?? result?.state ?? "…")}</output>
 *     </>
 *   );
 * }
 * ```
 */
export function useEmotionRecognizer<L extends string = Emotion>(
  options: UseEmotionRecognizerOptions = {},
): UseEmotionRecognizer<L> {
  const { load = {}, listen = {}, intervalMs = 100 } = options;
  const [store] = useState(() => new LiveStore<L>(load, intervalMs));
  useEffect(() => store.mount(), [store]);

  const latest = useRef(listen);
  useEffect(() => {
    latest.current = listen;
  });
  const actions = useMemo(
    () => ({
      start: () => store.start(latest.current),
      stop: () => store.stop(),
      pause: () => store.pause(),
      resume: () => store.resume(),
    }),
    [store],
  );

  const state = useSyncExternalStore(store.subscribe, store.getState, initialState<L>);
  return useMemo(() => ({ ...state, ...actions }), [state, actions]);
}
