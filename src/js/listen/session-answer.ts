// The answer for a whole session, from the answers for its inputs: each pause, and each other gap, ends an input.

import type { Engine } from "../engine/engine.js";
import type { RawModelInfo, RawResult } from "../engine/protocol.js";

/** Collects the answers for the inputs of a session, and has the engine combine them. */
export class SessionAnswer {
  readonly #engine: Engine;
  #model: Pick<RawModelInfo, "id" | "uncertainBelow"> | undefined;
  #parts: RawResult[] = [];
  /** Settles after the last combination, since one must not begin before the other has ended. */
  #last: Promise<void> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Adds the answer of a model for a whole input. */
  add(clip: RawResult, model: Pick<RawModelInfo, "id" | "uncertainBelow">): void {
    // After a crash a session goes on with the current model, whose answers cannot be combined with those of another.
    if (model.id !== this.#model?.id) this.#parts = [];
    this.#model = model;
    this.#parts.push(clip);
  }

  /** The answer for all inputs so far, and the id of the model; `null` without any input. */
  total(): Promise<{ answer: RawResult; modelId: string } | null> {
    const total = this.#last.then(() => this.#combine());
    this.#last = total.then(ignore, ignore);
    return total;
  }

  async #combine(): Promise<{ answer: RawResult; modelId: string } | null> {
    const parts = this.#parts;
    const model = this.#model;
    const [first] = parts;
    if (!first || !model) return null;
    if (parts.length === 1) return { answer: first, modelId: model.id };
    const results = [...parts];
    const answer = await this.#engine.call({ type: "combine", results, uncertainBelow: model.uncertainBelow });
    // In place of its parts, so that a session may pause any number of times.
    parts.splice(0, results.length, answer);
    return { answer, modelId: model.id };
  }
}

function ignore(): void {}
