// What the engine answers, as what the user gets.

import type { RawModelInfo, RawResult } from "./protocol.js";
import type { EmotionResult, ModelInfo } from "./types.js";

// The labels are those of the model file, which only the caller can know: hence the casts to `L`.

/** Adds what only this side knows: how long it took, and by which model. */
export function toResult<L extends string>(raw: RawResult, modelId: string, latencyMs: number): EmotionResult<L> {
  return {
    state: raw.state,
    label: raw.label as L | null,
    confidence: raw.confidence,
    probabilities: raw.probabilities as Record<L, number> | null,
    provisional: raw.provisional,
    startMs: raw.startMs,
    endMs: raw.endMs,
    latencyMs,
    modelId,
  };
}

/** Frozen: it is handed out by reference. */
export function toModelInfo<L extends string>(raw: RawModelInfo): ModelInfo<L> {
  return Object.freeze({
    ...raw,
    labels: Object.freeze(raw.labels as L[]),
    metrics: Object.freeze(raw.metrics),
  });
}
