// What calls leave behind: no handle into the wasm memory, and no result of an earlier call.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { importModule, voicePath } from "../support/environment.mjs";

const { EmotionRecognizer } = await importModule("index.js");
const bindings = await importModule("wasm/emotionai_voice.js");

/** Handles that were made and not freed. */
let alive = 0;
const count = (kind, methods) => {
  const { prototype } = bindings[kind];
  for (const [name, change] of methods) {
    const original = prototype[name];
    prototype[name] = function (...args) {
      const value = original.apply(this, args);
      alive += change;
      return value;
    };
  }
};
count("Classifier", [...["share", "withProfile", "stream", "wavStream", "melStream", "wavMelStream", "explainer", "wavExplainer"].map((name) => [name, 1]), ["free", -1]]);
for (const kind of ["StreamClassifier", "MelStream", "Explainer"]) count(kind, [["free", -1]]);

let recognizer, voice;
before(async () => {
  recognizer = await EmotionRecognizer.load({ worker: false });
  voice = await readFile(voicePath);
});
after(() => recognizer.dispose());
beforeEach(() => (alive = 0));

/** Lets the engine take the requests that nobody waits for, such as to close a stream. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

describe("no handle stays behind", () => {
  const samples = new Float32Array(32_000);
  const bad = { sampleRate: 1 };
  const calls = [
    ["a recording that is classified", () => recognizer.classify(voice)],
    ["its spectrogram", () => recognizer.melSpectrogram(voice)],
    ["its saliency", () => recognizer.explain(voice)],
    ["a hop that is refused, of a WAV", () => recognizer.analyze(voice, { hopMs: 0 }).next()],
    ["a hop that is refused, of samples", () => recognizer.analyze(samples, { sampleRate: 16_000, hopMs: 0 }).next()],
    ["a rate that is refused", () => recognizer.classify(samples, bad)],
    ["a rate that is refused for a spectrogram", () => recognizer.melSpectrogram(samples, bad)],
    ["a rate that is refused for a saliency", () => recognizer.explain(samples, bad)],
    ["a WAV whose header is refused", () => recognizer.melSpectrogram(Buffer.from(voice).fill(0, 24, 28))],
  ];
  for (const [name, call] of calls) {
    test(name, async () => {
      await call().catch((error) => assert.equal(error.name, "EmotionError"));
      await settled();
      assert.equal(alive, 0);
    });
  }
});

test("a recognizer keeps no earlier outcome of setModel alive", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const outcomes = [];
  for (let i = 0; i < 20; i++) {
    const error = await recognizer.setModel(new Uint8Array(9)).catch((it) => it);
    assert.equal(error.code, "MODEL_FORMAT");
    outcomes.push(new WeakRef(error));
  }
  await settled();
  collect();
  const kept = outcomes.filter((outcome) => outcome.deref() !== undefined);
  assert.ok(kept.length <= 1, `${kept.length} of ${outcomes.length} are alive`);
});
