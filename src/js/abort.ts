// Ending a call: by the caller's AbortSignal, or because the recognizer was disposed.

import { EmotionError } from "./errors.js";

/** The error of an aborted signal: its reason where that is an `EmotionError` (`DISPOSED`), otherwise `ABORTED`. */
export function abortError(signal: AbortSignal): EmotionError {
  const reason: unknown = signal.reason;
  if (reason instanceof EmotionError) return reason;
  return new EmotionError("ABORTED", "the call was aborted by its signal", { cause: reason });
}

/** Throws if the signal has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Settles as the promise does, or rejects as soon as the signal is aborted. The work behind the promise goes on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  // After an abort, no caller handles a later rejection.
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

/** A signal that is aborted with the first of several; those that are absent are left out. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
