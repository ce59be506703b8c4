// One input of an engine: opened, fed with chunks, ended, closed.

import type { Engine } from "./engine.js";
import type { AudioChunk, MelEnd, PushReply, RawModelInfo, RawSaliency, RawStreamEnd, StreamFormat, StreamOptions } from "./protocol.js";

/** One input of an engine. */
export class EngineStream {
  /** No id is used again, so that a stream lost in a crash is never mistaken for a new one. */
  static #lastId = 0;

  readonly #engine: Engine;
  readonly #id = ++EngineStream.#lastId;
  readonly #opened: Promise<RawModelInfo>;

  /** Opens a stream. The next call rejects where opening fails. */
  constructor(engine: Engine, format: StreamFormat, options: StreamOptions = {}) {
    this.#engine = engine;
    this.#opened = engine.call({ type: "open", stream: this.#id, format, ...options });
    this.#opened.catch(() => {});
  }

  /** The model that answers. */
  get model(): Promise<RawModelInfo> {
    return this.#opened;
  }

  /** Pushes a chunk, whose buffers are detached from the caller. */
  async push(chunk: AudioChunk): Promise<PushReply> {
    return this.#afterOpening(this.#engine.call({ type: "push", stream: this.#id, chunk }));
  }

  /** Ends the current input; the next chunk begins another. */
  async flush(): Promise<RawStreamEnd> {
    return this.#afterOpening(this.#engine.call({ type: "flush", stream: this.#id }));
  }

  /** The same for the task `"mel"`. */
  async flushMel(): Promise<MelEnd> {
    return this.#afterOpening(this.#engine.call({ type: "flush-mel", stream: this.#id }));
  }

  /** The same for the task `"explain"`: explains a label, or the likeliest one where `label` is `undefined`. */
  async explain(label: string | undefined): Promise<RawSaliency> {
    return this.#afterOpening(this.#engine.call({ type: "explain", stream: this.#id, label }));
  }

  /** Frees the engine's half of the stream. */
  close(): void {
    // Fails only where the engine, and the stream with it, is gone already.
    this.#engine.call({ type: "close", stream: this.#id }).catch(() => {});
  }

  /** The reply, or the error of opening: all calls after a failed opening fail because of it. */
  async #afterOpening<T>(reply: Promise<T>): Promise<T> {
    reply.catch(() => {});
    await this.#opened;
    return reply;
  }
}
