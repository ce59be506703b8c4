// Captured chunks into an engine: order, time, gaps, overload and failure.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { FakeEngine, rawResult, settled } from "./support/fakes.mjs";
import { importModule } from "./support/package.mjs";

const { StreamPump } = await importModule("stream-pump.js");
const { EmotionError } = await importModule("errors.js");

const rate = 8000;
const chunk = (ms) => [new Float32Array((rate * ms) / 1000)];
const nothing = { results: [], peak: 0 };
const profile = { space: "here", speechMs: 5000, logits: [1, -1] };

let engine, told, pump;
beforeEach(() => {
  engine = new FakeEngine();
  told = { results: [], levels: [], gaps: [], errors: [], fatal: [] };
  pump = new StreamPump(engine, rate, { hopMs: 500, profile }, {
    onResult: (result) => told.results.push(result),
    onLevel: (level) => told.levels.push(level),
    onGap: (reason) => told.gaps.push(reason),
    onError: (error) => told.errors.push(error.code),
    onFatal: (error) => told.fatal.push(error.code),
  });
  engine.of("open").at(-1).resolve("test");
});

const push = (ms) => {
  pump.push(chunk(ms));
  return engine.of("push").at(-1);
};

test("results and levels come out with the model's id and a latency", async () => {
  push(1000).resolve({ results: [rawResult(0, 1000)], peak: 1.5 });
  await settled();
  assert.deepEqual(told.levels, [1], "a peak over full scale is shown as full scale");
  const [{ latencyMs, ...result }] = told.results;
  const { speechMs, ...raw } = rawResult(0, 1000);
  assert.deepEqual(result, { ...raw, modelId: "test" });
  assert.ok(latencyMs >= 0 && latencyMs < 1000);
});

test("after a gap the time runs on, and answers from before it keep theirs", async () => {
  const before = push(300);
  pump.reset();
  const after = push(200);
  before.resolve({ results: [rawResult(100, 300)], peak: 0 });
  after.resolve({ results: [rawResult(0, 200)], peak: 0 });
  await settled();
  assert.deepEqual(told.results.map(({ startMs, endMs }) => [startMs, endMs]), [[100, 300], [300, 500]]);
});

test("what is left is answered by a flush, and too little for that is no error", async () => {
  push(300).resolve(nothing);
  const flush = pump.flush();
  engine.of("flush")[0].resolve({ windows: [rawResult(0, 300)], clip: rawResult(0, 300) });
  await flush;
  assert.equal(told.results.length, 1);

  const empty = pump.flush();
  engine.of("flush")[1].reject(new EmotionError("TOO_SHORT", "0 ms"));
  await empty;
  assert.deepEqual(told.errors, []);
});

test("a flush answers for all since the last gap, where it began", async () => {
  push(1000).resolve(nothing);
  pump.reset();
  push(300).resolve(nothing);
  const flush = pump.flush();
  engine.of("flush")[0].resolve({ windows: [], clip: rawResult(0, 300) });
  const { latencyMs, ...clip } = await flush;
  const { speechMs, ...raw } = rawResult(1000, 1300);
  assert.deepEqual(clip, { ...raw, modelId: "test" });
  assert.ok(latencyMs >= 0 && latencyMs < 1000);
  assert.deepEqual(told.results, [], "it is no window");
});

test("where there is nothing to answer for, a flush answers nothing", async () => {
  const tooShort = pump.flush();
  engine.of("flush")[0].reject(new EmotionError("TOO_SHORT", "0 ms"));
  assert.equal(await tooShort, null);

  push(1000).resolve(nothing);
  const lost = pump.flush();
  engine.of("flush")[1].reject(new EmotionError("WORKER_CRASHED", "gone"));
  assert.equal(await lost, null);
  assert.deepEqual(told.errors, ["WORKER_CRASHED"]);

  engine.of("open")[1].resolve("test");
  push(1000).resolve(nothing);
  const abandoned = pump.flush();
  pump.close();
  engine.of("flush")[2].resolve({ windows: [rawResult(0, 1000)], clip: rawResult(0, 1000) });
  assert.equal(await abandoned, null);
  assert.deepEqual(told.results, []);
});

test("an engine that falls behind loses audio, not the page its memory", async () => {
  for (let i = 0; i < 100; i++) push(1000);
  const pushed = engine.of("push");
  assert.equal(pushed.length, 11, "ten seconds wait, and no more is taken");
  assert.deepEqual(told.gaps, []);

  for (const { resolve } of pushed) resolve(nothing);
  await settled();
  push(1000).resolve({ results: [rawResult(0, 1000)], peak: 0 });
  await settled();
  assert.deepEqual(told.gaps, ["overload"]);
  assert.equal(engine.of("reset").length, 1);
  assert.equal(told.results[0].startMs, 100_000, "what was dropped counts as time");
});

test("a lost stream is told once, and another one opened", async () => {
  const pending = [push(100), push(100)];
  for (const { reject } of pending) reject(new EmotionError("WORKER_CRASHED", "gone"));
  await settled();
  assert.deepEqual(told.errors, ["WORKER_CRASHED"]);
  assert.deepEqual(told.gaps, ["restarted"]);
  assert.equal(engine.of("open").length, 2);
  const heard = engine.of("open").map(({ request }) => [request.hopMs, request.profile]);
  assert.deepEqual(heard, [[500, profile], [500, profile]], "heard as the first one was");

  engine.of("open")[1].resolve("test");
  push(100).resolve({ results: [rawResult(0, 100)], peak: 0 });
  await settled();
  assert.equal(told.results[0].startMs, 200);
});

test("a chunk that is no audio is told, and the stream goes on", async () => {
  push(100).reject(new EmotionError("INVALID_AUDIO", "NaN"));
  await settled();
  push(100).resolve(nothing);
  await settled();
  assert.deepEqual(told.errors, ["INVALID_AUDIO"]);
  assert.deepEqual(told.gaps, []);
  assert.equal(engine.of("open").length, 1);
});

test("three failures in a row are the end", async () => {
  for (let i = 0; i < 3; i++) {
    const { reject } = push(100);
    reject(new EmotionError("WORKER_CRASHED", "gone"));
    await settled();
    engine.of("open").at(-1).resolve("test");
  }
  assert.deepEqual(told.errors, ["WORKER_CRASHED", "WORKER_CRASHED"]);
  assert.deepEqual(told.fatal, ["WORKER_CRASHED"]);
});

test("after it was closed nobody is told anything", async () => {
  const pending = push(100);
  pump.close();
  pump.close();
  pending.resolve({ results: [rawResult(0, 100)], peak: 1 });
  pump.push(chunk(100));
  await settled();
  assert.deepEqual(told, { results: [], levels: [], gaps: [], errors: [], fatal: [] });
  assert.equal(engine.of("push").length, 1);
  assert.equal(engine.of("close").length, 1);
});
