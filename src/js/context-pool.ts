// The audio context between two uses.

import { prepareContext, rest } from "./capture.js";

/**
 * Keeps one context that has loaded the worklet, so that listening needs no network once the package is loaded, however
 * often it is begun.
 */
class ContextPool {
  #resting: AudioContext | undefined;
  #preparing: Promise<void> | undefined;

  /** Prepares the context for the first use. Where that fails, the first use tries again and tells why. */
  prepare(): Promise<void> {
    if (this.#resting) return Promise.resolve();
    return (this.#preparing ??= this.#prepare().finally(() => (this.#preparing = undefined)));
  }

  /** A context for one session, waking up: browsers like to see that asked for in a click's own task. */
  async take(): Promise<AudioContext> {
    const resting = this.#resting;
    this.#resting = undefined;
    const context = resting && resting.state !== "closed" ? resting : await prepareContext();
    context.resume().catch(() => {});
    return context;
  }

  /** Takes a context back, or closes it where one is enough. Giving it twice is giving it once. */
  give(context: AudioContext): void {
    if (context.state === "closed" || context === this.#resting) return;
    if (this.#resting) {
      context.close().catch(() => {});
      return;
    }
    rest(context);
    this.#resting = context;
  }

  async #prepare(): Promise<void> {
    try {
      this.give(await prepareContext());
    } catch {
      this.#resting = undefined;
    }
  }
}

export type { ContextPool };

/**
 * The page's, for all recognizers that come and go. Closing a context with each of them would free nothing: Chromium keeps
 * half a megabyte of every context that ever had a worklet until the page goes.
 */
export const contexts = new ContextPool();
