// Ending what runs: by the caller's AbortSignal, or because the recognizer was disposed.

import { EmotionError } from "./errors.js";

/** What an aborted signal rejects with: its reason where that is ours (`DISPOSED`), else `ABORTED`. */
export function abortError(signal: AbortSignal): EmotionError {
  const reason: unknown = signal.reason;
  if (reason instanceof EmotionError) return reason;
  return new EmotionError("ABORTED", "the call was aborted by its signal", { cause: reason });
}

/** Throws where the signal has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The promise, or the rejection of the signal if that comes first. What the promise waits for goes on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  // Nobody may be left to hear of its failure.
  promise.catch(() => {});
  throwIfAborted(signal);
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
  }
}

/** One signal for several; those that are absent are left out. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
