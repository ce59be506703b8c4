// The public types of the two pictures: the log-mel, and what in it mattered.

import type { Emotion } from "./types.js";

/**
 * What the model hears of a recording: the level of each mel band in each frame. `EmotionRecognizer.melSpectrogram` makes it.
 *
 * The model sees it in windows, each relative to the loudest band of the seconds before, and nothing that lies more than
 * `rangeDb` below that. A picture in which `peakDb` is full and `peakDb - rangeDb` is empty shows much the same.
 *
 * @example
 * ```js
 * const { bands, frames, data, peakDb, rangeDb } = await recognizer.melSpectrogram(file);
 * for (let frame = 0; frame < frames; frame++) {
 *   for (let band = 0; band < bands; band++) {
 *     const light = 1 + (data[frame * bands + band] - peakDb) / rangeDb; // 1 is the loudest, 0 and less is silence
 *     context.fillStyle = `hsl(260 60% ${Math.max(light, 0) * 100}%)`;
 *     context.fillRect(frame, bands - 1 - band, 1, 1);
 *   }
 * }
 * ```
 */
export interface MelSpectrogram {
  /** Mel bands, lowest first; the values in a frame. */
  bands: number;
  /** Frames, one after the other. */
  frames: number;
  /** Levels in dB, -100 (silence) to about 40: that of a band in a frame is `data[frame * bands + band]`. */
  data: Float32Array<ArrayBuffer>;
  /** Centre of each band, in Hz. */
  bandsHz: readonly number[];
  /** Time from one frame to the next, in milliseconds: the middle of a frame lies at `frame * frameMs`. */
  frameMs: number;
  /** The loudest value in `data`, in dB. */
  peakDb: number;
  /** What the model sees below the loudest, in dB. */
  rangeDb: number;
  /** The `id` of the model whose features these are. */
  modelId: string;
}

/**
 * Which bands and frames spoke for an emotion. `EmotionRecognizer.explain` makes it.
 *
 * It is found by occlusion: patches of the window are hidden one after the other, and the model is asked again. It says what
 * this model went by, which need not be what a person would.
 *
 * @example
 * ```js
 * const { emotion, bands, data, bandsHz, startMs, frameMs } = await recognizer.explain(file);
 * const place = data.indexOf(Math.max(...data));
 * const band = place % bands;
 * const atMs = startMs + Math.floor(place / bands) * frameMs;
 * console.log(`most of all ${emotion}: ${bandsHz[band]} Hz at ${atMs} ms`);
 * ```
 */
export interface Saliency<L extends string = Emotion> {
  /** The emotion that is explained. */
  emotion: L;
  /** Its calibrated probability in the window that is explained, 0 to 1. */
  probability: number;
  /** Mel bands, lowest first. */
  bands: number;
  /** Frames of the window. */
  frames: number;
  /**
   * How far the log-odds of the emotion fall where a place is hidden, in nats; below 0 it spoke against the emotion. That of
   * a band in a frame is `data[frame * bands + band]`. 0.7 halves the odds.
   */
  data: Float32Array<ArrayBuffer>;
  /** Centre of each band, in Hz. */
  bandsHz: readonly number[];
  /** Time from one frame to the next, in milliseconds: the middle of a frame lies at `startMs + frame * frameMs`. */
  frameMs: number;
  /** Where the window begins in the input, in milliseconds. */
  startMs: number;
  /** Where it ends, in milliseconds. */
  endMs: number;
  /** The `id` of the model that is explained. */
  modelId: string;
}
