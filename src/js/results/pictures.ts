// Pictures of a recording: its log-mel spectrogram, and the saliency of an answer.

import type { Engine } from "../engine/engine.js";
import { EmotionError } from "../errors.js";
import type { MelSpectrogram, Saliency } from "../picture-types.js";
import type { AudioInput, ClassifyOptions, SpeakerProfile } from "../types.js";
import { runRecording } from "./recording.js";

/** Values of a spectrogram, 4 bytes each: more than an hour with the default model. */
const MAX_VALUES = 2 ** 24;

/** The log-mel spectrogram of a whole recording. */
export async function melSpectrogramOf(engine: Engine, input: AudioInput, options: ClassifyOptions): Promise<MelSpectrogram> {
  const parts: Float32Array[] = [];
  let length = 0;
  const keep = (part: Float32Array) => {
    parts.push(part);
    length += part.length;
    if (length > MAX_VALUES) {
      throw new EmotionError(
        "TOO_LONG",
        `expected audio whose spectrogram has up to ${MAX_VALUES} values (about an hour), got more: draw a part of it at a time`,
      );
    }
  };
  const { value, modelId } = await runRecording(engine, input, { task: "mel" }, options, (stream) => stream.flushMel(), ({ mel }) => mel && keep(mel));
  const { mel, bands, bandsHz, frameMs, peakDb, rangeDb } = value;
  keep(mel);
  return { bands, frames: length / bands, data: joined(parts, length), bandsHz, frameMs, peakDb, rangeDb, modelId };
}

/** The saliency of an emotion in a recording. */
export async function saliencyOf<L extends string>(
  engine: Engine,
  input: AudioInput,
  options: ClassifyOptions & { emotion?: L | undefined; profile: SpeakerProfile | null },
): Promise<Saliency<L>> {
  const { emotion, profile } = options;
  const { value, modelId } = await runRecording(engine, input, { task: "explain", profile }, options, (stream) => stream.explain(emotion));
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
