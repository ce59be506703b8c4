// Small things about bytes and values.

/** The parts as one. */
export function concat(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** What a value is, for an error's words. */
export function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** The kinds that are told apart, by the tag that each carries. */
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

/** Whether a value is of one of these kinds. Unlike `instanceof`, also where it comes from an iframe or a test runner's sandbox. */
export function isA<T extends keyof Tagged>(value: unknown, ...tags: T[]): value is Tagged[T] {
  return typeof value === "object" && value !== null && (tags as string[]).includes(describe(value));
}
