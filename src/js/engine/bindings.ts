// The generated half of the package, as the engine sees it. The names of its types and of its fields about speaker profiles
// are translated here, and nowhere else.

import type { RawModelInfo, RawStreamEnd, RawVoice } from "../wasm/emotionai_voice.js";

export type {
  Classifier,
  Explainer,
  MelStream,
  RawMelAxes,
  RawModelInfo,
  RawResult,
  RawSaliency,
  RawStreamEnd,
  RawVoice as RawSpeaker,
  RawVoiceProfile as RawSpeakerProfile,
  StreamClassifier,
  WavDecoder,
  WavStreamClassifier,
} from "../wasm/emotionai_voice.js";

/** The generated module. */
export type Bindings = typeof import("../wasm/emotionai_voice.js");

/** The `space` of the speaker profiles that fit a model; `null` where the model takes no profiles. */
export const profileSpaceOf = (model: RawModelInfo): string | null => model.voiceSpace;

/** The logits of an input's speaker, from which a profile is made; `null` where the model takes no profiles. */
export const speakerOf = (end: RawStreamEnd): RawVoice | null => end.voice;
