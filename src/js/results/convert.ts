// The engine's answers, converted to the public types.

import type { RawModelInfo, RawResult } from "../engine/protocol.js";
import type { EmotionResult, ModelInfo } from "../types.js";

// The labels are those of the model file, which only the caller can know: hence the casts to `L`.

/** Adds the latency and the model's id, which the engine does not know. `speechMs` stays inside: it weighs the inputs of a session. */
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

/** Frozen, since callers get the object itself. */
export function toModelInfo<L extends string>(raw: RawModelInfo): ModelInfo<L> {
  return Object.freeze({
    ...raw,
    labels: Object.freeze(raw.labels as L[]),
    metrics: Object.freeze(raw.metrics),
  });
}
