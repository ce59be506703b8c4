// Captured chunks into an engine: order, time, gaps, overload and failure.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { importModule } from "../support/environment.mjs";
import { FakeEngine, rawResult, settled } from "../support/fakes.mjs";
import { importSource } from "../support/source.mjs";

const { StreamPump } = await importSource("listen/stream-pump");
const { EmotionError } = await importSource("errors");

// The engine's own sum, which needs the code to be instantiated.
const { EmotionRecognizer } = await importModule("index.js");
(await EmotionRecognizer.load({ worker: false })).dispose();
const { combine } = await importModule("wasm/emotionai_voice.js");

const rate = 8000;
const chunk = (ms) => [new Float32Array((rate * ms) / 1000)];
const nothing = { results: [], peak: 0 };
const model = { id: "test", uncertainBelow: 0.55 };
const profile = { space: "here", speechMs: 5000, logits: [1, -1] };

let engine, told, pump;
beforeEach(() => {
  engine = new FakeEngine();
  const { call } = engine;
  engine.call = (request) => {
    if (request.type === "combine") return Promise.resolve(combine(request.results, request.uncertainBelow));
    return call.call(engine, request);
  };
  told = { results: [], levels: [], gaps: [], errors: [], fatal: [] };
  pump = new StreamPump(engine, rate, { hopMs: 500, profile }, {
    onResult: (result) => told.results.push(result),
    onLevel: (level) => told.levels.push(level),
    onGap: (reason) => told.gaps.push(reason),
    onError: (error) => told.errors.push(error.code),
    onFatal: (error) => told.fatal.push(error.code),
  });
  engine.of("open").at(-1).resolve(model);
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
  pump.flush();
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

test("a flush answers for an input, where it began", async () => {
  push(1000).resolve(nothing);
  const tooShort = pump.flush();
  engine.of("flush")[0].reject(new EmotionError("TOO_SHORT", "1 ms"));
  assert.equal(await tooShort, null);
  push(300).resolve(nothing);
  const flush = pump.flush();
  engine.of("flush")[1].resolve({ windows: [], clip: rawResult(0, 300) });
  const { latencyMs, ...clip } = await flush;
  const { speechMs, ...raw } = rawResult(1000, 1300);
  assert.deepEqual(clip, { ...raw, modelId: "test" });
  assert.ok(latencyMs >= 0 && latencyMs < 1000);
  assert.deepEqual(told.results, [], "it is no window");
});

/** Hears an input of this length, and ends it with this answer. */
const hear = async (ms, clip) => {
  push(ms).resolve(nothing);
  const flush = pump.flush();
  engine.of("flush").at(-1).resolve({ windows: [], clip: { ...rawResult(0, ms), ...clip } });
  return flush;
};
const sure = (calm, speechMs) => ({ probabilities: { calm, angry: 1 - calm }, confidence: Math.max(calm, 1 - calm), speechMs });

test("a flush answers for all inputs: their logits' mean, weighted by their speech", async () => {
  await hear(1000, { ...sure(0.6, 500), provisional: true });
  await hear(500, { state: "no-speech", label: null, confidence: null, probabilities: null, speechMs: 0 });
  const answer = await hear(2000, { ...sure(0.9, 1500), provisional: false });
  const logit = (Math.log(0.6 / 0.4) * 500 + Math.log(0.9 / 0.1) * 1500) / 2000;
  const calm = 1 / (1 + Math.exp(-logit));
  // The engine computes in 32 bits.
  assert.ok(Math.abs(answer.probabilities.calm - calm) < 1e-6 && Math.abs(answer.probabilities.angry - (1 - calm)) < 1e-6);
  assert.equal(answer.confidence, answer.probabilities.calm);
  const { state, label, startMs, endMs, provisional, modelId } = answer;
  assert.deepEqual([state, label, startMs, endMs, provisional, modelId], ["speech", "calm", 0, 3500, false, "test"]);

  push(10).resolve(nothing);
  const last = pump.flush();
  engine.of("flush").at(-1).reject(new EmotionError("TOO_SHORT", "10 ms"));
  const { latencyMs, ...again } = await last;
  const { latencyMs: _, ...expected } = answer;
  assert.deepEqual(again, expected, "what is too short takes nothing away");
});

test("in parts, to the same end as the parts at once", async () => {
  const parts = [sure(0.6, 300), sure(0.3, 700), sure(0.8, 900), sure(1, 10)];
  let answer;
  for (const part of parts) answer = await hear(1000, part);
  const logit = (probability) => Math.log(probability) - Math.log(Math.max(1 - probability, 2 ** -149));
  const mean = parts.reduce((sum, { probabilities, speechMs }) => sum + logit(probabilities.calm) * speechMs, 0) / 1910;
  assert.ok(Math.abs(answer.probabilities.calm - 1 / (1 + Math.exp(-mean))) < 1e-6, `${answer.probabilities.calm}`);
});

test("of inputs that contradict each other no emotion leads, unless the model is content with as little", async () => {
  const parts = [sure(0.9, 1000), { ...sure(0.08, 1000), label: "angry" }];
  let torn;
  for (const part of parts) torn = await hear(1000, part);
  assert.deepEqual([torn.state, torn.label], ["uncertain", null]);
  assert.ok(torn.confidence > 0.5 && torn.confidence < 0.55, `${torn.confidence}`);

  push(500).reject(new EmotionError("WORKER_CRASHED", "gone"));
  await settled();
  engine.of("open")[1].resolve({ id: "content", uncertainBelow: 0.5 });
  let named;
  for (const part of parts) named = await hear(1000, part);
  assert.deepEqual([named.state, named.label], ["speech", "angry"]);
});

test("silence in parts is silence", async () => {
  const silence = { state: "no-speech", label: null, confidence: null, probabilities: null, speechMs: 0 };
  await hear(1000, silence);
  const { state, label, confidence, probabilities, endMs } = await hear(1000, silence);
  assert.deepEqual({ state, label, confidence, probabilities, endMs }, { state: "no-speech", label: null, confidence: null, probabilities: null, endMs: 2000 });
});

test("what was lost is not in the answer, and neither is what another model said", async () => {
  await hear(1000, sure(0.9, 1000));
  push(500).reject(new EmotionError("WORKER_CRASHED", "gone"));
  await settled();
  assert.deepEqual(told.gaps, ["restarted"]);
  engine.of("open")[1].resolve(model);
  const answer = await hear(1000, sure(0.9, 1000));
  assert.ok(Math.abs(answer.confidence - 0.9) < 1e-6);
  assert.equal(answer.endMs, 2500);

  push(500).reject(new EmotionError("WORKER_CRASHED", "gone"));
  await settled();
  engine.of("open")[2].resolve({ ...model, id: "other" });
  const { startMs, modelId } = await hear(1000, sure(0.9, 1000));
  assert.deepEqual([startMs, modelId], [3000, "other"]);
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

  engine.of("open")[1].resolve(model);
  push(1000).resolve(nothing);
  const abandoned = pump.flush();
  pump.close();
  engine.of("flush")[2].resolve({ windows: [rawResult(0, 1000)], clip: rawResult(0, 1000) });
  assert.equal(await abandoned, null);
  assert.deepEqual(told.results, []);
});

test("at another sample rate another stream begins, after the old one was flushed, and the time runs on", async () => {
  push(1000).resolve(nothing);
  pump.setSampleRate(rate);
  assert.equal(engine.of("open").length, 1, "the same rate changes nothing");
  pump.setSampleRate(2 * rate);
  assert.deepEqual(engine.calls.slice(-3).map(({ request }) => request.type), ["flush", "close", "open"]);
  const { request } = engine.of("open")[1];
  assert.deepEqual([request.format.sampleRate, request.hopMs, request.profile], [2 * rate, 500, profile]);
  engine.of("flush")[0].resolve({ windows: [rawResult(0, 1000)], clip: rawResult(0, 1000) });
  engine.of("open")[1].resolve(model);

  // The same samples are half of the time now.
  push(1000).resolve({ results: [rawResult(0, 500)], peak: 0 });
  await settled();
  assert.deepEqual(told.results.map(({ startMs, endMs }) => [startMs, endMs]), [[0, 1000], [1000, 1500]]);
  const flush = pump.flush();
  engine.of("flush")[1].resolve({ windows: [], clip: rawResult(0, 500) });
  const { startMs, endMs } = await flush;
  assert.deepEqual([startMs, endMs], [0, 1500], "one answer for both");
  assert.deepEqual(told.errors, []);
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
  assert.equal(engine.of("flush").length, 1);
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

  engine.of("open")[1].resolve(model);
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
    engine.of("open").at(-1).resolve(model);
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
