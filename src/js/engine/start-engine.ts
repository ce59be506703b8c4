// Starting an engine, in a Worker or on this thread.

import { abortable } from "../abort.js";
import { importBindings } from "../package-files.js";
import type { StartedEngine } from "./engine.js";
import { LocalEngine } from "./local-engine.js";
import { spawnWorker } from "./spawn-worker.js";
import { WorkerEngine } from "./worker-engine.js";

/** Starts an engine, and disposes it where the signal was aborted before it had started. */
export async function startEngine(
  useWorker: boolean,
  module: WebAssembly.Module,
  model: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<StartedEngine> {
  const starting = useWorker ? WorkerEngine.start(spawnWorker, module, model) : startLocally(module, model);
  try {
    return await abortable(starting, signal);
  } catch (error) {
    starting.then(({ engine }) => engine.dispose()).catch(() => {});
    throw error;
  }
}

async function startLocally(module: WebAssembly.Module, model: Uint8Array<ArrayBuffer>): Promise<StartedEngine> {
  return LocalEngine.start(await importBindings(), module, model);
}
