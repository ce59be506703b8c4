"use client";
// `emotionai-voice/react`: the recognizer and the microphone as a hook.

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import type { Emotion, EmotionResult, ListenOptions, LoadOptions } from "./index.js";
import { initialState, LiveStore, type LiveState } from "./live-store.js";

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
  /** Options of `load`, read when the component is mounted. Give the component another `key` to load again. */
  load?: Omit<LoadOptions, "signal"> | undefined;
  /** Options of `listen`, read by every `start`. */
  listen?: Omit<ListenOptions, "signal"> | undefined;
  /**
   * The least time between two renders for results and levels, in milliseconds; 100 by default. Other changes render at once. Read
   * when the component is mounted.
   */
  intervalMs?: number | undefined;
}

/**
 * The value of `useEmotionRecognizer`: the state, and functions that stay the same between renders.
 *
 * @example
 * ```jsx
 * const { status, start, stop, answer } = useEmotionRecognizer();
 * return <button onClick={status === "listening" ? stop : start}>{answer?.label ?? "Listen"}</button>;
 * ```
 */
export interface UseEmotionRecognizer<L extends string = Emotion> extends LiveState<L> {
  /**
   * Listens to the microphone, or as the option `listen` says, once everything is loaded. Call it from a click. Without effect while
   * a session runs. Never rejects: see `error`.
   *
   * @example
   * ```jsx
   * <button onClick={start}>Listen</button>
   * ```
   */
  start(): Promise<void>;
  /**
   * Ends the session and releases the microphone. Resolves with the answer for the whole session, as `answer` has it; with `null`
   * after too little audio, or without a session. Never rejects.
   *
   * @example
   * ```jsx
   * <button onClick={async () => save(await stop())}>Stop</button>
   * ```
   */
  stop(): Promise<EmotionResult<L> | null>;
  /**
   * Pauses the session until `resume`: `listenState` is `"paused"` then. Without effect without a session. Never throws.
   *
   * @example
   * ```jsx
   * <button onClick={listenState === "paused" ? resume : pause}>{listenState === "paused" ? "Go on" : "Pause"}</button>
   * ```
   */
  pause(): void;
  /**
   * Resumes the session after `pause`. Without effect where it is not paused. Never throws.
   *
   * @example
   * ```jsx
   * <audio src={question} onPlay={pause} onEnded={resume} />
   * ```
   */
  resume(): void;
}

/**
 * Loads a recognizer when the component is mounted; disposes it, its session and the microphone when it is unmounted. StrictMode
 * loads it once. Results and levels render at most every `intervalMs`, not with each chunk of audio.
 *
 * No promise rejects: `error` has the last `EmotionError`.
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
