// The audio context between two sessions.

import { prepareContext, rest } from "./capture.js";

/**
 * Keeps one context that has loaded the worklet, so that no `listen` after `load` makes a request.
 */
class ContextPool {
  #resting: AudioContext | undefined;
  #preparing: Promise<void> | undefined;

  /** Prepares the context for the first session. Where that fails, the session tries again and reports the reason. */
  prepare(): Promise<void> {
    if (this.#resting) return Promise.resolve();
    return (this.#preparing ??= this.#prepare().finally(() => (this.#preparing = undefined)));
  }

  /** Takes a context for one session, and resumes it: browsers want that call within the task of a click. */
  async take(): Promise<AudioContext> {
    const resting = this.#resting;
    this.#resting = undefined;
    const context = resting && resting.state !== "closed" ? resting : await prepareContext();
    context.resume().catch(() => {});
    return context;
  }

  /** Returns a context, which is closed where another is kept already. Returning it again has no effect. */
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
 * The pool of the page, shared by all recognizers. To close a context with each recognizer would free nothing: Chromium keeps
 * half a megabyte of every context that ever had a worklet until the page is left.
 */
export const contexts = new ContextPool();
