// Every format that browsers play, through the browser's decoder: what the emotion of a voice is does not hang on its container.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { startChromium } from "../support/package-page.mjs";

const folder = new URL("./formats/", import.meta.url);
const files = (await readdir(folder)).filter((name) => !name.endsWith(".sh"));

let chromium, tab;
before(async () => {
  chromium = await startChromium();
  tab = await chromium.open();
  await tab.run(async () => {
    globalThis.recognizer = await globalThis.t.EmotionRecognizer.load();
    globalThis.expected = await globalThis.recognizer.classify(await globalThis.t.voice());
    globalThis.file = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  });
});
after(() => chromium?.close());

const base64 = async (name) => (await readFile(new URL(name, folder))).toString("base64");

test("there are files of every kind", () => {
  assert.deepEqual(files.map((name) => name.replace(/.*\./, "")).sort(), ["aac", "flac", "m4a", "mp3", "mp4", "mp4", "ogg", "opus", "webm", "webm"]);
});

describe("a voice is heard in", () => {
  for (const name of files) {
    test(name, async (t) => {
      const { heard, expected, windows } = await tab.run(async (bytes) => {
        const { recognizer, expected, file } = globalThis;
        const blob = new Blob([file(bytes)]);
        let windows = 0;
        for await (const window of recognizer.analyze(blob)) windows += window.state !== "no-speech";
        return { heard: await recognizer.classify(blob), expected, windows };
      }, await base64(name));
      assert.equal(heard.label, expected.label);
      assert.ok(windows > 0);
      // Encoders put silence before and after, and lossy ones lose what is hard to hear.
      assert.ok(Math.abs(heard.endMs - expected.endMs) < 150, `${heard.endMs} ms, not ${expected.endMs}`);
      const off = Object.entries(heard.probabilities).map(([label, probability]) => Math.abs(probability - expected.probabilities[label]));
      const worst = Math.max(...off);
      t.diagnostic(`a probability is off by ${worst.toFixed(3)} at most`);
      // Also what is lossless goes through the browser's resampler, to another rate and back by ours.
      assert.ok(worst < 0.25, `off by ${worst}`);
    });
  }
});

test("one that is damaged or cut short at its head is refused, and the next is heard", async () => {
  for (const name of files) {
    const outcome = await tab.run(async (bytes) => {
      const { recognizer, file, t } = globalThis;
      const whole = file(bytes);
      return [
        await t.failed(recognizer.classify(whole.slice(0, 12))),
        await t.failed(recognizer.classify(whole.map((byte) => byte ^ 0x5a))),
        (await recognizer.classify(whole)).probabilities !== null,
      ];
    }, await base64(name));
    assert.deepEqual(outcome, ["UNSUPPORTED_FORMAT", "UNSUPPORTED_FORMAT", true], name);
  }
});
