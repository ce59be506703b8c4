// How long a window takes in Chromium, for each model file that is named: `cargo xtask bench` runs this.
//
// The models take turns on the same recording, round after round, so that whatever else the machine does falls on
// all of them alike: believe the ratios. Features and gate are part of a window's time, and the same for all; so are pitch and
// contours where a model has a prosody head.

import { readFile } from "node:fs/promises";
import path from "node:path";

import { startChromium } from "./support/package-page.mjs";
import { packageDir } from "./support/environment.mjs";

const ROUNDS = 15;
// Until the browser has compiled what runs often.
const WARM_UP = 3;

const files = [path.join(packageDir, "model/default.emo"), ...process.argv.slice(2)];
const models = await Promise.all(
  files.map(async (file) => ({ name: path.basename(file), bytes: (await readFile(file)).toString("base64") })),
);
const chromium = await startChromium();
try {
  const tab = await chromium.open();
  const found = await tab.run(
    async ({ models, rounds, warmUp }) => {
      const { EmotionRecognizer, voice } = globalThis.t;
      const recognizers = [];
      for (const { name, bytes } of models) {
        const model = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
        // On the page's own thread: no messages in the time.
        const recognizer = await EmotionRecognizer.load({ model, worker: false });
        recognizers.push({ name, recognizer, times: [] });
      }
      const recording = await voice();
      for (let round = 0; round < rounds; round++) {
        for (const { recognizer, times } of recognizers) {
          const start = performance.now();
          let answered = 0;
          for await (const { state } of recognizer.analyze(recording.slice(0))) answered += state !== "no-speech";
          if (round >= warmUp) times.push((performance.now() - start) / answered);
        }
      }
      return recognizers.map(({ name, recognizer, times }) => ({ name, architecture: recognizer.model.architecture, times }));
    },
    { models, rounds: ROUNDS + WARM_UP, warmUp: WARM_UP },
  );
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const first = median(found[0].times);
  console.log("model                            network             median   least   of the shipped");
  for (const { name, architecture, times } of found) {
    const [middle, least] = [median(times), Math.min(...times)];
    const columns = [name.padEnd(32), architecture.padEnd(19), `${middle.toFixed(1).padStart(4)} ms`, `${least.toFixed(1).padStart(4)} ms`];
    console.log(columns.join(" "), `  x ${(middle / first).toFixed(2)}`);
  }
} finally {
  await chromium.close();
}
