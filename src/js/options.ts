// Checks of options: callers without TypeScript may pass anything.

import { EmotionError } from "./errors.js";
import type { ListenOptions } from "./listen-types.js";
import type { LoadOptions } from "./types.js";
import { describe, isA } from "./values.js";

/** The options without those that are `null`, which count as left out. Throws `INVALID_OPTION` for a wrong type. */
export function readOptions<T extends Pick<LoadOptions, "signal" | "onProgress">>(options: T | null | undefined): T {
  if (options === null || options === undefined) return {} as T;
  if (typeof options !== "object") throw invalid("options", "an object", options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null)) as T;
  const { signal, onProgress } = given;
  if (signal !== undefined && !isA(signal, "AbortSignal")) throw invalid("signal", "an AbortSignal", signal);
  if (onProgress !== undefined && typeof onProgress !== "function") throw invalid("onProgress", "a function", onProgress);
  return given;
}

/** The limits of the engine, in milliseconds, which it checks only once the microphone is open. */
const MAX_HOP_MS = 600_000;
const MAX_SMOOTHING_MS = 60_000;

/** The same for `listen`, before the visitor is asked for the microphone. */
export function readListenOptions(options: ListenOptions | null | undefined): ListenOptions {
  const given = readOptions(options);
  const { stream, deviceId, constraints, hopMs, smoothingMs } = given;
  if (stream !== undefined && !isA(stream, "MediaStream")) throw invalid("stream", "a MediaStream", stream);
  if (deviceId !== undefined && typeof deviceId !== "string") throw invalid("deviceId", "a string", deviceId);
  if (constraints !== undefined && typeof constraints !== "object") throw invalid("constraints", "an object", constraints);
  requireTime("hopMs", hopMs, MAX_HOP_MS);
  requireTime("smoothingMs", smoothingMs, MAX_SMOOTHING_MS);
  return given;
}

function requireTime(name: string, value: number | undefined, max: number): void {
  if (value === undefined || (typeof value === "number" && value > 0 && value <= max)) return;
  throw invalid(name, `a number above 0 and up to ${max} ms`, value);
}

function invalid(name: string, expected: string, value: unknown): EmotionError {
  return new EmotionError("INVALID_OPTION", `${name}: expected ${expected}, got ${describe(value)}`);
}
