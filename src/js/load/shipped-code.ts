// The code that ships with the package: fetched and compiled once for all recognizers.

import { abortable, throwIfAborted } from "../abort.js";
import type { LoadProgress } from "../types.js";
import type { AssetOptions } from "./read-body.js";

/** Loads the code, and reports progress. */
type Load = (options: AssetOptions) => Promise<WebAssembly.Module>;

interface Download {
  readonly module: Promise<WebAssembly.Module>;
  /** The progress callbacks of all callers that wait. */
  readonly waiting: Set<(progress: LoadProgress) => void>;
  readonly ending: AbortController;
}

let compiled: WebAssembly.Module | undefined;
let running: Download | undefined;

/** The compiled code. All callers share one download, which is aborted once no caller waits any more. */
export async function shippedCode(options: AssetOptions, load: Load): Promise<WebAssembly.Module> {
  if (compiled) return compiled;
  throwIfAborted(options.signal);
  let fail: ((error: unknown) => void) | undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const onProgress = (progress: LoadProgress) => {
    try {
      options.onProgress?.(progress);
    } catch (error) {
      // Fails this caller alone.
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

/** Reports progress only where the first caller asked for it: counting bytes means that the body is read a second time. */
function begin(load: Load, { onProgress }: AssetOptions): Download {
  const waiting = new Set<(progress: LoadProgress) => void>();
  const report = (progress: LoadProgress) => waiting.forEach((waiter) => waiter(progress));
  const ending = new AbortController();
  // Asynchronously, so that the caller is registered before the first report.
  const module = Promise.resolve().then(async () => (compiled = await load({ signal: ending.signal, onProgress: onProgress && report })));
  return { module, waiting, ending };
}

function end(download: Download): void {
  if (running === download) running = undefined;
  download.ending.abort();
}
