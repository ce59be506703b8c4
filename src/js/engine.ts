// Where inference runs, as the rest of the package sees it.

import type {
  AudioChunk,
  EngineRequest,
  Hearing,
  MelEnd,
  PushReply,
  RawModelInfo,
  RawSaliency,
  RawStreamEnd,
  ReplyTo,
  StreamFormat,
} from "./protocol.js";

/** Runs requests one after the other. Two kinds: on this thread, or in a Worker. */
export interface Engine {
  /**
   * Rejects with an `EmotionError`. A chunk's buffers may be detached by this.
   */
  call<T extends EngineRequest["type"]>(request: Extract<EngineRequest, { type: T }>): Promise<ReplyTo<T>>;

  /** Ends everything; what is pending rejects with `DISPOSED`, and so does every later call. */
  dispose(): void;
}

/** One input of an engine. */
export class EngineStream {
  /** Ids are never used twice, so that a stream lost in a crash is never taken for another. */
  static #lastId = 0;

  readonly #engine: Engine;
  readonly #id = ++EngineStream.#lastId;
  readonly #opened: Promise<RawModelInfo>;

  /** Opens a stream. What fails then comes out of the next call. */
  constructor(engine: Engine, format: StreamFormat, hearing: Hearing = {}) {
    this.#engine = engine;
    this.#opened = engine.call({ type: "open", stream: this.#id, format, ...hearing });
    this.#opened.catch(() => {});
  }

  /** The model that answers. */
  get model(): Promise<RawModelInfo> {
    return this.#opened;
  }

  /** Takes a chunk; its buffers are lost to the caller. */
  async push(chunk: AudioChunk): Promise<PushReply> {
    return this.#afterOpening(this.#engine.call({ type: "push", stream: this.#id, chunk }));
  }

  /** Ends this input and begins another. */
  async flush(): Promise<RawStreamEnd> {
    return this.#afterOpening(this.#engine.call({ type: "flush", stream: this.#id }));
  }

  /** Ends this input and begins another; for the task `"mel"`. */
  async flushMel(): Promise<MelEnd> {
    return this.#afterOpening(this.#engine.call({ type: "flush-mel", stream: this.#id }));
  }

  /** Ends this input and begins another; for the task `"explain"`. Without a label, it is the likeliest. */
  async explain(label: string | undefined): Promise<RawSaliency> {
    return this.#afterOpening(this.#engine.call({ type: "explain", stream: this.#id, label }));
  }

  /** Frees it. */
  close(): void {
    // It fails only where the engine, and with it the stream, is gone already.
    this.#engine.call({ type: "close", stream: this.#id }).catch(() => {});
  }

  /** The reply, or what went wrong first: where opening failed, all after it fails for no reason of its own. */
  async #afterOpening<T>(reply: Promise<T>): Promise<T> {
    reply.catch(() => {});
    await this.#opened;
    return reply;
  }
}
