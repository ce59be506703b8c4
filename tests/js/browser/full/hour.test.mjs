// An hour of 48 kHz stereo, speech all the way: what it takes of memory, and of the page's frames while it is heard.

import assert from "node:assert/strict";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { startDemo } from "../../support/demo.mjs";
import { voicePath } from "../../support/environment.mjs";
import { peakPageMemory } from "../../support/memory.mjs";
import { decode, pcm16, rawWav } from "../../support/wav.mjs";

const sampleRate = 48_000;
const channels = 2;
const bytesASecond = sampleRate * channels * 2;
/** An eighth of the hour as 32-bit floats. */
const growthLimitMib = 160;
const timeLimitMs = 580_000;

/** The clip at 48 kHz in two channels, the second at half the level. */
async function stereo(clip) {
  const { samples, sampleRate: from } = decode(await readFile(clip));
  const length = Math.floor(((samples.length - 1) * sampleRate) / from);
  const interleaved = new Float32Array(length * channels);
  for (let i = 0; i < length; i++) {
    const at = (i * from) / sampleRate;
    const before = Math.floor(at);
    const sample = samples[before] + (at - before) * (samples[before + 1] - samples[before]);
    interleaved.set([sample, sample / 2], i * channels);
  }
  return pcm16(interleaved);
}

/** Writes a WAV of so many seconds in which the clip is heard over and over; its size in bytes. */
async function writeLong(file, clip, seconds) {
  const data = await stereo(clip);
  const dataSize = seconds * bytesASecond;
  const header = rawWav({ data: Buffer.alloc(0), dataSize, sampleRate, channels });
  const handle = await open(file, "w");
  try {
    await handle.write(header);
    for (let left = dataSize; left > 0; left -= data.length) {
      await handle.write(data, 0, Math.min(left, data.length));
    }
  } finally {
    await handle.close();
  }
  return header.length + dataSize;
}

/** Counts the page's frames until `stop`: how many were drawn, how many of 60 a second were not, and the longest gap. */
function watchFrames() {
  const gaps = [];
  let last = performance.now();
  let running = true;
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    if (running) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  globalThis.stopWatching = () => {
    running = false;
    const due = gaps.reduce((sum, gap) => sum + Math.max(1, Math.round((gap * 60) / 1000)), 0);
    return { drawn: gaps.length, dropped: due - gaps.length, longestMs: Math.max(...gaps) };
  };
}

test("an hour of 48 kHz stereo is heard whole in bounded memory", { timeout: timeLimitMs }, async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), "emotionai-hour-"));
  t.after(() => rm(directory, { recursive: true }));
  const stage = await startDemo();
  t.after(() => stage.close());
  const demo = await stage.open();

  const hear = async (seconds) => {
    const file = path.join(directory, `${seconds}-seconds.wav`);
    const size = await writeLong(file, voicePath, seconds);
    await demo.page.evaluate(watchFrames);
    const start = performance.now();
    await demo.page.locator("#file").setInputFiles(file);
    await demo.waitForState(["result", "error"], timeLimitMs);
    const took = (performance.now() - start) / 1000;
    const frames = await demo.page.evaluate(() => globalThis.stopWatching());
    const shown = await demo.read();
    assert.equal(shown.error, null);
    assert.notEqual(shown.state, "no-speech");
    assert.ok(Number(shown.endMs) >= seconds * 1000 - 1, `heard to its end, got ${shown.endMs} ms`);
    return { peak: await peakPageMemory(stage.browser), fileMib: size / 2 ** 20, took, frames };
  };

  const { peak: before } = await hear(5 * 60);
  const { peak, fileMib, took, frames } = await hear(60 * 60);
  const growth = peak - before;
  t.diagnostic(`an hour, ${fileMib.toFixed(0)} MiB, in ${took.toFixed(0)} s: ${(3600 / took).toFixed(0)} times real time`);
  t.diagnostic(`peak memory ${peak.toFixed(0)} MiB, grown by ${growth.toFixed(0)} MiB over that of five minutes`);
  t.diagnostic(
    `frames: ${frames.drawn} drawn, ${frames.dropped} dropped (${((100 * frames.dropped) / (frames.drawn + frames.dropped)).toFixed(1)}%), the longest gap ${frames.longestMs.toFixed(0)} ms`,
  );
  assert.ok(growth < growthLimitMib, `expected the peak to grow by less than ${growthLimitMib} MiB, got ${growth.toFixed(0)} MiB`);
  assert.deepEqual(demo.problems, []);
});
