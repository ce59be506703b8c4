// The audio context between two uses.

import { prepareContext, rest } from "./capture.js";

/**
 * Keeps one context that has loaded the worklet, so that listening needs no network once the package is loaded, however
 * often it is begun.
 */
export class ContextPool {
  #resting: AudioContext | undefined;
  #disposed = false;

  /** Prepares the context for the first use. Where that fails, the first use tries again and tells why. */
  async prepare(): Promise<void> {
    try {
      this.give(await prepareContext());
    } catch {
      this.#resting = undefined;
    }
  }

  /** A context for one session, waking up: browsers like to see that asked for in a click's own task. */
  async take(): Promise<AudioContext> {
    const resting = this.#resting;
    this.#resting = undefined;
    const context = resting && resting.state !== "closed" ? resting : await prepareContext();
    context.resume().catch(() => {});
    return context;
  }

  /** Takes a context back, or closes it where one is enough. */
  give(context: AudioContext): void {
    if (this.#disposed || this.#resting || context.state === "closed") {
      close(context);
      return;
    }
    rest(context);
    this.#resting = context;
  }

  /** Closes what rests here, and what is given back later. */
  dispose(): void {
    this.#disposed = true;
    if (this.#resting) close(this.#resting);
    this.#resting = undefined;
  }
}

function close(context: AudioContext): void {
  // It fails where it is closed already.
  context.close().catch(() => {});
}
