// Starting the Worker's script, wherever the package was put.

import { EmotionError, nameOf } from "./errors.js";
import type { WorkerLike } from "./worker-engine.js";

/** Where the script lies, unless a bundler put it elsewhere. Turbopack's may have an `href` that is no whole address. */
function ownScript(): URL {
  // Not written as `new URL("./worker.js", import.meta.url)`: bundlers would take that for another file to ship.
  const here = import.meta.url;
  return new URL("./worker.js", here);
}

/** The same for people. */
export const workerAddress = (): string => ownScript().href;

/** Starts the script that lies beside this module. */
export function spawnWorker(): WorkerLike {
  const script = ownScript();
  // Where a bundler replaced `import.meta.url`, it is no web address and says nothing about the script's origin.
  const isForeign = /^https?:$/.test(script.protocol) && script.origin !== globalThis.location?.origin;
  if (isForeign) return spawnForeign(script);
  try {
    // Bundlers look for exactly this line.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  } catch (cause) {
    throw refused(cause);
  }
}

/** Browsers start no Worker from another origin, such as a CDN, but one that imports from there. */
function spawnForeign(script: URL): WorkerLike {
  const source = new Blob([`import ${JSON.stringify(script.href)};`], { type: "text/javascript" });
  const url = URL.createObjectURL(source);
  const release = () => URL.revokeObjectURL(url);
  try {
    const worker = new Worker(url, { type: "module" });
    // Not before it answers: not every browser takes hold of the blob at once.
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
