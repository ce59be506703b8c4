// The two files that the engine needs, code and model, from wherever the caller has them.

import { abortError } from "./abort.js";
import { concat, describe, isA } from "./bytes.js";
import { EmotionError, messageOf } from "./errors.js";
import { readAddress } from "./fetch.js";
import { shippedCode } from "./shipped-code.js";
import type { LoadProgress, ModelInput, WasmInput } from "./types.js";

/** How a file is loaded. */
export interface AssetOptions {
  onProgress: ((progress: LoadProgress) => void) | undefined;
  signal: AbortSignal | undefined;
}

/** Start of the table of a model file, after 8 bytes of its length. */
const MODEL_MAGIC = new TextEncoder().encode('{"__metadata__":{"emotionai_voice":');
const MODEL_MAGIC_OFFSET = 8;

/** The compiled code. */
export async function loadWasm(input: WasmInput | undefined, options: AssetOptions): Promise<WebAssembly.Module> {
  if (isA(input, "WebAssembly.Module")) return input;
  if (input !== undefined) return compile(await open(input, "wasm", options), "wasm", options);
  const url = new URL("./wasm/emotionai_voice_bg.wasm", import.meta.url);
  const telling = { ...options, onProgress: options.onProgress && ((progress: LoadProgress) => tell(options, progress)) };
  return shippedCode(telling, async (shared) => compile(await open(url, "wasm", shared), "wasm", shared));
}

/** The bytes of the model, which are the caller's no longer. */
export async function loadModel(input: ModelInput | undefined, options: AssetOptions): Promise<Uint8Array<ArrayBuffer>> {
  const source = input ?? new URL("./model/default.emo", import.meta.url);
  const response = await open(source, "model", options);
  const bytes = await readAll(response, "model", options);
  // The engine, which has the last word, does not know where they are from.
  if (response.url && !MODEL_MAGIC.every((byte, i) => bytes[MODEL_MAGIC_OFFSET + i] === byte)) {
    const type = response.headers.get("content-type");
    const found = `${bytes.byteLength} bytes${type ? ` of type ${type}` : ""} that are none`;
    throw new EmotionError("MODEL_FORMAT", `expected a model file at ${response.url}, got ${found}`);
  }
  return bytes;
}

/** Every input as a `Response`: all that follows is then the same. */
async function open(input: ModelInput | WasmInput, file: LoadProgress["file"], options: AssetOptions): Promise<Response> {
  if (typeof input === "string" || isA(input, "URL")) return readAddress(input, options.signal);
  if (isA(input, "Response")) {
    if (input.ok && !input.bodyUsed) return input;
    const found = input.ok ? "one whose body was read already" : `status ${input.status} from ${input.url}`;
    throw new EmotionError("NETWORK", `${file}: expected an answer with a body to read, got ${found}`);
  }
  if (isA(input, "ArrayBuffer", "Uint8Array", "Blob", "File")) {
    const size = "size" in input ? input.size : input.byteLength;
    // A buffer that was transferred is empty, and is refused as a body.
    return new Response(size === 0 ? null : (input as BodyInit), { headers: { "content-length": String(size) } });
  }
  throw new EmotionError("UNSUPPORTED", `${file}: expected a URL, a Response or bytes, got ${describe(input)}`);
}

async function compile(response: Response, file: "wasm", options: AssetOptions): Promise<WebAssembly.Module> {
  const type = response.headers.get("content-type") ?? "";
  try {
    if (!type.startsWith("application/wasm")) return await WebAssembly.compile(await readAll(response, file, options));
    // The answer itself and not a copy, so that the browser can keep the compiled code in its cache.
    const counted = options.onProgress ? readAll(response.clone(), file, options) : undefined;
    const [module] = await Promise.all([WebAssembly.compileStreaming(response), counted]);
    return module;
  } catch (cause) {
    if (options.signal?.aborted) throw abortError(options.signal);
    if (cause instanceof EmotionError) throw cause;
    if (!(cause instanceof WebAssembly.CompileError)) throw failedReading(cause, file);
    // A server that answers every address with its start page is the usual reason.
    const code = response.url ? "NETWORK" : "UNSUPPORTED";
    const found = `${response.url || "bytes"}${type && ` of type ${type}`}`;
    throw new EmotionError(code, `expected WebAssembly that can be compiled here, got ${found}: ${cause.message}`, { cause });
  }
}

async function readAll(response: Response, file: LoadProgress["file"], options: AssetOptions): Promise<Uint8Array<ArrayBuffer>> {
  const total = totalOf(response);
  const reader = response.body?.getReader();
  const read = () =>
    reader?.read().catch((cause: unknown) => {
      throw options.signal?.aborted ? abortError(options.signal) : failedReading(cause, file);
    });
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    tell(options, { file, loaded, total });
    for (let part = await read(); part && !part.done; part = await read()) {
      parts.push(part.value);
      loaded += part.value.byteLength;
      tell(options, { file, loaded, total });
    }
  } catch (error) {
    reader?.cancel().catch(() => {});
    throw error;
  }
  return concat(parts, loaded);
}

function tell({ onProgress }: AssetOptions, progress: LoadProgress): void {
  try {
    onProgress?.(progress);
  } catch (cause) {
    throw new EmotionError("INVALID_OPTION", `onProgress threw: ${messageOf(cause)}`, { cause });
  }
}

/** A compressed answer tells the length of what went over the wire, which no reader ever sees. */
function totalOf(response: Response): number | null {
  const length = response.headers.get("content-length");
  return length === null || response.headers.has("content-encoding") ? null : Number(length);
}

function failedReading(cause: unknown, file: string): EmotionError {
  return new EmotionError("NETWORK", `the ${file} file broke off while it was read: ${messageOf(cause)}`, { cause });
}
