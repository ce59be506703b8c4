// What the inputs of a session come to together: a pause ends one, and what is heard after it is another.

import type { RawModelInfo, RawResult } from "../engine/protocol.js";

/** Sums answers up as the engine does with the windows of an input: by the mean of the logits, weighted by speech. */
export class SessionAnswer {
  #modelId = "";
  #parts: RawResult[] = [];

  /** Adds the answer of a model for a whole input. */
  add(clip: RawResult, { id, uncertainBelow }: Pick<RawModelInfo, "id" | "uncertainBelow">): void {
    // After a crash a session goes on with the model that is set by then, whose answers say nothing about another's.
    if (id !== this.#modelId) this.#parts = [];
    this.#modelId = id;
    this.#parts.push(clip);
    // One stands for all before it, so that a session may be paused for ever.
    if (this.#parts.length > 1) this.#parts = [this.#sum(uncertainBelow)];
  }

  /** The answer for all inputs, and the model's id; `null` where there was none. */
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

/** The smallest probability that the engine has a number for: one of 0 is below it, not impossible. */
const LEAST = 2 ** -149;

/** The mean of logarithms, brought to a sum of 1: but for a constant they are the logits. */
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
