// One way to read an address, in browsers and under Node.

import { abortError, throwIfAborted } from "../abort.js";
import { EmotionError, messageOf } from "../errors.js";

/** Fetches an address; rejects with `NETWORK` unless the answer is a success. */
export async function readAddress(address: URL | string, signal: AbortSignal | undefined): Promise<Response> {
  throwIfAborted(signal);
  const url = resolve(address);
  const files = url.protocol === "file:" ? nodeFiles() : undefined;
  if (files) return readFile(files, url);
  let response: Response;
  try {
    response = await fetch(url, signal ? { signal } : {});
  } catch (cause) {
    if (signal?.aborted) throw abortError(signal);
    throw new EmotionError("NETWORK", `could not fetch ${url.href}: ${messageOf(cause)}`, { cause });
  }
  if (response.ok) return response;
  throw new EmotionError("NETWORK", `could not fetch ${url.href}: status ${response.status} ${response.statusText}`.trimEnd());
}

function resolve(address: URL | string): URL {
  if (address instanceof URL) return address;
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(address, base);
  } catch (cause) {
    const expected = base === undefined ? "an absolute URL (`pathToFileURL` makes one of a path)" : "a URL";
    throw new EmotionError("NETWORK", `expected ${expected}, got ${JSON.stringify(address)}`, { cause });
  }
}

/** Reads a file under Node, whose `fetch` takes no `file:` address. */
async function readFile(fs: NodeFiles, url: URL): Promise<Response> {
  try {
    const bytes = await fs.readFile(url);
    return new Response(bytes, { headers: { "content-length": String(bytes.byteLength) } });
  } catch (cause) {
    throw new EmotionError("NETWORK", `could not read ${url.href}: ${messageOf(cause)}`, { cause });
  }
}

/** The part of `node:fs/promises` that is used here. */
interface NodeFiles {
  readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}

/** Node's module for files. Not by `import`, for which bundlers would look. */
function nodeFiles(): NodeFiles | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): NodeFiles | undefined } };
  return process?.getBuiltinModule?.("node:fs/promises");
}
