// The page's half of the Worker: what it posts, what it makes of the answers, and how it survives a crash.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { FakeWorker, settled } from "../support/fakes.mjs";
import { importSource } from "../support/source.mjs";

const { WorkerEngine } = await importSource("engine/worker-engine");
const { EngineStream } = await importSource("engine/engine-stream");

const code = { compiled: true };
const model = new Uint8Array([1, 2, 3]);
const info = { id: "test" };

let workers;
const spawn = () => {
  workers.push(new FakeWorker());
  return workers.at(-1);
};
beforeEach(() => (workers = []));

async function started() {
  const starting = WorkerEngine.start(spawn, code, model);
  workers[0].reply(0, info);
  return (await starting).engine;
}

const withCode = (code) => (error) => {
  assert.equal(error.name, "EmotionError");
  assert.equal(error.code, code, error.message);
  return true;
};

test("a Worker starts with code and model, and the page keeps both", async () => {
  const starting = WorkerEngine.start(spawn, code, model);
  assert.deepEqual(workers[0].sent[0].message.start, { module: code, model });
  workers[0].reply(0, info);
  assert.equal((await starting).model, info);
  assert.equal(model.byteLength, 3);
});

test("a model that the Worker refuses is its error, and ends the Worker", async () => {
  const starting = WorkerEngine.start(spawn, code, model);
  workers[0].refuse(0, { code: "MODEL_FORMAT", message: "not a model" });
  await assert.rejects(starting, withCode("MODEL_FORMAT"));
  assert.ok(workers[0].terminated);
});

test("a script that cannot be loaded rejects the start", async () => {
  const starting = WorkerEngine.start(spawn, code, model);
  workers[0].die("");
  const error = await starting.catch((it) => it);
  withCode("WORKER_CRASHED")(error);
  assert.match(error.message, /expected JavaScript at file:.*\/worker\.js /);
});

test("samples are transferred, in the order in which they were pushed", async () => {
  const engine = await started();
  const stream = new EngineStream(engine, { kind: "pcm", sampleRate: 8000 }, undefined);
  const chunks = [[new Float32Array(4)], [new Float32Array(2), new Float32Array(2)]];
  const pushes = chunks.map((chunk) => stream.push(chunk));
  assert.deepEqual(chunks.flat().map(({ byteLength }) => byteLength), [0, 0, 0]);
  const [worker] = workers;
  assert.deepEqual(worker.sent.slice(1).map(({ message }) => message.request.type), ["open", "push", "push"]);
  worker.reply(3, { results: [], peak: 2 });
  worker.reply(2, { results: [], peak: 1 });
  worker.reply(1, "test");
  assert.deepEqual((await Promise.all(pushes)).map(({ peak }) => peak), [1, 2]);
});

test("a stream that could not be opened says why, whatever is asked of it", async () => {
  const engine = await started();
  const stream = new EngineStream(engine, { kind: "pcm", sampleRate: 1 }, undefined);
  const push = stream.push([new Float32Array(1)]);
  workers[0].refuse(2, { code: "WORKER_CRASHED", message: "no such stream" });
  workers[0].refuse(1, { code: "INVALID_AUDIO", message: "1 Hz" });
  await assert.rejects(push, withCode("INVALID_AUDIO"));
});

test("a crash rejects what is pending, and the next call starts anew with what is held", async () => {
  const engine = await started();
  const pending = engine.call({ type: "flush", stream: 1 });
  workers[0].die();
  await assert.rejects(pending, withCode("WORKER_CRASHED"));
  assert.ok(workers[0].terminated);
  assert.equal(workers.length, 1, "nothing is started until it is needed");

  const first = engine.call({ type: "open", stream: 2, format: { kind: "wav" }, hopMs: undefined });
  const second = engine.call({ type: "flush", stream: 2 });
  const { sent } = workers[1];
  assert.deepEqual(sent[0].message.start, { module: code, model });
  assert.deepEqual(sent.slice(1).map(({ message }) => message.request.type), ["open", "flush"]);
  workers[1].reply(0, info);
  workers[1].reply(1, "test");
  workers[1].reply(2, "end");
  assert.deepEqual(await Promise.all([first, second]), ["test", "end"]);
});

test("the late error of a Worker that was replaced harms nobody", async () => {
  const engine = await started();
  workers[0].die();
  const call = engine.call({ type: "flush", stream: 1 });
  workers[0].die();
  workers[1].reply(0, info);
  workers[1].reply(1, "end");
  assert.equal(await call, "end");
});

test("a new start that fails rejects its calls, and the one after it tries again", async () => {
  const engine = await started();
  workers[0].die();
  const call = engine.call({ type: "flush", stream: 1 });
  workers[1].refuse(0, { code: "OUT_OF_MEMORY", message: "no room" });
  await assert.rejects(call, withCode("OUT_OF_MEMORY"));
  await settled();
  engine.call({ type: "flush", stream: 1 }).catch(() => {});
  assert.equal(workers.length, 3);
});

test("a Worker that cannot even be spawned rejects the call", async () => {
  let fails = false;
  const starting = WorkerEngine.start(() => {
    if (fails) throw new Error("refused");
    return spawn();
  }, code, model);
  workers[0].reply(0, info);
  const { engine } = await starting;
  workers[0].die();
  fails = true;
  await assert.rejects(engine.call({ type: "flush", stream: 1 }), /refused/);
});

test("after a change of model, it is the new one that a crash is survived with", async () => {
  const engine = await started();
  const other = new Uint8Array([9]);
  const change = engine.call({ type: "set-model", model: other });
  workers[0].reply(1, { id: "other" });
  assert.deepEqual(await change, { id: "other" });
  workers[0].die();
  engine.call({ type: "flush", stream: 1 }).catch(() => {});
  assert.deepEqual(workers[1].sent[0].message.start.model, other);
});

test("a model that was refused is not held", async () => {
  const engine = await started();
  const change = engine.call({ type: "set-model", model: new Uint8Array([9]) });
  workers[0].refuse(1, { code: "MODEL_FORMAT", message: "not a model" });
  await assert.rejects(change, withCode("MODEL_FORMAT"));
  workers[0].die();
  engine.call({ type: "flush", stream: 1 }).catch(() => {});
  assert.deepEqual(workers[1].sent[0].message.start.model, model);
});

test("dispose rejects what is pending and what comes later, and starts nothing", async () => {
  const engine = await started();
  const pending = engine.call({ type: "flush", stream: 1 });
  engine.dispose();
  engine.dispose();
  assert.ok(workers[0].terminated);
  await assert.rejects(pending, withCode("DISPOSED"));
  await assert.rejects(engine.call({ type: "flush", stream: 1 }), withCode("DISPOSED"));
  assert.equal(workers.length, 1);
});
