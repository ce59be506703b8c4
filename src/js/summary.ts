// What a timeline comes to.

import { toSegments } from "./segments.js";
import type { Emotion, EmotionResult } from "./types.js";

/**
 * From one emotion to another.
 *
 * @example
 * ```js
 * for (const { atMs, from, to } of summarize(results).transitions) console.log(`${from} to ${to} at ${atMs / 1000} s`);
 * ```
 */
export interface EmotionTransition<L extends string = Emotion> {
  /** Where the later one begins in the input, in milliseconds. */
  atMs: number;
  /** The emotion before, however long ago: silence and uncertainty between the two are passed over. */
  from: L;
  /** The emotion from here on. */
  to: L;
}

/**
 * What the results of a recording or a session come to. `summarize` makes it.
 *
 * @example
 * ```js
 * const { dominant, shares, speechMs } = summarize(results);
 * if (dominant) console.log(`${dominant}: ${Math.round(shares[dominant] * 100)}% of ${speechMs / 1000} s of speech`);
 * ```
 */
export interface EmotionSummary<L extends string = Emotion> {
  /** Time that the results cover, in milliseconds; what they share counts once. */
  durationMs: number;
  /** Of that, time with speech, uncertain or not, in milliseconds. */
  speechMs: number;
  /**
   * Share of the speech that each emotion has, 0 to 1. With `uncertainShare` they sum to 1 where there is speech; where there is
   * none, it is empty.
   */
  shares: Partial<Record<L, number>>;
  /** Share of the speech in which no emotion leads, 0 to 1. */
  uncertainShare: number;
  /** The emotion of the largest share, the first of equals; `null` where none was certain. */
  dominant: L | null;
  /** Every change of emotion, in order of time. */
  transitions: EmotionTransition<L>[];
}

/**
 * Sums up the windows of `analyze`, or the results of a session. Where windows overlap, each counts for the half of what two
 * share that is nearer to its middle.
 *
 * It takes windows in any order, of one input, and not the answer for the whole, which is no window. It never throws.
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
    // All labels, in the model's order, as soon as there is a list of them.
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
  // `Object.fromEntries` makes own properties of whatever name a label has.
  const shares = Object.fromEntries([...times].map(([label, time]) => [label, time / speechMs])) as Partial<Record<L, number>>;
  return { durationMs, speechMs, shares, uncertainShare: speechMs > 0 ? uncertainMs / speechMs : 0, dominant, transitions };
}
