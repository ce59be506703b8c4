// The generated half of the package, as the engine sees it. The rest of the package takes its types from here.

export type {
  Classifier,
  Explainer,
  MelStream,
  RawEnrollmentSample,
  RawMelAxes,
  RawModelInfo,
  RawResult,
  RawSaliency,
  RawSpeakerProfile,
  RawStreamEnd,
  StreamClassifier,
} from "../wasm/emotionai_voice.js";

/** The generated module. */
export type Bindings = typeof import("../wasm/emotionai_voice.js");
