// The public types of the two pictures of a recording: its log-mel spectrogram, and the saliency of an answer.

import type { Emotion } from "./types.js";

/**
 * The log-mel spectrogram of a recording: the level of each mel band in each frame. `EmotionRecognizer.melSpectrogram` computes it.
 *
 * The model sees it in windows, each relative to the loudest band of the seconds before, cut off `rangeDb` below. A picture that
 * maps `peakDb` to full and `peakDb - rangeDb` to empty looks much the same.
 *
 * @example
 * ```js
 * const { bands, frames, data, peakDb, rangeDb } = await recognizer.melSpectrogram(file);
 * for (let frame = 0; frame < frames; frame++) {
 *   for (let band = 0; band < bands; band++) {
 *     const light = 1 + (data[frame * bands + band] - peakDb) / rangeDb; // 1 is the loudest, 0 or less is silence
 *     context.fillStyle = `hsl(260 60% ${Math.max(light, 0) * 100}%)`;
 *     context.fillRect(frame, bands - 1 - band, 1, 1);
 *   }
 * }
 * ```
 */
export interface MelSpectrogram {
  /** Number of mel bands, and of values in a frame. */
  bands: number;
  /** Number of frames. */
  frames: number;
  /** Levels in dB, -100 (silence) to about 40. The level of a band in a frame is `data[frame * bands + band]`; the lowest band is 0. */
  data: Float32Array<ArrayBuffer>;
  /** Centre frequency of each band, in Hz. */
  bandsHz: readonly number[];
  /** Time from one frame to the next, in milliseconds: the middle of a frame lies at `frame * frameMs`. */
  frameMs: number;
  /** The loudest value in `data`, in dB. */
  peakDb: number;
  /** Range below the loudest value that the model sees, in dB. */
  rangeDb: number;
  /** The `id` of the model that these features belong to. */
  modelId: string;
}

/**
 * How much each band and frame of a window contributed to an emotion. `EmotionRecognizer.explain` computes it.
 *
 * It is measured by occlusion: patches of the window are hidden one after the other, and the model answers again. It shows what
 * this model relies on, which may differ from what a person relies on.
 *
 * @example
 * ```js
 * const { emotion, bands, data, bandsHz, startMs, frameMs } = await recognizer.explain(file);
 * const index = data.indexOf(Math.max(...data));
 * const band = index % bands;
 * const atMs = startMs + Math.floor(index / bands) * frameMs;
 * console.log(`most of all ${emotion}: ${bandsHz[band]} Hz at ${atMs} ms`);
 * ```
 */
export interface Saliency<L extends string = Emotion> {
  /** The emotion that is explained. */
  emotion: L;
  /** Calibrated probability of the emotion in the window, 0 to 1. */
  probability: number;
  /** Number of mel bands. */
  bands: number;
  /** Number of frames in the window. */
  frames: number;
  /**
   * The drop in the log-odds of the emotion when a patch is hidden, in nats: 0.7 halves the odds, and a value below 0 counts against
   * the emotion. The value of a band in a frame is `data[frame * bands + band]`; the lowest band is 0.
   */
  data: Float32Array<ArrayBuffer>;
  /** Centre frequency of each band, in Hz. */
  bandsHz: readonly number[];
  /** Time from one frame to the next, in milliseconds: the middle of a frame lies at `startMs + frame * frameMs`. */
  frameMs: number;
  /** Start of the window in the input, in milliseconds. */
  startMs: number;
  /** End of the window in the input, in milliseconds. */
  endMs: number;
  /** The `id` of the model that is explained. */
  modelId: string;
}
