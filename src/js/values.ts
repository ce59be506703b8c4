// Small helpers for bytes, and for values whose type callers may have mistaken.

/** Joins parts whose lengths sum to `length`. */
export function concat(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** Names a value, or the class of an object, for an error message. */
export function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Classes by their `Symbol.toStringTag`. */
interface Tagged {
  ArrayBuffer: ArrayBuffer;
  Uint8Array: Uint8Array;
  Float32Array: Float32Array;
  Blob: Blob;
  File: File;
  URL: URL;
  Response: Response;
  AbortSignal: AbortSignal;
  MediaStream: MediaStream;
  "WebAssembly.Module": WebAssembly.Module;
}

/** Whether a value is of one of these classes. Unlike `instanceof`, this holds across iframes and the sandboxes of test runners. */
export function isA<T extends keyof Tagged>(value: unknown, ...tags: T[]): value is Tagged[T] {
  return typeof value === "object" && value !== null && (tags as string[]).includes(describe(value));
}
