// A microphone that cannot be had, options that are wrong, and visitors who give up while they are asked.

import assert from "node:assert/strict";
import { test } from "node:test";

import { chromiumPages } from "../support/package-page.mjs";

const chromium = chromiumPages();

const refusals = [
  ["NotAllowedError", "PERMISSION_DENIED"],
  ["NotFoundError", "NO_DEVICE"],
  ["OverconstrainedError", "NO_DEVICE"],
  ["NotReadableError", "DEVICE_BUSY"],
  ["TypeError", "INTERNAL"],
];
for (const [name, code] of refusals) {
  test(`${name} is ${code}, and the next listen works`, async () => {
    const outcome = await chromium.run(async (name) => {
      const { EmotionRecognizer, failed } = globalThis.t;
      const recognizer = await EmotionRecognizer.load();
      const { getUserMedia } = MediaDevices.prototype;
      MediaDevices.prototype.getUserMedia = async () => {
        throw Object.assign(new Error("refused"), { name });
      };
      const code = await failed(recognizer.listen());
      MediaDevices.prototype.getUserMedia = getUserMedia;
      const session = await recognizer.listen();
      await session.stop();
      return code;
    }, name);
    assert.equal(outcome, code);
  });
}

test("an option that is wrong is refused before the visitor is asked", async () => {
  const outcome = await chromium.run(async () => {
    const { EmotionRecognizer, failed } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    let asked = 0;
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = function (wishes) {
      asked++;
      return getUserMedia.call(this, wishes);
    };
    const bad = [{ stream: {} }, { constraints: 7 }, { deviceId: 7 }, { signal: {} }, 7];
    for (const time of [0, -1, NaN, Infinity, 600_001, "250"]) bad.push({ hopMs: time }, { smoothingMs: time });
    const codes = [];
    for (const options of bad) codes.push(await failed(recognizer.listen(options)));
    const before = asked;
    // Only the browser knows what it can read.
    codes.push(await failed(recognizer.listen({ constraints: { advanced: 5 } })));
    const session = await recognizer.listen({ stream: null, deviceId: null, constraints: null, hopMs: null, smoothingMs: null, signal: null });
    await session.stop();
    await (await recognizer.listen(null)).stop();
    return { codes, before };
  });
  assert.deepEqual(outcome, { codes: Array(18).fill("INVALID_OPTION"), before: 0 });
});

test("a microphone that is not there is named, and so is a worklet that is not served", async () => {
  const outcome = await chromium.run(async () => {
    AudioWorklet.prototype.addModule = async () => {
      throw new DOMException("Unable to load a worklet's module.", "AbortError");
    };
    const recognizer = await globalThis.t.EmotionRecognizer.load();
    const worklet = await recognizer.listen().catch((error) => error);
    delete AudioWorklet.prototype.addModule;
    const device = await recognizer.listen({ deviceId: "nope" }).catch((error) => error);
    return [worklet, device].map(({ code, message }) => [code, message]);
  });
  const [[noWorklet, why], [noDevice, which]] = outcome;
  assert.equal(noWorklet, "UNSUPPORTED");
  assert.match(why, /worklet could not be loaded from http:.*\/worklet\.js/);
  assert.equal(noDevice, "NO_DEVICE");
  assert.match(which, /no microphone of the deviceId "nope"/);
});

test("given up while the visitor is asked, a late yes releases the device", async () => {
  const outcome = await chromium.run(async () => {
    const { EmotionRecognizer, failed, until } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    const { getUserMedia } = MediaDevices.prototype;
    let answer;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    MediaDevices.prototype.getUserMedia = () => new Promise((resolve) => (answer = () => resolve(stream)));
    const controller = new AbortController();
    const listening = failed(recognizer.listen({ signal: controller.signal }));
    controller.abort();
    const code = await listening;
    answer();
    await until(() => stream.getTracks()[0].readyState === "ended");
    MediaDevices.prototype.getUserMedia = getUserMedia;
    return { code, track: stream.getTracks()[0].readyState };
  });
  assert.deepEqual(outcome, { code: "ABORTED", track: "ended" });
});

test("given up while the visitor is asked, the next session needs nothing that is not there yet", async () => {
  const outcome = await chromium.run(async () => {
    const { EmotionRecognizer, failed } = globalThis.t;
    const recognizer = await EmotionRecognizer.load();
    await (await recognizer.listen()).stop();
    let loads = 0;
    const { addModule } = AudioWorklet.prototype;
    AudioWorklet.prototype.addModule = function (...address) {
      loads++;
      return addModule.apply(this, address);
    };
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = () => new Promise(() => {});
    const controller = new AbortController();
    const listening = failed(recognizer.listen({ signal: controller.signal }));
    controller.abort();
    const code = await listening;
    MediaDevices.prototype.getUserMedia = getUserMedia;
    const session = await recognizer.listen();
    await session.stop();
    AudioWorklet.prototype.addModule = addModule;
    return { code, loads };
  });
  assert.deepEqual(outcome, { code: "ABORTED", loads: 0 });
});
