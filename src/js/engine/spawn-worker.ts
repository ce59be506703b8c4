// Starting the Worker's script, wherever the package was put.

import { EmotionError, nameOf } from "../errors.js";
import { newWorker, workerAddress } from "../package-files.js";

/** The part of a `Worker` that the engine uses; tests bring their own. */
export type WorkerLike = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror" | "onmessageerror">;

/** Starts the script that ships with the package. */
export function spawnWorker(): WorkerLike {
  const script = workerAddress();
  // Where a bundler replaced `import.meta.url`, the address is no web address and says nothing about the script's origin.
  const isForeign = /^https?:$/.test(script.protocol) && script.origin !== globalThis.location?.origin;
  if (isForeign) return spawnForeign(script);
  try {
    return newWorker();
  } catch (cause) {
    throw refused(cause);
  }
}

/** Browsers refuse a Worker script from another origin, such as a CDN, but let a local script import from there. */
function spawnForeign(script: URL): WorkerLike {
  const source = new Blob([`import ${JSON.stringify(script.href)};`], { type: "text/javascript" });
  const url = URL.createObjectURL(source);
  const release = () => URL.revokeObjectURL(url);
  try {
    const worker = new Worker(url, { type: "module" });
    // Only once the Worker answers: not every browser reads the blob at once.
    worker.addEventListener("message", release, { once: true });
    worker.addEventListener("error", release, { once: true });
    return worker;
  } catch (cause) {
    release();
    throw refused(cause);
  }
}

function refused(cause: unknown): EmotionError {
  const advice =
    nameOf(cause) === "SecurityError"
      ? "serve the package from the page's own origin, allow it in the content security policy (worker-src), or load with { worker: false }"
      : "load with { worker: false }";
  return new EmotionError("UNSUPPORTED", `the worker could not be started: ${advice}`, { cause });
}
