// The engine on the calling thread: for `worker: false`, and under Node.

import { EngineCore } from "./core.js";
import type { Engine } from "./engine.js";
import { EmotionError } from "./errors.js";
import type { EngineRequest, RawModelInfo, ReplyTo } from "./protocol.js";

export class LocalEngine implements Engine {
  readonly #core: EngineCore;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  private constructor(core: EngineCore) {
    this.#core = core;
  }

  /** Loads code and model, and says what the model says of itself. */
  static async start(
    module: WebAssembly.Module,
    model: Uint8Array<ArrayBuffer>,
  ): Promise<{ engine: LocalEngine; model: RawModelInfo }> {
    const core = await EngineCore.start(module, model);
    return { engine: new LocalEngine(core), model: core.model() };
  }

  async call<T extends EngineRequest["type"]>(request: Extract<EngineRequest, { type: T }>): Promise<ReplyTo<T>> {
    // Each request is a task of its own, so that the thread's other work comes in between.
    const run = this.#last.then(nextTask).then(() => {
      if (this.#disposed) throw new EmotionError("DISPOSED", "the recognizer was disposed");
      return this.#core.handle<T>(request);
    });
    this.#last = run.catch(() => {});
    return run;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#core.dispose();
  }
}

// Not `setTimeout`: browsers hold it back by 4 ms when nested, and by a second in a hidden tab.
function nextTask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
