// Windows that overlap, converted to segments that do not.

import type { EmotionResult } from "../types.js";

/** The part of the input for which a result counts. */
export interface Segment<L extends string> {
  startMs: number;
  endMs: number;
  result: EmotionResult<L>;
}

/**
 * One segment for each result, in order of time. Where two windows overlap, each counts for the half that is nearer to its
 * middle. Time outside all windows, such as a pause of a session, belongs to no segment.
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
