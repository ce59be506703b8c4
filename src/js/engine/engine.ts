// Where inference runs, as the rest of the package sees it.

import type { EngineRequest, RawModelInfo, ReplyTo } from "./protocol.js";

/** Runs requests one after the other: on the calling thread, or in a Worker. */
export interface Engine {
  /** Rejects with an `EmotionError`. The call may detach a chunk's buffers. */
  call<T extends EngineRequest["type"]>(request: Extract<EngineRequest, { type: T }>): Promise<ReplyTo<T>>;

  /** Ends the engine: pending calls and all later ones reject with `DISPOSED`. */
  dispose(): void;
}

/** A running engine, and the facts of its model. */
export interface StartedEngine {
  engine: Engine;
  model: RawModelInfo;
}
