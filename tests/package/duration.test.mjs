// How long a compressed file says it is: every container, real ones and such as claim hours.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { importModule, voicePath } from "./support/package.mjs";
import { decode } from "./support/wav.mjs";

const { durationOf } = await importModule("duration.js");
const { EmotionError, EmotionRecognizer } = await importModule("index.js");

const folder = new URL("./formats/", import.meta.url);
const files = (await readdir(folder)).filter((name) => !name.endsWith(".sh"));
const read = async (name) => new Uint8Array(await readFile(new URL(name, folder)));
const { samples, sampleRate } = decode(await readFile(voicePath));
const voiceMs = (samples.length * 1000) / sampleRate;

/** The same file, claiming two hours. */
const twoHours = {
  "voice.flac": (view) => view.setUint32(22, 7200 * 16_000),
  "voice.ogg": (view, last) => view.setBigUint64(last("OggS") + 6, BigInt(7200 * 16_000), true),
  "voice.opus": (view, last) => view.setBigUint64(last("OggS") + 6, BigInt(7200 * 48_000), true),
  "voice.m4a": (view, last) => view.setUint32(last("mvhd") + 20, 7200 * view.getUint32(last("mvhd") + 16)),
  "video.mp4": (view, last) => view.setUint32(last("mvhd") + 20, 7200 * view.getUint32(last("mvhd") + 16)),
  "voice.mp3": (view, last) => view.setUint32(Math.max(last("Xing"), last("Info")) + 8, Math.round((7200 * 16_000) / 576)),
};

describe("what it says is how long it is", () => {
  for (const name of files) {
    test(name, async () => {
      const ms = durationOf(await read(name));
      // Of Matroska only the last cluster's beginning is known.
      const isRough = name.endsWith(".webm");
      if (isRough) assert.ok(ms !== null && ms >= 0 && ms <= voiceMs, `${ms} ms`);
      else assert.ok(Math.abs(ms - voiceMs) < 150, `${ms} ms, not ${voiceMs}`);
    });
  }

  test("an MP3 without a count of frames, by its rate", async () => {
    const bytes = await read("voice.mp3");
    const at = Buffer.from(bytes).indexOf("Info");
    bytes.fill(0, at, at + 4);
    assert.ok(Math.abs(durationOf(bytes) - voiceMs) < 400, `${durationOf(bytes)} ms`);
  });

  test("clusters of a recording without a length, by the last of them", () => {
    const cluster = (ms) => [0x1f, 0x43, 0xb6, 0x75, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe7, 0x84, ms >> 24, ms >> 16, ms >> 8, ms];
    const head = [0x1a, 0x45, 0xdf, 0xa3, 0x2a, 0xd7, 0xb1, 0x83, 0x0f, 0x42, 0x40];
    assert.equal(durationOf(Uint8Array.from([...head, ...cluster(0), 1, 2, 3, ...cluster(7_200_000), 9])), 7_200_000);
  });
});

test("what claims hours is refused before it is decoded, in words", async () => {
  const recognizer = await EmotionRecognizer.load();
  for (const [name, claim] of Object.entries(twoHours)) {
    const bytes = await read(name);
    claim(new DataView(bytes.buffer), (text) => Buffer.from(bytes).lastIndexOf(text));
    const error = await recognizer.classify(bytes).catch((it) => it);
    assert.ok(error instanceof EmotionError, name);
    assert.equal(error.code, "TOO_LONG", `${name}: ${error.message}`);
    assert.match(error.message, /30 minutes.*got 120 minutes.*WAV/);
  }
  recognizer.dispose();
});

test("of what is damaged, or nothing known, nothing is said", async () => {
  const nothing = [new Uint8Array(0), new Uint8Array(5), new TextEncoder().encode("Dear diary, today I".repeat(9)), Uint8Array.of(0xff, 0xff, 0xff)];
  for (const bytes of nothing) assert.equal(durationOf(bytes), null);
  for (const name of files) {
    const bytes = await read(name);
    for (const length of [4, 8, 12, 20, 26, 40, 100]) {
      const ms = durationOf(bytes.slice(0, length));
      assert.ok(ms === null || ms >= 0, `${name} of ${length} bytes: ${ms}`);
    }
  }
});
