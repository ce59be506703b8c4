// Pictures of an input: its log-mel, and what in it spoke for an emotion.

import type { Engine } from "./engine.js";
import { EmotionError } from "./errors.js";
import { hearWhole } from "./hear.js";
import type { AudioInput, ClassifyOptions, VoiceProfile } from "./types.js";
import type { MelSpectrogram, Saliency } from "./picture-types.js";

/** Values of a picture, 4 bytes each: somewhat over an hour with the model that ships. */
const MAX_VALUES = 2 ** 24;

/** The log-mel frames of a whole input. */
export async function hearMel(engine: Engine, input: AudioInput, options: ClassifyOptions): Promise<MelSpectrogram> {
  const parts: Float32Array[] = [];
  let length = 0;
  const keep = (part: Float32Array | undefined) => {
    if (!part) return;
    parts.push(part);
    length += part.length;
    if (length > MAX_VALUES) {
      throw new EmotionError(
        "TOO_LONG",
        `expected audio that makes a picture of up to ${MAX_VALUES} values (about an hour), got more: draw a part of it at a time`,
      );
    }
  };
  const { value, modelId } = await hearWhole(engine, input, { task: "mel" }, options, (stream) => stream.flushMel(), ({ mel }) => keep(mel));
  const { mel, bands, bandsHz, frameMs, peakDb, rangeDb } = value;
  mel.forEach(keep);
  return { bands, frames: length / bands, data: joined(parts, length), bandsHz, frameMs, peakDb, rangeDb, modelId };
}

/** What in an input spoke for an emotion. */
export async function hearSaliency<L extends string>(
  engine: Engine,
  input: AudioInput,
  options: ClassifyOptions & { emotion?: L | undefined; profile: VoiceProfile | null },
): Promise<Saliency<L>> {
  const { emotion, profile } = options;
  const { value, modelId } = await hearWhole(engine, input, { task: "explain", profile }, options, (stream) => stream.explain(emotion));
  const { label, ...rest } = value;
  return { emotion: label as L, ...rest, modelId };
}

function joined(parts: readonly Float32Array[], length: number): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
