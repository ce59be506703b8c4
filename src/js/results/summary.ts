// The summary of a timeline.

import { toSegments } from "./segments.js";
import type { Emotion, EmotionResult } from "../types.js";

/**
 * A change from one emotion to another.
 *
 * @example
 * ```js
 * for (const { atMs, from, to } of summarize(results).transitions) console.log(`${from} to ${to} at ${atMs / 1000} s`);
 * ```
 */
export interface EmotionTransition<L extends string = Emotion> {
  /** Start of the later emotion in the input, in milliseconds. */
  atMs: number;
  /** The earlier emotion. Silence and uncertainty between the two are ignored. */
  from: L;
  /** The later emotion. */
  to: L;
}

/**
 * The summary of a recording or a session. `summarize` computes it.
 *
 * @example
 * ```js
 * const { dominant, shares, speechMs } = summarize(results);
 * if (dominant) console.log(`${dominant}: ${Math.round(shares[dominant] * 100)}% of ${speechMs / 1000} s of speech`);
 * ```
 */
export interface EmotionSummary<L extends string = Emotion> {
  /** Time that the results cover, in milliseconds. Overlaps count once. */
  durationMs: number;
  /** Time with speech, including uncertain results, in milliseconds. */
  speechMs: number;
  /**
   * Share of each emotion in the time with speech, 0 to 1. With `uncertainShare` they sum to 1. Empty without speech.
   */
  shares: Partial<Record<L, number>>;
  /** Share of uncertain results in the time with speech, 0 to 1. */
  uncertainShare: number;
  /** The emotion with the largest share, the first of equals; `null` where every result is uncertain or without speech. */
  dominant: L | null;
  /** Every change of emotion, in order of time. */
  transitions: EmotionTransition<L>[];
}

/**
 * Summarises the windows of `analyze`, or the results of a session. Where two windows overlap, each counts for the half of the
 * overlap that is nearer to its middle.
 *
 * The windows of one input, in any order, without the answer for the whole input. It never throws.
 *
 * @example
 * ```js
 * const results = [];
 * for await (const result of recognizer.analyze(file)) results.push(result);
 * const { dominant, transitions } = summarize(results);
 * ```
 */
export function summarize<L extends string = Emotion>(results: Iterable<EmotionResult<L>>): EmotionSummary<L> {
  const times = new Map<L, number>();
  const transitions: EmotionTransition<L>[] = [];
  let durationMs = 0;
  let speechMs = 0;
  let uncertainMs = 0;
  let before: L | undefined;
  for (const { startMs, endMs, result } of toSegments(results)) {
    const { state, label, probabilities } = result;
    const length = endMs - startMs;
    durationMs += length;
    if (state !== "no-speech") speechMs += length;
    if (state === "uncertain") uncertainMs += length;
    // All labels, in the model's order, with the first probabilities.
    for (const name of Object.keys(probabilities ?? {}) as L[]) times.set(name, times.get(name) ?? 0);
    if (label === null) continue;
    times.set(label, (times.get(label) ?? 0) + length);
    if (before !== undefined && before !== label) transitions.push({ atMs: startMs, from: before, to: label });
    before = label;
  }

  let dominant: L | null = null;
  let most = 0;
  for (const [label, time] of times) {
    if (time > most) [dominant, most] = [label, time];
  }
  // `Object.fromEntries` makes own properties even of names such as `__proto__`.
  const shares = Object.fromEntries([...times].map(([label, time]) => [label, time / speechMs])) as Partial<Record<L, number>>;
  return { durationMs, speechMs, shares, uncertainShare: speechMs > 0 ? uncertainMs / speechMs : 0, dominant, transitions };
}
