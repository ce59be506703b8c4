// The recordings that the tests run on: RAVDESS where it is at hand, else the synthetic voice in ten guises.

import { existsSync, rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { ravdessDir, voicePath } from "./environment.mjs";
import { decode, float32, rawWav, wav } from "./wav.mjs";

// File names: modality-channel-emotion-intensity-statement-repetition-actor. All eight emotions, ten actors,
// both genders; 03-01-02-01-01-02-01 and 03-01-06-01-01-02-20 are two of the corpus's five stereo files.
const ravdessClips = [
  "03-01-02-01-01-02-01",
  "03-01-01-01-01-01-02",
  "03-01-03-02-02-01-04",
  "03-01-04-02-01-02-07",
  "03-01-05-02-01-01-08",
  "03-01-06-01-01-02-20",
  "03-01-07-02-02-02-11",
  "03-01-08-01-01-01-14",
  "03-01-05-01-02-02-17",
  "03-01-03-01-01-01-19",
];

/** Says which recordings a test used. */
export const corpusNote = ravdessDir
  ? "recordings: RAVDESS"
  : "recordings: RAVDESS_DIR IS NOT SET, so this ran on the SYNTHETIC voice tests/data/voice.wav";

/** @returns {Promise<string[]>} the paths of ten clips */
export async function tenClips() {
  return ravdessDir ? ravdessClips.map(ravdessPath) : syntheticClips();
}

/** More clips to choose one from that the model is sure of. */
export async function manyClips() {
  if (!ravdessDir) return syntheticClips();
  const actors = Array.from({ length: 20 }, (_, i) => String(i + 1).padStart(2, "0"));
  const names = actors.flatMap((actor) => ["03", "04", "05", "08"].map((emotion) => `03-01-${emotion}-02-01-01-${actor}`));
  return names.map(ravdessPath).filter(existsSync);
}

function ravdessPath(name) {
  return path.join(ravdessDir, `Actor_${name.slice(-2)}`, `${name}.wav`);
}

let synthetic = null;

/** The same voice at other rates (so other pitches), lengths, levels, sample formats and channel counts. */
async function syntheticClips() {
  synthetic ??= (async () => {
    const { samples, sampleRate } = decode(await readFile(voicePath));
    const directory = await mkdtemp(path.join(tmpdir(), "emotionai-clips-"));
    process.once("exit", () => rmSync(directory, { recursive: true }));
    const half = samples.subarray(0, samples.length >> 1);
    const quiet = samples.map((x) => x / 8);
    const stereo = Float32Array.from({ length: samples.length * 2 }, (_, i) => samples[i >> 1]);
    const at = (factor) => Math.round(sampleRate * factor);
    const guises = {
      plain: wav(samples, { sampleRate }),
      lower: wav(samples, { sampleRate: at(0.8) }),
      low: wav(samples, { sampleRate: at(0.9) }),
      high: wav(samples, { sampleRate: at(1.15) }),
      higher: wav(samples, { sampleRate: at(1.3) }),
      half: wav(half, { sampleRate }),
      quiet: wav(quiet, { sampleRate }),
      float: rawWav({ data: float32(samples), sampleRate, format: 3, bits: 32 }),
      stereo: wav(stereo, { sampleRate, channels: 2 }),
      backwards: wav(samples.toReversed(), { sampleRate }),
    };
    return Promise.all(
      Object.entries(guises).map(async ([name, bytes]) => {
        const file = path.join(directory, `${name}.wav`);
        await writeFile(file, bytes);
        return file;
      }),
    );
  })();
  return synthetic;
}
