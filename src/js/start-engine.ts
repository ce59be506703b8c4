// Starting an engine, in a Worker or on this thread.

import { abortable } from "./abort.js";
import type { Engine } from "./engine.js";
import type { RawModelInfo } from "./protocol.js";
import { spawnWorker } from "./spawn-worker.js";
import { WorkerEngine } from "./worker-engine.js";

/** An engine that runs, with a model in it. */
export interface Started {
  engine: Engine;
  model: RawModelInfo;
}

/** Starts an engine; one that comes too late for the signal is ended. */
export async function startEngine(
  useWorker: boolean,
  module: WebAssembly.Module,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Started> {
  const starting: Promise<Started> = useWorker
    ? WorkerEngine.start(spawnWorker, module, bytes)
    : startLocally(module, bytes);
  try {
    return await abortable(starting, signal);
  } catch (error) {
    starting.then(({ engine }) => engine.dispose()).catch(() => {});
    throw error;
  }
}

/** Loads the generated code, which a page needs only where it has no Worker to do so. */
async function startLocally(module: WebAssembly.Module, bytes: Uint8Array<ArrayBuffer>): Promise<Started> {
  const { LocalEngine } = await import("./local-engine.js");
  return LocalEngine.start(module, bytes);
}
