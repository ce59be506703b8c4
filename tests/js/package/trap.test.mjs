// A trap leaves wasm in an unknown state: the engine must start anew, by itself and without the network.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { importModule, voicePath } from "../support/environment.mjs";

const { EmotionRecognizer } = await importModule("index.js");
const { StreamClassifier } = await importModule("wasm/emotionai_voice.js");

/** Makes the next push of a WAV read far outside the memory. */
function trapNextPush() {
  const { pushWav } = StreamClassifier.prototype;
  StreamClassifier.prototype.pushWav = function (chunk) {
    StreamClassifier.prototype.pushWav = pushWav;
    this.__wbg_ptr = 0xffff_fff0;
    return pushWav.call(this, chunk);
  };
}

test("a trap rejects the call, loses open inputs, and the next call is answered as before", async () => {
  const voice = await readFile(voicePath);
  const recognizer = await EmotionRecognizer.load({ worker: false });
  const { latencyMs, ...expected } = await recognizer.classify(voice);
  const open = recognizer.analyze(voice, { hopMs: 100 });
  await open.next();

  for (let round = 0; round < 3; round++) {
    trapNextPush();
    const error = await recognizer.classify(voice).catch((it) => it);
    assert.equal(error.code, "WORKER_CRASHED", error.stack);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);

    const { latencyMs: _, ...answer } = await recognizer.classify(voice);
    assert.deepEqual(answer, expected);
  }
  const rest = async () => {
    for await (const window of open) assert.ok(window);
  };
  await assert.rejects(rest(), { code: "WORKER_CRASHED" });
  recognizer.dispose();
});

test("a full stack in the middle of a call is a trap, whatever the browser throws for it", async () => {
  const voice = await readFile(voicePath);
  const recognizer = await EmotionRecognizer.load({ worker: false });
  const { latencyMs, ...expected } = await recognizer.classify(voice);
  const { pushWav } = StreamClassifier.prototype;
  StreamClassifier.prototype.pushWav = function (chunk) {
    StreamClassifier.prototype.pushWav = pushWav;
    const overflow = () => overflow() + 1;
    return overflow() + pushWav.call(this, chunk);
  };
  const error = await recognizer.classify(voice).catch((it) => it);
  assert.equal(error.code, "WORKER_CRASHED", error.stack);
  assert.ok(error.cause instanceof RangeError);
  const { latencyMs: _, ...answer } = await recognizer.classify(voice);
  assert.deepEqual(answer, expected);
  recognizer.dispose();
});

test("a trap under one recognizer is no defect to another on the same thread: its input is lost, and its next call answered", async () => {
  const voice = await readFile(voicePath);
  const [one, other, third] = await Promise.all([1, 2, 3].map(() => EmotionRecognizer.load({ worker: false })));
  const { latencyMs, ...expected } = await other.classify(voice);
  const open = other.analyze(voice, { hopMs: 100 });
  await open.next();
  trapNextPush();
  await assert.rejects(one.classify(voice), { code: "WORKER_CRASHED" });
  third.dispose();

  const rest = async () => {
    for await (const window of open) assert.ok(window);
  };
  await assert.rejects(rest(), { name: "EmotionError", code: "WORKER_CRASHED" });
  const { latencyMs: _, ...answer } = await other.classify(voice);
  assert.deepEqual(answer, expected);
  assert.deepEqual((await one.classify(voice)).probabilities, expected.probabilities);
  one.dispose();
  other.dispose();
});
