// The results of a session for one `for await` loop.

import type { EmotionError } from "../errors.js";

/** Results that wait for a slow reader; the oldest are dropped first. */
const MAX_WAITING = 256;

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: EmotionError): void;
}

/** A bounded queue with one reader. */
export class ResultQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #waiting: T[] = [];
  readonly #readers: Reader<T>[] = [];
  readonly #onReturn: (queue: ResultQueue<T>) => void;
  #ended = false;
  #error: EmotionError | undefined;

  /** Calls `onReturn` once the reader has left its loop. */
  constructor(onReturn: (queue: ResultQueue<T>) => void) {
    this.#onReturn = onReturn;
  }

  /** Appends a result. */
  push(value: T): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ value, done: false });
      return;
    }
    this.#waiting.push(value);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  /** Ends the queue after the results that wait, with an error if there is one. */
  end(error?: EmotionError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) this.#settle(reader);
  }

  /** The next result. */
  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#ended) this.#settle(reader);
      else this.#readers.push(reader);
    });
  }

  /** Ends the queue for a reader that leaves its loop. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting.length = 0;
    this.end();
    this.#onReturn(this);
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #settle({ resolve, reject }: Reader<T>): void {
    const error = this.#error;
    // Once only, as in a generator.
    this.#error = undefined;
    if (error) reject(error);
    else resolve({ value: undefined, done: true });
  }
}
