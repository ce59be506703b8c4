// Windows that overlap, as stretches that do not.

import type { EmotionResult } from "./types.js";

/** The stretch that a result speaks for. */
export interface Segment<L extends string> {
  startMs: number;
  endMs: number;
  result: EmotionResult<L>;
}

/**
 * A stretch for each result, in order of time. Of what two windows share, each speaks for the half that is nearer to its
 * middle. What no window covers, such as a pause of a session, belongs to none.
 */
export function toSegments<L extends string>(results: Iterable<EmotionResult<L>>): Segment<L>[] {
  const sorted = [...results].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  const segments: Segment<L>[] = [];
  for (const result of sorted) {
    const last = segments.at(-1);
    let { startMs } = result;
    if (last && last.endMs > startMs) {
      // Never before the last one began, as it might where windows grow at the start of an input.
      startMs = Math.max((startMs + last.endMs) / 2, last.startMs);
      last.endMs = startMs;
    }
    segments.push({ startMs, endMs: Math.max(result.endMs, startMs), result });
  }
  return segments.filter(({ startMs, endMs }) => endMs > startMs);
}
