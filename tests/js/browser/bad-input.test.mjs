// Bad files: each gets its own honest error, and nothing is broken after it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { tenClips } from "../support/clips.mjs";
import { startDemo } from "../support/demo.mjs";
import { assertSameAnswer, predict } from "../support/native.mjs";
import { float32, rawWav, wav } from "../support/wav.mjs";

let stage, demo, clip, native, good;
before(async () => {
  [, clip] = await tenClips();
  good = await readFile(clip);
  [stage, [native]] = await Promise.all([startDemo(), predict([clip])]);
  // One page for all: each file must leave it whole for the next.
  demo = await stage.open();
});
after(() => stage?.close());

const tone = (seconds, rate = 16_000) => Float64Array.from({ length: seconds * rate }, (_, i) => 0.3 * Math.sin(i / 10));
const silence = new Float32Array(32_000);

const cases = [
  { name: "an empty file", bytes: () => Buffer.alloc(0), code: "INVALID_AUDIO" },
  { name: "text renamed .wav", bytes: () => Buffer.from("Dear diary, this is not audio at all.\n".repeat(50)), code: /^(INVALID_AUDIO|UNSUPPORTED_FORMAT)$/ },
  { name: "a truncated header", bytes: () => good.subarray(0, 30), code: "INVALID_AUDIO" },
  { name: "truncated data", bytes: () => good.subarray(0, good.length >> 1), code: "INVALID_AUDIO" },
  { name: "zero channels", bytes: () => wav(silence, { channels: 0 }), code: "INVALID_AUDIO" },
  { name: "0 Hz", bytes: () => wav(silence, { sampleRate: 0 }), code: "INVALID_AUDIO" },
  { name: "NaN samples", bytes: () => rawWav({ data: float32(tone(2).fill(NaN, 16_000, 16_010)), format: 3, bits: 32 }), code: "INVALID_AUDIO" },
  { name: "infinite samples", bytes: () => rawWav({ data: float32(tone(2).fill(Infinity, 100, 101)), format: 3, bits: 32 }), code: "INVALID_AUDIO" },
  { name: "10 ms of audio", bytes: () => wav(tone(0.01)), code: "TOO_SHORT" },
];

for (const { name, bytes, code } of cases) {
  test(`${name} gets an error, and a good file after it its answer`, async (t) => {
    const bad = await demo.choose({ name: "bad.wav", mimeType: "audio/wav", buffer: bytes() });
    assert.equal(bad.page, "error");
    assert.match(bad.error, new RegExp(code));
    assert.deepEqual(bad.probabilities, {}, "no bar is left standing");
    assert.equal(bad.answer, "");
    t.diagnostic(`${bad.error}: ${bad.errorText}`);

    assertSameAnswer(await demo.choose(clip), native, clip);
    assert.deepEqual(demo.problems, []);
  });
}

test("silence is no speech, and never neutral", async () => {
  const shown = await demo.choose({ name: "silence.wav", mimeType: "audio/wav", buffer: wav(silence) });
  assert.equal(shown.page, "result");
  assert.equal(shown.state, "no-speech");
  assert.equal(shown.label, "");
  assert.equal(shown.answer, "No speech");
  assert.deepEqual(shown.probabilities, {});
  assert.match(shown.status, /no speech/);
});
