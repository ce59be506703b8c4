// The capture worklet: it gathers quanta into chunks and loses no sample.

import assert from "node:assert/strict";
import { test } from "node:test";

import { importModule } from "../support/environment.mjs";

let Processor;
globalThis.AudioWorkletProcessor = class {
  port = {
    posted: [],
    onmessage: null,
    postMessage(message, transfer) {
      this.posted.push(structuredClone(message, { transfer }));
    },
  };
};
globalThis.registerProcessor = (name, processor) => {
  assert.equal(name, "emotionai-voice-capture");
  Processor = processor;
};
await importModule("worklet.js");

/** Hands over `n` quanta of 128 samples, counting up from `start`. */
function hear(processor, n, { start = 0, channels = 1 } = {}) {
  for (let i = 0; i < n; i++) {
    const quantum = Float32Array.from({ length: 128 }, (_, j) => start + i * 128 + j);
    processor.process([Array.from({ length: channels }, () => quantum)]);
  }
}
const ask = (processor, request) => processor.port.onmessage({ data: request });

test("sixteen quanta make a chunk, sent when it is full", () => {
  const processor = new Processor();
  hear(processor, 15);
  assert.equal(processor.port.posted.length, 0);
  hear(processor, 1, { start: 15 * 128 });
  const [[chunk]] = processor.port.posted;
  assert.deepEqual(chunk, Float32Array.from({ length: 2048 }, (_, i) => i));
});

test("a flush sends what there is, then says so", () => {
  const processor = new Processor();
  hear(processor, 17);
  ask(processor, "flush");
  const [whole, rest, flushed] = processor.port.posted;
  assert.equal(whole[0].length, 2048);
  assert.equal(rest[0].length, 128);
  assert.equal(rest[0][0], 2048);
  assert.equal(flushed, "flushed");
});

test("channels stay apart, and a change of their number begins a new chunk", () => {
  const processor = new Processor();
  hear(processor, 3, { channels: 2 });
  hear(processor, 16);
  const [stereo, mono] = processor.port.posted;
  assert.deepEqual(stereo.map(({ length }) => length), [384, 384]);
  assert.deepEqual(mono.map(({ length }) => length), [2048]);
});

test("quanta of another size fit as well", () => {
  const processor = new Processor();
  for (let i = 0; i < 3; i++) processor.process([[new Float32Array(1000).fill(i)]]);
  ask(processor, "flush");
  assert.deepEqual(processor.port.posted.slice(0, 2).map(([{ length }]) => length), [2000, 1000]);
});

test("without an input it waits; when stopped it lets go", () => {
  const processor = new Processor();
  assert.equal(processor.process([[]]), true);
  ask(processor, "stop");
  assert.equal(processor.process([[]]), false);
  assert.equal(processor.process([[new Float32Array(128)]]), false);
});
