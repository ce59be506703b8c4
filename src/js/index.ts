/**
 * Speech emotion recognition that runs on the visitor's own device.
 *
 * The import itself has no effect: no fetch, no global, no `window`. Begin with `EmotionRecognizer.load`.
 *
 * @packageDocumentation
 */

export { EmotionError, type EmotionErrorCode } from "./errors.js";
export type { ListenEventMap, ListenOptions, ListenReason, ListenState, ListenStateChange } from "./listen-types.js";
export type { ListenSession } from "./listen/session.js";
export type { MelSpectrogram, Saliency } from "./picture-types.js";
export { EmotionRecognizer } from "./recognizer.js";
export { toCsv, toJson, toWebVtt } from "./results/formats.js";
export { summarize, type EmotionSummary, type EmotionTransition } from "./results/summary.js";
export type {
  AnalyzeOptions,
  AudioInput,
  ClassifyOptions,
  Emotion,
  EmotionResult,
  EnrollOptions,
  ExplainOptions,
  LoadOptions,
  LoadProgress,
  ModelInfo,
  ModelInput,
  SetModelOptions,
  SpeakerProfile,
  WasmInput,
} from "./types.js";
