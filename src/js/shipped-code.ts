// The code that lies beside the modules: fetched and compiled once, for however many recognizers.

import { abortable, throwIfAborted } from "./abort.js";
import type { AssetOptions } from "./assets.js";
import type { LoadProgress } from "./types.js";

/** Loads the code, and tells how far it has come. */
type Load = (options: AssetOptions) => Promise<WebAssembly.Module>;

interface Download {
  readonly module: Promise<WebAssembly.Module>;
  /** Who waits for it, to be told. */
  readonly waiting: Set<(progress: LoadProgress) => void>;
  readonly ending: AbortController;
}

let compiled: WebAssembly.Module | undefined;
let running: Download | undefined;

/** The code: of one download for all that ask while it runs. It ends early only when nobody waits any more. */
export async function shippedCode(options: AssetOptions, load: Load): Promise<WebAssembly.Module> {
  if (compiled) return compiled;
  throwIfAborted(options.signal);
  let fail: ((error: unknown) => void) | undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const onProgress = (progress: LoadProgress) => {
    try {
      options.onProgress?.(progress);
    } catch (error) {
      // One that throws fails by itself.
      fail?.(error);
    }
  };
  const download = (running ??= begin(load, options));
  download.waiting.add(onProgress);
  try {
    return await abortable(Promise.race([download.module, failed]), options.signal);
  } finally {
    download.waiting.delete(onProgress);
    if (download.waiting.size === 0) end(download);
  }
}

/** Counts what comes in if who asked first listens: to count, the whole is read twice. */
function begin(load: Load, { onProgress }: AssetOptions): Download {
  const waiting = new Set<(progress: LoadProgress) => void>();
  const tell = (progress: LoadProgress) => waiting.forEach((waiter) => waiter(progress));
  const ending = new AbortController();
  // Not before it is waited for: it may tell at once.
  const module = Promise.resolve().then(async () => (compiled = await load({ signal: ending.signal, onProgress: onProgress && tell })));
  return { module, waiting, ending };
}

function end(download: Download): void {
  if (running === download) running = undefined;
  download.ending.abort();
}
