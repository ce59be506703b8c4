// The visitor's own voice: made, used, kept only on demand, and never asked of a model that cannot use it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";

import { forProfiles, withoutProfiles } from "../support/model-file.mjs";
import { microphonePlaying } from "../support/chromium.mjs";
import { tenClips } from "../support/clips.mjs";
import { startDemo } from "../support/demo.mjs";
import { packageDir } from "../support/environment.mjs";
import { wav } from "../support/wav.mjs";

let stage, clip, shipped;
before(async () => {
  [clip] = await tenClips();
  shipped = await readFile(path.join(packageDir, "model/default.emo"));
  stage = await startDemo({ flags: microphonePlaying(clip) });
});
after(() => stage?.close());

/** The page with such a model, and its part for the voice. */
async function open(model = forProfiles(shipped)) {
  const prepare = (context) => context.route("**/*.emo", (route) => route.fulfill({ body: Buffer.from(model) }));
  const demo = await stage.open({ prepare });
  const part = (name) => demo.page.locator(`#voice-${name}`);
  const state = () => demo.page.locator("#voice").getAttribute("data-state");
  const until = (wanted) => demo.until(async () => (await state()) === wanted, `the voice to be ${wanted}`);
  const stored = () => demo.page.evaluate(() => Object.values(localStorage));
  return { demo, part, state, until, stored };
}

test("a model that was not calibrated for profiles shows nothing of them", async () => {
  const { demo } = await open(withoutProfiles(shipped));
  assert.equal(await demo.page.locator("#voice").isVisible(), false);
  await demo.close();
});

test("recordings of the voice turn it on, and it can be turned off and forgotten", async () => {
  const { demo, part, until, stored } = await open();
  const before = (await demo.choose(clip)).probabilities;
  assert.equal(await part("settings").isVisible(), false);
  await part("files").setInputFiles([clip, clip]);
  await until("on");
  assert.equal(await part("badge").textContent(), "on");
  assert.match(await part("text").textContent(), /of your speech/);
  assert.notDeepEqual((await demo.choose(clip)).probabilities, before);
  await part("on").uncheck();
  await until("off");
  assert.deepEqual((await demo.choose(clip)).probabilities, before);
  await part("on").check();
  await until("on");
  await part("forget").click();
  await until("none");
  assert.deepEqual((await demo.choose(clip)).probabilities, before);
  assert.deepEqual(await stored(), []);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("it is recorded by keyboard alone, and the microphone is released", async () => {
  const { demo, part, until } = await open();
  await demo.page.evaluate(() => {
    const { getUserMedia } = MediaDevices.prototype;
    globalThis.streams = [];
    MediaDevices.prototype.getUserMedia = async function (...args) {
      const stream = await getUserMedia.apply(this, args);
      globalThis.streams.push(stream);
      return stream;
    };
  });
  await part("record").focus();
  await demo.page.keyboard.press("Enter");
  await until("recording");
  assert.equal(await part("record").textContent(), "Stop");
  await demo.page.evaluate(untilCaptured, 5);
  await demo.page.keyboard.press("Enter");
  await until("on");
  const tracks = await demo.page.evaluate(() => globalThis.streams.flatMap((stream) => stream.getTracks().map(({ readyState }) => readyState)));
  assert.deepEqual(tracks, ["ended"]);
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

test("it is kept in this browser only on demand", async () => {
  const { demo, part, until, stored } = await open();
  await part("files").setInputFiles([clip, clip]);
  await until("on");
  assert.deepEqual(await stored(), []);
  await demo.page.reload();
  await demo.waitFor("ready");
  await until("none");

  await part("files").setInputFiles([clip, clip]);
  await until("on");
  const { probabilities } = await demo.choose(clip);
  await part("keep").check();
  assert.equal((await stored()).length, 1);
  await demo.page.reload();
  await demo.waitFor("ready");
  await until("on");
  assert.ok(await part("keep").isChecked());
  assert.deepEqual((await demo.choose(clip)).probabilities, probabilities);
  await part("keep").uncheck();
  assert.deepEqual(await stored(), []);
  await demo.close();
});

test("what was kept for another model, or is damaged, is dropped", async () => {
  const { demo, part, until, stored } = await open();
  await part("files").setInputFiles([clip, clip]);
  await until("on");
  await part("keep").check();
  const key = await demo.page.evaluate(() => Object.keys(localStorage)[0]);
  for (const damage of ["{\"space\":7}", "no JSON"]) {
    await demo.page.evaluate(([key, text]) => localStorage.setItem(key, text), [key, damage]);
    await demo.page.reload();
    await demo.waitFor("ready");
    await until("none");
    assert.equal(await part("keep").isChecked(), false);
    assert.deepEqual(await stored(), []);
  }
  await demo.close();
});

test("too little speech is said in words, and changes nothing", async () => {
  const { demo, part, state } = await open();
  const silence = wav(new Float32Array(80_000));
  await part("files").setInputFiles({ name: "silence.wav", mimeType: "audio/wav", buffer: Buffer.from(silence) });
  await demo.until(async () => (await demo.page.locator("#voice").getAttribute("data-error")) === "TOO_SHORT", "the error");
  assert.match(await part("text").textContent(), /too little speech/);
  assert.equal(await state(), "none");
  assert.equal((await demo.choose(clip)).page, "result");
  await demo.close();
});

test("speaking ends the recording of the voice", async () => {
  const { demo, part, until, state } = await open();
  await part("record").click();
  await until("recording");
  await demo.page.locator("#speak").click();
  await demo.waitFor("listening");
  await until("none");
  await demo.page.locator("#speak").click();
  await demo.waitFor("result", "ready");
  assert.equal(await state(), "none");
  assert.deepEqual(demo.problems, []);
  await demo.close();
});

/** Waits until the stream that the page opened last has delivered so many seconds of sound. */
async function untilCaptured(seconds) {
  const track = globalThis.streams.at(-1).getAudioTracks()[0].clone();
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  for (let captured = 0; captured < seconds; ) {
    const { value } = await reader.read();
    captured += value.numberOfFrames / value.sampleRate;
    value.close();
  }
  track.stop();
}
