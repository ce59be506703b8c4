// Two hours of WAV pass through the page in memory that does not grow with the file.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { startDemo } from "../support/demo.mjs";
import { voicePath } from "../support/environment.mjs";
import { writeOnceAMinute } from "../support/long.mjs";
import { peakPageMemory } from "../support/memory.mjs";

const minutes = 120;
/** Enough for the garbage collector to have settled. */
const warmUpMinutes = 5;
/** Less than half the file (2 bytes a sample) and a quarter of its samples as 32-bit floats. */
const growthLimitMib = 100;
const timeLimitMs = 300_000;

test("a two-hour WAV is heard whole in bounded memory", { timeout: timeLimitMs }, async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), "emotionai-long-"));
  t.after(() => rm(directory, { recursive: true }));
  const stage = await startDemo();
  t.after(() => stage.close());
  const demo = await stage.open();

  const hear = async (length) => {
    const file = path.join(directory, `${length}-minutes.wav`);
    const size = await writeOnceAMinute(file, voicePath, length);
    const start = performance.now();
    await demo.page.locator("#file").setInputFiles(file);
    await demo.waitForState(["result", "error"], timeLimitMs);
    const shown = await demo.read();
    assert.equal(shown.error, null);
    assert.notEqual(shown.state, "no-speech");
    assert.ok(Number(shown.endMs) >= length * 60_000 - 1, `heard to its end, got ${shown.endMs} ms`);
    const peak = await peakPageMemory(stage.browser);
    return { peak, fileMib: size / 2 ** 20, seconds: (performance.now() - start) / 1000 };
  };

  const { peak: before } = await hear(warmUpMinutes);
  const { peak, fileMib, seconds } = await hear(minutes);
  const growth = peak - before;
  t.diagnostic(`${minutes} min, ${fileMib.toFixed(0)} MiB: peak memory ${peak.toFixed(0)} MiB, grown by ${growth.toFixed(0)} MiB, in ${seconds.toFixed(0)} s`);
  assert.ok(fileMib > 2 * growthLimitMib, `a file of ${fileMib} MiB would prove nothing`);
  assert.ok(growth < growthLimitMib, `expected the peak to grow by less than ${growthLimitMib} MiB, got ${growth.toFixed(0)} MiB`);
  assert.deepEqual(demo.problems, []);
});
