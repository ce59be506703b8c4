// The two pictures under Node, with the real code and model: the log-mel, and what in it mattered.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { forProfiles } from "../support/model-file.mjs";
import { importModule, readPackaged, voicePath } from "../support/environment.mjs";
import { decode } from "../support/wav.mjs";

const { EmotionError, EmotionRecognizer } = await importModule("index.js");

const code = (expected) => (error) => {
  assert.ok(error instanceof EmotionError, `${error?.stack}`);
  assert.equal(error.code, expected, error.message);
  return true;
};

let recognizer, bytes, samples, sampleRate;
before(async () => {
  recognizer = await EmotionRecognizer.load();
  bytes = await readFile(voicePath);
  ({ samples, sampleRate } = decode(bytes));
});
after(() => recognizer.dispose());

describe("the log-mel", () => {
  test("has a value for each band of each frame, and says what they are", async () => {
    const { data, ...mel } = await recognizer.melSpectrogram(bytes);
    assert.equal(data.length, mel.bands * mel.frames);
    assert.equal(mel.bandsHz.length, mel.bands);
    mel.bandsHz.forEach((hz, band) => assert.ok(hz > (mel.bandsHz[band - 1] ?? 0) && hz < recognizer.model.sampleRate / 2));
    const durationMs = (samples.length * 1000) / sampleRate;
    assert.ok(Math.abs(mel.frames * mel.frameMs - durationMs) <= mel.frameMs, `${mel.frames} frames of ${mel.frameMs} ms`);
    assert.equal(mel.peakDb, Math.max(...data));
    assert.ok(data.every((db) => db >= -100 && db < 60));
    assert.ok(mel.rangeDb > 0);
    assert.equal(mel.modelId, recognizer.model.id);
  });

  test("is the same from a file, its samples and an AudioBuffer", async () => {
    const expected = await recognizer.melSpectrogram(bytes);
    const buffer = { numberOfChannels: 2, sampleRate, length: samples.length, getChannelData: () => samples };
    assert.deepEqual(await recognizer.melSpectrogram(samples, { sampleRate }), expected);
    assert.deepEqual(await recognizer.melSpectrogram(new Blob([bytes])), expected);
    assert.deepEqual(await recognizer.melSpectrogram(buffer), expected);
  });

  test("shows a tone where it lies, and silence as silence", async () => {
    const hz = 1000;
    const tone = Float32Array.from({ length: 44_100 }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / 44_100));
    const { data, bands, bandsHz } = await recognizer.melSpectrogram(tone, { sampleRate: 44_100 });
    const frame = data.subarray(30 * bands, 31 * bands);
    const loudest = bandsHz[frame.indexOf(Math.max(...frame))];
    assert.ok(Math.abs(loudest - hz) < 80, `${loudest} Hz`);

    const silence = await recognizer.melSpectrogram(new Float32Array(16_000), { sampleRate: 16_000 });
    assert.ok(silence.data.every((db) => db === -100));
  });

  test("of more than an hour is refused", async () => {
    const long = new Float32Array(8000 * 60 * 71);
    const error = await recognizer.melSpectrogram(long, { sampleRate: 8000 }).catch((it) => it);
    assert.ok(code("TOO_LONG")(error));
    assert.match(error.message, /a part of it/);
    assert.ok((await recognizer.melSpectrogram(bytes)).frames > 0);
  });
});

describe("an explanation", () => {
  test("is of the answer, over the window that it names", async (t) => {
    const { probabilities, endMs } = await recognizer.classify(bytes);
    const began = performance.now();
    const { data, ...saliency } = await recognizer.explain(bytes);
    t.diagnostic(`explained in ${(performance.now() - began).toFixed(0)} ms`);
    const [likeliest] = Object.entries(probabilities).sort(([, a], [, b]) => b - a)[0];
    assert.equal(saliency.emotion, likeliest);
    assert.ok(saliency.probability > 0 && saliency.probability <= 1);
    assert.equal(data.length, saliency.bands * saliency.frames);
    assert.ok(data.every(Number.isFinite));
    assert.ok(Math.max(...data) > 0.05, "something mattered");
    assert.ok(saliency.startMs >= 0 && saliency.endMs <= endMs);
    assert.ok(Math.abs(saliency.frames * saliency.frameMs - (saliency.endMs - saliency.startMs)) < 1);
    assert.equal(saliency.modelId, recognizer.model.id);
    const { bandsHz } = await recognizer.melSpectrogram(bytes);
    assert.deepEqual(saliency.bandsHz, bandsHz);
  });

  test("is the same from a file and its samples, and may be of any emotion", async () => {
    const seen = new Set();
    for (const emotion of recognizer.model.labels.slice(0, 3)) {
      const saliency = await recognizer.explain(bytes, { emotion });
      assert.equal(saliency.emotion, emotion);
      assert.deepEqual(await recognizer.explain(samples, { sampleRate, emotion }), saliency);
      seen.add(saliency.data.join());
    }
    assert.equal(seen.size, 3);
  });

  test("is given for the voice of the profile that is set", async () => {
    const own = await EmotionRecognizer.load({ model: forProfiles(await readPackaged("model/default.emo")) });
    const emotion = "calm";
    const plain = await own.explain(bytes, { emotion });
    own.setProfile(await own.enroll(bytes));
    assert.notEqual((await own.explain(bytes, { emotion })).probability, plain.probability);
    own.setProfile(null);
    assert.deepEqual(await own.explain(bytes, { emotion }), plain);
    own.dispose();
  });

  test("of what has no answer is none", async () => {
    const silence = new Float32Array(32_000);
    for (const options of [{ sampleRate: 16_000 }, { sampleRate: 16_000, emotion: "happy" }]) {
      const error = await recognizer.explain(silence, options).catch((it) => it);
      assert.ok(code("TOO_SHORT")(error));
      assert.match(error.message, /speech/);
    }
    await assert.rejects(recognizer.explain(bytes, { emotion: "hangry" }), code("INVALID_OPTION"));
  });
});

describe("both", () => {
  const both = (run) => ["melSpectrogram", "explain"].map(run);

  test("refuse what classify refuses, and the next call works", async () => {
    const cases = [
      [samples, undefined, "MISSING_SAMPLE_RATE"],
      [samples.subarray(0, 160), { sampleRate }, "TOO_SHORT"],
      [samples, { sampleRate: 1 }, "INVALID_AUDIO"],
      [Float32Array.of(...samples.subarray(0, 9000), NaN), { sampleRate }, "INVALID_AUDIO"],
      [bytes.subarray(0, 30), undefined, "INVALID_AUDIO"],
      [bytes.subarray(0, bytes.length >> 1), undefined, "INVALID_AUDIO"],
      [new Uint8Array(9), undefined, "UNSUPPORTED_FORMAT"],
      [7, undefined, "INVALID_AUDIO"],
    ];
    for (const [input, options, expected] of cases) {
      await Promise.all(both((name) => assert.rejects(recognizer[name](input, options), code(expected))));
    }
    await Promise.all(both(async (name) => assert.ok((await recognizer[name](bytes)).data.length > 0)));
  });

  test("end by their signal and by dispose", async () => {
    const own = await EmotionRecognizer.load();
    await Promise.all(both((name) => assert.rejects(own[name](bytes, { signal: AbortSignal.abort() }), code("ABORTED"))));
    const pending = both((name) => assert.rejects(own[name](bytes), code("DISPOSED")));
    own.dispose();
    await Promise.all(pending);
    await Promise.all(both((name) => assert.rejects(own[name](bytes), code("DISPOSED"))));
  });
});
