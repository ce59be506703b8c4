// The answer for a whole session, from the answers for its inputs: each pause, and each other gap, ends an input.

import type { RawModelInfo, RawResult } from "../engine/protocol.js";

/** Combines answers as the engine combines the windows of an input: by the mean of the logits, weighted by speech. */
export class SessionAnswer {
  #modelId = "";
  #parts: RawResult[] = [];

  /** Adds the answer of a model for a whole input. */
  add(clip: RawResult, { id, uncertainBelow }: Pick<RawModelInfo, "id" | "uncertainBelow">): void {
    // After a crash a session goes on with the current model, whose answers cannot be combined with those of another.
    if (id !== this.#modelId) this.#parts = [];
    this.#modelId = id;
    this.#parts.push(clip);
    // In place of its parts, so that a session may pause any number of times.
    if (this.#parts.length > 1) this.#parts = [this.#sum(uncertainBelow)];
  }

  /** The answer for all inputs, and the id of the model; `null` without any input. */
  get total(): { answer: RawResult; modelId: string } | null {
    const [answer] = this.#parts;
    return answer ? { answer, modelId: this.#modelId } : null;
  }

  #sum(uncertainBelow: number): RawResult {
    const [first, last] = [this.#parts[0] as RawResult, this.#parts.at(-1) as RawResult];
    const span = {
      startMs: first.startMs,
      endMs: last.endMs,
      speechMs: this.#parts.reduce((sum, { speechMs }) => sum + speechMs, 0),
      provisional: this.#parts.every(({ provisional }) => provisional),
    };
    const probabilities = meanOf(this.#parts);
    if (!probabilities) return { state: "no-speech", label: null, confidence: null, probabilities, ...span };
    const [label, confidence] = Object.entries(probabilities).reduce((top, entry) => (entry[1] > top[1] ? entry : top));
    const isSure = confidence >= uncertainBelow;
    return { state: isSure ? "speech" : "uncertain", label: isSure ? label : null, confidence, probabilities, ...span };
  }
}

/** The smallest positive number of the engine, in place of a probability that was rounded to 0. */
const LEAST = 2 ** -149;

/** The softmax of the mean logarithms, which are the logits but for a constant. */
function meanOf(parts: readonly RawResult[]): Record<string, number> | null {
  const sums = new Map<string, number>();
  let weight = 0;
  for (const { probabilities, speechMs } of parts) {
    if (!probabilities) continue;
    weight += speechMs;
    for (const [label, probability] of Object.entries(probabilities)) {
      const logit = Math.log(Math.max(probability, LEAST));
      sums.set(label, (sums.get(label) ?? 0) + logit * speechMs);
    }
  }
  if (weight === 0) return null;
  const peak = Math.max(...sums.values());
  const scaled = [...sums].map(([label, sum]) => [label, Math.exp((sum - peak) / weight)] as const);
  const total = scaled.reduce((sum, [, value]) => sum + value, 0);
  return Object.fromEntries(scaled.map(([label, value]) => [label, value / total]));
}
