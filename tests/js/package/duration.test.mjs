// How long a compressed file says it is: every container, real ones and such as claim hours.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { importModule, voicePath } from "../support/environment.mjs";
import { importSource } from "../support/source.mjs";
import { decode } from "../support/wav.mjs";

const { durationOf } = await importSource("input/duration");
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

  test("AAC with a tag before it, and damaged after its first half", async () => {
    const bytes = await read("voice.aac");
    const tag = Uint8Array.of(0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 1, 2, ...new Uint8Array(130));
    assert.ok(Math.abs(durationOf(Uint8Array.of(...tag, ...bytes)) - voiceMs) < 150);
    bytes.fill(0, bytes.length / 2);
    assert.ok(Math.abs(durationOf(bytes) - voiceMs) < 600, `${durationOf(bytes)} ms`);
  });

  test("fragments whose samples have their length from the file, the fragment or themselves", async () => {
    const box = (type, ...parts) => {
      const body = Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : words(...part))));
      return Buffer.concat([words(8 + body.length), Buffer.from(type), body]);
    };
    const words = (...values) => {
      const bytes = Buffer.alloc(values.length * 4);
      values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4));
      return bytes;
    };
    const track = (id, timescale) => box("trak", box("tkhd", [0, 0, 0, id, 0]), box("mdia", box("mdhd", [0, 0, 0, timescale, 0])));
    const moov = box("moov", box("mvhd", [0, 0, 0, 1000, 0xffff_ffff]), track(1, 90_000), track(2, 48_000), box("mvex", box("trex", [0, 1, 1, 3000, 0, 0]), box("trex", [0, 2, 1, 0, 0, 0])));
    const fragment = (...runs) => box("moof", box("mfhd", [0, 1]), box("traf", ...runs));
    const file = Buffer.concat([
      box("ftyp", Buffer.from("iso5"), [0]),
      moov,
      // 300 samples of a thirtieth of a second; 100 of 1024 by the fragment; three with a length and a size each.
      fragment(box("tfhd", [0, 1]), box("trun", [0, 300])),
      fragment(box("tfhd", [0x2_0008 | 0x2, 2, 1, 1024]), box("trun", [0x1, 100, 0])),
      fragment(box("tfhd", [0, 2]), box("trun", [0x305, 3, 0, 0, 480_000, 7, 480_000, 7, 48_000, 7])),
      box("mdat", [0]),
    ]);
    assert.equal(durationOf(new Uint8Array(file)), (100 * 1024 * 1000) / 48_000 + 21_000);
    // One that says it goes on for ever.
    const endless = box("moof", box("traf", box("tfhd", [0, 2]), box("trun", [0x100, 0xffff_ffff, 48_000])));
    assert.equal(durationOf(new Uint8Array(Buffer.concat([file.subarray(0, 16), moov, endless]))), 1000);
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

test("hours of AAC and of fragments are refused, and so is much of what does not say how long it is", async () => {
  const recognizer = await EmotionRecognizer.load();
  const refused = async (bytes, words) => {
    const error = await recognizer.classify(bytes).catch((it) => it);
    assert.equal(error.code, "TOO_LONG", error.message);
    assert.match(error.message, words);
  };
  const repeated = (part, times) => Buffer.concat(Array(times).fill(Buffer.from(part)));
  await refused(repeated(await read("voice.aac"), 600), /got 3\d minutes/);
  const fragmented = Buffer.from(await read("fragments.mp4"));
  const first = fragmented.indexOf("moof") - 4;
  await refused(Buffer.concat([fragmented.subarray(0, first), repeated(fragmented.subarray(first, fragmented.indexOf("mfra") - 4), 600)]), /got 3\d minutes/);
  await refused(new Uint8Array(17 * 2 ** 20), /17 MB that do not say.*16 MB.*WAV/);
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
