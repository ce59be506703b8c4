// The body of an answer, read piece by piece with its progress reported.

import { abortError } from "../abort.js";
import { EmotionError, messageOf } from "../errors.js";
import type { LoadProgress } from "../types.js";
import { concat } from "../values.js";

/** Options that hold for every file that is loaded. */
export interface AssetOptions {
  onProgress: ((progress: LoadProgress) => void) | undefined;
  signal: AbortSignal | undefined;
}

/** Reads a whole body. */
export async function readBody(response: Response, file: LoadProgress["file"], options: AssetOptions): Promise<Uint8Array<ArrayBuffer>> {
  const total = totalOf(response);
  const reader = response.body?.getReader();
  const read = () =>
    reader?.read().catch((cause: unknown) => {
      throw options.signal?.aborted ? abortError(options.signal) : brokenOff(cause, file);
    });
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    reportProgress(options, { file, loaded, total });
    for (let part = await read(); part && !part.done; part = await read()) {
      parts.push(part.value);
      loaded += part.value.byteLength;
      reportProgress(options, { file, loaded, total });
    }
  } catch (error) {
    reader?.cancel().catch(() => {});
    throw error;
  }
  return concat(parts, loaded);
}

/** Calls `onProgress`; throws `INVALID_OPTION` where that throws. */
export function reportProgress({ onProgress }: AssetOptions, progress: LoadProgress): void {
  try {
    onProgress?.(progress);
  } catch (cause) {
    throw new EmotionError("INVALID_OPTION", `onProgress threw: ${messageOf(cause)}`, { cause });
  }
}

/** The error of a download that ended early. */
export function brokenOff(cause: unknown, file: string): EmotionError {
  return new EmotionError("NETWORK", `the ${file} file broke off while it was read: ${messageOf(cause)}`, { cause });
}

/** The length of a body, in bytes. For a compressed answer the header holds the compressed length, which is of no use here. */
function totalOf(response: Response): number | null {
  const length = response.headers.get("content-length");
  return length === null || response.headers.has("content-encoding") ? null : Number(length);
}
