// The one error type of the package, and the conversion of all other errors to it.

/**
 * Why something failed. Stable: programs may branch on it, people read the message.
 *
 * @example
 * ```js
 * const advice = { NO_DEVICE: "Plug a microphone in.", DEVICE_BUSY: "Close the other program first." };
 * recognizer.listen().catch(({ code, message }) => alert(advice[code] ?? message));
 * ```
 */
export type EmotionErrorCode =
  /** The visitor, or the page's permissions policy, refused the microphone. */
  | "PERMISSION_DENIED"
  /** There is no microphone that fits. */
  | "NO_DEVICE"
  /** Another program holds the microphone. */
  | "DEVICE_BUSY"
  /** The page was not loaded over https or from localhost, so browsers give it no microphone. */
  | "INSECURE_CONTEXT"
  /** This browser, or the way the package is used, lacks something that is needed. */
  | "UNSUPPORTED"
  /** Bare samples came without `sampleRate`. */
  | "MISSING_SAMPLE_RATE"
  /** An option is out of its range, such as a `hopMs` of 0, or of another type; a speaker profile is damaged. */
  | "INVALID_OPTION"
  /** Not audio, or damaged: a truncated file, a NaN sample, a rate out of range. */
  | "INVALID_AUDIO"
  /** Sound, but in a format that is not decoded here. */
  | "UNSUPPORTED_FORMAT"
  /** Less than 100 ms of audio; to `enroll`, less than a second of speech; to `explain`, too little for an answer. */
  | "TOO_SHORT"
  /**
   * More than 30 minutes or 128 MB of compressed audio, or 16 MB of compressed audio of unknown length; or a spectrogram
   * of more than an hour.
   */
  | "TOO_LONG"
  /** Not a complete, undamaged model file of a version that this package reads. */
  | "MODEL_FORMAT"
  /** A sound model file that needs what this package lacks; a speaker profile that does not fit the model. */
  | "MODEL_MISMATCH"
  /** A file could not be fetched. */
  | "NETWORK"
  /** The caller's `AbortSignal` was aborted. */
  | "ABORTED"
  /** The recognizer was disposed. */
  | "DISPOSED"
  /** The engine failed. The next call starts another, with the code and the model that the page holds. */
  | "WORKER_CRASHED"
  /** There was not enough memory. */
  | "OUT_OF_MEMORY"
  /** A defect of this package. `cause` holds the original error. */
  | "INTERNAL";

// A record, so that the compiler notices a missing code.
const CODES: Record<EmotionErrorCode, true> = {
  PERMISSION_DENIED: true,
  NO_DEVICE: true,
  DEVICE_BUSY: true,
  INSECURE_CONTEXT: true,
  UNSUPPORTED: true,
  MISSING_SAMPLE_RATE: true,
  INVALID_OPTION: true,
  INVALID_AUDIO: true,
  UNSUPPORTED_FORMAT: true,
  TOO_SHORT: true,
  TOO_LONG: true,
  MODEL_FORMAT: true,
  MODEL_MISMATCH: true,
  NETWORK: true,
  ABORTED: true,
  DISPOSED: true,
  WORKER_CRASHED: true,
  OUT_OF_MEMORY: true,
  INTERNAL: true,
};

/**
 * Everything that this package throws or rejects with.
 *
 * @example
 * ```js
 * try {
 *   await recognizer.listen();
 * } catch (error) {
 *   if (error.code === "PERMISSION_DENIED") showHowToAllowTheMicrophone();
 *   else throw error;
 * }
 * ```
 */
export class EmotionError extends Error {
  /** Why it failed. */
  readonly code: EmotionErrorCode;

  /**
   * The package creates these errors. Your own code may too, for instance in a test of its error handling. `options.cause`
   * keeps the original error.
   *
   * @example
   * ```js
   * recognizer.listen = async () => {
   *   throw new EmotionError("NO_DEVICE", "no microphone", { cause: new Error("unplugged") });
   * };
   * ```
   */
  constructor(code: EmotionErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  static {
    // On the prototype, as in built-in errors: a field would appear in every log.
    this.prototype.name = "EmotionError";
  }
}

/**
 * Converts a thrown value to an `EmotionError`: unchanged where it is one, with the code that Rust gave it where there is
 * one, otherwise `INTERNAL` with the original as `cause`.
 */
export function toEmotionError(thrown: unknown): EmotionError {
  if (thrown instanceof EmotionError) return thrown;
  const message = messageOf(thrown);
  const code = codeOf(thrown);
  if (code) return new EmotionError(code, message);
  if (nameOf(thrown) === "AbortError") return new EmotionError("ABORTED", message, { cause: thrown });
  if (isOutOfMemory(thrown)) return new EmotionError("OUT_OF_MEMORY", message, { cause: thrown });
  return new EmotionError("INTERNAL", `unexpected failure: ${message}`, { cause: thrown });
}

/**
 * Whether an array or a wasm memory could not be allocated. Browsers throw a `RangeError` (Firefox also a string), as they do
 * for a full stack and for an index out of range: only the message tells.
 */
function isOutOfMemory(thrown: unknown): boolean {
  if (typeof thrown !== "string" && !(thrown instanceof RangeError)) return false;
  return /out of memory|allocation failed|grow|array length: \d{9}/i.test(messageOf(thrown));
}

/**
 * Whether the wasm instance stopped in the middle of a call, which leaves its memory in an unknown state: by a trap, or by a
 * full stack, for which Chromium and Safari throw a `RangeError` and Firefox an `InternalError`.
 */
export function isTrap(thrown: unknown): boolean {
  if (thrown instanceof WebAssembly.RuntimeError) return true;
  return thrown instanceof Error && /call stack|too much recursion/i.test(thrown.message);
}

/** The message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `name` of a thrown value, by which a `DOMException` tells its kind. */
export function nameOf(thrown: unknown): string | undefined {
  // In some browsers an `OverconstrainedError` is no `Error`.
  if (typeof thrown !== "object" || thrown === null || !("name" in thrown)) return undefined;
  return typeof thrown.name === "string" ? thrown.name : undefined;
}

function codeOf(thrown: unknown): EmotionErrorCode | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  const { code } = thrown;
  return typeof code === "string" && Object.hasOwn(CODES, code) ? (code as EmotionErrorCode) : undefined;
}

/** An error as it is posted between threads: structured cloning would lose `code` and class. */
export interface WireError {
  code: EmotionErrorCode;
  message: string;
  cause?: { name: string; message: string; stack: string | undefined };
}

/** Converts an error for posting. */
export function toWireError(error: EmotionError): WireError {
  const { code, message, cause } = error;
  if (cause === undefined) return { code, message };
  const stack = cause instanceof Error ? cause.stack : undefined;
  return { code, message, cause: { name: nameOf(cause) ?? "Error", message: messageOf(cause), stack } };
}

/** Converts a posted error back, its cause to a plain `Error`. */
export function fromWireError({ code, message, cause }: WireError): EmotionError {
  if (!cause) return new EmotionError(code, message);
  const original = new Error(cause.message);
  original.name = cause.name;
  if (cause.stack !== undefined) original.stack = cause.stack;
  return new EmotionError(code, message, { cause: original });
}
