// Results in file formats of other programs.

import { toSegments, type Segment } from "./segments.js";
import type { Emotion, EmotionResult } from "../types.js";

/**
 * Converts results to CSV (RFC 4180: commas, CRLF, quotes where they are needed), one line per result, with a column for the
 * probability of each label. A value of `null` becomes an empty cell. Times are in milliseconds, rounded to a thousandth;
 * probabilities are rounded to six places.
 *
 * It never throws. Labels are written as they are: a spreadsheet takes a label that begins with `=` for a formula.
 *
 * @example
 * ```js
 * const results = [];
 * for await (const result of recognizer.analyze(file)) results.push(result);
 * const blob = new Blob([toCsv(results)], { type: "text/csv" });
 * ```
 */
export function toCsv<L extends string = Emotion>(results: Iterable<EmotionResult<L>>): string {
  const rows = [...results];
  const labels = [...new Set(rows.flatMap(({ probabilities }) => Object.keys(probabilities ?? {}) as L[]))];
  const header = ["startMs", "endMs", "state", "label", "confidence", "provisional", ...labels, "latencyMs", "modelId"];
  const lines = rows.map((row) => [
    rounded(row.startMs, 3),
    rounded(row.endMs, 3),
    row.state,
    row.label,
    rounded(row.confidence, 6),
    row.provisional,
    ...labels.map((label) => rounded(row.probabilities?.[label], 6)),
    rounded(row.latencyMs, 3),
    row.modelId,
  ]);
  return [header, ...lines].map((cells) => `${cells.map(toCell).join(",")}\r\n`).join("");
}

/**
 * Converts results to a JSON array, indented by two spaces; `JSON.parse` returns the same results. It never throws.
 *
 * @example
 * ```js
 * localStorage.setItem("last", toJson(results));
 * ```
 */
export function toJson<L extends string = Emotion>(results: Iterable<EmotionResult<L>>): string {
  return JSON.stringify([...results], null, 2);
}

/**
 * Converts results to WebVTT captions, for instance for a `<track>` of a video. One cue covers the time in which the emotion stays
 * the same, and holds its mean confidence, or `uncertain`; there is no cue without speech. Cues never overlap: where two windows
 * do, each counts for the half that is nearer to its middle. It never throws.
 *
 * @example
 * ```js
 * track.src = URL.createObjectURL(new Blob([toWebVtt(results)], { type: "text/vtt" }));
 * ```
 */
export function toWebVtt<L extends string = Emotion>(results: Iterable<EmotionResult<L>>): string {
  const cues = joinEqual(toSegments(results)).flatMap((segments) => {
    const [first] = segments;
    if (!first || first.result.state === "no-speech") return [];
    const start = timestamp(first.startMs);
    const end = timestamp(segments.at(-1)?.endMs ?? first.endMs);
    return start === end ? [] : [`${start} --> ${end}\n${cueText(segments)}\n`];
  });
  return ["WEBVTT\n", ...cues].join("\n");
}

/** Groups neighbours of the same state and label. */
function joinEqual<L extends string>(segments: Segment<L>[]): Segment<L>[][] {
  const groups: Segment<L>[][] = [];
  for (const segment of segments) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const follows =
      last && last.endMs === segment.startMs && last.result.state === segment.result.state && last.result.label === segment.result.label;
    if (group && follows) group.push(segment);
    else groups.push([segment]);
  }
  return groups;
}

function cueText<L extends string>(segments: Segment<L>[]): string {
  const label = segments[0]?.result.label ?? null;
  if (label === null) return "uncertain";
  let confidence = 0;
  let time = 0;
  for (const { startMs, endMs, result } of segments) {
    confidence += (result.confidence ?? 0) * (endMs - startMs);
    time += endMs - startMs;
  }
  // An empty line ends a cue, and `<` begins a tag.
  const escaped = label.replace(/\s+/g, " ").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return `${escaped} ${Math.round((confidence / time) * 100)}%`;
}

/** `01:02:03.456`. */
function timestamp(ms: number): string {
  const whole = Math.max(Math.round(ms), 0);
  const part = (divisor: number, base: number, digits: number) =>
    String(Math.floor(whole / divisor) % base).padStart(digits, "0");
  return `${part(3_600_000, Infinity, 2)}:${part(60_000, 60, 2)}:${part(1000, 60, 2)}.${part(1, 1000, 3)}`;
}

function rounded(value: number | null | undefined, digits: number): number | null {
  return value === null || value === undefined ? null : Number(value.toFixed(digits));
}

function toCell(value: string | number | boolean | null): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
