// The engine on the calling thread: for `worker: false`, and under Node.

import { EmotionError } from "../errors.js";
import type { Bindings } from "./bindings.js";
import { EngineCore } from "./core.js";
import type { Engine, StartedEngine } from "./engine.js";
import type { EngineRequest, ReplyTo } from "./protocol.js";

export class LocalEngine implements Engine {
  readonly #core: EngineCore;
  /** Settles after the last request. It holds no reply, which may be large. */
  #last: Promise<void> = Promise.resolve();
  #disposed = false;

  private constructor(core: EngineCore) {
    this.#core = core;
  }

  static async start(bindings: Bindings, module: WebAssembly.Module, model: Uint8Array<ArrayBuffer>): Promise<StartedEngine> {
    const core = await EngineCore.start(bindings, module, model);
    return { engine: new LocalEngine(core), model: core.model() };
  }

  async call<T extends EngineRequest["type"]>(request: Extract<EngineRequest, { type: T }>): Promise<ReplyTo<T>> {
    // Each request is a task of its own, so that the thread can do other work in between.
    const run = this.#last.then(nextTask).then(() => {
      if (this.#disposed) throw new EmotionError("DISPOSED", "the recognizer was disposed");
      return this.#core.handle<T>(request);
    });
    this.#last = run.then(ignore, ignore);
    return run;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#core.dispose();
  }
}

function ignore(): void {}

// Not `setTimeout`, which browsers delay by 4 ms when nested, and by a second in a hidden tab.
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
