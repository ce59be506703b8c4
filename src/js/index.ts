/**
 * Speech emotion recognition that runs on the visitor's own device.
 *
 * Importing does nothing: no fetch, no global, no `window`. `EmotionRecognizer.load` does.
 *
 * @packageDocumentation
 */

export { EmotionError, type EmotionErrorCode } from "./errors.js";
export type { ListenSession } from "./listen-session.js";
export { EmotionRecognizer } from "./recognizer.js";
export type {
  AnalyzeOptions,
  AudioInput,
  CalibrateOptions,
  ClassifyOptions,
  Emotion,
  EmotionResult,
  ListenEventMap,
  ListenOptions,
  ListenReason,
  ListenState,
  ListenStateChange,
  LoadOptions,
  LoadProgress,
  ModelInfo,
  ModelInput,
  SetModelOptions,
  VoiceProfile,
  WasmInput,
} from "./types.js";
