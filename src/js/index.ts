/**
 * Speech emotion recognition that runs on the visitor's own device.
 *
 * Importing does nothing: no fetch, no global, no `window`. `EmotionRecognizer.load` does.
 *
 * @packageDocumentation
 */

export { EmotionError, type EmotionErrorCode } from "./errors.js";
export { toCsv, toJson, toWebVtt } from "./formats.js";
export type { ListenSession } from "./listen-session.js";
export type { ListenEventMap, ListenOptions, ListenReason, ListenState, ListenStateChange } from "./listen-types.js";
export type { MelSpectrogram, Saliency } from "./picture-types.js";
export { EmotionRecognizer } from "./recognizer.js";
export { summarize, type EmotionSummary, type EmotionTransition } from "./summary.js";
export type {
  AnalyzeOptions,
  AudioInput,
  CalibrateOptions,
  ClassifyOptions,
  Emotion,
  EmotionResult,
  ExplainOptions,
  LoadOptions,
  LoadProgress,
  ModelInfo,
  ModelInput,
  SetModelOptions,
  VoiceProfile,
  WasmInput,
} from "./types.js";
