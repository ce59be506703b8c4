// The page's choice of a model: each network that ships answers as it does natively, a file of one's own is taken, a bad one is not.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { forProfiles } from "../support/model-file.mjs";
import { tenClips } from "../support/clips.mjs";
import { startDemo } from "../support/demo.mjs";
import { packageDir, weightsDir } from "../support/environment.mjs";
import { assertSameAnswer, predict } from "../support/native.mjs";

let stage, clip;
before(async () => {
  [clip] = await tenClips();
  stage = await startDemo();
});
after(() => stage?.close());

async function open() {
  const demo = await stage.open();
  const part = (name) => demo.page.locator(`#model-${name}`);
  const becomes = (id) => demo.until(async () => (await part("id").textContent()) === id, `the model ${id}`);
  const error = () => demo.page.locator("#models").getAttribute("data-error");
  return { demo, part, becomes, error };
}

const idOf = async (file) => /\\"id\\":\\"([^"\\]+)\\"/.exec((await readFile(file)).toString("latin1"))[1];

test("every network of the list answers in the page as it does natively", async () => {
  const { demo, part, becomes } = await open();
  const files = [
    ["cnn-gru", path.join(packageDir, "model/cnn-gru.emo")],
    ["plain", path.join(weightsDir, "plain.emo")],
    ["cnn", path.join(packageDir, "model/cnn.emo")],
    ["ensemble", path.join(packageDir, "model/default.emo")],
  ];
  const offered = await part("choice").locator("option:not([hidden])").evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(offered.toSorted(), files.map(([name]) => name).toSorted());
  for (const [name, file] of files) {
    await part("choice").selectOption(name);
    await becomes(await idOf(file));
    const [native] = await predict([clip], file);
    assertSameAnswer(await demo.choose(clip), native, name);
  }
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("a file of one's own listens, and one that is no model changes nothing", async () => {
  const { demo, part, becomes, error } = await open();
  const shipped = await readFile(path.join(packageDir, "model/default.emo"));
  const own = { name: "mine.emo", mimeType: "application/octet-stream", buffer: Buffer.from(forProfiles(shipped, (header) => (header.id = "mine"))) };
  await part("file").setInputFiles(own);
  await becomes("mine");
  assert.equal(await part("choice").evaluate(({ selectedOptions }) => selectedOptions[0].textContent), "mine.emo");
  await part("file").setInputFiles({ ...own, name: "broken.emo", buffer: own.buffer.subarray(0, 5_000) });
  await demo.until(async () => (await error()) === "MODEL_FORMAT", "the error");
  assert.match(await part("text").textContent(), /cannot be used/);
  assert.equal(await part("id").textContent(), "mine");
  assert.equal(await part("choice").inputValue(), "own");
  assert.equal((await demo.choose(clip)).modelId, "mine");
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("a voice that was kept is that of its model, and is there again with it", async () => {
  const { demo, part, becomes } = await open();
  const first = await part("id").textContent();
  const voice = () => demo.page.locator("#voice").getAttribute("data-state");
  await demo.page.locator("#voice-files").setInputFiles([clip, clip]);
  await demo.until(async () => (await voice()) === "on", "the voice");
  await demo.page.locator("#voice-keep").check();
  await part("choice").selectOption("cnn-gru");
  await becomes(await idOf(path.join(packageDir, "model/cnn-gru.emo")));
  assert.equal(await voice(), "none");
  await part("choice").selectOption("ensemble");
  await becomes(first);
  assert.equal(await voice(), "on");
  await demo.close();
});

test("files of one's own keep a voice each, and none is used unseen", async () => {
  const { demo, part, becomes } = await open();
  const shipped = await readFile(path.join(packageDir, "model/default.emo"));
  const named = (name, buffer) => ({ name, mimeType: "application/octet-stream", buffer });
  const file = (id) => named(`${id}.emo`, Buffer.from(forProfiles(shipped, (header) => (header.id = id))));
  const voice = () => demo.page.locator("#voice").getAttribute("data-state");
  const learn = async () => {
    await demo.page.locator("#voice-files").setInputFiles([clip, clip]);
    await demo.until(async () => (await voice()) === "on", "the voice");
  };
  await part("file").setInputFiles(file("first"));
  await becomes("first");
  await learn();
  await demo.page.locator("#voice-keep").check();
  await part("file").setInputFiles(file("second"));
  await becomes("second");
  assert.equal(await voice(), "none");
  await part("file").setInputFiles(file("first"));
  await becomes("first");
  assert.equal(await voice(), "on");

  // The same weights by another way: the profile would fit, but here it was not asked for.
  await part("choice").selectOption("ensemble");
  const id = await idOf(path.join(packageDir, "model/default.emo"));
  await becomes(id);
  const { probabilities } = await demo.choose(clip);
  await learn();
  await part("file").setInputFiles(named("copy.emo", shipped));
  await demo.until(async () => (await part("choice").inputValue()) === "own", "the copy");
  assert.equal(await voice(), "none");
  assert.deepEqual((await demo.choose(clip)).probabilities, probabilities);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("a network that cannot be fetched leaves the one that listens", async () => {
  const { demo, part, error } = await open();
  const id = await part("id").textContent();
  await demo.context.route("**/cnn-gru.emo", (route) => route.abort());
  await part("choice").selectOption("cnn-gru");
  await demo.until(async () => (await error()) === "NETWORK", "the error");
  assert.equal(await part("choice").inputValue(), "ensemble");
  assert.equal((await demo.choose(clip)).modelId, id);
  await demo.close();
});
