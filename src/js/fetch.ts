// One way to read an address, in browsers and under Node.

import { abortError, throwIfAborted } from "./abort.js";
import { EmotionError, messageOf } from "./errors.js";

/** The answer to a fetch that succeeded. */
export async function readAddress(address: URL | string, signal: AbortSignal | undefined): Promise<Response> {
  throwIfAborted(signal);
  const url = resolve(address);
  if (url.protocol === "file:" && isNode()) return readFile(url);
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

function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}

/** Node's `fetch` reads no files. */
async function readFile(url: URL): Promise<Response> {
  // In a variable and marked, so that no bundler looks for a module of this name.
  const module = "node:fs/promises";
  const fs = (await import(/* @vite-ignore */ /* webpackIgnore: true */ module)) as {
    readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
  };
  try {
    const bytes = await fs.readFile(url);
    return new Response(bytes, { headers: { "content-length": String(bytes.byteLength) } });
  } catch (cause) {
    throw new EmotionError("NETWORK", `could not read ${url.href}: ${messageOf(cause)}`, { cause });
  }
}
