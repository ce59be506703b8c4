// A recording given to the page gets the answer that the trainer gives natively.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { corpusNote, tenClips } from "../support/clips.mjs";
import { startDemo } from "../support/demo.mjs";
import { packageDir } from "../support/environment.mjs";
import { writeRepeated } from "../support/long.mjs";
import { assertSameAnswer, predict } from "../support/native.mjs";

let stage, clips, native, directory, long;
before(async () => {
  clips = await tenClips();
  directory = await mkdtemp(path.join(tmpdir(), "emotionai-file-"));
  // Minutes of speech: long enough to be interrupted.
  long = path.join(directory, "long.wav");
  await writeRepeated(long, clips[1], 60);
  [stage, native] = await Promise.all([startDemo(), predict(clips)]);
});
after(async () => {
  await stage?.close();
  await rm(directory, { recursive: true });
});

test("a WAV dropped on the page gets the native answer", async (t) => {
  t.diagnostic(corpusNote);
  const demo = await stage.open();
  const shown = await demo.dropAndRead(clips[1]);
  const difference = assertSameAnswer(shown, native[1], clips[1]);
  t.diagnostic(`${path.basename(clips[1])}: ${native[1].label ?? native[1].state}, largest difference ${difference.toExponential(1)}`);
  assert.equal(shown.source, "file");
  assert.equal(shown.name, path.basename(clips[1]));
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("a WAV chosen by the file input gets the native answer", async (t) => {
  t.diagnostic(corpusNote);
  const demo = await stage.open();
  assertSameAnswer(await demo.choose(clips[2]), native[2], clips[2]);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("ten WAVs, one after the other on one page, get the native answers", async (t) => {
  t.diagnostic(corpusNote);
  const demo = await stage.open();
  let largest = 0;
  for (const [i, clip] of clips.entries()) {
    const shown = await demo.choose(clip);
    assert.equal(shown.name, path.basename(clip));
    largest = Math.max(largest, assertSameAnswer(shown, native[i], clip));
  }
  t.diagnostic(`labels ${native.map(({ state, label }) => label ?? state).join(", ")}; largest difference ${largest.toExponential(1)}`);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("the bars carry the model's labels, sum to one, and the answer is the longest of them", async () => {
  const demo = await stage.open();
  const shown = await demo.choose(clips[4]);
  assert.deepEqual(shown.labels, Object.keys(native[4].probabilities));
  const values = Object.values(shown.probabilities);
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) < 1e-4);
  if (shown.state === "speech") {
    assert.equal(shown.probabilities[shown.label], Math.max(...values));
    assert.equal(Number(shown.confidence), Math.max(...values));
    assert.equal(shown.answer.toLowerCase(), shown.label);
  }
  await demo.close();
});

test("a second file ends the first one's analysis and is the one that is answered", async () => {
  const demo = await stage.open();
  await demo.page.locator("#file").setInputFiles(long);
  assert.equal(await demo.waitFor("analysing", "result"), "analysing", "the first file is long enough to be interrupted");
  for (const i of [3, 4]) {
    // The fourth shows that nothing of the first comes after the third.
    const shown = await demo.dropAndRead(clips[i]);
    assert.equal(shown.name, path.basename(clips[i]));
    assertSameAnswer(shown, native[i], clips[i]);
  }
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("Cancel ends an analysis, and the next file is answered", async () => {
  const demo = await stage.open();
  await demo.page.locator("#file").setInputFiles(long);
  await demo.waitFor("analysing");
  await demo.page.locator("#cancel").click();
  assert.equal(await demo.waitFor("ready", "result"), "ready");
  assert.deepEqual((await demo.read()).probabilities, {});
  assertSameAnswer(await demo.choose(clips[3]), native[3], clips[3]);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("a page that is left in the middle of a file is ready when the back button brings it again", async () => {
  const demo = await stage.open();
  await demo.page.locator("#file").setInputFiles(long);
  await demo.waitFor("analysing");
  await demo.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  assert.equal(await demo.waitFor("ready", "result"), "ready");
  assertSameAnswer(await demo.choose(clips[3]), native[3], clips[3]);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("a network that comes too late to be given up leaves the file that is heard its place", async () => {
  const demo = await stage.open({ prepare: holdModel });
  const id = () => demo.page.locator("#model-id").textContent();
  const before = await id();
  await demo.page.locator("#model-choice").selectOption("cnn");
  await demo.until(() => demo.page.evaluate(() => "release" in globalThis), "the model on its way to the Worker");
  await demo.page.locator("#file").setInputFiles(long);
  await demo.waitFor("analysing");
  await demo.page.evaluate(() => globalThis.release());
  await demo.until(async () => (await id()) !== before, "the model");
  assert.equal(await demo.waitFor("analysing", "ready"), "analysing");
  await demo.page.locator("#cancel").click();
  assertSameAnswer(await demo.choose(clips[3]), (await predict([clips[3]], path.join(packageDir, "model/cnn.emo")))[0], clips[3]);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

/** Keeps a model that the page sends to its Worker until the test lets it go. */
async function holdModel(context) {
  await context.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      const send = () => postMessage.call(this, message, ...rest);
      if (message.request?.type === "set-model") globalThis.release = send;
      else send();
    };
  });
}
