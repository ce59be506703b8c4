// The two files that the engine needs, code and model, from wherever the caller has them.

import { abortError } from "../abort.js";
import { EmotionError } from "../errors.js";
import { modelAddress, wasmAddress } from "../package-files.js";
import type { LoadProgress, ModelInput, WasmInput } from "../types.js";
import { describe, isA } from "../values.js";
import { readAddress } from "./fetch.js";
import { brokenOff, readBody, reportProgress, type AssetOptions } from "./read-body.js";
import { shippedCode } from "./shipped-code.js";

/** The first bytes of every model file: "EMOV". */
const MODEL_MAGIC = new TextEncoder().encode('{"__metadata__":{"emotionai_voice":');
const MODEL_MAGIC_OFFSET = 8;

/** Loads and compiles the code. */
export async function loadWasm(input: WasmInput | undefined, options: AssetOptions): Promise<WebAssembly.Module> {
  if (isA(input, "WebAssembly.Module")) return input;
  if (input !== undefined) return compile(await open(input, "wasm", options), options);
  const onProgress = options.onProgress && ((progress: LoadProgress) => reportProgress(options, progress));
  return shippedCode({ ...options, onProgress }, async (shared) => compile(await open(wasmAddress(), "wasm", shared), shared));
}

/** Loads the bytes of the model. They are a copy, which the caller does not hold. */
export async function loadModel(input: ModelInput | undefined, options: AssetOptions): Promise<Uint8Array<ArrayBuffer>> {
  const response = await open(input ?? modelAddress(), "model", options);
  const bytes = await readBody(response, "model", options);
  // The engine validates the whole file, but knows no address to name.
  if (response.url && !MODEL_MAGIC.every((byte, i) => bytes[MODEL_MAGIC_OFFSET + i] === byte)) {
    const type = response.headers.get("content-type");
    const found = `${bytes.byteLength} bytes${type ? ` of type ${type}` : ""} that are no model file`;
    throw new EmotionError("MODEL_FORMAT", `expected a model file at ${response.url}, got ${found}`);
  }
  return bytes;
}

/** Every input as a `Response`. */
async function open(input: ModelInput | WasmInput, file: LoadProgress["file"], options: AssetOptions): Promise<Response> {
  if (typeof input === "string" || isA(input, "URL")) return readAddress(input, options.signal);
  if (isA(input, "Response")) {
    if (input.ok && !input.bodyUsed) return input;
    const found = input.ok ? "one whose body was read already" : `status ${input.status} from ${input.url}`;
    throw new EmotionError("NETWORK", `${file}: expected an answer with a body to read, got ${found}`);
  }
  if (isA(input, "ArrayBuffer", "Uint8Array", "Blob", "File")) {
    const size = "size" in input ? input.size : input.byteLength;
    // `Response` refuses a transferred buffer as a body, and such a buffer is empty.
    return new Response(size === 0 ? null : (input as BodyInit), { headers: { "content-length": String(size) } });
  }
  throw new EmotionError("UNSUPPORTED", `${file}: expected a URL, a Response or bytes, got ${describe(input)}`);
}

async function compile(response: Response, options: AssetOptions): Promise<WebAssembly.Module> {
  const type = response.headers.get("content-type") ?? "";
  try {
    if (!type.startsWith("application/wasm")) return await WebAssembly.compile(await readBody(response, "wasm", options));
    // The answer itself and not a copy, so that the browser can cache the compiled code.
    const counted = options.onProgress ? readBody(response.clone(), "wasm", options) : undefined;
    const [module] = await Promise.all([WebAssembly.compileStreaming(response), counted]);
    return module;
  } catch (cause) {
    if (options.signal?.aborted) throw abortError(options.signal);
    if (cause instanceof EmotionError) throw cause;
    if (!(cause instanceof WebAssembly.CompileError)) throw brokenOff(cause, "wasm");
    // The usual reason is a server that answers every address with its start page.
    const code = response.url ? "NETWORK" : "UNSUPPORTED";
    const found = `${response.url || "bytes"}${type && ` of type ${type}`}`;
    throw new EmotionError(code, `expected WebAssembly that can be compiled here, got ${found}: ${cause.message}`, { cause });
  }
}
